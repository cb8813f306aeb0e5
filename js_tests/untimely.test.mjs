import assert from "node:assert/strict";
import { test } from "node:test";
import { Network, order, settled } from "./network.mjs";
import { adult, said, saleBy } from "./sales.mjs";

const HOUR = 3_600_000;
const inHours = (hours) => new Date(Date.now() + hours * HOUR).toISOString();
const at = (from, until) => ({ from, until, early: "admitted from then", late: "admitted until then" });

const early = { ...adult, id: 11, name: "Early", admits: at(inHours(1), inHours(9)) };
const late = { ...adult, id: 12, name: "Late", admits: at(inHours(-9), inHours(-1)) };
const timely = { ...adult, id: 13, name: "Timely", admits: at(inHours(-1), inHours(1)) };
const unasked = { ...adult, id: 14, name: "Unasked", admits: null };

const WAYS = {
  cash: (sale) => sale.takeCash(),
  "a part in cash": (sale) => sale.takeCashPart(500),
  card: (sale) => sale.takeCard(),
  "nothing, for nothing": (sale) => {
    sale.basket.reprice(sale.basket.lines, 0, "a guest", null);
    return sale.handOut();
  },
};

for (const [name, take] of Object.entries(WAYS))
  for (const ticket of [early, late])
    test(`the till asks before it sells a ticket that is too ${ticket.name.toLowerCase()} for ${name}`, async () => {
      const network = new Network(order("20.00"));
      const sale = saleBy();
      sale.addEventListener("untimely", () => said.push(["untimely"]));
      sale.add(ticket);
      await take(sale);
      assert.equal(sale.phase, "untimely");
      assert.deepEqual(
        sale.about.tickets.map(({ ticket: one, text }) => [one.name, text.split(" ")[1]]),
        [[ticket.name, ticket === early ? "from" : "until"]],
      );
      assert.equal(network.sent.length, 0);
      sale.sellAnyway();
      await settled();
      assert.notEqual(sale.phase, "untimely");
      assert.ok(sale.phase !== "basket" || sale.parts.length === 1);
    });

for (const ticket of [timely, unasked, adult])
  test(`a ticket is sold at once: ${ticket.name}`, async () => {
    new Network(order("20.00"));
    const sale = saleBy();
    sale.add(ticket);
    await sale.takeCash();
    assert.equal(sale.phase, "done");
  });

test("each ticket is asked about once a sale", async () => {
  new Network(order("20.00"));
  const sale = saleBy();
  sale.add(early);
  sale.add(early);
  sale.takeCashPart(500);
  assert.equal(sale.about.tickets.length, 1);
  sale.sellAnyway();
  assert.equal(sale.phase, "basket");
  await sale.takeCash();
  assert.equal(sale.phase, "done");
  sale.add(early);
  await sale.takeCash();
  assert.equal(sale.phase, "untimely");
});

test("the basket can be changed instead", () => {
  const sale = saleBy();
  sale.add(late);
  sale.takeCash();
  sale.changeBasket();
  assert.deepEqual([sale.phase, sale.basket.count], ["basket", 1]);
  sale.takeCash();
  sale.back();
  assert.equal(sale.phase, "basket");
});
