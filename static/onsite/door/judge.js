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
 * `guest` as the tablet's list has it: `{ticket, refusal, inside, came}`; undefined for one who is not on it.
 * `ticket` is the kind of ticket, its times as ISO 8601; `tickets` what the gate admits, by id, none for all;
 * `reentry` the event's rule; `now` in milliseconds. Gives `{state, answer, admitted}`.
 */
export function decide(guest, terms) {
  // Sold since the list was fetched, perhaps: somebody must look.
  if (!guest) return { state: "look", answer: "unknown", admitted: true };
  const answer = judge(guest, terms);
  const admitted = answer === "ok";
  const { direction, ticket } = terms;
  return { state: stateOf({ admitted, direction, note: ticket?.note }), answer, admitted };
}

/** The answer in the server's words: "ok", or why not. */
export function judge(guest, { direction, ticket, tickets = [], reentry, now }) {
  if (direction === "out") return guest.inside ? "ok" : "not-inside";
  if (guest.refusal) return KNOWN.includes(guest.refusal) ? guest.refusal : "unpaid";
  if (ticket?.from && now < Date.parse(ticket.from)) return "not-yet-valid";
  if (ticket?.until && now > Date.parse(ticket.until)) return "expired";
  if (ticket && tickets.length && !tickets.includes(guest.ticket)) return "wrong-station";
  return wasHere(guest, reentry) ? "already-checked-in" : "ok";
}

const wasHere = (guest, reentry) =>
  (guest.inside && reentry !== "always") || (guest.came && reentry === "none");
