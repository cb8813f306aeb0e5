import assert from "node:assert/strict";
import { test } from "node:test";
import { Network, noAnswer, order, refusal, settled } from "./network.mjs";
import { ada, adult, bob, said, saleBy, saleOf } from "./sales.mjs";

const type = (sale, keys) => [...keys].forEach((key) => sale.press(key));
const attributes = (network) => network.last.data.attributes;
const soldOut = (available) => ({
  code: "sold-out",
  source: { pointer: "/data/attributes/on-site-tickets/0/quantity" },
  meta: { available },
});

// --- idle, and composing ---

test("an empty basket sells nothing, whatever is pressed", async () => {
  const network = new Network();
  const sale = saleBy();
  for (const phase of ["cash", "split", "free"]) sale.open(phase);
  await Promise.all([sale.takeCash(), sale.takeCard(), sale.handOut(), sale.undo(), sale.park()]);
  assert.equal(sale.phase, "basket");
  assert.deepEqual(network.sent, []);
});

const stepsBack = [
  ["cash", (sale) => sale.open("cash")],
  ["split", (sale) => sale.open("split")],
  ["free", (sale) => sale.open("free")],
  ["quantity", (sale) => sale.askQuantity()],
];
for (const [phase, open] of stepsBack)
  test(`one step back from ${phase} is the basket as it was`, () => {
    const sale = saleOf(2);
    open(sale);
    assert.equal(sale.phase, phase);
    sale.back();
    assert.equal(sale.phase, "basket");
    assert.equal(sale.basket.count, 2);
    sale.back();
    assert.ok(sale.canRestore);
  });

test("the number on the pad is the line's", () => {
  const sale = saleOf(1);
  sale.askQuantity();
  type(sale, "12");
  sale.enter();
  assert.equal(sale.basket.count, 12);
});

// --- cash ---

test("cash is sold at once, and the change is known", async () => {
  const network = new Network(order("40.00"));
  const sale = saleOf(2);
  sale.open("cash");
  type(sale, "50");
  const sold = sale.enter();
  assert.equal(sale.phase, "sending");
  await sold;
  assert.equal(sale.phase, "done");
  assert.equal(sale.last.change, 1000);
  assert.deepEqual(attributes(network)["on-site-tickets"], [{ id: 1, quantity: 2 }]);
  assert.deepEqual(attributes(network).payments, [{ tender: "cash", amount: "40.00", tendered: "50.00" }]);
  assert.ok(sale.basket.isEmpty);
});

test("too little cash sells nothing", async () => {
  const network = new Network();
  const sale = saleOf(2);
  sale.open("cash");
  type(sale, "39.99");
  await sale.enter();
  assert.equal(sale.phase, "cash");
  assert.deepEqual(network.sent, []);
});

test("nothing is pressed twice while the sale is being sent", async () => {
  const network = new Network(order("20.00"));
  const sale = saleOf(1);
  const sold = sale.takeCash();
  sale.takeCash();
  sale.takeCard();
  sale.handOut();
  sale.add(adult);
  sale.back();
  await sold;
  assert.equal(network.sent.length, 1);
  assert.equal(sale.last.total, 2000);
});

// --- card ---

test("a card's sale holds the tickets first, and is completed when the terminal has the money", async () => {
  const network = new Network(order("20.00", "ABC23", "pending"), order("20.00"));
  const sale = saleOf(1);
  await sale.takeCard();
  assert.equal(sale.phase, "card");
  assert.equal(sale.about.amount, 2000);
  assert.equal(attributes(network).status, "pending");
  sale.back();
  assert.equal(sale.phase, "card", "only an answer of the terminal leads on");
  await sale.approved();
  assert.equal(network.last.method, "PATCH");
  assert.deepEqual(attributes(network).payments, [{ tender: "card", amount: "20.00" }]);
  assert.equal(sale.phase, "done");
  assert.deepEqual(sale.last.cards, [2000]);
});

test("a declined card lets go of the tickets and keeps the basket, as another sale", async () => {
  const network = new Network(order("20.00", "ABC23", "pending"), order("20.00", "ABC23", "cancelled"));
  const sale = saleOf(1);
  const { key } = sale;
  await sale.takeCard();
  await sale.declined();
  assert.equal(attributes(network).status, "cancelled");
  assert.equal(sale.phase, "basket");
  assert.equal(sale.held, null);
  assert.equal(sale.basket.count, 1);
  assert.notEqual(sale.key, key);
});

test("a part by card and the rest in cash is one order", async () => {
  const network = new Network(order("40.00", "ABC23", "pending"), order("40.00"));
  const sale = saleOf(2);
  sale.open("split");
  await sale.takeCard(3000);
  await sale.approved();
  assert.equal(sale.phase, "basket");
  assert.equal(sale.due, 1000);
  await sale.takeCash();
  assert.deepEqual(
    attributes(network).payments.map(({ tender, amount }) => [tender, amount]),
    [
      ["card", "30.00"],
      ["cash", "10.00"],
    ],
  );
  assert.equal(network.sent.length, 2);
});

