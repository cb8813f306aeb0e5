// Sell at the door with devour: https://www.npmjs.com/package/devour-client
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const JsonApi = createRequire(import.meta.url)("devour-client");
const { ONSITE_URL = "http://127.0.0.1:8000", EMAIL = "cashier@example.com" } = process.env;
const { PASSWORD = "onsite-demo" } = process.env;

const log = await fetch(`${ONSITE_URL}/auth/session`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
});
assert.equal(log.status, 200);
const api = new JsonApi({
  apiUrl: `${ONSITE_URL}/v1`,
  bearer: (await log.json()).access_token,
  logger: false,
  errorBuilder: (error) => error, // all of it: devour keeps only `title` and `detail` otherwise
});
console.log("Logged in as", EMAIL);

api.define("event", { name: "", identifier: "" });
api.define("ticket", { name: "", price: "", available: 0 });
api.define("attendee", { firstname: "", lastname: "", code: "" }, { type: "attendee", readOnly: ["code"] });
api.define(
  "order",
  {
    status: "",
    amount: "",
    currency: "",
    identifier: "",
    "on-site-tickets": [],
    event: { jsonApi: "hasOne", type: "event" },
    attendees: { jsonApi: "hasMany", type: "attendee" },
    tickets: { jsonApi: "hasMany", type: "ticket" },
  },
  { type: "order" }, // it would be `orders` otherwise
);

const tickets = [];
let page = await api
  .one("event", "demo")
  .all("ticket")
  .get({ page: { size: 2 } });
tickets.push(...page.data);
while (page.links.next) {
  page = await api.request(page.links.next, "GET");
  tickets.push(...page.data);
}
assert(tickets.length > 2, "more than one page");
console.log("Tickets, in pages of two:", tickets.map((ticket) => ticket.name).join(", "));

const adult = tickets.find((ticket) => ticket.name === "Adult");
function sell(quantity) {
  api.headers["Idempotency-Key"] = crypto.randomUUID();
  const lines = [{ id: adult.id, quantity }];
  const sale = { status: "completed", "on-site-tickets": lines, event: { id: "demo" } };
  return api.create("order", sale, { onsite: true });
}
const { data: order } = await sell("2");
assert.equal(order.status, "completed");
console.log("Sold", order.identifier, "for", order.amount, order.currency);

const { data: read } = await api.find("order", order.id, { include: "attendees,tickets" });
assert.equal(read.tickets[0].name, "Adult");
console.log("Included:", read.attendees.length, "attendees and the ticket", read.tickets[0].name);

const { document } = await api.find("order", order.id);
const { related } = document.data.relationships.attendees.links;
const { data: guests } = await api.request(related, "GET");
assert.deepEqual(guests.map((guest) => guest.id).sort(), read.attendees.map((guest) => guest.id).sort());
console.log("Followed", related);

const { data: named } = await api.update("attendee", { id: guests[0].id, firstname: "Ada" });
assert.equal(named.firstname, "Ada");
console.log("Named", named.firstname);

const [refused] = Object.values(await sell("9999").then(assert.fail, (failure) => failure));
assert.match(refused.source.pointer, /on-site-tickets/);
console.log("Refused:", refused.status, refused.code, refused.detail);
