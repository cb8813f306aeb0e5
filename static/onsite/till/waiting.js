// What still waits for an answer: sales that were parked because the server did not answer, and guests
// whom somebody sent to the card terminal. Stays on the screen until a person has answered.

import { LoggedOut, NoAnswer, Refused } from "./api.js";
import { button, fill, h } from "./dom.js";
import * as money from "./money.js";

const { gettext } = window;

export class Waiting {
  constructor(element, { sale, server, data, announce, login }) {
    Object.assign(this, { element, sale, server, data, announce, login });
    this.place = `onsite.parked.${data.event.id}`;
    this.parked = JSON.parse(localStorage.getItem(this.place) ?? "[]");
    this.unanswered = [];
    sale.addEventListener("change", () => this.draw());
    this.draw();
  }

  keep(parked) {
    this.parked.push(parked);
    this.#store();
  }

  #store() {
    localStorage.setItem(this.place, JSON.stringify(this.parked));
    this.draw();
  }

  /** Called whenever the server answers: ask what became of the parked sales. */
  async ask() {
    for (const parked of this.parked.filter((p) => p.answer === undefined && p.cashier === this.data.cashier.id)) {
      try {
        const order = parked.order ? await this.server.order(parked.order.identifier) : await this.server.madeWith(parked.key);
        parked.answer = order ? { id: order.id, identifier: order.attributes.identifier, status: order.attributes.status } : null;
        if (parked.answer === null) parked.asked = (parked.asked ?? 0) + 1;
        // The request may still be on its way: "not sold" is believed when it is said twice.
        if (parked.answer === null && parked.asked < 2) parked.answer = undefined;
      } catch (error) {
        if (!(error instanceof NoAnswer || error instanceof LoggedOut || error instanceof Refused)) throw error;
        return;
      } finally {
        this.#store();
      }
    }
  }

  show(unanswered) {
    this.unanswered = unanswered;
    this.draw();
  }

  draw() {
    const others = this.unanswered.filter((order) => order.identifier !== this.sale.held?.identifier);
    const key = JSON.stringify([this.parked, others, this.data.cashier.id]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.element.replaceChildren(...this.parked.map((p) => this.#parkedRow(p)), ...others.map((order) => this.#cardRow(order)));
  }

  #row(text, ...buttons) {
    return h("div", { class: "waiting" }, h("span", {}, text), buttons);
  }

  #parkedRow(parked) {
    const values = { what: parked.summary, total: money.show(parked.total), order: parked.answer?.identifier };
    const drop = () => {
      this.parked = this.parked.filter((p) => p !== parked);
      this.#store();
    };
    if (parked.cashier !== this.data.cashier.id)
      return this.#row(fill(gettext("Parked by a colleague, who must log in: %(what)s, %(total)s"), values));
    if (parked.answer === undefined)
      return this.#row(fill(gettext("Parked, not confirmed: %(what)s, %(total)s"), values));
    const status = parked.answer?.status;
    if (status === "completed" || (status && parked.kind === "sale"))
      return this.#row(
        fill(gettext("The parked sale was sold: %(what)s, %(total)s, order %(order)s"), values),
        button(gettext("Keep"), drop),
        button(gettext("Undo"), () => this.#cancel(parked.answer, drop)),
      );
    if (status === "pending" || status === "initializing")
      return this.#row(
        fill(gettext("Not paid: order %(order)s, %(what)s, %(total)s. Open it under Recent."), values),
        button(gettext("OK"), drop),
      );
    if (status) return this.#row(fill(gettext("Order %(order)s is cancelled: %(what)s"), values), button(gettext("OK"), drop));
    return this.#row(
      fill(gettext("The parked sale was not sold: %(what)s, %(total)s"), values),
      button(gettext("OK"), drop),
    );
  }

  #cardRow(order) {
    const amount = money.parse(order.left);
    const values = { order: order.identifier, amount: money.show(amount) };
    return this.#row(
      fill(gettext("Card not answered: %(amount)s, order %(order)s"), values),
      button(gettext("Approved"), () => this.#approve(order, amount)),
      button(gettext("Declined"), () => this.#cancel(order)),
    );
  }

  async #change(order, attributes) {
    try {
      await this.server.change(order.identifier, order.id, attributes, this.data.till?.id);
    } catch (error) {
      if (error instanceof LoggedOut) return void (await this.login());
      return void this.announce(error instanceof Refused ? error.message : gettext("No answer from the server."));
    }
    this.unanswered = this.unanswered.filter((other) => other.id !== order.id);
    this.draw();
    return true;
  }

  #approve(order, amount) {
    return this.#change(order, { status: "completed", payments: [{ tender: "card", amount: money.wire(amount) }] });
  }

  async #cancel(order, then) {
    if (await this.#change(order, { status: "cancelled" })) then?.();
  }
}