test("whoever gives up a sale is told what to give back", async () => {
  new Network();
  const sale = saleOf(2);
  sale.open("split");
  sale.takeCashPart(1500);
  assert.equal(sale.due, 2500);
  await sale.back();
  assert.deepEqual(said, [["give-back", { parts: [{ tender: "cash", amount: 1500, tendered: 1500 }] }]]);
  assert.equal(sale.due, 4000);
});

test("a card that is declined for the rest leaves what was taken, and the other ways to pay", async () => {
  const network = new Network(order("40.00", "ABC23", "pending"));
  const sale = saleOf(2);
  await sale.takeCard(3000);
  sale.approved();
  await sale.takeCard();
  sale.declined();
  assert.equal(sale.phase, "basket");
  assert.equal(sale.due, 1000);
  assert.equal(network.sent.length, 1);
});

test("nobody is sent to the terminal with more than is due", async () => {
  const network = new Network();
  const sale = saleOf(1);
  await sale.takeCard(2001);
  assert.equal(sale.phase, "basket");
  assert.deepEqual(network.sent, []);
});

test("what is paid in part is not given away any more", () => {
  const sale = saleOf(2);
  sale.open("split");
  sale.takeCashPart(1500);
  sale.open("free");
  assert.equal(sale.phase, "basket");
});

// --- refused ---

test("what is sold out is refused, and what is left is sold as another sale", async () => {
  const network = new Network(refusal(soldOut(1)), order("20.00"));
  const sale = saleOf(3);
  await sale.takeCash(10_000);
  assert.equal(sale.phase, "refused");
  assert.equal(sale.left.count, 1);
  await sale.sellWhatIsLeft();
  await settled();
  assert.equal(sale.phase, "done");
  assert.equal(sale.last.change, 8000);
  assert.notEqual(network.sent[0].key, network.sent[1].key);
});

test("a refused basket can be changed", async () => {
  new Network(refusal(soldOut(0)));
  const sale = saleOf(1);
  await sale.takeCash();
  sale.changeBasket();
  assert.equal(sale.phase, "basket");
  assert.equal(sale.basket.count, 1);
});

test("who has paid for an order that was cancelled meanwhile gets the tickets sold anew", async () => {
  const network = new Network(
    order("20.00", "ABC23", "pending"),
    refusal({ code: "order-cancelled" }),
    order("20.00", "DEF45"),
  );
  const sale = saleOf(1);
  await sale.takeCard();
  await sale.approved();
  assert.equal(sale.phase, "refused");
  assert.equal(sale.held, null);
  assert.ok(sale.canSellAnew);
  await sale.handOut();
  assert.equal(network.last.method, "POST");
  assert.equal(sale.last.identifier, "DEF45");
});

const due = { code: "order-money-due", meta: { amount: "15.00" } };

test("what a card paid for tickets that were gone is to be given back, and its cash too", async () => {
  const network = new Network(
    order("20.00", "ABC23", "pending"),
    refusal(due),
    order("20.00", "ABC23", "expired"),
  );
  const sale = saleOf(1);
  await sale.takeCard(1500);
  await sale.approved();
  sale.takeCashPart(200);
  await sale.takeCash(500);
  assert.equal(sale.phase, "owed");
  assert.deepEqual([sale.about.amount, sale.about.cash], [1500, 200]);
  assert.deepEqual([sale.held, sale.parts, sale.canSellAnew], [null, [], false]);
  await sale.givenBack();
  assert.deepEqual(attributes(network), { "money-due": false });
  assert.deepEqual(said.at(-1), ["given-back", { id: "7", identifier: "ABC23" }]);
  assert.deepEqual([sale.phase, sale.basket.count], ["basket", 1]);
});

test("money that is to be given back waits in the list for whoever goes on selling", async () => {
  const network = new Network(order("20.00", "ABC23", "pending"), refusal(due));
  const sale = saleOf(1);
  await sale.takeCard();
  await sale.approved();
  sale.back();
  await sale.givenBack();
  assert.equal(sale.phase, "basket");
  assert.equal(network.sent.length, 2);
});

test("whoever was not heard says again that the money was given back", async () => {
  new Network(order("20.00", "ABC23", "pending"), refusal(due), noAnswer, order("20.00", "ABC23", "expired"));
  const sale = saleOf(1);
  await sale.takeCard();
  await sale.approved();
  await sale.givenBack();
  assert.deepEqual([sale.phase, sale.about.asking, said.at(-1)[0]], ["owed", false, "not-given-back"]);
  await sale.givenBack();
  assert.equal(sale.phase, "basket");
});

