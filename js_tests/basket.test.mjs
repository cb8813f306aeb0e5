import assert from "node:assert/strict";
import { test } from "node:test";
import { Basket } from "../static/onsite/till/basket.js";

const adult = { id: 1, name: "Adult", price: 2000 };
const child = { id: 2, name: "Child", price: 800 };

test("the same ticket at the same price is one line", () => {
  const basket = new Basket();
  basket.add(adult);
  basket.add(child);
  basket.add(adult);
  assert.equal(basket.summary, "2 Adult, 1 Child");
  assert.equal(basket.total, 4800);
  assert.equal(basket.count, 3);
});

test("a line of another price stays apart", () => {
  const basket = new Basket();
  basket.reprice([basket.add(adult)], 0, "press", { user: 1 });
  basket.add(adult);
  assert.equal(basket.lines.length, 2);
  assert.equal(basket.of(adult), 2);
  assert.equal(basket.total, 2000);
});

test("an approval is for so many and not for more", () => {
  const basket = new Basket();
  const line = basket.add(adult, 2000, 2);
  basket.reprice([line], 0, "press", { user: 1 });
  basket.set(line, 1);
  assert.deepEqual(line.approval, { user: 1 });
  basket.set(line, 2);
  assert.equal(line.approval, null);
});

test("a line at zero is gone, and the last one touched is the one before", () => {
  const basket = new Basket();
  const first = basket.add(adult);
  basket.set(basket.add(child), 0);
  assert.deepEqual(basket.lines, [first]);
  assert.equal(basket.last, first);
  basket.set(first, 9999);
  assert.equal(first.quantity, 500);
});

test("a copy is not changed by what happens to the basket", () => {
  const basket = new Basket();
  basket.add(adult);
  const copy = basket.copy();
  basket.add(adult);
  basket.clear();
  assert.equal(copy.total, 2000);
  assert.ok(basket.isEmpty);
});
