import assert from "node:assert/strict";
import { test } from "node:test";
import * as parking from "../static/onsite/till/parked.js";

const here = { cashier: { id: 2 }, till: { id: 4 } };
const parked = { id: "a", kind: "sale", cashier: 2, till: 4, sent: 1_000_000, parts: [], summary: "1 Adult" };
const ordered = (status) => ({ id: "7", attributes: { identifier: "ABC23", status, amount: "20.00" } });

test("what the server knows of a parked sale is its answer", () => {
  const order = ordered("completed");
  order.attributes["completed-at"] = "2026-11-28T09:00:00Z";
  assert.deepEqual(parking.answerOf({ ...order, relationships: {} }), order);
});

test("that the server knows no order is no answer, however long ago it was asked for", () => {
  assert.equal(parking.answerOf(undefined), undefined);
  assert.equal(parking.fateOf({ ...parked, sent: 0 }, here), "unknown");
});

const fates = [
  [undefined, "unknown"],
  [ordered("completed"), "sold"],
  [ordered("pending"), "unpaid"],
  [ordered("initializing"), "unpaid"],
  [ordered("cancelled"), "cancelled"],
  [ordered("expired"), "cancelled"],
];
for (const [answer, fate] of fates)
  test(`a parked sale is ${fate}: ${answer?.attributes.status}`, () => {
    const known = { ...parked, answer };
    assert.equal(parking.fateOf(known, here), fate);
    assert.equal(parking.fateOf(known, { ...here, cashier: { id: 3 } }), fate, "whoever follows at the till");
    assert.equal(parking.fateOf(known, { ...here, till: { id: 5 } }), fate, "one's own, anywhere");
    assert.equal(parking.fateOf(known, { cashier: { id: 3 }, till: { id: 5 } }), "another's");
    assert.equal(parking.fateOf(known, { cashier: { id: 3 }, till: null }), "another's");
    assert.equal(parking.isOpen(known, here), ["unknown", "unpaid"].includes(fate));
  });

test("a colleague's that was parked at no till is another's", () => {
  assert.equal(
    parking.fateOf({ ...parked, till: undefined }, { cashier: { id: 3 }, till: null }),
    "another's",
  );
});

test("what a till of before has kept is read, and its guess is no answer", () => {
  for (const answer of [null, undefined, { id: "7", identifier: "ABC23", status: "completed" }]) {
    const kept = parking.asKept({ id: "a", kind: "sale", cashier: 2, at: 5, answer });
    assert.equal(parking.fateOf(kept, here), "unknown");
    assert.deepEqual([kept.parts, kept.sent], [[], 5]);
  }
});

const line = (user, proof) => ({ id: 1, quantity: 1, ...(user ? { approval: { user, ...proof } } : {}) });
const body = {
  data: {
    attributes: { "on-site-tickets": [line(5, { pin: "482913" }), line(), line(6, { password: "horse" })] },
    relationships: { event: {} },
  },
};

test("nothing secret is kept of an approval", () => {
  const kept = JSON.stringify(parking.approvedBy(body));
  assert.ok(!kept.includes("482913") && !kept.includes("horse"));
  assert.deepEqual(parking.approversOf(JSON.parse(kept)), [5, 6]);
  assert.equal(
    body.data.attributes["on-site-tickets"][0].approval.pin,
    "482913",
    "the sale under way keeps it",
  );
});

test("the same is asked for again with what proves each approval", () => {
  const again = parking.approvedBy(parking.approvedBy(body), {
    5: { pin: "482913" },
    6: { password: "horse" },
  });
  assert.deepEqual(again, body);
});

test("what changes an order has no approvals", () => {
  assert.deepEqual(parking.approversOf({ status: "completed" }), []);
  assert.deepEqual(parking.approvedBy({ status: "completed" }), { status: "completed" });
});

test("only a colleague's is asked for in a name", () => {
  assert.equal(parking.inNameOf(2, 2, body), body);
  const { relationships } = parking.inNameOf(2, 3, body).data;
  assert.deepEqual(relationships, { event: {}, "in-name-of": { data: { type: "user", id: "2" } } });
});

test("a sale was made between the first try and now, whatever the clock of the tablet says", () => {
  const at = (completed) => {
    const order = ordered("completed");
    order.attributes["completed-at"] = completed;
    return parking.soldBy(parked, order, 1_060_000).at;
  };
  assert.equal(at(new Date(1_030_000).toISOString()), 1_030_000);
  assert.equal(at(new Date(5).toISOString()), 1_000_000);
  assert.equal(at(new Date(9_000_000).toISOString()), 1_060_000);
  assert.equal(at(undefined), 1_060_000);
});

test("what was sold knows its change", () => {
  const parts = [{ tender: "cash", amount: 2000, tendered: 5000 }];
  assert.equal(parking.soldBy({ ...parked, parts }, ordered("completed")).change, 3000);
});
