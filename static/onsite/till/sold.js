// A sale that was made: what is shown of it, and how long it can be taken back.

import * as money from "./money.js";

const UNDO = 60_000;

const sum = (amounts) => amounts.reduce((total, amount) => total + amount, 0);

export class Sold {
  undone = false; // true, or "asking"

  constructor(order, payments, summary) {
    this.id = order.id;
    this.identifier = order.attributes.identifier;
    this.total = money.parse(order.attributes.amount);
    this.paid = sum(payments.map((payment) => payment.amount)); // what was asked, cash rounded
    this.summary = summary;
    this.at = Date.now();
    const cash = payments.filter((payment) => payment.tender === "cash");
    this.cash = sum(cash.map((payment) => payment.amount));
    this.change = sum(cash.map((payment) => payment.tendered - payment.amount));
    this.cards = payments.filter((payment) => payment.tender === "card").map((payment) => payment.amount);
  }

  /** How many milliseconds are left to take it back. */
  get undoLeft() {
    return this.undone ? 0 : Math.max(0, this.at + UNDO - Date.now());
  }
}
