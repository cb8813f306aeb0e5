// A sale as the cashier composes it: what is chosen, what is typed, what is paid so far, and which step of it
// the screen shows. Knows neither the server nor the page.
//
// phases: basket, quantity, donation, cash, split, free, discount, pin, card, untimely, sending, refused, owed, done

import { newKey } from "../common/random.js";
import { Basket, MOST } from "./basket.js";
import { isFor } from "./discounts.js";
import * as money from "./money.js";
import { isDropped, leftOf } from "./refusal.js";
import { isOut, isShort, untimely } from "./stock.js";

const PIN = /^\d{1,6}$/;
const RESTORE = 5000;
// Where nothing is on its way yet at the price that was shown.
const FOLLOWING = [
  "basket",
  "quantity",
  "donation",
  "cash",
  "split",
  "free",
  "discount",
  "untimely",
  "refused",
];

// More than anybody types, and all of it is shown: a digit that is left out makes another sum.
const LONGEST = 20;
const COMPOSED = ["basket", "phase", "about", "typed", "parts", "held", "problems", "key"];
const NUMBERS = ["quantity", "pin"];

export const sumOf = (parts) => parts.reduce((sum, part) => sum + part.amount, 0);

/** What the pad says once `character` is pressed. Of a sum everything is kept, and `misread` says what is wrong. */
function typedOn(phase, typed, character) {
  if (character === "Backspace") return typed.slice(0, -1);
  const text = typed + character;
  if (phase === "quantity") return text.replace(/\D/g, "").slice(0, LONGEST);
  const fits = phase === "pin" ? PIN.test(text) : /^[\d.,]$/.test(character) && text.length <= LONGEST;
  return fits ? text : typed;
}

export class Draft extends EventTarget {
  basket = new Basket();
  phase = "basket";
  about = {}; // what the phase is about
  typed = ""; // on the pad
  parts = []; // payments taken so far: {tender, amount, tendered}
  held = null; // the order that holds the tickets while the guest pays
  problems = [];
  key = newKey(); // of another sale whenever what is sold is another
  #cleared = null;
  #aside = null; // what was being composed when another sale was shown

  constructor(data) {
    super();
    this.data = data;
  }

  // --- what is to be paid ---

  /** To what cash is rounded; 0 if it is not. */
  get step() {
    return money.stepOf(this.data.event);
  }

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

  get summary() {
    return this.basket.summary;
  }

  // --- the basket ---

  add(ticket, price) {
    if (this.isFrozen) return;
    if (isOut(ticket)) return this.say("out", ticket);
    if (this.isDone) this.begin();
    if (this.isFrozen) return; // what comes back is being paid already
    if (this.basket.count >= MOST) return this.say("full", MOST);
    if (ticket.type === "donation" && price === undefined) return this.go("donation", { ticket });
    this.basket.add(ticket, price);
    this.#more(ticket);
  }

  setQuantity(line, quantity) {
    if (this.isFrozen) return;
    const isMore = quantity > line.quantity;
    if (isMore && quantity > this.basket.roomFor(line)) return this.say("full", MOST);
    this.basket.set(line, quantity);
    if (isMore) this.#more(line.ticket);
    else this.edited();
  }

