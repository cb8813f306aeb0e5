// One sale after the other, told to the server: how it is paid, what the server said, and what becomes of it
// while there is no answer. Knows the server, not the page.

import { LoggedOut, Refused } from "../common/api.js";
import { newKey } from "../common/random.js";
import { Attempt, paid, saleDocument } from "./asking.js";
import { Draft, sumOf } from "./draft.js";
import * as money from "./money.js";
import { approvedBy } from "./parked.js";
import { aboutDue, aboutPin, isAboutOrder } from "./refusal.js";
import { Sold } from "./sold.js";

const PIN_LENGTH = 6;
// Where the buttons that take money are; elsewhere a stray press must not sell.
const PAYING = ["basket", "cash", "split"];

export class Sale extends Draft {
  last = null; // the sale before, a `Sold`
  tries = 0;
  #again = null; // how the refused payment was meant
  #attempt = null;
  #approver = null;

  /** `askToLogIn()` resolves to whether the same cashier is back; `keep(parked)` stores a parked sale. */
  constructor({ server, data, askToLogIn, keep }) {
    super(data);
    Object.assign(this, { server, askToLogIn, keep });
  }

  // --- one step on, one step back ---

  open(phase) {
    if (this.basket.isEmpty || !["basket", "split", "cash", "free"].includes(this.phase)) return;
    if (phase === "free" && this.isFrozen) return;
    if (phase === "free") return this.go("free", { lines: this.basket.lines, price: 0, reason: "" });
    if (this.due === 0 && phase !== "basket") return this.handOut();
    this.go(phase);
  }

  back() {
    if (this.phase === "sending" || this.phase === "card") return;
    if (this.phase === "done") return this.next();
    if (this.phase === "pin" && !this.about.again)
      return this.go("free", { ...this.about, price: this.about.other ? null : 0, approver: null });
    if (this.phase !== "basket") return this.go("basket");
    if (this.held || this.parts.length) return this.giveUp();
    this.clear();
  }

  /** Whoever is here now does not take the basket over. */
  async abandon() {
    if (this.isFrozen) await this.giveUp();
    this.begin();
  }

  /** Take what the pad says. */
  enter() {
    if (this.misread) return;
    if (this.phase === "quantity")
      return this.typed ? this.setQuantity(this.about.line, Number(this.typed)) : this.back();
    if (this.phase === "donation") return this.donate();
    if (this.phase === "cash") return this.takeCash(this.typedAmount ?? this.cashDue);
  }

  press(character) {
    super.press(character);
    if (this.phase === "pin" && this.typed.length === PIN_LENGTH)
      this.#approve({ user: this.about.approver.id, pin: this.typed });
  }

  /** The approver's own password, which counts in place of the PIN. */
  approveByPassword(password) {
    if (this.phase === "pin" && password) this.#approve({ user: this.about.approver.id, password });
  }

  // --- paying ---

  /** All that is left, in cash; `tendered` is what the guest handed over. */
  takeCash(tendered = this.cashDue) {
    if (this.basket.isEmpty || !PAYING.includes(this.phase)) return;
    if (this.due === 0) return this.handOut();
    if (tendered < this.cashDue) return; // the screen says what is missing
    if (this.asksBefore(() => this.takeCash(tendered))) return;
    this.#again = () => this.takeCash(Math.max(tendered, this.cashDue));
    return this.#finish({ tender: "cash", amount: this.cashDue, tendered });
  }

  /** A part of it in cash. */
  takeCashPart(amount) {
    if (!PAYING.includes(this.phase) || !(amount > 0)) return;
    if (!money.inCoins(amount, this.step)) return; // the screen says so
    if (amount >= this.cashDue) return this.takeCash(amount);
    if (this.asksBefore(() => this.takeCashPart(amount))) return;
    this.parts.push({ tender: "cash", amount, tendered: amount });
    this.go("basket");
  }

