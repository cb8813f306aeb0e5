// Whether a door without the network lets a guest pass, by what the tablet knows. No page, no storage.

/**
 * `guest` as the tablet's list has it: `{ticket, refusal, inside, came}`; `ticket` the kind of ticket, its
 * times as ISO 8601; `tickets` what the gate admits, by id, none for all; `reentry` the event's rule; `now`
 * in milliseconds. Gives the answer in the server's words: "ok", or why not.
 */
export function judge(guest, { direction, ticket, tickets = [], reentry, now }) {
  if (direction === "out") return guest.inside ? "ok" : "not-inside";
  if (guest.refusal) return ["cancelled", "expired"].includes(guest.refusal) ? guest.refusal : "unpaid";
  if (ticket?.from && now < Date.parse(ticket.from)) return "not-yet-valid";
  if (ticket?.until && now > Date.parse(ticket.until)) return "expired";
  if (ticket && tickets.length && !tickets.includes(guest.ticket)) return "wrong-station";
  return wasHere(guest, reentry) ? "already-checked-in" : "ok";
}

const wasHere = (guest, reentry) =>
  (guest.inside && reentry !== "always") || (guest.came && reentry === "none");
