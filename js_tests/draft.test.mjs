import assert from "node:assert/strict";
import { test } from "node:test";
import { Draft } from "../static/onsite/till/draft.js";
import { useCurrency } from "../static/onsite/till/money.js";

useCurrency("EUR", 2);

const adult = { id: 1, name: "Adult", type: "paid", price: 2000 };
const gift = { id: 2, name: "Gift", type: "donation", price: null, minPrice: 500, maxPrice: 5000 };

const draft = (event = {}) => new Draft({ event: { cashRounding: null, admitNow: false, ...event } });

function typedInto(sale, keys) {
  for (const key of keys) sale.press(key);
  return sale.typed;
}

test("a new draft is empty, and owes nothing", () => {
  const sale = draft();
  assert.equal(sale.phase, "basket");
  assert.ok(sale.basket.isEmpty);
  assert.equal(sale.due, 0);
  assert.ok(!sale.isFrozen);
});

test("whatever changes what is sold makes it another sale", () => {
  const sale = draft();
  const keys = new Set([sale.key]);
  const changes = [
    () => sale.add(adult),
    () => sale.setQuantity(sale.basket.last, 3),
    () => sale.setGuest({ firstname: "Ada", lastname: "", email: "" }),
    () => sale.toggleAdmit(),
    () => sale.clear(),
    () => sale.restore(),
  ];
  for (const change of changes) {
    change();
    keys.add(sale.key);
  }
  assert.equal(keys.size, changes.length + 1);
});

test("every change is heard", () => {
  const sale = draft();
  let heard = 0;
  sale.addEventListener("change", () => (heard += 1));
  sale.add(adult);
  sale.askQuantity();
  sale.press("4");
  assert.equal(heard, 3);
});

test("money that was taken freezes the basket", () => {
  const sale = draft();
  sale.add(adult);
  sale.parts.push({ tender: "cash", amount: 500, tendered: 500 });
  sale.add(adult);
  sale.setQuantity(sale.basket.last, 9);
  sale.openPrice(sale.basket.last);
  sale.clear();
  assert.equal(sale.basket.count, 1);
  assert.equal(sale.due, 1500);
  assert.equal(sale.phase, "basket");
});

test("an order that holds the tickets freezes the basket", () => {
  const sale = draft();
  sale.add(adult);
  sale.held = { id: 1, identifier: "ABC" };
  sale.add(adult);
  assert.equal(sale.basket.count, 1);
});

test("cash is due to the event's step", () => {
  const sale = draft({ cashRounding: "0.05" });
  sale.add(adult, 1002);
  assert.equal(sale.due, 1002);
  assert.equal(sale.cashDue, 1000);
});

test("the pad takes amounts, numbers and PINs as each is asked for", () => {
  const sale = draft();
  sale.add(adult);
  sale.go("cash");
  assert.equal(typedInto(sale, "5.0x0"), "5.00");
  sale.press("Backspace");
  assert.equal(sale.typed, "5.0");
  sale.askQuantity();
  assert.equal(typedInto(sale, "1.234"), "1234");
  sale.go("pin");
  assert.equal(typedInto(sale, "12a34567"), "123456");
});

test("more than a sale can hold is not cut to less: the pad says so, and a full basket too", () => {
  const sale = draft();
  const said = [];
  for (const name of ["full", "out", "short"])
    sale.addEventListener(name, ({ detail }) => said.push([name, detail]));
  const line = sale.basket.add(adult);
  for (const typed of ["501", "999", "1000", "50000"]) {
    sale.askQuantity();
    typedInto(sale, typed);
    assert.equal(sale.misread, "too-many", typed);
  }
  sale.askQuantity();
  typedInto(sale, "500");
  assert.equal(sale.misread, undefined);
  sale.setQuantity(line, 500);
  sale.setQuantity(line, 501);
  sale.add({ id: 3, name: "Child", type: "paid", price: 800 });
  assert.equal(sale.basket.count, 500);
  assert.deepEqual(said, [
    ["full", 500],
    ["full", 500],
  ]);
});

test("what is sold out is not added, and says so; of what is nearly so one more than there is says it", () => {
  const sale = draft();
  const said = [];
  for (const name of ["out", "short"])
    sale.addEventListener(name, ({ detail }) => said.push([name, detail.name]));
  const past = new Date(0).toISOString();
  const future = new Date(Date.now() + 3_600_000).toISOString();
  sale.add({ ...adult, name: "None", left: 0 });
  sale.add({ ...adult, name: "Over", left: 9, until: past });
  sale.add({ ...adult, name: "Early", left: 9, from: future });
  assert.ok(sale.basket.isEmpty);
  const last = { ...adult, name: "Last", left: 1 };
  sale.add(last);
  sale.add(last);
  assert.equal(sale.basket.count, 2);
  sale.add({ id: 7, name: "Endless", type: "paid", price: 1, left: null });
  assert.deepEqual(said, [
    ["out", "None"],
    ["out", "Over"],
    ["out", "Early"],
    ["short", "Last"],
  ]);
});

