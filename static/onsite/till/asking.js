// How a sale is told to the server, and asked about until there is an answer.

import { LoggedOut, NoAnswer } from "../common/api.js";
import { isFor } from "./discounts.js";
import * as money from "./money.js";

const PAUSES = [1000, 2000, 4000, 8000];

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A request that may be sent again and again, as it carries a key: `kind` is sale, payment or cancel, `body` what is
 * asked, `parts` how it is paid.
 */
export class Attempt {
  isGivenUp = false;

  sent = Date.now();

  constructor(what, data, askToLogIn) {
    Object.assign(this, what, { data, askToLogIn, cashier: data.cashier.id });
    this.seller = data.cashier.name;
  }

  /** What `act()` answers in the end; null if it was given up meanwhile, undefined if somebody else is
   * logged in, under whose name the same key would be another sale. Throws `Refused`.
   */
  async until(act, tried) {
    let tries = 0;
    while (!this.isGivenUp) {
      if (this.cashier !== this.data.cashier.id) return undefined;
      const { answer, failure } = await this.#try(act);
      if (this.isGivenUp) break; // the question is asked later, by the parked sale
      if (!failure) return answer;
      if (failure instanceof LoggedOut) await this.askToLogIn();
      else {
        tries += 1;
        tried(tries);
        await wait(PAUSES[Math.min(tries, PAUSES.length) - 1]);
      }
    }
    return null;
  }

  /** What came of one request: its answer, or the failure after which it may be sent again. */
  async #try(act) {
    try {
      return { answer: await act() };
    } catch (failure) {
      if (this.isGivenUp || failure instanceof LoggedOut || failure instanceof NoAnswer) return { failure };
      throw failure;
    }
  }
}

const named = ({ id, code }) => (code ? { code } : { id });

/** A basket as the API takes it. */
export function saleDocument({ event, till }, basket, attributes) {
  const sold = basket.lines.map((line) => ({
    id: line.ticket.sells ?? line.ticket.id,
    quantity: line.quantity,
    ...(line.ticket.hold ? { hold: line.ticket.hold } : {}),
    ...(line.ticket.type === "donation" || line.reason ? { price: money.wire(line.price) } : {}),
    ...(line.reason ? { reason: line.reason, approval: line.approval } : {}),
    ...(line.discount ? { discount: named(line.discount) } : {}),
    ...(line.guest ? { attendees: [line.guest] } : {}),
  }));
  const { discount } = basket;
  const ofAll = discount && basket.lines.some((line) => !line.discount && isFor(discount, line));
  const terms = ofAll ? { discount: named(discount) } : {};
  return {
    data: {
      type: "order",
      attributes: { "on-site-tickets": sold, amount: money.wire(basket.total), ...terms, ...attributes },
      relationships: placeOf({ event, till }),
    },
  };
}

/** Where it is asked, as the API takes it. */
export const placeOf = ({ event, till }) => ({
  event: { data: { type: "event", id: String(event.id) } },
  ...(till ? { till: { data: { type: "till", id: String(till.id) } } } : {}),
});

/** A payment as the API takes it. */
export const paid = (part) => ({
  tender: part.tender,
  amount: money.wire(part.amount),
  ...(part.tendered ? { tendered: money.wire(part.tendered) } : {}),
});
