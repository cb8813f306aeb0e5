// One sale after the other: what the cashier has chosen, how it is being paid, and what the server said.
// Knows the server, not the page.
//
// phases: basket, quantity, donation, cash, split, free, pin, card, sending, refused, done

import { LoggedOut, Refused } from "../common/api.js";
import { newKey } from "../common/random.js";
import { Attempt, leftOf, paid, saleDocument } from "./asking.js";
import { Basket } from "./basket.js";
import * as money from "./money.js";
import { Sold } from "./sold.js";

const PIN_LENGTH = 6;
// Where the buttons that take money are; elsewhere a stray press must not sell.
const PAYING = ["basket", "cash", "split"];
const ABOUT_PIN = ["wrong-pin", "pin-locked", "no-pin", "approval-required", "not-an-organizer"];

const sumOf = (parts) => parts.reduce((sum, part) => sum + part.amount, 0);

export class Sale extends EventTarget {
  basket = new Basket();
  phase = "basket";
  typed = ""; // on the pad
  parts = []; // payments taken so far: {tender, amount, tendered}
  held = null; // the order that holds the tickets while the guest pays
  last = null; // the sale before, a `Sold`
  problems = [];
  tries = 0;
  #key = newKey();
  #again = null; // how the refused payment was meant
  #attempt = null;
  #cleared = null;
  #approver = null;

  /** `askToLogIn()` resolves to whether the same cashier is back; `keep(parked)` stores a parked sale. */
  constructor({ server, data, askToLogIn, keep }) {
    super();
    Object.assign(this, { server, data, askToLogIn, keep });
    this.step = data.event.cashRounding ? money.parse(data.event.cashRounding) : 0;
  }

  // --- what is to be paid ---

  get due() {
    return this.basket.total - sumOf(this.parts);
  }

  get cashDue() {
    return money.roundCash(this.due, this.step);
  }

  /** Whether the basket may not change any more: money was taken, or an order holds it. */
  get isFrozen() {
    return this.phase === "sending" || this.held !== null || this.parts.length > 0;
  }

  get isDone() {
    return this.phase === "done";
  }

  // --- the basket ---

  add(ticket, price) {
    if (this.isFrozen) return;
    if (this.isDone) this.#begin();
    if (ticket.type === "donation" && price === undefined) return this.#go("donation", { ticket });
    this.basket.add(ticket, price);
    this.#edited();
  }

  setQuantity(line, quantity) {
    if (this.isFrozen) return;
    this.basket.set(line, quantity);
    this.#edited();
  }

  askQuantity(line = this.basket.last) {
    if (line && !this.isFrozen) this.#go("quantity", { line });
  }

  setGuest(guest) {
    this.basket.guest = guest;
    this.#edited();
  }

  /** Whether the guests are let in with the sale; an unpaid order lets them in once it is paid. */
  get admits() {
    return this.basket.admit ?? this.data.event.admitNow;
  }

  get canChooseAdmit() {
    return !this.basket.isEmpty && !["sending", "done"].includes(this.phase);
  }

  toggleAdmit() {
    if (!this.canChooseAdmit) return;
    this.basket.admit = !this.admits;
    this.#key = newKey(); // another sale than one that was refused
    if (this.phase === "refused") this.#go("basket");
    else this.#changed();
    this.#say("admit", { admits: this.admits });
  }

  clear() {
    if (this.isFrozen || this.basket.isEmpty) return;
    const cleared = (this.#cleared = this.basket.copy());
    this.basket.clear();
    this.#edited();
    setTimeout(() => {
      if (this.#cleared !== cleared) return;
      this.#cleared = null;
      this.#changed();
    }, 5000);
  }

  /** Whoever is here now does not take the basket over. */
  async abandon() {
    if (this.isFrozen) await this.giveUp();
    this.clear();
  }

  get canRestore() {
    return this.#cleared !== null && this.basket.isEmpty;
  }

  restore() {
    if (!this.canRestore) return;
    this.basket = this.#cleared;
    this.#cleared = null;
    this.#edited();
  }

  #edited() {
    this.#key = newKey();
    this.#go("basket");
  }

  // --- one step on, one step back ---

  open(phase) {
    if (this.basket.isEmpty || !["basket", "split", "cash", "free"].includes(this.phase)) return;
    if (phase === "free" && this.isFrozen) return;
    if (phase === "free") return this.#go("free", { lines: this.basket.lines, price: 0, reason: "" });
    if (this.due === 0 && phase !== "basket") return this.handOut();
    this.#go(phase);
  }

  /** Another price for some lines. */
  openPrice(line) {
    if (!this.isFrozen) this.#go("free", { lines: [line], price: null, reason: "", other: true });
  }

  back() {
    if (this.phase === "sending" || this.phase === "card") return;
    if (this.phase === "done") return this.next();
    if (this.phase === "pin" && !this.about.again)
      return this.#go("free", { ...this.about, price: this.about.other ? null : 0, approver: null });
    if (this.phase !== "basket") return this.#go("basket");
    if (this.held || this.parts.length) return this.giveUp();
    this.clear();
  }

  #go(phase, about = {}) {
    this.phase = phase;
    this.about = about;
    this.typed = "";
    this.#changed();
  }

