// What the API is sent of a scan.

/** The document of a scan at the event with that id. One that is decided now has no time: it counts from its
 * arrival.
 */
export function scanDocument(scan, event) {
  const { code, attendee, direction, station, nonce, occurredAt, admitted, reason, approval } = scan;
  const attributes = { code, direction, nonce, "occurred-at": occurredAt, admitted, reason, approval };
  // A station says which event it is.
  const [type, id] = station ? ["station", station] : ["event", event];
  const relationships = { [type]: { data: { type, id: String(id) } } };
  if (attendee) relationships.attendee = { data: { type: "attendee", id: String(attendee) } };
  return { data: { type: "check-in", attributes, relationships } };
}

/** `[address, document]` of a scan that waited, or of what takes one back, below the API's address of a door. */
export const messageOf = (scan, event) =>
  scan.undoes
    ? [`check-ins/${scan.undoes}/undo`, { data: { type: "check-in" } }]
    : ["check-ins", scanDocument(scan, event)];
