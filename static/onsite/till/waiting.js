// What still waits for an answer: sales that were parked because the server did not answer, guests whom
// somebody sent to the card terminal, and what a card has paid for tickets that were gone. Stays on the screen
// until a person has answered.

import { LoggedOut, NoAnswer, Refused } from "../common/api.js";
import { button, fill, h } from "../common/dom.js";
import { newKey } from "../common/random.js";
import { paid, placeOf } from "./asking.js";
import * as money from "./money.js";
import { answerOf, approvedBy, approversOf, asKept, fateOf, inNameOf, isOpen, soldBy } from "./parked.js";
import { isGivenUp } from "./refusal.js";

const { gettext } = window;

const FATES = () => ({
  "another's": gettext("Parked by %(seller)s at another till: %(what)s, %(total)s"),
  unknown: gettext("Parked, not confirmed: %(what)s, %(total)s"),
  sold: gettext("The parked sale was sold: %(what)s, %(total)s, order %(order)s"),
  unpaid: gettext("Not paid: order %(order)s, %(what)s, %(total)s"),
  cancelled: gettext("Order %(order)s is cancelled: %(what)s"),
});

export class Waiting {
  /** `askPin(name)` resolves to what proves an approval, or null; `baskets` are those of whoever has left. */
  constructor(element, { sale, baskets, server, data, announce, login, askPin }) {
    Object.assign(this, { element, sale, baskets, server, data, announce, login, askPin });
    this.place = `onsite.parked.${data.event.id}`;
    this.unanswered = [];
    this.due = [];
    this.isOnline = false;
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
    return JSON.parse(localStorage.getItem(this.place) ?? "[]").map(asKept);
  }

  set parked(parked) {
    localStorage.setItem(this.place, JSON.stringify(parked));
    this.draw();
  }

  keep(parked) {
    this.parked = [...this.parked, parked];
  }

