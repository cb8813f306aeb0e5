// What happened beside the sale, in words.

import { fill } from "../common/dom.js";
import * as money from "./money.js";
import { lineOf } from "./refusal.js";

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
      fill(CHANGES()[what], { ticket: ticket.name, before: before?.name, price: money.show(ticket.price) }),
    )
    .join(", ");

/** Why the server refuses, which knows no ticket that is gone by its name. */
export function reason(error, basket) {
  if (error.code !== "unknown-ticket") return error.detail;
  const line = basket.lines[lineOf(error)];
  return line
    ? fill(gettext("%(ticket)s is not sold any more: take it off the basket."), { ticket: line.ticket.name })
    : error.detail;
}
