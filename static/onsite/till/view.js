// What the till looks like in each phase. Reads the sale, and hands every press to it.

import { button, cap, fill, h } from "../common/dom.js";
import * as money from "./money.js";
import { panel } from "./panels.js";
import { undoButton } from "./panels/answers.js";
import { lineOf } from "./refusal.js";
import { isShort } from "./stock.js";
import { nameOf, reason, tooFew } from "./words.js";

const { gettext, ngettext } = window;

const UNSEEN = 700; // milliseconds in which nobody has read a sum
const DENSE = 8; // rows from which on they are lower
const labelOf = (element) => element.getAttribute("aria-label") ?? element.textContent;

export class View {
  constructor(sale, data, actions, tiles) {
    Object.assign(this, { sale, data, actions, tiles });
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
    this.rows.classList.toggle("dense", sale.basket.lines.length >= DENSE);
    this.#fillPay();
    this.bar.replaceChildren(...this.#phoneBar());
    this.strip.replaceChildren(...this.#strip());
    if (focused && sale.phase === this.phase) this.#focusAgain(focused);
    document.getElementById("till").dataset.phase = sale.phase;
    if (sale.phase !== this.phase) this.#entered(sale.phase);
    this.#showNewest();
  }

  /** The line that was touched last is in sight, however many there are. */
  #showNewest() {
    const { lines, last } = this.sale.basket;
    const newest = last && `${lines.indexOf(last)} ${last.quantity}`;
    if (newest && newest !== this.newest)
      this.rows.children[lines.indexOf(last)]?.scrollIntoView({ block: "nearest" });
    this.newest = newest;
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
    this.tiles.draw();
  }

  /** Where the keyboard's focus is among what is drawn anew, by what it is called and where it stands. */
  #focused() {
    const element = document.activeElement;
    const region = [this.rows, this.pay, this.bar, this.strip].find((part) => part.contains(element));
    if (!region) return null;
    return { region, name: labelOf(element), index: [...region.querySelectorAll("button")].indexOf(element) };
  }

  #focusAgain({ region, name, index }) {
    if (region.contains(document.activeElement)) return;
    const buttons = [...region.querySelectorAll("button")];
    const named = buttons.filter((other) => labelOf(other) === name);
    (named.length === 1 ? named[0] : buttons[index])?.focus({ preventScroll: true });
  }

  #entered(phase) {
    const answered = ["card", "done", "refused", "owed", "untimely"].includes(phase);
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
    const reductions = sale.basket.reductions.map((reduction) => this.#reduction(reduction));
    return [...sale.basket.lines.map((line) => this.#row(line)), ...reductions, this.#admitRow()];
  }

  #reduction({ discount, less }) {
    return h(
      "li",
      { class: "reduction" },
      h("span", { class: "name" }, discount.name),
      h("span", { class: "sum" }, money.show(-less)),
    );
  }

  #admitRow() {
    const { sale } = this;
    const knob = h("span", { class: "knob", "aria-hidden": "true" });
    const toggle = button([gettext("Admit now"), cap("A"), knob], () => sale.toggleAdmit(), {
      class: "admit-now",
      role: "switch",
      disabled: !sale.canChooseAdmit,
      "aria-checked": String(sale.admits),
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
        line.guest && h("span", { class: "note guest" }, nameOf(line.guest)),
        line.reason && h("span", { class: "note" }, line.reason),
        line.discount && h("span", { class: "note" }, line.discount.name),
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
    if (this.sale.phase !== "refused") return this.#shortage(line);
    const index = this.sale.basket.lines.indexOf(line);
    const problem = this.sale.problems.find((error) => lineOf(error) === index);
    if (problem?.code !== "sold-out") return problem && reason(problem, this.sale.basket);
    return fill(gettext("%(available)s left, %(wanted)s wanted"), problem.meta);
  }

  #shortage({ ticket }) {
    const { basket, held, phase } = this.sale;
    if (held || phase === "sending" || !isShort(basket, ticket)) return null;
    return tooFew(basket, ticket);
  }

  // --- what waits for an answer, and the strip of the last sale ---

  #strip() {
    const { sale } = this;
    const { last } = sale;
    if (!last || sale.isDone || sale.phase !== "basket" || last.undone === true || sale.undoLeft === 0)
      return [];
    return [
      h("span", {}, `${last.identifier} ${money.showFull(last.paid)}`),
      last.change > 0 &&
        h("strong", {}, fill(gettext("Give back %(sum)s"), { sum: money.showFull(last.change) })),
      undoButton(sale),
    ].filter(Boolean);
  }

  // --- paying ---

  #fillPay() {
    const { phase } = this.sale;
    // The pad's own buttons are pressed fast: leave the done panel's QR codes and a scrolled list in place.
    const { last } = this.sale;
    const isUndone = last?.undone === true;
    if (phase === "done" && this.drawn === last && this.drawnUndone === isUndone) return;
    const wasDone = this.drawn === last;
    this.drawn = phase === "done" ? last : null;
    this.drawnUndone = isUndone;
    this.pay.replaceChildren(...panel(this.sale, this.data, this.actions));
    if (phase === "done" && wasDone) this.pay.querySelector(".outcome").focus();
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
          isEmpty ? gettext("No tickets yet") : `${summary} \u2013 ${money.showFull(sale.due)}`,
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
    this.newest = undefined;
    this.draw();
  }
}
