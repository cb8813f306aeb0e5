// What the till looks like in each phase. Reads the sale, and hands every press to it.

import { button, cap, fill, h } from "../common/dom.js";
import * as money from "./money.js";
import { panel } from "./panels.js";
import { undoButton, verdict } from "./panels/answers.js";
import { lineOf } from "./refusal.js";
import { reason } from "./words.js";

const { gettext, ngettext } = window;

const UNSEEN = 700; // milliseconds in which nobody has read a sum
const LONG = 24; // more letters than two lines of a tile take
const nameOf = (element) => element.getAttribute("aria-label") ?? element.textContent;

export class View {
  constructor(sale, data, actions) {
    Object.assign(this, { sale, data, actions });
    this.tiles = document.getElementById("tiles");
    this.side = document.getElementById("side");
    this.rows = document.getElementById("rows");
    this.pay = document.getElementById("payment");
    this.bar = document.getElementById("phone-bar");
    this.strip = document.getElementById("strip");
    sale.addEventListener("change", () => this.draw());
    setInterval(() => this.#tick(), 1000);
    this.draw();
  }

  draw() {
    const { sale } = this;
    const focused = this.#focused();
    this.drawTickets();
    this.rows.replaceChildren(...this.#rows());
    this.#fillPay();
    this.bar.replaceChildren(...this.#phoneBar());
    this.strip.replaceChildren(...this.#strip());
    if (focused && sale.phase === this.phase) this.#focusAgain(focused);
    document.getElementById("till").dataset.phase = sale.phase;
    if (sale.phase !== this.phase) this.#entered(sale.phase);
  }

  /** The basket costs another sum than it did: whoever is just pressing has not seen it. */
  recalculated() {
    const regions = [this.pay, this.bar];
    this.draw();
    this.actions.deafen(UNSEEN);
    for (const region of regions) region.inert = true;
    setTimeout(() => {
      for (const region of regions) region.inert = false;
    }, UNSEEN);
  }

  /** Only what the server's news can change: a button that is just being pressed stays where it is. */
  drawTickets() {
    if (this.drawnTiles !== this.#catalogue) this.#drawTiles();
    for (const tile of this.tiles.children) this.#updateTile(tile);
  }

  /** Where the keyboard's focus is among what is drawn anew, by what it is called and where it stands. */
  #focused() {
    const element = document.activeElement;
    const region = [this.rows, this.pay, this.bar, this.strip].find((part) => part.contains(element));
    if (!region) return null;
    return { region, name: nameOf(element), index: [...region.querySelectorAll("button")].indexOf(element) };
  }

  #focusAgain({ region, name, index }) {
    if (region.contains(document.activeElement)) return;
    const buttons = [...region.querySelectorAll("button")];
    const named = buttons.filter((other) => nameOf(other) === name);
    (named.length === 1 ? named[0] : buttons[index])?.focus({ preventScroll: true });
  }

  #entered(phase) {
    const answered = ["card", "done", "refused", "owed"].includes(phase);
    this.phase = phase;
    if (phase !== "basket") this.side.classList.add("open");
    else if (this.sale.basket.isEmpty) this.side.classList.remove("open");
    if (answered) this.#settle();
    if (phase === "done") this.pay.querySelector(".outcome")?.focus();
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

  get #catalogue() {
    return JSON.stringify(this.data.tickets.map(({ id, name }) => [id, name]));
  }

  #drawTiles() {
    this.drawnTiles = this.#catalogue;
    this.tiles.replaceChildren(
      ...this.data.tickets.map((ticket, index) =>
        h(
          "li",
          { class: "tile-row" },
          h(
            "button",
            {
              type: "button",
              class: ticket.name.length > LONG ? "tile long" : "tile",
              title: ticket.name,
              "data-ticket": ticket.id,
              onclick: () => this.sale.add(ticket),
            },
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
    return (
      !(ticket.from && Date.parse(ticket.from) > now) && !(ticket.until && Date.parse(ticket.until) < now)
    );
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
        sale.canRestore &&
          h(
            "li",
            {},
            button(gettext("Restore the basket"), () => sale.restore(), { class: "wide" }),
          ),
      ].filter(Boolean);
    return [...sale.basket.lines.map((line) => this.#row(line)), this.#admitRow()];
  }

  #admitRow() {
    const { sale } = this;
    const box = h("span", { "aria-hidden": "true" }, sale.admits ? "\u2611" : "\u2610");
    const toggle = button([box, gettext("Admit now"), cap("A")], () => sale.toggleAdmit(), {
      class: "admit-now",
      disabled: !sale.canChooseAdmit,
      "aria-pressed": String(sale.admits),
    });
    return h("li", { class: "admit-row" }, toggle);
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
        "aria-label": fill(gettext("%(n)s %(ticket)s, type another quantity"), {
          n: line.quantity,
          ticket: name,
        }),
      }),
      step("+", 1, gettext("One %(ticket)s more")),
      h("span", { class: "sum" }, money.show(line.price * line.quantity)),
    );
  }

  #problemOf(line) {
    if (line.ticket.gone) return gettext("not sold any more");
    if (this.sale.phase !== "refused") return null;
    const index = this.sale.basket.lines.indexOf(line);
    const problem = this.sale.problems.find((error) => lineOf(error) === index);
    if (problem?.code !== "sold-out") return problem && reason(problem, this.sale.basket);
    return fill(gettext("%(available)s left, %(wanted)s wanted"), problem.meta);
  }

  // --- what waits for an answer, and the strip of the last sale ---

  #strip() {
    const { sale } = this;
    const { last } = sale;
    if (!last || sale.isDone || sale.phase !== "basket" || last.undone === true || sale.undoLeft === 0)
      return [];
    return [
      h("span", {}, `${last.identifier} ${money.show(last.paid)}`),
      last.change > 0 &&
        h("strong", {}, fill(gettext("Give back %(sum)s"), { sum: money.showFull(last.change) })),
      undoButton(sale),
    ].filter(Boolean);
  }

  // --- paying ---

  #fillPay() {
    const { phase } = this.sale;
    // The pad's own buttons are pressed fast: leave the done panel's QR codes and a scrolled list in place.
    if (phase === "done" && this.drawn === this.sale.last && this.pay.querySelector(".done-panel")) {
      this.pay.querySelector(".verdict").replaceChildren(...verdict(this.sale.last));
      if (this.sale.last.undone === true) this.pay.querySelector(".last-codes")?.remove();
      return;
    }
    this.drawn = phase === "done" ? this.sale.last : null;
    this.pay.replaceChildren(...panel(this.sale, this.data, this.actions));
  }

  // --- the phone's bottom ---

  #phoneBar() {
    const { sale } = this;
    const { count, isEmpty } = sale.basket;
    const summary = fill(ngettext("%(n)s ticket", "%(n)s tickets", count), { n: count });
    const free = !isEmpty && sale.due === 0;
    return [
      h(
        "div",
        { class: "phone-row" },
        button(
          isEmpty ? gettext("No tickets yet") : `${summary} \u2013 ${money.show(sale.due)}`,
          () => this.toggleSheet(),
          {
            class: "summary",
            "aria-expanded": String(this.side.classList.contains("open")),
            "aria-controls": "side",
          },
        ),
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
