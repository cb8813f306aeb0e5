import assert from "node:assert/strict";
import { test } from "node:test";
import { takeOver, ticketOf } from "../static/onsite/till/news.js";
import { Network, order, refusal } from "./network.mjs";
import { saleBy } from "./sales.mjs";

const told = (id, name, price, more = {}) => ({
  id,
  name,
  price,
  type: "paid",
  minPrice: null,
  maxPrice: null,
  hidden: false,
  note: "",
  ...more,
});
const ADULT = told(1, "Adult", "20.00");
const CHILD = told(2, "Child", "8.00");
const GIFT = told(3, "Gift", "0.00", { type: "donation", minPrice: "5.00" });

const tickets = (...those) => those.map(ticketOf);
const whats = (changes) => changes.map(({ what, ticket }) => [what, ticket.name]);

const changes = [
  ["nothing", [ADULT, CHILD], []],
  ["another price", [{ ...ADULT, price: "25.00" }, CHILD], [["price", "Adult"]]],
  ["another name", [{ ...ADULT, name: "Grown-up" }, CHILD], [["name", "Grown-up"]]],
  [
    "another name and price",
    [{ ...ADULT, name: "Grown-up", price: "1.00" }, CHILD],
    [
      ["name", "Grown-up"],
      ["price", "Grown-up"],
    ],
  ],
  ["a new one", [ADULT, told(9, "Late night", "5.00"), CHILD], [["new", "Late night"]]],
  ["one that is no more", [CHILD], [["gone", "Adult"]]],
  ["one that is hidden", [{ ...ADULT, hidden: true }, CHILD], [["hidden", "Adult"]]],
  ["one that becomes a donation", [{ ...ADULT, type: "donation" }, CHILD], [["gift", "Adult"]]],
  ["another order alone", [CHILD, ADULT], []],
  ["a door note alone", [{ ...ADULT, note: "up to 12" }, CHILD], []],
];
for (const [name, now, expected] of changes)
  test(`the till learns of ${name}`, () => {
    const known = tickets(ADULT, CHILD);
    const before = new Map(known.map((ticket) => [ticket.id, ticket]));
    assert.deepEqual(whats(takeOver(known, now)), expected);
    assert.deepEqual(
      known.map(({ id, name: shown, note }) => [id, shown, note]),
      now.map(({ id, name: shown, note }) => [id, shown, note]),
    );
    for (const ticket of known) assert.ok([undefined, ticket].includes(before.get(ticket.id)));
    assert.deepEqual(takeOver(known, now), [], "told once");
  });

test("what others have left is not forgotten", () => {
  const known = tickets({ ...ADULT, left: 4 });
  takeOver(known, [ADULT]);
  assert.equal(known[0].left, 4);
});

function tillOf(...those) {
  const sale = saleBy();
  sale.data.tickets = tickets(...those);
  return sale;
}

function learn(sale, ...now) {
  takeOver(sale.data.tickets, now);
  return sale.follow();
}

for (const phase of ["basket", "cash", "split", "refused"])
  test(`lines follow their tickets' prices in ${phase}, and are another sale`, () => {
    const sale = tillOf(ADULT, CHILD);
    const [adult, child] = sale.data.tickets;
    for (const ticket of [adult, adult, child]) sale.add(ticket);
    sale.go(phase);
    const { key } = sale;
    assert.ok(learn(sale, { ...ADULT, price: "25.00" }, CHILD));
    assert.equal(sale.basket.total, 5800);
    assert.notEqual(sale.key, key);
    assert.equal(learn(sale, { ...ADULT, price: "25.00" }, CHILD), false);
  });

test("a gift, a comp and another price stay as they were", () => {
  const sale = tillOf(ADULT, GIFT);
  const [adult, gift] = sale.data.tickets;
  sale.add(gift, 700);
  sale.basket.reprice([sale.basket.add(adult)], 100, "press", null);
  assert.equal(learn(sale, { ...ADULT, price: "25.00" }, { ...GIFT, minPrice: "9.00" }), false);
  assert.equal(sale.basket.total, 800);
});

test("what was a gift costs what its ticket costs once that has a price", () => {
  const sale = tillOf(GIFT);
  sale.add(sale.data.tickets[0], 700);
  learn(sale, { ...GIFT, type: "paid", price: "3.00" });
  assert.equal(sale.basket.total, 300);
});

test("an order that holds the tickets keeps its prices until it lets go of them", async () => {
  new Network(order("20.00", "ABC23", "pending"), order("20.00", "ABC23", "cancelled"));
  const sale = tillOf(ADULT);
  sale.add(sale.data.tickets[0]);
  await sale.takeCard();
  assert.equal(learn(sale, { ...ADULT, price: "25.00" }), false);
  assert.equal(sale.due, 2000);
  await sale.giveUp();
  assert.equal(sale.basket.total, 2500);
});

test("what is sent is the sum that was shown, and a refused basket stays", async () => {
  const network = new Network(refusal({ code: "amount-differs", meta: { amount: "25.00" } }), order("25.00"));
  const sale = tillOf(ADULT);
  sale.add(sale.data.tickets[0]);
  await sale.takeCash();
  assert.equal(network.last.data.attributes.amount, "20.00");
  assert.equal(sale.phase, "refused");
  learn(sale, { ...ADULT, price: "25.00" });
  sale.changeBasket();
  await sale.takeCash();
  assert.equal(network.last.data.attributes.amount, "25.00");
  assert.equal(sale.last.paid, 2500);
});

test("of a basket with a ticket that is no more the rest can be sold", async () => {
  const pointer = "/data/attributes/on-site-tickets/0/id";
  const network = new Network(refusal({ code: "unknown-ticket", source: { pointer } }), order("8.00"));
  const sale = tillOf(ADULT, CHILD);
  for (const ticket of sale.data.tickets) sale.add(ticket);
  learn(sale, CHILD);
  assert.equal(sale.basket.count, 2);
  await sale.takeCash();
  assert.equal(sale.left.summary, "1 Child");
  await sale.sellWhatIsLeft();
  assert.equal(network.last.data.attributes.amount, "8.00");
});

test("cash is rounded as the event has it now", () => {
  const sale = tillOf(told(1, "Programme", "26.98"));
  sale.add(sale.data.tickets[0]);
  assert.equal(sale.cashDue, 2698);
  sale.data.event.cashRounding = "0.05";
  assert.equal(sale.cashDue, 2700);
});

test("paid is what was asked, in cash and by card together", async () => {
  const network = new Network(order("26.98"));
  const sale = tillOf(told(1, "Programme", "26.98"));
  sale.data.event.cashRounding = "0.05";
  sale.add(sale.data.tickets[0]);
  await sale.takeCash(3000);
  assert.equal(network.last.data.attributes.amount, "26.98");
  assert.deepEqual([sale.last.total, sale.last.paid, sale.last.change], [2698, 2700, 300]);
});