  // --- the pad ---

  get typedAmount() {
    return this.typed === "" ? null : money.typed(this.typed);
  }

  press(character) {
    if (character === "Backspace") this.typed = this.typed.slice(0, -1);
    else if (this.phase === "pin") this.#typePin(character);
    else if (this.phase === "quantity") this.typed = (this.typed + character).replace(/\D/g, "").slice(0, 3);
    else if (money.typed(this.typed + character) !== null) this.typed += character;
    this.#changed();
  }

  setTyped(text) {
    this.typed = text;
    this.#changed();
  }

  #typePin(character) {
    if (!/\d/.test(character) || this.typed.length >= PIN_LENGTH) return;
    this.typed += character;
    if (this.typed.length === PIN_LENGTH) this.#approve({ user: this.about.approver.id, pin: this.typed });
  }

  /** Take what the pad says. */
  enter() {
    const { ticket, line } = this.about;
    if (this.phase === "quantity")
      return this.typed ? this.setQuantity(line, Number(this.typed)) : this.back();
    if (this.phase === "donation") return this.#donate(ticket);
    if (this.phase === "cash") return this.takeCash(this.typedAmount ?? this.cashDue);
  }

  #donate(ticket) {
    const least = ticket.minPrice ?? 0;
    const price = this.typedAmount ?? least;
    const tooHigh = ticket.maxPrice !== null && price > ticket.maxPrice;
    if (price < least || tooHigh) return this.#go("donation", { ticket, wrong: true });
    this.basket.add(ticket, price);
    this.#edited();
  }

  // --- paying ---

  /** All that is left, in cash; `tendered` is what the guest handed over. */
  takeCash(tendered = this.cashDue) {
    if (this.basket.isEmpty || !PAYING.includes(this.phase)) return;
    if (this.due === 0) return this.handOut();
    if (tendered < this.cashDue) return; // the screen says what is missing
    this.#again = () => this.takeCash(Math.max(tendered, this.cashDue));
    return this.#finish({ tender: "cash", amount: this.cashDue, tendered });
  }

  /** A part of it in cash. */
  takeCashPart(amount) {
    if (!PAYING.includes(this.phase) || !(amount > 0)) return;
    amount = money.roundCash(amount, this.step); // there are no smaller coins
    if (amount >= this.cashDue) return this.takeCash(amount);
    if (amount === 0) return;
    this.parts.push({ tender: "cash", amount, tendered: amount });
    this.#go("basket");
  }

  /** Hold the tickets and send the guest to the terminal with `amount`. */
  async takeCard(amount = this.due) {
    if (this.basket.isEmpty || !PAYING.includes(this.phase) || !(amount > 0) || amount > this.due) return;
    this.#again = () => this.takeCard(Math.min(amount, this.due));
    if (!this.held) {
      const order = await this.#send({ kind: "sale" }, () =>
        this.server.sell(
          saleDocument(this.data, this.basket, {
            status: "pending",
            "awaits-card": true,
            "card-amount": money.wire(amount),
            admit: this.admits,
          }),
          this.#key,
        ),
      );
      if (!order) return;
      this.held = { id: order.id, identifier: order.attributes.identifier };
    }
    this.#go("card", { amount });
  }

  approved() {
    if (this.phase !== "card") return;
    // The terminal has the money, whatever the server says next.
    this.parts.push({ tender: "card", amount: this.about.amount });
    return this.due === 0 ? this.#finish() : this.#go("basket");
  }

  declined() {
    if (this.phase !== "card") return;
    if (this.parts.length) return this.#go("basket");
    return this.giveUp();
  }

  /** Let go of the held tickets; the basket stays, the money taken so far is to be given back. */
  async giveUp() {
    const [held, parts] = [this.held, this.parts];
    if (held) {
      const answer = await this.#send({ kind: "cancel", order: held }, () =>
        this.server.change(held.identifier, held.id, { status: "cancelled" }, this.data.till?.id),
      );
      if (!answer) return;
    }
    this.#letGo();
    this.parts = [];
    this.#edited();
    this.#giveBack(parts);
  }

  /** The order holds the tickets no longer: it is settled, or the next sale is another one. */
  #letGo() {
    if (this.held) this.#say("answered", this.held);
    this.held = null;
    this.#key = newKey();
  }

  #giveBack(parts) {
    if (parts.length) this.#say("give-back", { parts });
  }

  /** Nothing is left to pay: the order is completed at once. */
  handOut() {
    if (this.basket.isEmpty || this.phase === "sending" || this.due !== 0) return;
    this.#again = () => this.handOut();
    return this.#finish();
  }

  async #finish(part) {
    const payments = [...this.parts, ...(part ? [part] : [])];
    const { held } = this;
    const order = held
      ? await this.#send({ kind: "payment", order: held }, () =>
          this.server.change(
            held.identifier,
            held.id,
            { status: "completed", payments: payments.map(paid), admit: this.admits },
            this.data.till?.id,
          ),
        )
      : await this.#send({ kind: "sale" }, () =>
          this.server.sell(
            saleDocument(this.data, this.basket, { payments: payments.map(paid), admit: this.admits }),
            this.#key,
          ),
        );
    if (order) this.#finished(order, payments);
  }

  #finished(order, payments) {
    this.last = new Sold(order, payments, this.summary);
    this.basket.clear();
    this.#letGo();
    this.parts = [];
    this.#go("done");
    this.#say("sold", this.last);
  }

  get summary() {
    return this.basket.summary;
  }

  // --- the server ---

  /** The server's answer; null if it was a refusal, or the sale was parked meanwhile. */
  async #send(what, act) {
    const attempt = new Attempt({ ...what, key: this.#key }, this.data, this.askToLogIn);
    this.#attempt = attempt;
    this.tries = 0;
    this.#go("sending");
    try {
      const answer = await attempt.until(act, (tries) => {
        this.tries = tries;
        this.#changed();
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
    // Somebody else has settled or dropped the order that held the tickets: they are sold anew, or not.
    // An unpaid order can always be cancelled, so one that cannot is none of ours any more.
    if (this.#attempt.kind === "cancel" || errors.some((error) => /^order-/.test(error.code))) this.#letGo();
    const aboutPin = errors.find((error) => ABOUT_PIN.includes(error.code));
    if (aboutPin) {
      const lines = this.basket.lines.filter((line) => line.reason);
      for (const line of lines) line.approval = null;
      // A wrong PIN is typed again; whoever cannot approve lets another one be asked.
      const approver = (aboutPin.code === "wrong-pin" ? this.#approver : null) ?? this.#onlyApprover;
      this.#go("pin", { lines, approver, detail: aboutPin.detail, again: true });
    } else this.#go("refused");
    this.#say("refused", errors);
    return null;
  }

  /** Put an unanswered sale aside; the question about it is asked when the server is back. */
  park() {
    if (this.phase !== "sending") return;
    const { kind, key, order, cashier } = this.#attempt;
    const { parts } = this;
    this.#attempt.isGivenUp = true;
    this.keep({
      id: newKey(),
      kind,
      key,
      order,
      cashier,
      summary: this.summary,
      total: this.basket.total,
      at: Date.now(),
    });
    this.#begin();
    if (kind === "cancel") this.#giveBack(parts);
  }

  /** What could still be sold of a basket that was refused as sold out, if anything. */
  get left() {
    return this.isFrozen ? null : leftOf(this.basket, this.problems); // what was taken is for the whole of it
  }

  sellWhatIsLeft() {
    const { left } = this;
    if (this.phase !== "refused" || !left) return;
    this.basket = left;
    this.#edited();
    this.#again();
  }

  // --- another price ---

  choose(about) {
    Object.assign(this.about, about);
    this.#changed();
  }

  /** Give the lines their new price: at once for an organizer, else by an organizer's PIN. */
  confirmPrice() {
    const price = this.typedAmount ?? this.about.price;
    if (this.phase !== "free" || price === null || !this.about.reason) return;
    const about = { ...this.about, price };
    if (this.data.cashier.role === "organizer") {
      this.about = about;
      return this.#approve(null);
    }
    this.#go("pin", { ...about, approver: this.#onlyApprover });
  }

  get #onlyApprover() {
    return this.data.approvers.length === 1 ? this.data.approvers[0] : null;
  }

  #approve(approval) {
    const { lines, price, reason, again, approver } = this.about;
    if (again) for (const line of lines) line.approval = approval;
    else this.basket.reprice(lines, price, reason, approval);
    this.#key = newKey();
    this.typed = "";
    this.phase = "basket";
    this.about = {};
    this.#approver = approver;
    if (again && this.#again) return this.#again();
    if (this.basket.total === 0) return this.handOut();
    this.#changed();
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
    this.#changed();
    try {
      await this.server.change(last.identifier, last.id, { status: "cancelled" }, this.data.till?.id);
      last.undone = true;
      this.#say("undone", last);
    } catch (error) {
      last.undone = false;
      if (error instanceof LoggedOut) await this.askToLogIn();
      else this.#say("not-undone", { detail: error instanceof Refused ? error.message : null });
    }
    this.#changed();
  }

  next() {
    if (this.isDone) this.#begin();
  }

  changeBasket() {
    if (this.phase === "refused") this.#go("basket");
  }

  /** Whether a guest has paid everything for an order that has let go of the tickets meanwhile. */
  get canSellAnew() {
    const dropped =
      this.problems.length > 0 && this.problems.every((p) => /^order-(expired|cancelled)$/.test(p.code));
    return this.phase === "refused" && dropped && this.parts.length > 0 && this.due === 0;
  }

  #begin() {
    this.basket = new Basket();
    this.held = null;
    this.parts = [];
    this.problems = [];
    this.#edited();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #say(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}
