// How a sale is told to the server, and asked about until there is an answer.

import { LoggedOut, NoAnswer } from "../common/api.js";
import * as money from "./money.js";

const PAUSES = [1000, 2000, 4000, 8000];

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A request that may be sent again and again, as it carries a key: `kind` is sale, payment or cancel. */
export class Attempt {
  isGivenUp = false;

  constructor({ kind, key, order }, data, askToLogIn) {
    Object.assign(this, { kind, key, order, data, askToLogIn, cashier: data.cashier.id });
  }

  /** What `act()` answers in the end; null if it was given up meanwhile, undefined if somebody else is
   * logged in, under whose name the same key would be another sale. Throws `Refused`.
   */
  async until(act, tried) {
    for (let tries = 1; !this.isGivenUp; ) {
      if (this.cashier !== this.data.cashier.id) return undefined;
      try {
        const answer = await act();
        return this.isGivenUp ? null : answer; // the question is asked later, by the parked sale
      } catch (error) {
        if (this.isGivenUp) return null;
        if (error instanceof LoggedOut) {
          await this.askToLogIn();
          continue;
        }
        if (!(error instanceof NoAnswer)) throw error;
      }
      tried(tries);
      await wait(PAUSES[Math.min(tries, PAUSES.length) - 1]);
      tries += 1;
    }
    return null;
  }
}

/** A basket as the API takes it. */
export function saleDocument({ event, till }, basket, attributes) {
  const { lines, guest } = basket;
  const sold = lines.map((line, index) => ({
    id: line.ticket.id,
    quantity: line.quantity,
    ...(line.ticket.type === "donation" || line.reason ? { price: money.wire(line.price) } : {}),
    ...(line.reason ? { reason: line.reason, approval: line.approval } : {}),
    ...(guest && index === 0 ? { attendees: [guest] } : {}),
  }));
  return {
    data: {
      type: "order",
      attributes: { "on-site-tickets": sold, amount: money.wire(basket.total), ...attributes },
      relationships: {
        event: { data: { type: "event", id: String(event.id) } },
        ...(till ? { till: { data: { type: "till", id: String(till.id) } } } : {}),
      },
    },
  };
}

/** A payment as the API takes it. */
export const paid = (part) => ({
  tender: part.tender,
  amount: money.wire(part.amount),
  ...(part.tendered ? { tendered: money.wire(part.tendered) } : {}),
});

/** What is left of a basket of which some lines are sold out; null if nothing is, or if that is not all. */
export function leftOf(basket, problems) {
  const left = new Map();
  for (const problem of problems) {
    if (problem.code !== "sold-out") return null;
    const line = basket.lines[Number(problem.source.pointer.split("/")[4])];
    left.set(line.ticket, problem.meta.available);
  }
  const rest = basket.copy();
  for (const line of rest.lines) {
    const available = left.get(line.ticket) ?? Infinity;
    line.quantity = Math.max(0, Math.min(line.quantity, available));
    if (left.has(line.ticket)) left.set(line.ticket, available - line.quantity);
  }
  rest.lines = rest.lines.filter((line) => line.quantity > 0);
  return rest.isEmpty ? null : rest;
}
