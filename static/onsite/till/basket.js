// What is about to be sold. Knows nothing of the page.

import { isolated } from "../common/dom.js";
import { isFor, newest, off } from "./discounts.js";

/** More the server does not sell in one order. */
export const MOST = 500;

const isGift = (ticket) => ticket.type === "donation";

/** What a line costs that costs what its ticket costs; a gift costs what was given. */
const listed = (ticket, price) => (isGift(ticket) ? price : ticket.price);

export class Basket {
  lines = []; // {ticket, quantity, price, listed, reason, approval, guest, discount}; prices in hundredths
  discount = null; // of all lines that it is for and that have none of their own
  anyway = new Set(); // ids of tickets that are sold although the door would not admit them now
  admit = null; // whether the guests go straight in; null: as the event has it

  /** The basket of these `kept` lines; a ticket that is no more is still named. */
  static restored(lines, tickets) {
    const basket = new Basket();
    basket.lines = lines.map(({ ticket, ...line }) => ({
      ...line,
      ticket: tickets.find(({ id }) => id === ticket.id) ?? { ...ticket, gone: true },
      approval: null,
    }));
    return basket;
  }

  /** As plain data, without the PINs that approved it. */
  get kept() {
    const lines = this.lines.map(({ approval: _, ticket, ...line }) => {
      const { id, sells, hold, name, type, price } = ticket;
      return { ...line, ticket: { id, sells, hold, name, type, price } };
    });
    return { lines, discount: this.discount, admit: this.admit, last: this.lines.indexOf(this.last) };
  }

  get isEmpty() {
    return this.lines.length === 0;
  }

  get count() {
    return this.lines.reduce((sum, line) => sum + line.quantity, 0);
  }

  get total() {
    const full = this.lines.reduce((sum, line) => sum + line.quantity * line.price, 0);
    return this.reductions.reduce((sum, { less }) => sum - less, full);
  }

  /** The discount of a line, its own or the whole basket's; undefined for none. */
  discountOf(line) {
    const discount = line.discount ?? this.discount;
    return discount && isFor(discount, line) ? discount : undefined;
  }

  /** What each discount takes off: `{discount, less}`. */
  get reductions() {
    const prices = new Map();
    for (const line of this.lines) {
      const discount = this.discountOf(line);
      if (!discount) continue;
      const [, before] = prices.get(discount.id) ?? [discount, []];
      prices.set(discount.id, [discount, [...before, ...Array(line.quantity).fill(line.price)]]);
    }
    return [...prices.values()].map(([discount, each]) => ({ discount, less: off(discount, each) }));
  }

  /** In words; a name from right to left leaves its neighbours where they are. */
  get summary() {
    return this.lines.map((line) => `${line.quantity} ${isolated(line.ticket.name)}`).join(", ");
  }

  /** How many one line may be, beside the others. */
  roomFor(line) {
    return MOST - (this.count - line.quantity);
  }

  of(ticket) {
    return this.lines
      .filter((line) => line.ticket.id === ticket.id)
      .reduce((sum, line) => sum + line.quantity, 0);
  }

  /** One more; the last line touched is the one that `*` and `-` mean. */
  add(ticket, price = ticket.price, quantity = 1) {
    let line = this.lines.find(
      (l) => l.ticket.id === ticket.id && l.price === price && !l.reason && !l.discount,
    );
    if (line) line.quantity += quantity;
    else
      this.lines.push(
        (line = {
          ticket,
          quantity,
          price,
          listed: listed(ticket, price),
          reason: "",
          approval: null,
          discount: null,
          guest: null, // {firstname, lastname, email}
        }),
      );
    this.last = line;
    return line;
  }

  set(line, quantity) {
    if (quantity > line.quantity) line.approval = null; // what was approved was fewer
    line.quantity = Math.min(MOST, Math.max(0, quantity));
    if (line.quantity === 0) this.lines = this.lines.filter((l) => l !== line);
    this.last = this.lines.includes(line) ? line : this.lines.at(-1);
  }

  /** Every line costs what its ticket costs now, unless somebody said what it costs, less what the known
   * discounts take off now.
   */
  follow(discounts = []) {
    this.discount = newest(this.discount, discounts);
    for (const line of this.lines) {
      line.discount = newest(line.discount, discounts);
      if (!line.reason && !isGift(line.ticket) && line.price === line.listed) line.price = line.ticket.price;
      line.listed = listed(line.ticket, line.price);
    }
  }

  /** Give lines another price, with its reason and who answers for it. */
  reprice(lines, price, reason, approval) {
    for (const line of lines) Object.assign(line, { price, reason, approval, discount: null });
  }

  /** Let a line, or all (no `line`), cost less by a discount; null: cost the same again. */
  reduce(discount, line) {
    if (!line) this.discount = discount;
    else Object.assign(line, { discount, price: line.listed, reason: "", approval: null });
  }

  clear() {
    this.lines = [];
    this.discount = this.admit = null;
    this.anyway.clear();
    this.last = undefined;
  }

  copy() {
    const copy = new Basket();
    copy.lines = this.lines.map((line) => ({ ...line }));
    copy.discount = this.discount;
    copy.admit = this.admit;
    copy.anyway = new Set(this.anyway);
    return copy;
  }
}
