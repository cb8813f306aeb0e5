// A sale of which nobody knows whether it was made.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Network, loggedOut, noAnswer, order, settled } from "./network.mjs";
import { adult, logIns, parked, said, saleOf } from "./sales.mjs";

test("what was not answered is asked again with the same key, and sold once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new Network(noAnswer, noAnswer, order("20.00"));
  const sale = saleOf(1);
  const { key } = sale;
  const sold = sale.takeCash();
  await settled();
  assert.equal(sale.tries, 1);
  t.mock.timers.tick(1000);
  await settled();
  assert.equal(sale.tries, 2);
  assert.ok(sale.isFrozen);
  t.mock.timers.tick(2000);
  await sold;
  assert.equal(sale.phase, "done");
  assert.deepEqual(
    network.sent.map((request) => request.key),
    [key, key, key],
  );
});

test("a parked sale keeps its key, and a late answer changes nothing of the next one", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const network = new Network(noAnswer);
  const sale = saleOf(2);
  const { key } = sale;
  const sold = sale.takeCash();
  await settled();
  sale.park();
  sale.add(adult);
  network.answer(order("40.00"));
  t.mock.timers.tick(8000);
  await sold;
  assert.deepEqual(
    parked.map((one) => [one.kind, one.key, one.total, one.summary]),
    [["sale", key, 4000, "2 Adult"]],
  );
  assert.equal(sale.phase, "basket");
  assert.equal(sale.basket.count, 1);
  assert.equal(sale.last, null);
  assert.equal(network.sent.length, 1);
});

test("a card's payment that is parked names the order that holds the tickets", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  new Network(order("20.00", "ABC23", "pending"), noAnswer);
  const sale = saleOf(1);
  await sale.takeCard();
  sale.approved();
  await settled();
  sale.park();
  assert.equal(parked[0].kind, "payment");
  assert.deepEqual(parked[0].order, { id: "7", identifier: "ABC23" });
});

test("whoever parks a sale that was being given up is told what to give back", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  new Network(order("40.00", "ABC23", "pending"), noAnswer);
  const sale = saleOf(2);
  await sale.takeCard(3000);
  sale.approved();
  sale.giveUp();
  await settled();
  sale.park();
  assert.equal(parked[0].kind, "cancel");
  assert.deepEqual(said.at(-1), ["give-back", { parts: [{ tender: "card", amount: 3000 }] }]);
});

test("a cashier who logs in again sells the same sale", async () => {
  const network = new Network(loggedOut, order("20.00"));
  const sale = saleOf(1);
  await sale.takeCash();
  assert.equal(logIns, 1);
  assert.equal(sale.phase, "done");
  assert.equal(network.sent[0].key, network.sent[1].key);
});

test("another cashier who logs in leaves the sale of the one before aside", async () => {
  const network = new Network(loggedOut);
  const sale = saleOf(1, { logIn: () => ({ id: 9, role: "cashier" }) });
  await sale.takeCash();
  assert.equal(network.sent.length, 1);
  assert.equal(parked[0].cashier, 2);
  assert.equal(sale.phase, "basket");
  assert.ok(sale.basket.isEmpty);
});
