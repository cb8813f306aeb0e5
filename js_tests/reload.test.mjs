import assert from "node:assert/strict";
import { test } from "node:test";
import { goOn, keepForReload } from "../static/onsite/till/reload.js";
import "./network.mjs";
import { adult, ada, saleBy } from "./sales.mjs";

class Storage {
  items = new Map();
  getItem = (name) => this.items.get(name) ?? null;
  setItem = (name, text) => this.items.set(name, text);
  removeItem = (name) => this.items.delete(name);
  get text() {
    return [...this.items.values()].join();
  }
}

/** A till in a tab: what it went on with lies in `storage`. */
async function tab(storage, { answer = "take", options } = {}) {
  const asked = [];
  const aside = [];
  const sale = saleBy(options);
  sale.data.tickets = [adult];
  sale.data.cashier = { role: "cashier", ...sale.data.cashier, ...options?.who };
  const left = [];
  const leave = (owner) => (left.push({ owner, summary: sale.summary }), sale.begin());
  const ask = (...names) => (asked.push(names), Promise.resolve(answer));
  await goOn(sale, sale.data, { park: (sent) => aside.push(sent), askTakeOver: ask, leave }, storage);
  keepForReload(sale, sale.data, storage);
  sale.changed();
  return { sale, asked, aside, left };
}

test("a basket is what it was after a reload, and the same sale", async () => {
  const storage = new Storage();
  const { sale } = await tab(storage);
  sale.add(adult);
  sale.add(adult);
  sale.setGuest({ firstname: "Gus" });
  sale.toggleAdmit();
  const { sale: again, asked } = await tab(storage);
  assert.equal(again.summary, "2 Adult");
  assert.equal(again.basket.last.guest.firstname, "Gus");
  assert.equal(again.admits, true);
  assert.equal(again.key, sale.key);
  assert.deepEqual(asked, []);
});

test("what was taken and held stays taken and held, at the terminal too", async () => {
  const storage = new Storage();
  const { sale } = await tab(storage);
  sale.add(adult);
  sale.parts.push({ tender: "cash", amount: 500, tendered: 500 });
  sale.held = { id: "9", identifier: "ABCD2" };
  sale.go("card", { amount: 1500 });
  const { sale: again } = await tab(storage);
  assert.deepEqual([again.phase, again.about.amount, again.due], ["card", 1500, 1500]);
  assert.deepEqual(again.held, sale.held);
});

test("no PIN is written down, and what it approved asks for it again", async () => {
  const storage = new Storage();
  const { sale } = await tab(storage);
  const line = sale.basket.add(adult);
  sale.basket.reprice([line], 0, "Press", { user: ada.id, pin: "482913" });
  sale.go("pin", { lines: [line], approver: ada });
  sale.setTyped("48291");
  assert.ok(storage.text.includes("Press"));
  assert.ok(!/48291|approv/.test(storage.text), storage.text);
  const { sale: again } = await tab(storage);
  assert.deepEqual([again.basket.last.price, again.basket.last.approval], [0, null]);
});

test("another cashier is asked, and gets it only then", async () => {
  const storage = new Storage();
  const { sale } = await tab(storage);
  sale.add(adult);
  const who = { id: 77, name: "Bob" };
  const { sale: refused, asked } = await tab(storage, { answer: "empty", options: { who } });
  assert.deepEqual(asked, [["Ana", "Bob"]]);
  assert.ok(refused.basket.isEmpty && !refused.canRestore);
  assert.equal(storage.text, "");
  const { sale: mine } = await tab(storage);
  mine.add(adult);
  const { sale: taken } = await tab(storage, { options: { who } });
  assert.equal(taken.summary, "1 Adult");
});

test("a sale that was on its way is asked about, and not sold again", async (t) => {
  const storage = new Storage();
  t.mock.method(globalThis, "fetch", () => new Promise(() => {}));
  const { sale } = await tab(storage);
  sale.add(adult);
  sale.takeCash();
  const { sale: again, aside } = await tab(storage);
  assert.ok(again.basket.isEmpty);
  assert.deepEqual([aside.length, aside[0].kind, aside[0].key], [1, "sale", sale.key]);
  assert.equal(storage.text, "");
});

test("a ticket that is no more is still named", async () => {
  const storage = new Storage();
  const { sale } = await tab(storage);
  sale.add({ id: 99, name: "Early bird", type: "paid", price: 900, left: 4 });
  const { sale: again } = await tab(storage);
  assert.equal(again.summary, "1 Early bird");
  assert.ok(again.basket.last.ticket.gone);
});

test("what waits for its cashier is not whoever's comes next", async () => {
  const storage = new Storage();
  const { sale } = await tab(storage);
  sale.add(adult);
  const { sale: next, left } = await tab(storage, {
    answer: "leave",
    options: { who: { id: 77, name: "Bob" } },
  });
  assert.deepEqual([left[0].owner.name, left[0].summary, next.basket.isEmpty], ["Ana", "1 Adult", true]);
});

test("what waits while another sale is shown outlives a reload too", async () => {
  const storage = new Storage();
  const { sale } = await tab(storage);
  sale.add(adult);
  sale.show({ undoLeft: 0 });
  const { sale: again } = await tab(storage);
  assert.equal(again.summary, "1 Adult");
});
