import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { saleDocument } from "../static/onsite/till/asking.js";
import { Basket } from "../static/onsite/till/basket.js";
import { discountOf, isFor, off, takeOverDiscounts } from "../static/onsite/till/discounts.js";
import { Draft } from "../static/onsite/till/draft.js";
import * as money from "../static/onsite/till/money.js";

const cases = JSON.parse(readFileSync(new URL("discount_cases.json", import.meta.url)));
const plain = {
  id: 1,
  name: "Student",
  percent: null,
  amount: null,
  once: false,
  most: null,
  tickets: [],
};
const told = (discount) => discountOf({ ...plain, ...discount });

beforeEach(() => money.useCurrency("EUR", 2));

for (const { name, discount, decimals, prices, off: each } of cases)
  test(`comes off as the server takes it off: ${name}`, () => {
    money.useCurrency("XXX", decimals);
    const sum = each.map(money.parse).reduce((all, less) => all + less, 0);
    assert.equal(off(told(discount), prices.map(money.parse)), sum);
  });

const adult = { id: 1, name: "Adult", type: "paid", price: 2000 };
const child = { id: 2, name: "Child", type: "paid", price: 800 };
const gift = { id: 3, name: "Gift", type: "donation", price: 0 };

test("is for tickets that have a price of their own, and for those it names", () => {
  assert.ok(isFor(told({ percent: "10.00" }), { ticket: adult }));
  assert.ok(!isFor(told({ percent: "10.00" }), { ticket: gift }));
  assert.ok(!isFor(told({ percent: "10.00" }), { ticket: adult, reason: "Press" }));
  assert.ok(!isFor(told({ percent: "10.00", tickets: [2] }), { ticket: adult }));
  assert.ok(
    isFor(told({ percent: "10.00", tickets: [2] }), { ticket: { ...child, id: "hold 4", sells: 2 } }),
  );
});

test("of the whole basket takes off every line that it is for", () => {
  const basket = new Basket();
  basket.add(adult, adult.price, 2);
  basket.add(child);
  basket.reduce(told({ percent: "50.00", tickets: [1] }));
  assert.equal(basket.total, 2800);
  assert.deepEqual(
    basket.reductions.map(({ less }) => less),
    [2000],
  );
});

test("of a line is its own, goes before that of the basket, and the next ticket is another line", () => {
  const basket = new Basket();
  const line = basket.add(adult);
  basket.reduce(told({ percent: "10.00" }));
  basket.reduce(told({ id: 2, amount: "5.00" }), line);
  basket.add(adult);
  assert.equal(basket.lines.length, 2);
  assert.equal(basket.total, 1500 + 1800);
  basket.reprice([line], 0, "Press", null);
  assert.equal(line.discount, null);
});

test("is told to the server where it is, by its code if it has one", () => {
  const basket = new Basket();
  const line = basket.add(adult);
  basket.reduce(told({ amount: "5.00" }), line);
  basket.add(child);
  basket.reduce({ ...told({ id: 2, percent: "50.00" }), code: "HALF" });
  const { attributes } = saleDocument({ event: { id: 7 } }, basket, {}).data;
  assert.deepEqual(attributes["on-site-tickets"][0].discount, { id: 1 });
  assert.deepEqual(attributes.discount, { code: "HALF" });
  assert.equal(attributes.amount, "19.00");
});

test("that is for nothing in the basket is not asked for", () => {
  const basket = new Basket();
  basket.add(gift, 500);
  basket.reduce(told({ percent: "50.00" }));
  assert.equal(basket.total, 500);
  assert.equal(saleDocument({ event: { id: 7 } }, basket, {}).data.attributes.discount, undefined);
});

test("that an organizer changes meanwhile changes in the basket too", () => {
  const known = [told({ percent: "10.00" })];
  const basket = new Basket();
  basket.add(adult);
  basket.reduce(known[0]);
  assert.ok(takeOverDiscounts(known, [{ ...plain, percent: "20.00" }]));
  assert.ok(!takeOverDiscounts(known, [{ ...plain, percent: "20.00" }]));
  basket.follow(known);
  assert.equal(basket.total, 1600);
  takeOverDiscounts(known, []);
  assert.equal(known.length, 0);
  basket.follow(known); // one that has ended: the sale will say so
  assert.equal(basket.total, 1600);
});

const data = () => ({
  event: { cashRounding: null, admitNow: false },
  discounts: [told({ percent: "10.00" })],
  codes: false,
  tickets: [adult, child],
});

test("that an organizer changes leaves what an order holds as it was sold", () => {
  const sale = new Draft(data());
  sale.add(adult);
  sale.openDiscount();
  sale.reduce(sale.data.discounts[0]);
  sale.held = { id: 1, identifier: "A1" };
  sale.go("card", { amount: sale.due });
  takeOverDiscounts(sale.data.discounts, [{ ...plain, percent: "20.00" }]);
  sale.follow();
  assert.equal(sale.due, 1800);
});

test("that an organizer changes makes it another sale", () => {
  const sale = new Draft(data());
  sale.add(adult);
  sale.openDiscount(sale.basket.last);
  sale.reduce(sale.data.discounts[0]);
  const { key } = sale;
  takeOverDiscounts(sale.data.discounts, [{ ...plain, percent: "20.00" }]);
  assert.ok(sale.follow());
  assert.notEqual(sale.key, key);
  assert.equal(sale.due, 1600);
});

test("that was changed while the page was loaded anew is what it is now", () => {
  const sale = new Draft(data());
  sale.add(adult);
  sale.openDiscount();
  sale.reduce(sale.data.discounts[0]);
  const again = new Draft({ ...data(), discounts: [told({ percent: "20.00" })] });
  again.resume(JSON.parse(JSON.stringify(sale.kept)));
  assert.equal(again.due, 1600);
});

test("of a code is not given to a line that it is not for", () => {
  const sale = new Draft({ ...data(), codes: true });
  sale.add(adult);
  sale.openDiscount(sale.basket.last);
  assert.ok(!sale.canReduce(told({ percent: "10.00", tickets: [2] })));
  assert.ok(sale.canReduce(told({ percent: "10.00", tickets: [1] })));
  sale.openDiscount();
  assert.ok(sale.canReduce(told({ percent: "10.00", tickets: [2] })));
});