  /** Hold the tickets and send the guest to the terminal with `amount`. */
  async takeCard(amount = this.due) {
    if (this.basket.isEmpty || !PAYING.includes(this.phase) || !(amount > 0) || amount > this.due) return;
    if (this.asksBefore(() => this.takeCard(amount))) return;
    this.#again = () => this.takeCard(Math.min(amount, this.due));
    if (!this.held) {
      const order = await this.#sell({
        status: "pending",
        "awaits-card": true,
        "card-amount": money.wire(amount),
      });
      if (!order) return;
      this.held = { id: order.id, identifier: order.attributes.identifier };
    }
    this.go("card", { amount });
  }

  approved() {
    if (this.phase !== "card") return;
    // The terminal has the money, whatever the server says next.
    this.parts.push({ tender: "card", amount: this.about.amount });
    return this.due === 0 ? this.#finish() : this.go("basket");
  }

  declined() {
    if (this.phase !== "card") return;
    this.say("declined", this.about.amount);
    if (this.parts.length) return this.go("basket");
    return this.giveUp();
  }

  /** Let go of the held tickets; the basket stays, the money taken so far is to be given back. */
  async giveUp() {
    const { parts } = this;
    if (this.held && !(await this.#changeHeld("cancel", { status: "cancelled" }))) return;
    this.#letGo();
    this.parts = [];
    this.edited();
    this.#giveBack(parts);
  }

  /** The order holds the tickets no longer: it is settled, or the next sale is another one. */
  #letGo() {
    if (this.held) this.say("answered", this.held);
    this.held = null;
    this.key = newKey();
  }

  #giveBack(parts) {
    if (parts.length) this.say("give-back", { parts });
  }

  /** Nothing is left to pay: the order is completed at once. */
  handOut() {
    if (this.basket.isEmpty || this.phase === "sending" || this.due !== 0) return;
    if (this.asksBefore(() => this.handOut())) return;
    this.#again = () => this.handOut();
    return this.#finish();
  }

  async #finish(part) {
    const taken = [...this.parts, ...(part ? [part] : [])];
    const payments = taken.map(paid);
    const order = await (this.held
      ? this.#changeHeld("payment", { status: "completed", payments, admit: this.admits }, taken)
      : this.#sell({ payments }, taken));
    if (order) this.#finished(order, taken);
  }

  #finished(order, payments) {
    const sold = new Sold(order, payments, this.summary);
    this.say("selling", this.basket.lines);
    this.basket.clear();
    this.#letGo();
    this.parts = [];
    this.#done(sold);
  }

  #done(sold) {
    this.last = sold;
    this.go("done");
    this.say("sold", sold);
  }

  /** Whether another sale may be shown: none is under way. */
  get canShow() {
    return this.phase !== "sending";
  }

  /** Show a sale that was found to be sold as if it had just been; what is being composed comes back after it. */
  show(sold) {
    this.putAside();
    this.#done(sold);
  }

  // --- the server ---

  #sell(attributes, parts = []) {
    const body = saleDocument(this.data, this.basket, { ...attributes, admit: this.admits });
    const { key } = this;
    return this.#send({ kind: "sale", body, parts }, () => this.server.sell(body, key));
  }

  #changeHeld(kind, body, parts = this.parts) {
    const order = this.held;
    return this.#send({ kind, order, body, parts }, () => this.#change(order, body));
  }

  #change({ identifier, id }, attributes) {
    return this.server.change(identifier, id, attributes, this.data.till?.id);
  }

  /** The server's answer; null if it was a refusal, or the sale was parked meanwhile. */
  async #send(what, act) {
    const attempt = new Attempt({ ...what, key: this.key }, this.data, this.askToLogIn);
    this.#attempt = attempt;
    this.tries = 0;
    this.go("sending");
    try {
      const answer = await attempt.until(act, (tries) => {
        this.tries = tries;
        this.changed();
      });
      if (answer === undefined) this.park();
      return answer ?? null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return this.#refused(error.errors);
    }
  }

  #refused(errors) {
    this.problems = errors;
    const { order } = this.#attempt;
    // Tickets that an order holds no longer are sold anew, or not. An unpaid order can always be cancelled, so
    // one that cannot is none of ours any more.
    if (this.#attempt.kind === "cancel" || isAboutOrder(errors)) this.#letGo();
    const wrong = aboutPin(errors);
    const due = aboutDue(errors);
    if (wrong) this.#askPinAgain(wrong);
    else if (due) this.#owe(order, due);
    else this.go("refused");
    this.say("refused", errors);
    return null;
  }

  /** The card's money is booked, and must go back; cash that was taken with it was never booked. */
  #owe(order, { meta }) {
    const cash = this.parts.filter(({ tender }) => tender === "cash");
    this.parts = [];
    this.go("owed", { order, amount: money.parse(meta.amount), cash: sumOf(cash) });
  }

  /** The terminal has given the card's money back. */
  async givenBack() {
    const { order, asking } = this.about;
    if (this.phase !== "owed" || asking) return;
    this.choose({ asking: true });
    try {
      await this.#change(order, { "money-due": false });
      this.say("given-back", order);
      if (this.phase === "owed") this.edited();
    } catch (error) {
      if (this.phase === "owed") this.choose({ asking: false });
      if (error instanceof LoggedOut) await this.askToLogIn();
      else this.say("not-given-back", { detail: error instanceof Refused ? error.message : null });
    }
  }

  /** A wrong PIN is typed again; whoever cannot approve lets another one be asked. */
  #askPinAgain({ code, detail }) {
    const lines = this.basket.lines.filter((line) => line.reason);
    for (const line of lines) line.approval = null;
    const approver = (/^wrong-/.test(code) ? this.#approver : null) ?? this.#onlyApprover;
    this.go("pin", { lines, approver, detail, again: true });
  }

  /** What is asked about later of the sale that is on its way; null if none is. */
  get unanswered() {
    if (this.phase !== "sending") return null;
    const { kind, key, order, cashier, seller, body, parts, sent } = this.#attempt;
    const what = { summary: this.summary, total: this.basket.total, parts, body: approvedBy(body) };
    return { id: newKey(), kind, key, order, cashier, seller, till: this.data.till?.id, sent, ...what };
  }

  /** Put an unanswered sale aside; the question about it is asked when the server is back. */
  park() {
    if (this.phase !== "sending") return;
    const { kind, parts } = this.#attempt;
    this.#attempt.isGivenUp = true;
    this.keep(this.unanswered);
    this.begin();
    if (kind === "cancel") this.#giveBack(parts);
  }

  sellWhatIsLeft() {
    const { left } = this;
    if (this.phase !== "refused" || !left) return;
    this.basket = left;
    this.edited();
    this.#again();
  }

  // --- another price ---

  /** Give the lines their new price: at once for an organizer, else by an organizer's PIN. */
  confirmPrice() {
    const price = this.typedAmount ?? this.about.price;
    if (this.phase !== "free" || this.misread || price === null || !this.about.reason) return;
    const about = { ...this.about, price };
    if (this.data.cashier.role !== "organizer")
      return this.go("pin", { ...about, approver: this.#onlyApprover });
    this.about = about;
    return this.#approve(null);
  }

  get #onlyApprover() {
    return this.data.approvers.length === 1 ? this.data.approvers[0] : null;
  }

  #approve(approval) {
    const { lines, price, reason, again, approver } = this.about;
    if (again) for (const line of lines) line.approval = approval;
    else this.basket.reprice(lines, price, reason, approval);
    this.key = newKey();
    this.typed = "";
    this.phase = "basket";
    this.about = {};
    this.#approver = approver;
    if (again && this.#again) return this.#again();
    if (this.basket.total === 0) return this.handOut();
    this.changed();
  }

  // --- afterwards ---

  /** How many milliseconds are left to take the last sale back. */
  get undoLeft() {
    return this.last?.undoLeft ?? 0;
  }

  async undo() {
    const { last } = this;
    if (!last || last.undone || this.phase === "sending") return;
    last.undone = "asking";
    this.changed();
    try {
      await this.#change(last, { status: "cancelled" });
      last.undone = true;
      this.say("undone", last);
    } catch (error) {
      last.undone = false;
      if (error instanceof LoggedOut) await this.askToLogIn();
      else this.say("not-undone", { detail: error instanceof Refused ? error.message : null });
    }
    this.changed();
  }
}