test("each line has a guest of its own", () => {
  const sale = draft();
  sale.add(adult);
  sale.add({ id: 3, name: "Child", type: "paid", price: 800 });
  const [first, second] = sale.basket.lines;
  sale.setGuest({ firstname: "Ada" }, first);
  sale.setGuest({ firstname: "Bob" });
  assert.deepEqual([first.guest.firstname, second.guest.firstname], ["Ada", "Bob"]);
});

test("all that is typed of a sum is kept, and the pad says why it is not taken", () => {
  const sale = draft();
  sale.add(adult);
  for (const [typed, problem] of [
    ["1,234", "ambiguous"],
    ["1.2.3", "unreadable"],
    ["12,345,", "unreadable"],
    ["1234,567", "decimals"],
    ["1,234.50", undefined],
  ]) {
    sale.go("cash");
    assert.equal(sale.misread, undefined);
    assert.equal(typedInto(sale, typed), typed);
    assert.equal(sale.misread, problem);
  }
  assert.equal(sale.typedAmount, 123_450);
});

test("cash that no coins make is told; a card takes it", () => {
  const sale = draft({ cashRounding: "0.05" });
  sale.add(adult);
  sale.go("cash");
  typedInto(sale, "20.03");
  assert.equal(sale.misread, "no-coins");
  sale.go("split");
  typedInto(sale, "20.03");
  assert.equal(sale.misread, undefined);
});

test("a donation that cannot be read gives nothing, and is asked for again", () => {
  const sale = draft();
  sale.add(gift);
  typedInto(sale, "1,234");
  sale.donate();
  assert.equal(sale.phase, "donation");
  assert.ok(sale.basket.isEmpty);
});

test("a donation is asked for how much, within the bounds of its ticket", () => {
  const sale = draft();
  sale.add(gift);
  assert.equal(sale.phase, "donation");
  typedInto(sale, "4");
  sale.donate();
  assert.ok(sale.about.wrong);
  typedInto(sale, "51");
  sale.donate();
  assert.ok(sale.about.wrong);
  typedInto(sale, "7.50");
  sale.donate();
  assert.equal(sale.phase, "basket");
  assert.equal(sale.basket.total, 750);
});

test("a donation of which nothing is said is the least there may be", () => {
  const sale = draft();
  sale.add(gift);
  sale.donate();
  assert.equal(sale.basket.total, 500);
});

test("a basket that was cleared can be restored for five seconds", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const sale = draft();
  sale.add(adult);
  sale.clear();
  assert.ok(sale.canRestore);
  t.mock.timers.tick(4999);
  sale.restore();
  assert.equal(sale.basket.total, 2000);
  sale.clear();
  t.mock.timers.tick(5000);
  assert.ok(!sale.canRestore);
  sale.restore();
  assert.ok(sale.basket.isEmpty);
});

test("nothing restored takes the place of what was chosen since", () => {
  const sale = draft();
  sale.add(adult);
  sale.clear();
  sale.add(gift, 700);
  assert.ok(!sale.canRestore);
});

test("guests are let in as the event has it, until somebody says otherwise", () => {
  const sale = draft({ admitNow: true });
  sale.toggleAdmit();
  assert.ok(sale.admits, "an empty basket has nobody to let in");
  sale.add(adult);
  sale.toggleAdmit();
  assert.ok(!sale.admits);
  sale.go("sending");
  sale.toggleAdmit();
  assert.ok(!sale.admits);
});

test("the next ticket after a sale begins another one", () => {
  const sale = draft();
  sale.add(adult);
  sale.go("done");
  sale.add(adult);
  assert.equal(sale.phase, "basket");
  assert.equal(sale.basket.count, 1);
});

test("next begins another sale, and only after one", () => {
  const sale = draft();
  sale.add(adult);
  sale.next();
  assert.equal(sale.basket.count, 1);
  sale.go("done");
  sale.next();
  assert.ok(sale.basket.isEmpty);
});

test("what is paid for an order that let go of its tickets is sold anew, if it is all of it", () => {
  const sale = draft();
  sale.add(adult);
  sale.parts.push({ tender: "card", amount: 2000 });
  sale.go("refused");
  sale.problems = [{ code: "order-expired" }];
  assert.ok(sale.canSellAnew);
  sale.problems = [{ code: "order-expired" }, { code: "full" }];
  assert.ok(!sale.canSellAnew);
  sale.problems = [{ code: "order-cancelled" }];
  sale.parts[0].amount = 1000;
  assert.ok(!sale.canSellAnew);
});