  /** Whoever asks for more than there are hears it now, and not when the guest holds out the money. */
  #more(ticket) {
    this.edited();
    if (isShort(this.basket, ticket)) this.say("short", ticket);
  }

  /** Prices and discounts may have changed since the lines were added; those that an order holds stay. Returns whether
   * the total is another one now.
   */
  follow() {
    if (this.held || !FOLLOWING.includes(this.phase)) return false;
    const { total } = this.basket;
    this.basket.follow(this.data.discounts);
    const differs = this.basket.total !== total;
    if (differs) this.key = newKey(); // another sale than one that was refused
    return differs;
  }

  askQuantity(line = this.basket.last) {
    if (line && !this.isFrozen) this.go("quantity", { line });
  }

  setGuest(guest, line = this.basket.last) {
    line.guest = guest;
    this.edited();
  }

  /** What the pad says is given for a ticket whose price is the guest's. */
  donate() {
    if (this.misread) return;
    const { ticket } = this.about;
    const least = ticket.minPrice ?? 0;
    const price = this.typedAmount ?? least;
    const tooHigh = ticket.maxPrice !== null && price > ticket.maxPrice;
    if (price < least || tooHigh) return this.go("donation", { ticket, wrong: true });
    this.basket.add(ticket, price);
    this.edited();
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
    this.key = newKey(); // another sale than one that was refused
    if (this.phase === "refused") this.go("basket");
    else this.changed();
    this.say("admit", { admits: this.admits });
  }

  clear() {
    if (this.isFrozen || this.basket.isEmpty) return;
    const cleared = (this.#cleared = this.basket.copy());
    this.basket.clear();
    this.edited();
    setTimeout(() => {
      if (this.#cleared !== cleared) return;
      this.#cleared = null;
      this.changed();
    }, RESTORE);
  }

  get canRestore() {
    return this.#cleared !== null && this.basket.isEmpty;
  }

  restore() {
    if (!this.canRestore) return;
    this.basket = this.#cleared;
    this.#cleared = null;
    this.edited();
  }

  // --- the pad, and another price ---

  get typedAmount() {
    return this.typed === "" ? null : money.typed(this.typed);
  }

  /** Why what is on the pad cannot be taken, if there is a reason: what `money.misread` says, `no-coins`, or
   * `too-many`.
   */
  get misread() {
    if (this.phase === "quantity")
      return Number(this.typed) > this.basket.roomFor(this.about.line) ? "too-many" : undefined;
    if (this.typed === "" || NUMBERS.includes(this.phase)) return undefined;
    const isOfCoins = this.phase !== "cash" || money.inCoins(this.typedAmount ?? 0, this.step);
    return money.misread(this.typed) ?? (isOfCoins ? undefined : "no-coins");
  }

  /** What the cash that the pad has typed is below what is due; 0 if it is not. */
  get missing() {
    if (this.phase !== "cash" || this.misread || this.typedAmount === null) return 0;
    return Math.max(0, this.cashDue - this.typedAmount);
  }

  press(character) {
    this.setTyped(typedOn(this.phase, this.typed, character));
  }

  setTyped(text) {
    this.typed = text;
    this.changed();
  }

  /** Another price for some lines. */
  openPrice(line) {
    if (!this.isFrozen) this.go("free", { lines: [line], price: null, reason: "", other: true });
  }

  /** A discount for a line, or for the whole basket. */
  openDiscount(line = null) {
    if (!this.isFrozen && !this.basket.isEmpty && this.givesDiscounts) this.go("discount", { line });
  }

  get givesDiscounts() {
    return this.data.discounts.length > 0 || this.data.codes;
  }

  /** Those that whoever sells may give for the line, or for some line of the basket. */
  discountsFor(line) {
    const lines = line ? [{ ...line, reason: "" }] : this.basket.lines;
    return this.data.discounts.filter((discount) => lines.some((one) => isFor(discount, one)));
  }

  /** Whether it is for the line that is to cost less; that of the whole basket may wait for its tickets. */
  canReduce(discount) {
    const { line } = this.about;
    return !line || isFor(discount, { ...line, reason: "" });
  }

  reduce(discount) {
    this.basket.reduce(discount, this.about.line);
    this.edited();
  }

  choose(about) {
    Object.assign(this.about, about);
    this.changed();
  }

  // --- after a refusal, and after the sale ---

  /** What could still be sold of a basket that was refused as sold out, if anything. */
  get left() {
    return this.isFrozen ? null : leftOf(this.basket, this.problems); // what was taken is for the whole of it
  }

  /** Whether a guest has paid everything for an order that has let go of the tickets meanwhile. */
  get canSellAnew() {
    return this.phase === "refused" && isDropped(this.problems) && this.parts.length > 0 && this.due === 0;
  }

  changeBasket() {
    if (["refused", "untimely"].includes(this.phase)) this.go("basket");
  }

  /** Whether the cashier must say first that tickets are sold which the door would not admit now; then `act()`. */
  asksBefore(act) {
    const tickets = untimely(this.basket);
    if (tickets.length === 0) return false;
    this.go("untimely", { tickets, act });
    this.say("untimely", tickets);
    return true;
  }

  sellAnyway() {
    if (this.phase !== "untimely") return;
    const { tickets, act } = this.about;
    for (const { ticket } of tickets) this.basket.anyway.add(ticket.id);
    this.go("basket");
    return act();
  }

  next() {
    if (this.isDone) this.begin();
  }

  // --- over a reload ---

  /** What a reload must not lose, as plain data; null if there is nothing. A PIN is typed again. */
  get kept() {
    const composed = this.isDone ? this.#aside : this;
    if (!composed || composed.basket.isEmpty) return null;
    const { basket, phase, about, parts, held, key } = composed;
    const card = phase === "card" ? about.amount : null;
    return { ...basket.kept, parts, held, key, card };
  }

  /** Go on with what was `kept`. */
  resume({ lines, discount = null, admit, last, parts, held, key, card }) {
    this.basket = Basket.restored(lines, this.data.tickets);
    Object.assign(this.basket, { discount, admit });
    this.basket.last = this.basket.lines[last];
    Object.assign(this, { parts, held, key });
    if (card === null) this.go("basket");
    else this.go("card", { amount: card });
  }

  // --- for the sale that this becomes ---

  /** The next guest, or the one who waited while another sale was shown. */
  begin() {
    const aside = this.#aside;
    this.#aside = null;
    if (!aside) return this.#empty();
    Object.assign(this, aside);
    this.follow(); // prices may have changed meanwhile
    this.changed();
  }

  #empty() {
    this.basket = new Basket();
    this.held = null;
    this.parts = [];
    this.problems = [];
    this.edited();
  }

  /** Let what is being composed wait until the next step. */
  putAside() {
    if (this.isDone) return;
    const aside = Object.fromEntries(COMPOSED.map((name) => [name, this[name]]));
    this.#empty();
    this.#aside = aside;
  }

  /** Whether the tickets of that order are held for the guest who is being served. */
  holds(identifier) {
    return [this.held, this.#aside?.held].some((order) => order?.identifier === identifier);
  }

  edited() {
    this.key = newKey();
    this.go("basket");
  }

  go(phase, about = {}) {
    this.phase = phase;
    this.about = about;
    this.typed = "";
    this.follow();
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  say(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}
