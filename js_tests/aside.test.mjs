// What is being composed while another sale is shown, or while its cashier is away.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Baskets } from "../static/onsite/till/baskets.js";
import { Sold } from "../static/onsite/till/sold.js";
import { Network, noAnswer, order, settled } from "./network.mjs";
import { adult, parked, said, saleBy, saleOf } from "./sales.mjs";

const found = () => {
  const attributes = { identifier: "XYZ77", amount: "20.00" };
  return new Sold({ id: "9", attributes }, [{ tender: "cash", amount: 2000, tendered: 5000 }], "1 Adult");
};
const ana = { id: 2, name: "Ana" };

/** Where baskets wait, at a till that sells adults. */
function basketsOf(sale) {
  const items = new Map();
  const storage = {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, text) => items.set(name, text),
  };
  sale.data.tickets = [adult];
  return new Baskets(sale, sale.data, storage);
}

test("a sale that was found is shown like one that was just made", () => {
  const sale = saleBy();
  const sold = found();
  sale.show(sold);
  assert.equal(sale.phase, "done");
  assert.equal(sale.last, sold);
  assert.deepEqual(said.at(-1), ["sold", sold]);
  sale.next();
  assert.ok(sale.basket.isEmpty);
});

for (const [name, step] of [
  ["next", (sale) => sale.next()],
  ["the next ticket", (sale) => sale.add(adult)],
])
  test(`the basket of the next guest comes back after it by ${name}`, () => {
    const sale = saleOf(2);
    const { key } = sale;
    sale.show(found());
    assert.ok(sale.basket.isEmpty);
    step(sale);
    assert.equal(sale.phase, "basket");
    assert.equal(sale.basket.count, name === "next" ? 2 : 3);
    if (name === "next") assert.equal(sale.key, key);
  });

test("a second one that is shown leaves the basket where it waits", () => {
  const sale = saleOf(2);
  sale.show(found());
  sale.show(found());
  sale.next();
  assert.equal(sale.basket.count, 2);
});

test("a guest who is at the terminal stays there, and nothing is added to what is held", async () => {
  new Network(order("20.00", "ABC23", "pending"));
  const sale = saleOf(1);
  await sale.takeCard();
  sale.show(found());
  assert.ok(sale.holds("ABC23"));
  sale.add(adult);
  assert.equal(sale.phase, "card");
  assert.equal(sale.basket.count, 1);
  assert.equal(sale.about.amount, 2000);
});

test("nothing is shown while a sale is under way", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  new Network(noAnswer);
  const sale = saleOf(1);
  sale.takeCash();
  await settled();
  assert.ok(!sale.canShow);
});

test("what is parked keeps what was asked, how it was paid and where, but no PIN", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new Network(noAnswer);
  const sale = saleOf(2);
  sale.basket.reprice(sale.basket.lines, 500, "Press", { user: 5, pin: "482913" });
  sale.takeCash(2000);
  await settled();
  sale.park();
  const [{ body, parts, till, seller, cashier }] = parked;
  assert.deepEqual(parts, [{ tender: "cash", amount: 1000, tendered: 2000 }]);
  assert.deepEqual([till, cashier, seller], [4, 2, "Ana"]);
  const [line] = body.data.attributes["on-site-tickets"];
  assert.deepEqual(line.approval, { user: 5 });
  assert.equal(network.sent[0].data.attributes["on-site-tickets"][0].approval.pin, "482913");
});

test("a basket waits for its cashier as it was", () => {
  const sale = saleOf(2);
  const baskets = basketsOf(sale);
  baskets.leave(ana);
  assert.ok(sale.basket.isEmpty);
  const [{ kept: _, ...waits }] = baskets.waiting;
  assert.deepEqual(waits, { owner: ana, summary: "2 Adult", total: 4000 });
  baskets.isBack({ id: 3 });
  assert.ok(sale.basket.isEmpty, "it is nobody else's");
  baskets.isBack(ana);
  assert.equal(sale.basket.count, 2);
  assert.deepEqual(baskets.waiting, []);
});

test("it is taken over only where nobody is being served", () => {
  const sale = saleOf(2);
  const baskets = basketsOf(sale);
  baskets.leave(ana);
  sale.add(adult);
  baskets.take(0);
  assert.equal(sale.basket.count, 1);
  sale.clear();
  baskets.take(0);
  assert.equal(sale.basket.count, 2);
});

test("two that wait are two", () => {
  const sale = saleOf(2);
  const baskets = basketsOf(sale);
  baskets.leave(ana);
  sale.add(adult);
  baskets.leave(ana);
  baskets.isBack(ana);
  assert.equal(sale.basket.count, 2);
  assert.equal(baskets.waiting.length, 1);
});
