// Sell at the door with kitsu: https://www.npmjs.com/package/kitsu
import assert from "node:assert/strict";
import Kitsu from "kitsu";

const { ONSITE_URL = "http://127.0.0.1:8000", EMAIL = "cashier@example.com" } = process.env;
const { PASSWORD = "onsite-demo" } = process.env;

// A type is `order`, and its address `/v1/orders`: kitsu would make both plural, or none.
const api = new Kitsu({
  baseURL: `${ONSITE_URL}/v1`,
  resourceCase: "none",
  camelCaseTypes: false,
  pluralize: false,
});
api.interceptors.request.use((request) => ({ ...request, url: request.url.replace(/^[a-z-]+/, "$&s") }));

const session = await fetch(`${ONSITE_URL}/auth/session`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
});
assert.equal(session.status, 200);
api.headers.Authorization = `Bearer ${(await session.json()).access_token}`;
console.log("Logged in as", EMAIL);

const names = [];
for (let page = { size: 2 }; page; ) {
  const { data, links } = await api.get("event/demo/tickets", { params: { page } });
  names.push(...data.map((ticket) => ticket.name));
  const after = links.next && new URL(links.next).searchParams.get("page[after]");
  page = after && { size: 2, after };
}
assert(names.length > 2, "more than one page");
console.log("Tickets, in pages of two:", names.join(", "));

const { data: tickets } = await api.get("event/demo/tickets");
const adult = tickets.find((ticket) => ticket.name === "Adult");
const { data: order } = await api.post(
  "order",
  {
    status: "completed",
    "on-site-tickets": [{ id: adult.id, quantity: "2" }],
    event: { data: { type: "event", id: "demo" } },
  },
  { params: { onsite: true, include: "attendees" }, headers: { "Idempotency-Key": crypto.randomUUID() } },
);
assert.equal(order.status, "completed");
assert.equal(order.attendees.data.length, 2);
console.log("Sold", order.identifier, "for", order.amount, order.currency);

const { data: read } = await api.get(`order/${order.id}`, { params: { include: "attendees,tickets" } });
assert.equal(read.tickets.data[0].name, "Adult");
console.log("Included:", read.attendees.data.length, "attendees and the ticket", read.tickets.data[0].name);

const { data: guests } = await api.get(read.attendees.links.related.split("/v1/")[1].replace("s/", "/"));
assert.deepEqual(guests.map((guest) => guest.id).sort(), read.attendees.data.map((guest) => guest.id).sort());
console.log("Followed", read.attendees.links.related);

const { data: named } = await api.patch("attendee", { id: guests[0].id, firstname: "Ada" });
assert.equal(named.firstname, "Ada");
console.log("Named", named.firstname);

const refused = await api
  .post(
    "order",
    {
      "on-site-tickets": [{ id: adult.id, quantity: "9999" }],
      event: { data: { type: "event", id: "demo" } },
    },
    { params: { onsite: true } },
  )
  .then(assert.fail, (failure) => failure.errors[0]);
assert.match(refused.source.pointer, /on-site-tickets/);
console.log("Refused:", refused.status, refused.code, refused.detail);
