// A sale that was parked because the server did not answer: what it was, what is known of it, and who may answer
// for it. `body` is what was asked, and asks the same again; `parts` how it was paid.

import { Sold } from "./sold.js";

const UNPAID = ["pending", "initializing"];

/** What the server's `order` says about a parked sale; undefined without one: "not sold" is a promise, which only
 * giving up brings.
 */
export function answerOf(order) {
  if (!order) return undefined;
  const { identifier, status, amount, "completed-at": completed } = order.attributes;
  return { id: order.id, attributes: { identifier, status, amount, "completed-at": completed } };
}

/** As it was kept, also by a till of before, which knew less of it. */
export const asKept = ({ answer, ...parked }) => ({
  parts: [],
  sent: parked.at,
  ...parked,
  ...(answer?.attributes ? { answer } : {}),
});

/** Whether it is one's own, or was parked at the till at which one works now. */
export const mayAnswer = (parked, { cashier, till }) =>
  parked.cashier === cashier.id || Boolean(till && parked.till === till.id);

/** What whoever works at the till is told of it: another's, unknown, sold, unpaid or cancelled. */
export function fateOf(parked, data) {
  if (!mayAnswer(parked, data)) return "another's";
  if (!parked.answer) return "unknown";
  const { status } = parked.answer.attributes;
  if (status === "completed") return "sold";
  return UNPAID.includes(status) ? "unpaid" : "cancelled";
}

/** Whether asking again could tell more. */
export const isOpen = (parked, data) => ["unknown", "unpaid"].includes(fateOf(parked, data));

/** What was sold by it: between the first time it was asked for and now, whatever the tablet's clock says. */
export function soldBy(parked, order = parked.answer, now = Date.now()) {
  const sold = new Sold(order, parked.parts, parked.summary);
  const completed = Date.parse(order.attributes["completed-at"]);
  sold.at = Math.min(now, Math.max(parked.sent, completed || now));
  return sold;
}

const approvalsOf = (body) =>
  (body?.data?.attributes["on-site-tickets"] ?? []).map(({ approval }) => approval).filter(Boolean);

/** Whose approval the sale needs, by id. */
export const approversOf = (body) => [...new Set(approvalsOf(body).map(({ user }) => user))];

/** The same with an approval by each of `proofs`, by id: a PIN or a password. Without any, nothing secret is in it. */
export function approvedBy(body, proofs = {}) {
  const copy = structuredClone(body);
  for (const approval of approvalsOf(copy)) {
    delete approval.pin;
    delete approval.password;
    Object.assign(approval, proofs[approval.user]);
  }
  return copy;
}

/** The same in the name of its first seller, if that is another than who asks now. */
export function inNameOf(seller, cashier, document) {
  if (seller === cashier) return document;
  const user = { data: { type: "user", id: String(seller) } };
  const { data } = document;
  return { data: { ...data, relationships: { ...data.relationships, "in-name-of": user } } };
}
