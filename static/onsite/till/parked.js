// What is known of a sale that was parked because the server did not answer.

import { PATIENCE } from "../common/api.js";

const UNPAID = ["pending", "initializing"];

/** What the server's `order` says about a parked sale, undefined if it knows none, when it was asked at
 * `asked`; undefined while nothing is certain. "Not sold" (null) is believed once the last try can no longer
 * be on its way.
 */
export function answerOf(parked, order, asked) {
  if (order)
    return { id: order.id, identifier: order.attributes.identifier, status: order.attributes.status };
  return asked > parked.at + PATIENCE + 2000 ? null : undefined;
}

/** What `cashier` is told of it: another's, unknown, unsold, sold, unpaid or cancelled. */
export function fateOf({ answer, cashier: owner }, cashier) {
  if (owner !== cashier) return "another's";
  if (answer === undefined) return "unknown";
  if (answer === null) return "unsold";
  if (answer.status === "completed") return "sold";
  return UNPAID.includes(answer.status) ? "unpaid" : "cancelled";
}