  #answer({ id }, order) {
    const answer = answerOf(order);
    this.parked = this.parked.map((other) => (other.id === id ? { ...other, answer } : other));
  }

  #drop({ id }) {
    this.parked = this.parked.filter((other) => other.id !== id);
  }

  #forget(order) {
    this.answered.add(order.identifier);
    this.draw();
  }

  #return(order) {
    this.givenBack.add(order.identifier);
    this.draw();
  }

  /** Whether the server answers: only then is there anything that can be done. */
  set online(is) {
    this.isOnline = is;
    this.draw();
  }

  /** Called whenever the server answers: ask what became of the parked sales. */
  async ask() {
    try {
      for (const parked of this.parked.filter((p) => isOpen(p, this.data))) await this.#askAbout(parked);
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof LoggedOut)) throw error;
    }
  }

  async #askAbout(parked) {
    try {
      const order = await this.#orderOf(parked);
      if (order) this.#answer(parked, order);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** A colleague's request can only be finished or given up, either of which tells. */
  #orderOf({ order, answer, cashier, key }) {
    const identifier = order?.identifier ?? answer?.attributes.identifier;
    if (identifier) return this.server.order(identifier);
    return cashier === this.data.cashier.id ? this.server.madeWith(key) : undefined;
  }

  show(unanswered, due) {
    this.unanswered = unanswered;
    this.due = due;
    this.draw();
  }

  // --- what is shown ---

  draw() {
    const { baskets, data, sale } = this;
    const [parked, cards, due] = this.#rows();
    const { waiting, canTake } = baskets;
    const all = [parked, cards, due, waiting];
    const key = JSON.stringify([all, canTake, data.cashier.id, this.isOnline, sale.canShow]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.element.replaceChildren(
      ...parked.map((p) => this.#parkedRow(p)),
      ...cards.map((order) => this.#cardRow(order)),
      ...due.map((order) => this.#dueRow(order)),
      ...waiting.map((basket, index) => this.#basketRow(basket, index)),
    );
  }

  /** The parked sales, cards and sums to be asked about, each order once. */
  #rows() {
    const { parked, sale } = this;
    const of = (orders, identifier) => orders.some((order) => order?.identifier === identifier);
    const cards = this.unanswered.filter(
      ({ identifier }) => !sale.holds(identifier) && !this.answered.has(identifier),
    );
    const isCard = ({ kind, answer }) => kind === "sale" && of(cards, answer?.attributes.identifier);
    const asked = parked.filter(({ kind }) => kind !== "sale").map(({ order }) => order);
    return [
      parked.filter((p) => !isCard(p)),
      cards.filter(({ identifier }) => !of(asked, identifier)),
      this.due.filter(({ identifier }) => !of([this.#owed], identifier) && !this.givenBack.has(identifier)),
    ];
  }

  /** What the sale itself is just asking about. */
  get #owed() {
    return this.sale.phase === "owed" ? this.sale.about.order : null;
  }

  #row(text, ...buttons) {
    const ways = buttons.flat().filter(Boolean);
    return h("div", { class: "waiting" }, h("span", {}, text), ways.length > 0 && h("div", {}, ways));
  }

  #parkedRow(parked) {
    const { answer, cashier, seller } = parked;
    const fate = fateOf(parked, this.data);
    const text = fill(FATES()[fate], {
      seller: seller ?? gettext("a colleague"),
      what: parked.summary,
      total: money.show(parked.total),
      order: answer?.attributes.identifier,
    });
    const isOthers = fate !== "another's" && seller && cashier !== this.data.cashier.id;
    return this.#row(isOthers ? `${text} (${seller})` : text, this.#ways(fate, parked));
  }

  #ways(fate, parked) {
    const { sale } = this;
    const again = button(gettext("Sell it now"), () => this.#sellNow(parked));
    const forget = button(gettext("Forget"), () => this.#giveUp(parked));
    const drop = () => {
      this.#drop(parked);
      if (fate === "cancelled" && parked.kind === "payment") this.#giveBack(parked);
    };
    const keep = () => {
      drop();
      sale.show(soldBy(parked));
    };
    const isOwnOrder = parked.kind === "sale" && fate === "unpaid";
    const ways = {
      unknown: () => this.isOnline && parked.kind === "sale" && [parked.body && again, forget],
      unpaid: () =>
        isOwnOrder
          ? button(gettext("OK"), drop)
          : [parked.kind === "payment" && parked.body && again, forget],
      cancelled: () => button(gettext("OK"), drop),
      sold: () => [
        button(gettext("Keep"), keep, { disabled: !sale.canShow }),
        button(gettext("Undo"), () => this.#undo(parked)),
      ],
    };
    return ways[fate]?.();
  }

  #basketRow({ owner, summary, total }, index) {
    const values = { owner: owner.name, what: summary, total: money.show(total) };
    return this.#row(
      fill(gettext("The basket of %(owner)s waits: %(what)s, %(total)s"), values),
      button(gettext("Take it over"), () => this.baskets.take(index), { disabled: !this.baskets.canTake }),
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

  // --- what is done about it ---

  /** What the server answers to `act()`; undefined if it does not, or says no, which is told. */
  async #ask(act, refused = (error) => this.announce(error.message)) {
    this.element.inert = true;
    try {
      return await act();
    } catch (error) {
      if (error instanceof LoggedOut) await this.login();
      else if (error instanceof Refused) refused(error);
      else if (error instanceof NoAnswer) this.announce(gettext("No answer from the server."));
      else throw error;
    } finally {
      // The end of a double tap must not answer for the next guest in the list.
      setTimeout(() => (this.element.inert = false), 300);
    }
  }

  #change(order, attributes) {
    return this.#ask(() => this.server.change(order.identifier, order.id, attributes, this.data.till?.id));
  }

  async #approve(order, amount, rest) {
    const parts = [{ tender: "card", amount }];
    if (rest) parts.push({ tender: "cash", amount: rest, tendered: rest });
    const sent = Date.now();
    const sold = await this.#change(order, { status: "completed", payments: parts.map(paid) });
    if (!sold) return;
    this.#forget(order);
    this.#sold({ id: newKey(), kind: "payment", order, parts, summary: "", sent }, sold);
  }

  /** Show what was sold; while another sale is under way it waits, to be kept. */
  #sold(parked, order) {
    const { sale, data } = this;
    if (sale.canShow) {
      this.#drop(parked);
      return sale.show(soldBy(parked, order));
    }
    const { id: cashier, name: seller } = data.cashier;
    const total = money.parse(order.attributes.amount);
    if (!this.parked.some(({ id }) => id === parked.id)) this.keep({ cashier, seller, total, ...parked });
    this.#answer(parked, order);
  }

  /** Ask once more for what was asked: the same body with the same key, which is sold once. */
  async #sellNow(parked) {
    const proofs = await this.#proofs(parked.body);
    if (!proofs) return;
    const act = parked.kind === "sale" ? () => this.#sellAgain(parked, proofs) : () => this.#payAgain(parked);
    const order = await this.#ask(act, (error) => this.#notSold(parked, error));
    if (order?.attributes.status === "completed") this.#sold(parked, order);
    else if (order) this.#answer(parked, order);
  }

  #sellAgain({ body, cashier, key }, proofs) {
    const document = inNameOf(cashier, this.data.cashier.id, approvedBy(body, proofs));
    return this.server.sell(document, key);
  }

  #payAgain({ order, body }) {
    return this.server.change(order.identifier, order.id, body, this.data.till?.id);
  }

  #notSold(parked, error) {
    if (isGivenUp(error.errors)) this.#drop(parked);
    this.announce(error.message);
  }

  /** What proves each approval of the sale, asked for anew: none is kept. Null if somebody goes back. */
  async #proofs(body) {
    const proofs = {};
    for (const user of approversOf(body)) {
      const name = this.data.approvers.find(({ id }) => id === user)?.name ?? gettext("the organizer");
      proofs[user] = await this.askPin(name);
      if (!proofs[user]) return null;
    }
    return proofs;
  }

  /** Gone only once the server has promised that it is never sold. */
  async #giveUp(parked) {
    if (parked.kind !== "sale") return this.#cancel(parked.order, parked);
    const data = { type: "order", relationships: placeOf(this.data) };
    const document = inNameOf(parked.cashier, this.data.cashier.id, { data });
    const order = await this.#ask(() => this.server.giveUp(document, parked.key));
    if (order) return this.#answer(parked, order);
    if (order === null) this.#isGone(parked);
  }

  /** What was taken for an order that let go of its tickets; for what the books say is due there is a row. */
  #giveBack({ order, parts }) {
    const isDue = this.due.some(({ identifier }) => identifier === order.identifier);
    const unknown = parts.filter(({ tender }) => !(isDue && tender === "card"));
    if (unknown.length) this.sale.say("give-back", { parts: unknown });
  }

  #isGone(parked) {
    this.#drop(parked);
    const { kind, summary, parts } = parked;
    this.sale.say("forgotten", { summary, parts: kind === "cancel" ? [] : parts }); // what is not told yet
  }

  async #cancel(order, parked) {
    if (!(await this.#change(order, { status: "cancelled" }))) return;
    this.#forget(order);
    if (parked) this.#isGone(parked);
  }

  async #undo(parked) {
    const { id, attributes } = parked.answer;
    const order = { id, identifier: attributes.identifier };
    if (!(await this.#change(order, { status: "cancelled" }))) return;
    this.#forget(order);
    this.#drop(parked);
    if (parked.parts.length) this.sale.say("give-back", { parts: parked.parts });
  }
}
