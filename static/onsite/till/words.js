// What happened beside the sale, in words.

import { fill } from "../common/dom.js";
import * as money from "./money.js";
import { lineOf } from "./refusal.js";
import { isOnSale } from "./stock.js";

const { gettext } = window;

const CHANGES = () => ({
  new: gettext("%(ticket)s is new"),
  gone: gettext("%(ticket)s is not sold any more"),
  name: gettext("%(before)s is now called %(ticket)s"),
  price: gettext("%(ticket)s is now %(price)s"),
  gift: gettext("%(ticket)s takes other gifts now"),
  hidden: gettext("%(ticket)s is sold at the door only now"),
  shown: gettext("%(ticket)s is sold online now, too"),
});

/** What `takeOver` has found, in one line. */
export const inOneLine = (changes) =>
  changes
    .map(({ what, ticket, before }) =>
      fill(CHANGES()[what], {
        ticket: ticket.name,
        before: before?.name,
        price: money.show(ticket.price),
      }),
    )
    .join(", ");

/** How many of a ticket there are to sell, or why there are none; empty if it is unlimited. */
export function availability(ticket) {
  if (!isOnSale(ticket)) return ticket.closed || gettext("not on sale");
  if (ticket.left === null) return "";
  return ticket.left > 0 ? fill(gettext("%(left)s left"), { left: ticket.left }) : gettext("sold out");
}

/** Why none of it can be put into a basket. */
export const whyOut = (ticket) =>
  isOnSale(ticket)
    ? fill(gettext("%(ticket)s is sold out."), { ticket: ticket.name })
    : fill(gettext("%(ticket)s: %(why)s"), { ticket: ticket.name, why: availability(ticket) });

/** That there are fewer of it than the basket wants. */
export const tooFew = (basket, { id, left }) =>
  fill(gettext("%(available)s left, %(wanted)s wanted"), { available: left, wanted: basket.of({ id }) });

/** That a basket is full. */
export const tooMany = (most) => fill(gettext("At most %(most)s tickets go into one sale."), { most });

/** What a guest is called. */
export const nameOf = ({ firstname, lastname, email }) =>
  [firstname, lastname].filter(Boolean).join(" ") || email;

/** Why the server refuses, which knows no ticket that is gone by its name. */
export function reason(error, basket) {
  if (error.code !== "unknown-ticket") return error.detail;
  const line = basket.lines[lineOf(error)];
  return line
    ? fill(gettext("%(ticket)s is not sold any more: take it off the basket."), { ticket: line.ticket.name })
    : error.detail;
}
