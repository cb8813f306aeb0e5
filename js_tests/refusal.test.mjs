import assert from "node:assert/strict";
import { test } from "node:test";
import { Basket } from "../static/onsite/till/basket.js";
import { aboutPin, isAboutOrder, isDropped, leftOf, lineOf } from "../static/onsite/till/refusal.js";

const adult = { id: 1, name: "Adult", price: 2000 };
const child = { id: 2, name: "Child", price: 800 };

const soldOut = (line, available) => ({
  code: "sold-out",
  source: { pointer: `/data/attributes/on-site-tickets/${line}/quantity` },
  meta: { available },
});

function basketOf(...lines) {
  const basket = new Basket();
  for (const [ticket, quantity, price] of lines) basket.add(ticket, price ?? ticket.price, quantity);
  return basket;
}

test("what is left of a basket is what there still is", () => {
  const left = leftOf(basketOf([adult, 3], [child, 2]), [soldOut(0, 1)]);
  assert.equal(left.summary, "1 Adult, 2 Child");
});

test("a line of which nothing is left is gone", () => {
  assert.equal(leftOf(basketOf([adult, 3], [child, 2]), [soldOut(0, 0)]).summary, "2 Child");
});

test("nothing is left of a basket that is sold out", () => {
  assert.equal(leftOf(basketOf([adult, 1]), [soldOut(0, 0)]), null);
});

test("two lines of one ticket share what is left of it", () => {
  const left = leftOf(basketOf([adult, 2], [adult, 2, 1000]), [soldOut(0, 3), soldOut(1, 3)]);
  assert.deepEqual(
    left.lines.map(({ quantity }) => quantity),
    [2, 1],
  );
});

test("nothing is offered where something else is wrong as well", () => {
  assert.equal(leftOf(basketOf([adult, 3]), [soldOut(0, 1), { code: "no-open-shift" }]), null);
});

test("the basket itself is left as it is", () => {
  const basket = basketOf([adult, 3]);
  leftOf(basket, [soldOut(0, 1)]);
  assert.equal(basket.count, 3);
});

test("a problem names its line, or none", () => {
  assert.equal(lineOf(soldOut(2, 0)), 2);
  assert.ok(Number.isNaN(lineOf({ code: "no-open-shift" })));
});

test("a PIN, the order and its end are told apart", () => {
  const pin = { code: "wrong-pin" };
  assert.equal(aboutPin([{ code: "sold-out" }, pin]), pin);
  assert.equal(aboutPin([{ code: "sold-out" }]), undefined);
  assert.ok(isAboutOrder([{ code: "order-completed" }]));
  assert.ok(!isAboutOrder([pin]));
  assert.ok(isDropped([{ code: "order-expired" }, { code: "order-cancelled" }]));
  assert.ok(!isDropped([{ code: "order-completed" }]));
  assert.ok(!isDropped([]));
});
