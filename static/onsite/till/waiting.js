// What still waits for an answer: sales that were parked because the server did not answer, guests whom
// somebody sent to the card terminal, and what a card has paid for tickets that were gone. Stays on the screen
// until a person has answered.

import { LoggedOut, NoAnswer, Refused } from "../common/api.js";
import { button, fill, h } from "../common/dom.js";
import * as money from "./money.js";
import { answerOf, fateOf } from "./parked.js";

const { gettext } = window;

const FATES = () => ({
  "another's": gettext("Parked by a colleague, who must log in: %(what)s, %(total)s"),
  unknown: gettext("Parked, not confirmed: %(what)s, %(total)s"),
  unsold: gettext("The parked sale was not sold: %(what)s, %(total)s"),
  sold: gettext("The parked sale was sold: %(what)s, %(total)s, order %(order)s"),
  unpaid: gettext("Not paid: order %(order)s, %(what)s, %(total)s. Open it under Recent."),
  cancelled: gettext("Order %(order)s is cancelled: %(what)s"),
});

export class Waiting {
  constructor(element, { sale, server, data, announce, login }) {
    Object.assign(this, { element, sale, server, data, announce, login });
    this.place = `onsite.parked.${data.event.id}`;
    this.unanswered = [];
    this.due = [];
    // What the server may still call unanswered, or due, until it is asked again.
    this.answered = new Set();
    this.givenBack = new Set();
    sale.addEventListener("change", () => this.draw());
    sale.addEventListener("answered", ({ detail }) => this.#forget(detail));
    sale.addEventListener("given-back", ({ detail }) => this.#return(detail));
    window.addEventListener("storage", () => this.draw());
    this.draw();
  }

  /** Read anew each time: another tab may have parked a sale too. */
  get parked() {
    return JSON.parse(localStorage.getItem(this.place) ?? "[]");
  }

  set parked(parked) {
    localStorage.setItem(this.place, JSON.stringify(parked));
    this.draw();
  }

  keep(parked) {
    this.parked = [...this.parked, parked];
  }

  #answer(parked, answer) {
    this.parked = this.parked.map((other) => (other.id === parked.id ? { ...other, answer } : other));
  }

  #forget(order) {
    this.answered.add(order.identifier);
    this.draw();
  }

  #return(order) {
    this.givenBack.add(order.identifier);
    this.draw();
  }

  /** Called whenever the server answers: ask what became of the parked sales. */
  async ask() {
    const isOpen = (p) => p.answer === undefined && p.cashier === this.data.cashier.id;
    try {
      for (const parked of this.parked.filter(isOpen)) await this.#askAbout(parked);
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof LoggedOut)) throw error;
    }
  }

  async #askAbout(parked) {
    const asked = Date.now();
    try {
      const order = parked.order
        ? await this.server.order(parked.order.identifier)
        : await this.server.madeWith(parked.key);
      const answer = answerOf(parked, order, asked);
      if (answer !== undefined) this.#answer(parked, answer);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  show(unanswered, due) {
    this.unanswered = unanswered;
    this.due = due;
    this.draw();
  }

  draw() {
    const { parked } = this;
    const others = this.unanswered.filter(
      (order) => order.identifier !== this.sale.held?.identifier && !this.answered.has(order.identifier),
    );
    const due = this.due.filter(
      (order) => order.identifier !== this.#owed?.identifier && !this.givenBack.has(order.identifier),
    );
    const key = JSON.stringify([parked, others, due, this.data.cashier.id]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.element.replaceChildren(
      ...parked.map((p) => this.#parkedRow(p)),
      ...others.map((order) => this.#cardRow(order)),
      ...due.map((order) => this.#dueRow(order)),
    );
  }

  /** What the sale itself is just asking about. */
  get #owed() {
    return this.sale.phase === "owed" ? this.sale.about.order : null;
  }

  #row(text, ...buttons) {
    return h("div", { class: "waiting" }, h("span", {}, text), buttons);
  }

  #parkedRow(parked) {
    const fate = fateOf(parked, this.data.cashier.id);
    const text = fill(FATES()[fate], {
      what: parked.summary,
      total: money.show(parked.total),
      order: parked.answer?.identifier,
    });
    const drop = () => {
      this.parked = this.parked.filter((other) => other.id !== parked.id);
    };
    if (["another's", "unknown"].includes(fate)) return this.#row(text);
    if (fate !== "sold") return this.#row(text, button(gettext("OK"), drop));
    return this.#row(
      text,
      button(gettext("Keep"), drop),
      button(gettext("Undo"), () => this.#cancel(parked.answer, drop)),
    );
  }

  #cardRow(order) {
    const left = money.parse(order.left);
    const amount = order.card === null ? left : Math.min(left, money.parse(order.card));
    const rest = money.roundCash(left - amount, money.stepOf(this.data.event));
    const values = { order: order.identifier, amount: money.show(amount), rest: money.show(rest) };
    return this.#row(
      fill(gettext("Card not answered: %(amount)s, order %(order)s"), values),
      button(rest ? fill(gettext("Approved, %(rest)s in cash"), values) : gettext("Approved"), () =>
        this.#approve(order, amount, rest),
      ),
      button(gettext("Declined"), () => this.#cancel(order)),
    );
  }

  #dueRow(order) {
    const values = { order: order.identifier, amount: money.show(money.parse(order.amount)) };
    return this.#row(
      fill(gettext("Tickets gone, card to be reversed: %(amount)s, order %(order)s"), values),
      button(gettext("Given back"), async () => {
        if (await this.#change(order, { "money-due": false })) this.#return(order);
      }),
    );
  }

  async #change(order, attributes) {
    this.element.inert = true;
    try {
      await this.server.change(order.identifier, order.id, attributes, this.data.till?.id);
    } catch (error) {
      if (error instanceof LoggedOut) return void (await this.login());
      return void this.announce(
        error instanceof Refused ? error.message : gettext("No answer from the server."),
      );
    } finally {
      // The end of a double tap must not answer for the next guest in the list.
      setTimeout(() => (this.element.inert = false), 300);
    }
    this.#forget(order);
    return true;
  }

  #approve(order, amount, rest) {
    const payments = [{ tender: "card", amount: money.wire(amount) }];
    if (rest) payments.push({ tender: "cash", amount: money.wire(rest) });
    return this.#change(order, { status: "completed", payments });
  }

  async #cancel(order, then) {
    if (await this.#change(order, { status: "cancelled" })) then?.();
  }
}
