// Sell at the door with fetch, and jsona for the documents: https://www.npmjs.com/package/jsona
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { default: Jsona } = createRequire(import.meta.url)("jsona");
const { ONSITE_URL = "http://127.0.0.1:8000", EMAIL = "cashier@example.com" } = process.env;
const { PASSWORD = "onsite-demo" } = process.env;

const documents = new Jsona();
const headers = { "Content-Type": "application/vnd.api+json" };

const log = await fetch(`${ONSITE_URL}/auth/session`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
});
assert.equal(log.status, 200);
headers.Authorization = `Bearer ${(await log.json()).access_token}`;
console.log("Logged in as", EMAIL);

/** The status, the document, and what jsona makes of it. */
async function ask(method, url, stuff, includeNames = []) {
  const body = stuff && JSON.stringify(documents.serialize({ stuff, includeNames }));
  const key = method === "POST" ? { "Idempotency-Key": crypto.randomUUID() } : {};
  const response = await fetch(new URL(url, ONSITE_URL), { method, headers: { ...headers, ...key }, body });
  const document = await response.json();
  return { status: response.status, document, data: document.data && documents.deserialize(document) };
}

const tickets = [];
for (let next = "/v1/events/demo/tickets?page[size]=2"; next; ) {
  const { document, data } = await ask("GET", next);
  tickets.push(...data);
  next = document.links.next;
}
assert(tickets.length > 2, "more than one page");
console.log("Tickets, in pages of two:", tickets.map((ticket) => ticket.name).join(", "));

const adult = tickets.find((ticket) => ticket.name === "Adult");
const sale = (quantity) => ({
  type: "order",
  status: "completed",
  "on-site-tickets": [{ id: adult.id, quantity }],
  event: { type: "event", id: "demo" },
  relationshipNames: ["event"],
});
const sold = await ask("POST", "/v1/orders?onsite=true", sale("2"));
assert.equal(sold.status, 201);
assert.equal(sold.data.status, "completed");
console.log("Sold", sold.data.identifier, "for", sold.data.amount, sold.data.currency);

const read = await ask("GET", `/v1/orders/${sold.data.id}?include=attendees,tickets`);
assert.equal(read.data.tickets[0].name, "Adult");
console.log("Included:", read.data.attendees.length, "attendees and the ticket", read.data.tickets[0].name);

const { related } = read.document.data.relationships.attendees.links;
const { data: guests } = await ask("GET", related);
assert.deepEqual(guests.map((guest) => guest.id).sort(), read.data.attendees.map((guest) => guest.id).sort());
console.log("Followed", related);

const named = await ask("PATCH", `/v1/attendees/${guests[0].id}`, {
  type: "attendee",
  id: guests[0].id,
  firstname: "Ada",
});
assert.equal(named.data.firstname, "Ada");
console.log("Named", named.data.firstname);

const refused = await ask("POST", "/v1/orders?onsite=true", sale("9999"));
const [error] = refused.document.errors;
assert.match(error.source.pointer, /on-site-tickets/);
console.log("Refused:", refused.status, error.code, error.detail);
