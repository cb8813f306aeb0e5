// What the server's no means for a sale. `errors` are JSON:API error objects.

const ABOUT_PIN = [
  "wrong-pin",
  "wrong-password",
  "pin-locked",
  "no-pin",
  "approval-required",
  "not-an-organizer",
];

/** The one that a PIN can answer, if any. */
export const aboutPin = (errors) => errors.find((error) => ABOUT_PIN.includes(error.code));

/** Whether somebody else has settled or dropped the order that held the tickets. */
export const isAboutOrder = (errors) => errors.some((error) => /^order-/.test(error.code));

/** The one that says that a card has paid an order whose tickets are gone, if any. */
export const aboutDue = (errors) => errors.find((error) => error.code === "order-money-due");

/** Whether that order has let go of the tickets, so that they can be sold anew. */
export const isDropped = (errors) =>
  errors.length > 0 && errors.every((error) => /^order-(expired|cancelled)$/.test(error.code));

/** Whether somebody had it promised that the request is never sold. */
export const isGivenUp = (errors) => errors.some((error) => error.code === "given-up");

/** The place in the basket of the line that it is about; NaN if it is about none. */
export const lineOf = (error) => Number(error.source?.pointer?.split("/")[4]);

const AVAILABLE = { "sold-out": ({ meta }) => meta.available, "unknown-ticket": () => 0 };

/** What is left of a basket of which some lines are sold out, or sold no more; null if nothing is, or if that is
 * not all.
 */
export function leftOf(basket, errors) {
  const left = new Map();
  for (const error of errors) {
    if (!(error.code in AVAILABLE)) return null;
    left.set(basket.lines[lineOf(error)].ticket, AVAILABLE[error.code](error));
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
