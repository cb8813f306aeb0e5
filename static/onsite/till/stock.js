// What can be sold of a ticket just now, as far as the till knows, and what the door would not admit now: the server
// has the last word. No page.

/** `now` in milliseconds; an open end counts as always. */
export const isOnSale = ({ from, until }, now = Date.now()) =>
  !(from && Date.parse(from) > now) && !(until && Date.parse(until) < now);

/** Whether none can be sold at all. */
export const isOut = (ticket) => ticket.left === 0 || !isOnSale(ticket);

/** Whether the basket wants more than there are; of an unlimited ticket nobody can. */
export const isShort = (basket, ticket) => ticket.left !== null && basket.of(ticket) > ticket.left;

/** What the door says of a ticket at `now`, in milliseconds; null if it admits it, or if nobody asks. */
function said({ admits }, now) {
  if (!admits) return null;
  if (admits.from && now < Date.parse(admits.from)) return admits.early;
  return admits.until && now > Date.parse(admits.until) ? admits.late : null;
}

/** The tickets of a basket of which the cashier is asked, each `{ticket, text}`: not yet of those that are sold
 * anyway.
 */
export function untimely(basket, now = Date.now()) {
  const tickets = new Set(basket.lines.map(({ ticket }) => ticket));
  return [...tickets]
    .filter(({ id }) => !basket.anyway.has(id))
    .map((ticket) => ({ ticket, text: said(ticket, now) }))
    .filter(({ text }) => text !== null);
}
