// How much a discount takes off, as `prices/reductions.py` has it: one table of cases holds both. Knows no page.

import * as money from "./money.js";

const descending = (one, other) => other - one;

/** A discount as the server tells it, its amount in hundredths and its per cent in hundredths of one. */
export const discountOf = ({ percent, amount, ...told }) => ({
  ...told,
  percent: percent === null ? null : money.parse(percent),
  amount: amount === null ? null : money.parse(amount),
});

/** Whether it is for what a line sells: nothing that is free, given, or has another price. */
export const isFor = ({ tickets }, { ticket, reason }) =>
  !reason && ticket.type === "paid" && (!tickets.length || tickets.includes(ticket.sells ?? ticket.id));

/** What it takes off the `prices` of the single tickets, all together. */
export function off({ percent, amount, once, most }, prices) {
  const reduced = [...prices].sort(descending).slice(0, most ?? undefined);
  const sum = reduced.reduce((all, price) => all + price, 0);
  if (percent !== null) return reduced.reduce((all, price) => all + money.share(price, percent), 0);
  if (once) return Math.min(amount, sum);
  return reduced.reduce((all, price) => all + Math.min(amount, price), 0);
}

/** What it takes off, for people: "20 %", "5.00 each". */
export const rateOf = ({ percent, amount, once }, each) => {
  if (percent !== null) return `${percent / 100} %`;
  return once ? money.show(amount) : `${money.show(amount)} ${each}`;
};

/** Make those of `known` what the server tells now; returns whether they are others. Those that a basket has
 * stay what they were until it follows.
 */
export function takeOverDiscounts(known, told) {
  const now = told.map(discountOf);
  const differ = JSON.stringify(now) !== JSON.stringify(known);
  known.splice(0, known.length, ...now);
  return differ;
}

/** What has become of one that a basket has; one that is not known, as it has a code or has ended, is as it was. */
export const newest = (discount, known) =>
  (discount && !discount.code && known.find(({ id }) => id === discount.id)) || discount;
