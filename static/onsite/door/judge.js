// Whether a door lets a guest pass, by what the tablet knows, and how an answer is shown. No page, no storage.

const KNOWN = ["cancelled", "expired"];

/** The ways on which a gate lets people pass. */
export const waysOf = ({ direction }) => ["in", "out"].filter((way) => ["both", way].includes(direction));

/** How an answer is shown, the server's or the tablet's: "ok", "look", "no" or "out". */
export function stateOf({ admitted, direction, note }) {
  if (!admitted) return "no";
  if (direction === "out") return "out";
  return note ? "look" : "ok";
}

/**
 * `guest` as the tablet has it: `{ticket, refusal, inside, came, at}`, `at` being when that was so, in
 * milliseconds; undefined for one who is not on its list. `ticket` is the kind of ticket, its times as ISO 8601;
 * `tickets` what the gate admits, by id, none for all; `reentry` the event's rule; `days` when its business days
 * begin, as ISO 8601; `now` in milliseconds; `isTicket` whether what was seen can be a ticket's code, `isReceipt`
 * whether it is the link on a receipt. Gives `{state, answer, admitted}`.
 */
export function decide(guest, terms) {
  if (!guest) return unlisted(terms);
  const answer = judge(guest, terms);
  const admitted = answer === "ok";
  const { direction, ticket } = terms;
  return { state: stateOf({ admitted, direction, note: ticket?.note }), answer, admitted };
}

/** Sold since the list was fetched, perhaps: somebody must look. A menu or somebody's Wi-Fi was not. */
const unlisted = ({ isTicket, isReceipt }) => ({
  state: isTicket ? "look" : "no",
  answer: isReceipt ? "receipt" : "unknown",
  admitted: Boolean(isTicket),
});

/** The answer in the server's words: "ok", or why not. */
export function judge(guest, terms) {
  const { direction, ticket, tickets = [], now } = terms;
  if (direction === "out") return guest.inside ? "ok" : "not-inside";
  if (guest.refusal) return KNOWN.includes(guest.refusal) ? guest.refusal : "unpaid";
  if (ticket?.admits === false) return "admits-nobody"; // what was kept by an older page does not say
  if (ticket?.from && now < Date.parse(ticket.from)) return "not-yet-valid";
  if (ticket?.until && now > Date.parse(ticket.until)) return "expired";
  if (ticket && tickets.length && !tickets.includes(guest.ticket)) return "wrong-station";
  return wasHere(asOf(guest, terms), terms) ? "already-checked-in" : "ok";
}

const wasHere = ({ inside, came }, { reentry }) =>
  reentry === "daily" ? came : (inside && reentry !== "always") || (came && reentry === "none");

/** The guest as of `now`: where guests come once a day, nobody has come yet on a day that began since. */
export function asOf(guest, { reentry, days = [], now }) {
  const isAnotherDay = (day) => guest.at < Date.parse(day) && Date.parse(day) <= now;
  return { ...guest, came: guest.came && !(reentry === "daily" && days.some(isAnotherDay)) };
}
