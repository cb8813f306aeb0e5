// What stands where the guest pays: one panel for each phase of the sale.

import { button, cap, fill, h } from "../common/dom.js";
import * as money from "./money.js";

const { gettext } = window;
const REASONS = () => [gettext("Guest list"), gettext("Press"), gettext("Crew"), gettext("Goodwill")];

const isLong = (amount) => (money.show(amount).length > 7 ? "long" : "");

export class Panels {
  constructor(sale, data, actions) {
    Object.assign(this, { sale, data, actions });
  }

  /** What the sale's phase shows. */
  draw() {
    return this[`_${this.sale.phase}`]().flat().filter(Boolean);
  }

  undoButton() {
    const { sale } = this;
    return button(
      fill(gettext("Undo %(left)s s"), { left: Math.ceil(sale.undoLeft / 1000) }),
      () => sale.undo(),
      {
        "data-undo": true,
        disabled: sale.undoLeft === 0 || sale.last.undone,
      },
    );
  }

  #total(label, amount, className = "") {
    return h("p", { class: `total ${className}` }, label, h("strong", {}, money.show(amount)));
  }

  #taken() {
    return this.sale.parts.map((part) =>
      h(
        "p",
        { class: "taken" },
        part.tender === "card" ? gettext("Card") : gettext("Cash"),
        h("span", {}, money.show(part.amount)),
      ),
    );
  }

  #quick() {
    const { sale } = this;
    const sums = money.nextSums(sale.cashDue, this.data.notes);
    const disabled = sale.basket.isEmpty;
    return h(
      "div",
      { class: `quick ${isLong(sale.cashDue)}` },
      button([gettext("Exact"), h("br"), money.show(sale.cashDue)], () => sale.takeCash(), {
        class: "primary",
        disabled,
        "data-exact": true,
      }),
      sums.map((sum) => button(money.show(sum), () => sale.takeCash(sum), { disabled })),
    );
  }

  _basket() {
    const { sale } = this;
    const { isEmpty } = sale.basket;
    const label = sale.parts.length || sale.held ? gettext("Left to pay") : gettext("Total");
    const free = !isEmpty && sale.due === 0;
    return [
      this.#taken(),
      this.#total(label, sale.due),
      sale.cashDue !== sale.due &&
        h(
          "p",
          { class: "hint" },
          fill(gettext("%(sum)s in cash, rounded"), { sum: money.show(sale.cashDue) }),
        ),
      free
        ? h(
            "div",
            {},
            button([gettext("Hand out"), cap("Enter")], () => sale.handOut(), { class: "primary wide" }),
          )
        : this.#quick(),
      h(
        "div",
        { class: "two" },
        button([gettext("Cash"), cap("Enter")], () => sale.open("cash"), {
          class: "big",
          disabled: isEmpty || free,
        }),
        button([gettext("Card"), cap("C")], () => sale.takeCard(), {
          class: "big",
          disabled: isEmpty || free,
          "data-card": true,
        }),
      ),
      h(
        "div",
        { class: "three" },
        button([gettext("Split"), cap("S")], () => sale.open("split"), { disabled: isEmpty || free }),
        button([gettext("Free"), cap("F")], () => sale.open("free"), { disabled: isEmpty || sale.isFrozen }),
        button([gettext("Guest"), cap("N")], () => this.actions.guest(), {
          disabled: isEmpty || sale.isFrozen,
        }),
      ),
      (sale.held || sale.parts.length > 0) &&
        button([gettext("Cancel this sale"), cap("Esc")], () => sale.giveUp(), { class: "wide" }),
    ];
  }

  #pad() {
    const { sale } = this;
    const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "0"];
    return h(
      "div",
      { class: "pad" },
      keys.map((key) =>
        button(key, () => sale.press(key), {
          disabled: key === "." && ["quantity", "pin"].includes(sale.phase),
        }),
      ),
      button("\u232b", () => sale.press("Backspace"), { "aria-label": gettext("Delete the last digit") }),
    );
  }

  #screen(title, ...content) {
    return [h("h2", { class: "step-title" }, title), ...content];
  }

  #steps(...buttons) {
    return h(
      "div",
      { class: "two panel-actions" },
      button([gettext("Back"), cap("Esc")], () => this.sale.back()),
      buttons,
    );
  }

  _cash() {
    const { sale } = this;
    const given = sale.typedAmount ?? sale.cashDue;
    const change = given - sale.cashDue;
    return this.#screen(
      gettext("Cash"),
      this.#taken(),
      this.#total(gettext("To pay"), sale.cashDue),
      h("p", { class: "typed" }, gettext("Given"), h("output", {}, sale.typed || money.show(sale.cashDue))),
      h(
        "p",
        { class: change < 0 ? "typed problem" : "typed" },
        change < 0 ? gettext("Missing") : gettext("Change"),
        h("output", {}, money.show(Math.abs(change))),
      ),
      this.#quick(),
      this.#pad(),
      this.#steps(button([gettext("Take cash"), cap("Enter")], () => sale.enter(), { class: "primary" })),
    );
  }

  _split() {
    const { sale } = this;
    const half = money.roundCash(Math.round(sale.due / 2), sale.step || 1);
    const parts = [...new Set([half, ...this.data.notes])].filter((part) => part > 0 && part < sale.due);
    const amount = sale.typedAmount;
    const fits = amount !== null && amount > 0 && amount <= sale.due;
    return this.#screen(
      gettext("A part of it"),
      this.#taken(),
      this.#total(gettext("Left to pay"), sale.due),
      h("p", { class: "typed" }, gettext("This part"), h("output", {}, sale.typed || "\u2013")),
      h(
        "div",
        { class: "quick" },
        parts.slice(0, 4).map((part) => button(money.show(part), () => sale.setTyped(money.show(part)))),
      ),
      this.#pad(),
      h(
        "div",
        { class: "two" },
        button(gettext("Cash"), () => sale.takeCashPart(amount), { class: "big", disabled: !fits }),
        button([gettext("Card"), cap("C")], () => sale.takeCard(amount), {
          class: "big",
          disabled: !fits,
          "data-card": true,
        }),
      ),
      this.#steps(),
    );
  }

  _quantity() {
    const { sale } = this;
    const { line } = sale.about;
    return this.#screen(
      fill(gettext("How many %(ticket)s?"), { ticket: line.ticket.name }),
      h("p", { class: "typed" }, gettext("Quantity"), h("output", {}, sale.typed || String(line.quantity))),
      this.#pad(),
      this.#steps(button([gettext("Set"), cap("Enter")], () => sale.enter(), { class: "primary" })),
    );
  }

  _donation() {
    const { sale } = this;
    const { ticket, wrong } = sale.about;
    const bounds = [
      ticket.minPrice && fill(gettext("at least %(sum)s"), { sum: money.show(ticket.minPrice) }),
      ticket.maxPrice && fill(gettext("at most %(sum)s"), { sum: money.show(ticket.maxPrice) }),
    ].filter(Boolean);
    return this.#screen(
      fill(gettext("%(ticket)s: how much?"), { ticket: ticket.name }),
      h("p", { class: wrong ? "hint problem" : "hint" }, bounds.join(", ")),
      h(
        "p",
        { class: "typed" },
        gettext("Gives"),
        h("output", {}, sale.typed || money.show(ticket.minPrice ?? 0)),
      ),
      h(
        "div",
        { class: "quick" },
        this.data.notes
          .filter((note) => note >= (ticket.minPrice ?? 0) && note <= (ticket.maxPrice ?? Infinity))
          .slice(0, 4)
          .map((note) => button(money.show(note), () => (sale.setTyped(money.show(note)), sale.enter()))),
      ),
      this.#pad(),
      this.#steps(button([gettext("Add"), cap("Enter")], () => sale.enter(), { class: "primary" })),
    );
  }

  _free() {
    const { sale } = this;
    const { lines, price, reason, other = false } = sale.about;
    const now = sale.typedAmount ?? price;
    const total = lines.reduce((sum, line) => sum + line.quantity * (now ?? line.price), 0);
    const rest = sale.basket.lines.filter((line) => !lines.includes(line));
    const isFree = total === 0 && rest.every((line) => line.price === 0);
    return this.#screen(
      other ? gettext("Another price") : gettext("Free"),
      h(
        "ul",
        { class: "prices" },
        lines.map((line) =>
          h(
            "li",
            {},
            `${line.quantity} ${line.ticket.name} `,
            h("s", {}, money.show(line.price)),
            " \u2192 ",
            h("strong", {}, now === null ? "?" : money.show(now)),
          ),
        ),
      ),
      other && h("p", { class: "typed" }, gettext("New price each"), h("output", {}, sale.typed || "\u2013")),
      other && this.#pad(),
      h(
        "div",
        { class: "reasons", role: "group", "aria-label": gettext("Reason") },
        REASONS().map((text, index) =>
          button([other ? null : cap(String(index + 1)), text], () => sale.choose({ reason: text }), {
            "aria-pressed": String(reason === text),
          }),
        ),
        button(
          reason && !REASONS().includes(reason) ? reason : gettext("Other reason"),
          () => this.actions.otherReason(),
          { "aria-pressed": String(Boolean(reason) && !REASONS().includes(reason)) },
        ),
      ),
      this.#steps(
        button(
          [isFree ? gettext("Hand out") : gettext("Use this price"), cap("Enter")],
          () => sale.confirmPrice(),
          {
            class: "primary",
            disabled: !reason || now === null,
          },
        ),
      ),
    );
  }

  chooseReason(digit) {
    const reason = REASONS()[Number(digit) - 1];
    if (reason) this.sale.choose({ reason });
  }

  _pin() {
    const { sale, data } = this;
    const { approver, detail } = sale.about;
    if (!approver)
      return this.#screen(
        gettext("Who approves this?"),
        detail && h("p", { class: "problem" }, detail),
        data.approvers.length === 0 &&
          h("p", { class: "problem" }, gettext("No organizer has set a PIN: an organizer must sell this.")),
        h(
          "div",
          { class: "reasons" },
          data.approvers.map((person, index) =>
            button([cap(String(index + 1)), person.name], () => sale.choose({ approver: person })),
          ),
        ),
        this.#steps(),
      );
    return this.#screen(
      fill(gettext("PIN of %(name)s"), { name: approver.name }),
      detail && h("p", { class: "problem" }, detail),
      h(
        "p",
        {
          class: "dots",
          role: "status",
          "aria-label": fill(gettext("%(n)s of 6 digits"), { n: sale.typed.length }),
        },
        Array.from({ length: 6 }, (_, index) =>
          h("span", { class: index < sale.typed.length ? "dot full" : "dot" }),
        ),
      ),
      this.#pad(),
      this.#steps(),
    );
  }

  _card() {
    const { sale } = this;
    return this.#screen(
      gettext("Key into the terminal"),
      h("p", { class: `huge ${isLong(sale.about.amount)}` }, money.show(sale.about.amount)),
      h(
        "p",
        { class: "hint" },
        fill(gettext("Order %(order)s holds the tickets."), { order: sale.held.identifier }),
      ),
      h(
        "div",
        { class: "panel-actions stack" },
        button([gettext("Approved"), cap("Enter")], () => sale.approved(), { class: "primary big" }),
        button(gettext("Declined"), () => sale.declined(), { class: "big" }),
      ),
    );
  }

  _sending() {
    const { sale } = this;
    if (sale.tries === 0) return [h("p", { class: "total" }, gettext("Selling..."))];
    return this.#screen(
      gettext("Not confirmed"),
      h("p", { class: "problem" }, fill(gettext("Trying again (%(tries)s)"), { tries: sale.tries })),
      h(
        "p",
        { class: "hint" },
        gettext("Nobody knows yet whether this was sold. It will not be sold twice."),
      ),
      button(gettext("Park and serve next"), () => sale.park(), { class: "wide big" }),
    );
  }

  _refused() {
    const { sale } = this;
    const { left } = sale;
    const needsShift = sale.problems.some((problem) => problem.code === "no-open-shift");
    return this.#screen(
      gettext("Nothing sold yet"),
      h(
        "ul",
        { class: "problems" },
        sale.problems.map((problem) => h("li", { class: "problem" }, problem.detail)),
      ),
      this.#taken(),
      h(
        "div",
        { class: "panel-actions stack" },
        left &&
          button(
            fill(gettext("Sell %(what)s, %(total)s"), { what: left.summary, total: money.show(left.total) }),
            () => sale.sellWhatIsLeft(),
            { class: "primary big" },
          ),
        sale.canSellAnew &&
          button(gettext("Sell it anew, it is paid"), () => sale.handOut(), { class: "primary big" }),
        needsShift && h("a", { class: "button big", href: this.data.urls.shift }, gettext("Open a shift")),
        button(
          [sale.isFrozen ? gettext("Back") : gettext("Change basket"), cap("Esc")],
          () => sale.changeBasket(),
          { class: "big" },
        ),
      ),
    );
  }

  verdict() {
    const { last } = this.sale;
    if (last.undone !== true) return [];
    return [
      h("p", { class: "problem" }, fill(gettext("Order %(order)s is undone."), { order: last.identifier })),
      last.cash > 0 &&
        h("p", { class: "problem" }, fill(gettext("Give back %(sum)s."), { sum: money.show(last.cash) })),
      ...last.cards.map((amount) =>
        h(
          "p",
          { class: "problem" },
          fill(gettext("Reverse %(amount)s on the card terminal."), { amount: money.show(amount) }),
        ),
      ),
    ].filter(Boolean);
  }

  _done() {
    const { sale } = this;
    const { last } = sale;
    const codes = h("div", { class: "last-codes", "aria-live": "off" });
    this.actions.codes(last, codes);
    return [
      h(
        "div",
        { class: "done-panel" },
        h(
          "p",
          { class: `change ${isLong(last.change || last.total)}`, tabindex: "-1" },
          last.change > 0 ? gettext("Change") : gettext("Sold"),
          h("strong", {}, money.show(last.change > 0 ? last.change : last.total)),
        ),
        h("p", { class: "code" }, last.identifier, h("span", { class: "hint" }, ` ${last.summary}`)),
        h("div", { class: "verdict", role: "status" }, this.verdict()),
        h(
          "div",
          { class: "three panel-actions" },
          button([gettext("Next"), cap("Enter")], () => sale.next(), { class: "primary" }),
          button([gettext("Print"), cap("P")], () => this.actions.print(last)),
          this.undoButton(),
        ),
        codes,
      ),
    ];
  }
}
