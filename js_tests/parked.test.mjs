import assert from "node:assert/strict";
import { test } from "node:test";
import { PATIENCE } from "../static/onsite/common/api.js";
import { answerOf, fateOf } from "../static/onsite/till/parked.js";

const parked = { cashier: 2, at: 1_000_000 };

test("what the server knows of a parked sale is its answer", () => {
  const order = { id: "7", attributes: { identifier: "ABC23", status: "completed", amount: "20.00" } };
  assert.deepEqual(answerOf(parked, order, 0), { id: "7", identifier: "ABC23", status: "completed" });
});

test("not sold is believed only when no try can be on its way", () => {
  assert.equal(answerOf(parked, undefined, parked.at + PATIENCE), undefined);
  assert.equal(answerOf(parked, undefined, parked.at + PATIENCE + 2001), null);
});

const fates = [
  [{}, "unknown"],
  [{ answer: null }, "unsold"],
  [{ answer: { status: "completed" } }, "sold"],
  [{ answer: { status: "pending" } }, "unpaid"],
  [{ answer: { status: "initializing" } }, "unpaid"],
  [{ answer: { status: "cancelled" } }, "cancelled"],
  [{ answer: { status: "expired" } }, "cancelled"],
];
for (const [known, fate] of fates)
  test(`a parked sale is ${fate}: ${JSON.stringify(known)}`, () => {
    assert.equal(fateOf({ ...parked, ...known }, 2), fate);
    assert.equal(fateOf({ ...parked, ...known }, 3), "another's");
  });