// --- another price ---

test("an organizer gives away at once, with a reason", async () => {
  const network = new Network(order("0.00"));
  const sale = saleOf(1, { role: "organizer" });
  sale.open("free");
  sale.confirmPrice();
  assert.equal(sale.phase, "free", "without a reason");
  sale.choose({ reason: "Press" });
  sale.confirmPrice();
  await settled();
  assert.equal(sale.phase, "done");
  const [line] = attributes(network)["on-site-tickets"];
  assert.deepEqual(line, { id: 1, quantity: 1, price: "0.00", reason: "Press", approval: null });
});

test("a cashier needs a PIN, and types a wrong one again", async () => {
  const network = new Network(refusal({ code: "wrong-pin" }), order("0.00"));
  const sale = saleOf(1, { approvers: [ada, bob] });
  sale.open("free");
  sale.choose({ reason: "Crew" });
  sale.confirmPrice();
  assert.equal(sale.phase, "pin");
  assert.equal(sale.about.approver, null);
  sale.choose({ approver: bob });
  type(sale, "111111");
  await settled();
  assert.equal(sale.phase, "pin");
  assert.equal(sale.about.approver, bob);
  assert.equal(sale.basket.last.approval, null);
  type(sale, "222222");
  await settled();
  assert.equal(sale.phase, "done");
  const approvals = network.sent.map(({ data }) => data.attributes["on-site-tickets"][0].approval);
  assert.deepEqual(approvals, [
    { user: 6, pin: "111111" },
    { user: 6, pin: "222222" },
  ]);
});

test("the approver's password counts in place of a PIN that rests, and is typed again when it is wrong", async () => {
  const network = new Network(
    refusal({ code: "pin-locked" }),
    refusal({ code: "wrong-password" }),
    order("0.00"),
  );
  const sale = saleOf(1, { approvers: [ada, bob] });
  sale.open("free");
  sale.choose({ reason: "Crew" });
  sale.confirmPrice();
  sale.choose({ approver: bob });
  type(sale, "111111");
  await settled();
  sale.choose({ approver: bob });
  sale.approveByPassword("");
  assert.equal(sale.phase, "pin", "nothing was typed");
  sale.approveByPassword("wrong");
  await settled();
  assert.equal(sale.about.approver, bob);
  sale.approveByPassword("right");
  await settled();
  assert.equal(sale.phase, "done");
  const [, second, third] = network.sent.map(({ data }) => data.attributes["on-site-tickets"][0].approval);
  assert.deepEqual(
    [second, third],
    [
      { user: 6, password: "wrong" },
      { user: 6, password: "right" },
    ],
  );
});

test("whoever has lost the right to approve is asked no more", async () => {
  new Network(refusal({ code: "not-an-organizer" }));
  const sale = saleOf(1, { approvers: [ada, bob] });
  sale.open("free");
  sale.choose({ reason: "Crew" });
  sale.confirmPrice();
  sale.choose({ approver: bob });
  type(sale, "111111");
  await settled();
  assert.equal(sale.phase, "pin");
  assert.equal(sale.about.approver, null);
});

test("one step back from the PIN is the price", () => {
  const sale = saleOf(1);
  sale.open("free");
  sale.choose({ reason: "Crew" });
  sale.confirmPrice();
  sale.back();
  assert.equal(sale.phase, "free");
  assert.equal(sale.about.reason, "Crew");
});

// --- done ---

test("the last sale can be taken back for a minute", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const network = new Network(order("20.00"), order("20.00", "ABC23", "cancelled"));
  const sale = saleOf(1);
  await sale.takeCash();
  t.mock.timers.tick(59_000);
  assert.equal(sale.undoLeft, 1000);
  await sale.undo();
  assert.equal(attributes(network).status, "cancelled");
  assert.equal(sale.last.undone, true);
  assert.equal(sale.undoLeft, 0);
  assert.equal(said.at(-1)[0], "undone");
  await sale.undo();
  assert.equal(network.sent.length, 2);
});

test("whether an unanswered undo was done is not claimed", async () => {
  new Network(order("20.00"), noAnswer);
  const sale = saleOf(1);
  await sale.takeCash();
  await sale.undo();
  assert.equal(sale.last.undone, false);
  assert.deepEqual(said.at(-1), ["not-undone", { detail: null }]);
});

test("what is held is sold from its hold, beside what is for everybody", async () => {
  const network = new Network(order("40.00"));
  const sale = saleOf(1);
  sale.add({ ...adult, id: "hold 7", sells: adult.id, hold: 7, name: "Adult: Guest list" });
  await sale.takeCash();
  assert.deepEqual(
    attributes(network)["on-site-tickets"].map(({ id, hold }) => [id, hold]),
    [
      [adult.id, undefined],
      [adult.id, 7],
    ],
  );
});
