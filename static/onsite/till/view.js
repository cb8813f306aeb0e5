// What the till looks like in each phase. Reads the sale, and hands every press to it.

import { button, cap, fill, h } from "./dom.js";
import * as money from "./money.js";

const { gettext, ngettext } = window;
const REASONS = () => [gettext("Guest list"), gettext("Press"), gettext("Crew"), gettext("Goodwill")];

export class View {
  constructor(sale, data, actions) {
    Object.assign(this, { sale, data, actions });
    this.tiles = document.getElementById("tiles");
    this.side = document.getElementById("side");
    this.rows = document.getElementById("rows");
    this.pay = document.getElementById("payment");
    this.bar = document.getElementById("phone-bar");
    this.strip = document.getElementById("strip");
    this.#drawTiles();
    sale.addEventListener("change", () => this.draw());
    setInterval(() => this.#tick(), 1000);
    this.draw();
  }

  draw() {
    const { sale } = this;
    for (const tile of this.tiles.children) this.#updateTile(tile);
    this.rows.replaceChildren(...this.#rows());
    this.#fillPay();
    this.bar.replaceChildren(...this.#phoneBar());
    this.strip.replaceChildren(...this.#strip());
    document.getElementById("till").dataset.phase = sale.phase;
    if (sale.phase !== this.phase) this.#entered(sale.phase);
  }

  #entered(phase) {
    const answered = ["card", "done", "refused"].includes(phase);
    this.phase = phase;
    if (phase !== "basket") this.side.classList.add("open");
    else if (this.sale.basket.isEmpty) this.side.classList.remove("open");
    if (answered) this.#settle();
    if (phase === "done") this.pay.querySelector(".change")?.focus();
  }

  /** What the server's answer has put under the finger must not be pressed by the end of a double tap. */
  #settle() {
    const actions = this.pay.querySelector(".panel-actions");
    this.actions.deafen(300);
    this.settledAt = performance.now() + 300;
    if (!actions) return;
    actions.inert = true;
    setTimeout(() => {
      for (const element of this.pay.querySelectorAll(".panel-actions")) element.inert = false;
    }, 300);
  }

  #tick() {
    const left = Math.ceil(this.sale.undoLeft / 1000);
    for (const element of document.querySelectorAll("[data-undo]")) {
      element.textContent = fill(gettext("Undo %(left)s s"), { left });
      element.disabled = left === 0;
    }
  }

  // --- tickets ---

  #drawTiles() {
    this.tiles.replaceChildren(
      ...this.data.tickets.map((ticket, index) =>
        h(
          "li",
          { class: "tile-row" },
          h(
            "button",
            { type: "button", class: "tile", "data-ticket": ticket.id, onclick: () => this.sale.add(ticket) },
            index < 9 && h("span", { class: "digit", "aria-hidden": "true" }, String(index + 1)),
            h("span", { class: "name" }, ticket.name),
            h("span", { class: "price" }),
            h("span", { class: "left" }),
          ),
          button("\u2212", () => this.#less(ticket), {
            class: "less",
            "aria-label": fill(gettext("One %(ticket)s less"), { ticket: ticket.name }),
          }),
          h("span", { class: "in-basket", "aria-hidden": "true" }),
        ),
      ),
    );
  }

  #less(ticket) {
    const line = this.sale.basket.lines.findLast((l) => l.ticket.id === ticket.id);
    if (line) this.sale.setQuantity(line, line.quantity - 1);
  }

  #updateTile(row) {
    const tile = row.firstElementChild;
    const ticket = this.data.tickets.find((t) => t.id === Number(tile.dataset.ticket));
    const [price, left] = [tile.querySelector(".price"), tile.querySelector(".left")];
    const wanted = this.sale.isDone ? 0 : this.sale.basket.of(ticket);
    price.textContent = ticket.type === "donation" ? gettext("donation") : money.show(ticket.price);
    left.textContent = this.#availability(ticket);
    tile.classList.toggle("out", ticket.left === 0 || !this.#isOnSale(ticket));
    row.classList.toggle("chosen", wanted > 0);
    row.querySelector(".in-basket").textContent = wanted || "";
    row.querySelector(".less").hidden = wanted === 0 || this.sale.isFrozen;
  }

  #isOnSale(ticket) {
    const now = Date.now();
    return !(ticket.from && Date.parse(ticket.from) > now) && !(ticket.until && Date.parse(ticket.until) < now);
  }

  #availability(ticket) {
    if (!this.#isOnSale(ticket)) return ticket.closed || gettext("not on sale");
    if (ticket.left === null) return "";
    return ticket.left > 0 ? fill(gettext("%(left)s left"), { left: ticket.left }) : gettext("sold out");
  }

  // --- basket ---

  #rows() {
    const { sale } = this;
    if (sale.isDone) return [];
    if (sale.basket.isEmpty)
      return [
        h("li", { class: "empty" }, gettext("Tap a ticket, or press its digit.")),
        sale.canRestore && h("li", {}, button(gettext("Restore the basket"), () => sale.restore(), { class: "wide" })),
      ].filter(Boolean);
    return sale.basket.lines.map((line) => this.#row(line));
  }

  #row(line) {
    const { sale } = this;
    const name = line.ticket.name;
    const problem = this.#problemOf(line);
    const fixed = sale.isFrozen;
    const step = (text, by, label) =>
      button(text, () => sale.setQuantity(line, line.quantity + by), {
        class: "step",
        disabled: fixed,
        "aria-label": fill(label, { ticket: name }),
      });
    return h(
      "li",
      { class: problem ? "row has-problem" : "row" },
      h(
        "div",
        { class: "what" },
        h("span", { class: "name" }, name),
        button(money.show(line.price), () => sale.openPrice(line), {
          class: "price-button",
          disabled: fixed,
          "aria-label": fill(gettext("%(price)s each, change the price of %(ticket)s"), {
            price: money.show(line.price),
            ticket: name,
          }),
        }),
        line.reason && h("span", { class: "note" }, line.reason),
        line.ticket.note && h("span", { class: "note door-note" }, line.ticket.note),
        problem && h("span", { class: "problem" }, problem),
      ),
      step("\u2212", -1, gettext("One %(ticket)s less")),
      button(String(line.quantity), () => sale.askQuantity(line), {
        class: "quantity",
        disabled: fixed,
        "aria-label": fill(gettext("%(n)s %(ticket)s, type another quantity"), { n: line.quantity, ticket: name }),
      }),
      step("+", 1, gettext("One %(ticket)s more")),
      h("span", { class: "sum" }, money.show(line.price * line.quantity)),
    );
  }

  #problemOf(line) {
    if (this.sale.phase !== "refused") return null;
    const index = String(this.sale.basket.lines.indexOf(line));
    const problem = this.sale.problems.find((p) => p.source?.pointer?.split("/")[4] === index);
    if (problem?.code !== "sold-out") return problem?.detail;
    return fill(gettext("%(available)s left, %(wanted)s wanted"), problem.meta);
  }

  // --- what waits for an answer, and the strip of the last sale ---

  #strip() {
    const { sale } = this;
    const { last } = sale;
    if (!last || sale.isDone || sale.phase !== "basket" || last.undone === true || sale.undoLeft === 0) return [];
    return [
      h("span", {}, `${last.identifier} ${money.show(last.total)}`),
      last.change > 0 && h("strong", {}, fill(gettext("Change %(change)s"), { change: money.show(last.change) })),
      this.#undoButton(),
    ];
  }

  #undoButton() {
    const { sale } = this;
    return button(fill(gettext("Undo %(left)s s"), { left: Math.ceil(sale.undoLeft / 1000) }), () => sale.undo(), {
      "data-undo": true,
      disabled: sale.undoLeft === 0 || sale.last.undone,
    });
  }

  // --- paying ---

  #fillPay() {
    const { phase } = this.sale;
    // The pad's own buttons are pressed fast: leave the done panel's QR codes and a scrolled list in place.
    if (phase === "done" && this.drawn === this.sale.last && this.pay.querySelector(".done-panel")) {
      this.pay.querySelector(".verdict").replaceChildren(...this.#verdict());
      return;
    }
    this.drawn = phase === "done" ? this.sale.last : null;
    this.pay.replaceChildren(...this[`_${phase}`]().flat().filter(Boolean));
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
      { class: "quick" },
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
    const { isEmpty, total } = sale.basket;
    const label = sale.parts.length || sale.held ? gettext("Left to pay") : gettext("Total");
    const free = !isEmpty && total === 0;
    return [
      this.#taken(),
      this.#total(label, sale.due),
      sale.cashDue !== sale.due &&
        h("p", { class: "hint" }, fill(gettext("%(sum)s in cash, rounded"), { sum: money.show(sale.cashDue) })),
      free
        ? h("div", {}, button([gettext("Hand out"), cap("Enter")], () => sale.handOut(), { class: "primary wide" }))
        : this.#quick(),
      h(
        "div",
        { class: "two" },
        button([gettext("Cash"), cap("Enter")], () => sale.open("cash"), { class: "big", disabled: isEmpty || free }),
        button([gettext("Card"), cap("C")], () => sale.takeCard(), { class: "big", disabled: isEmpty || free, "data-card": true }),
      ),
      h(
        "div",
        { class: "three" },
        button([gettext("Split"), cap("S")], () => sale.open("split"), { disabled: isEmpty || free }),
        button([gettext("Free"), cap("F")], () => sale.open("free"), { disabled: isEmpty || sale.isFrozen }),
        button([gettext("Guest"), cap("N")], () => this.actions.guest(), { disabled: isEmpty || sale.isFrozen }),
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
      keys.map((key) => button(key, () => sale.press(key), { disabled: key === "." && ["quantity", "pin"].includes(sale.phase) })),
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
        button([gettext("Card"), cap("C")], () => sale.takeCard(amount), { class: "big", disabled: !fits, "data-card": true }),
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
      h("p", { class: "typed" }, gettext("Gives"), h("output", {}, sale.typed || money.show(ticket.minPrice ?? 0))),
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
    const { lines, price, reason } = sale.about;
    const now = sale.typedAmount ?? price;
    const other = price === null;
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
        button([isFree ? gettext("Hand out") : gettext("Use this price"), cap("Enter")], () => sale.confirmPrice(), {
          class: "primary",
          disabled: !reason || now === null,
        }),
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
        { class: "dots", role: "status", "aria-label": fill(gettext("%(n)s of 6 digits"), { n: sale.typed.length }) },
        Array.from({ length: 6 }, (_, index) => h("span", { class: index < sale.typed.length ? "dot full" : "dot" })),
      ),
      this.#pad(),
      this.#steps(),
    );
  }

  _card() {
    const { sale } = this;
    return this.#screen(
      gettext("Key into the terminal"),
      h("p", { class: "huge" }, money.show(sale.about.amount)),
      h("p", { class: "hint" }, fill(gettext("Order %(order)s holds the tickets."), { order: sale.held.identifier })),
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
      h("p", { class: "hint" }, gettext("Nobody knows yet whether this was sold. It will not be sold twice.")),
      button(gettext("Park and serve next"), () => sale.park(), { class: "wide big" }),
    );
  }

  _refused() {
    const { sale } = this;
    const { left } = sale;
    const needsShift = sale.problems.some((problem) => problem.code === "no-open-shift");
    const what = left?.lines.map((line) => `${line.quantity} ${line.ticket.name}`).join(", ");
    return this.#screen(
      gettext("Nothing sold yet"),
      h("ul", { class: "problems" }, sale.problems.map((problem) => h("li", { class: "problem" }, problem.detail))),
      h(
        "div",
        { class: "panel-actions stack" },
        left &&
          button(
            fill(gettext("Sell %(what)s, %(total)s"), { what, total: money.show(left.total) }),
            () => sale.sellWhatIsLeft(),
            { class: "primary big" },
          ),
        needsShift && h("a", { class: "button big", href: this.data.urls.shift }, gettext("Open a shift")),
        button([gettext("Change basket"), cap("Esc")], () => sale.changeBasket(), { class: "big" }),
      ),
    );
  }

  #verdict() {
    const { last } = this.sale;
    if (last.undone !== true) return [];
    return [
      h("p", { class: "problem" }, fill(gettext("Order %(order)s is undone."), { order: last.identifier })),
      ...last.cards.map((amount) =>
        h("p", { class: "problem" }, fill(gettext("Reverse %(amount)s on the card terminal."), { amount: money.show(amount) })),
      ),
    ];
  }

  _done() {
    const { sale } = this;
    const { last } = sale;
    const codes = h("div", { "aria-live": "off" });
    this.actions.codes(last, codes);
    return [
      h(
        "div",
        { class: "done-panel" },
        h(
          "p",
          { class: "change", tabindex: "-1" },
          last.change > 0 ? gettext("Change") : gettext("Sold"),
          h("strong", {}, money.show(last.change > 0 ? last.change : last.total)),
        ),
        h("p", { class: "code" }, last.identifier, h("span", { class: "hint" }, ` ${last.summary}`)),
        h("div", { class: "verdict", role: "status" }, this.#verdict()),
        h(
          "div",
          { class: "three panel-actions" },
          button([gettext("Next"), cap("Enter")], () => sale.next(), { class: "primary" }),
          button([gettext("Print"), cap("P")], () => this.actions.print(last)),
          this.#undoButton(),
        ),
        codes,
      ),
    ];
  }

  // --- the phone's bottom ---

  #phoneBar() {
    const { sale } = this;
    const { count, isEmpty, total } = sale.basket;
    const summary = fill(ngettext("%(n)s ticket", "%(n)s tickets", count), { n: count });
    const free = !isEmpty && total === 0;
    return [
      h(
        "div",
        { class: "phone-row" },
        button(isEmpty ? gettext("No tickets yet") : `${summary} \u2013 ${money.show(sale.due)}`, () => this.toggleSheet(), {
          class: "summary",
          "aria-expanded": String(this.side.classList.contains("open")),
          "aria-controls": "side",
        }),
        button(gettext("Split"), () => sale.open("split"), { disabled: isEmpty || free }),
        button(gettext("Free"), () => sale.open("free"), { disabled: isEmpty || sale.isFrozen }),
      ),
      h(
        "div",
        { class: "two" },
        button([gettext("Exact"), " ", money.show(sale.cashDue)], () => sale.takeCash(), {
          class: "primary",
          disabled: isEmpty,
        }),
        button(gettext("Card"), () => sale.takeCard(), { disabled: isEmpty || free }),
      ),
    ];
  }

  toggleSheet() {
    this.side.classList.toggle("open");
    this.draw();
  }
}
