import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { read } from "../static/onsite/common/typed.js";
import {
  inCoins,
  misread,
  nextSums,
  parse,
  roundCash,
  show,
  showFull,
  typed,
  useCurrency,
  wire,
} from "../static/onsite/till/money.js";

const CASES = JSON.parse(readFileSync(new URL("money_cases.json", import.meta.url)));

test("what the API writes is read to the hundredth and written again", () => {
  for (const text of ["0.00", "0.05", "28.60", "-3.50", "99999999.99"]) assert.equal(wire(parse(text)), text);
});

for (const { typed: text, decimals, value, problem } of CASES)
  test(`${JSON.stringify(text)} is read with ${decimals} decimals as the table says`, () => {
    const expected = problem ? { problem } : { hundredths: parse(value) };
    assert.deepEqual(read(text, decimals), expected);
    useCurrency("ANY", decimals);
    assert.equal(typed(text), problem ? null : parse(value));
    assert.equal(misread(text), problem);
    useCurrency("EUR", 2);
  });

test("a sum that no price reaches is told so", () => {
  assert.equal(typed("99999999.99"), 9_999_999_999);
  for (const text of ["100000000", "9".repeat(40)]) assert.equal(misread(text), "large");
});

test("coins make the multiples of the step, and any sum where cash is not rounded", () => {
  assert.ok(inCoins(1235, 5) && inCoins(0, 5) && inCoins(1233, 0));
  assert.ok(!inCoins(1233, 5) && !inCoins(1, 5));
});

test("yen have no decimals", () => {
  useCurrency("JPY", 0);
  assert.equal(typed("2000"), 200_000);
  assert.equal(typed("20.5"), null);
  assert.equal(show(200_000), "2000");
  assert.equal(showFull(200_000), "2000 JPY");
  useCurrency("EUR", 2);
});

test("cash is rounded to the step, half a step up", () => {
  assert.equal(roundCash(1002, 5), 1000);
  assert.equal(roundCash(1003, 5), 1005);
  assert.equal(roundCash(2, 5), 0);
  assert.equal(roundCash(1003, 0), 1003);
});

// What is due, the notes in use, and the sums that a guest may hand over: all in whole units.
const EURO = [5, 10, 20, 50, 100, 200, 500];
const SERIES = [
  5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
];
const HANDED_OVER = [
  [48, EURO, [50, 60, 100]],
  [20, EURO, [50, 100, 200]],
  [8, EURO, [10, 20, 50]],
  [5, EURO, [10, 20, 50]],
  [7.5, EURO, [10, 20, 50]],
  [95, EURO, [100, 200, 500]],
  [101, EURO, [105, 110, 120]],
  [0.05, EURO, [5, 10, 20]],
  [12_345, EURO, [12_350, 12_360, 12_400]],
  [1000, EURO, []],
  [500, [200, 500], [600]],
  [2300, [1000, 5000, 10_000], [3000, 5000, 10_000]],
  [120_000, SERIES, [150_000, 200_000, 500_000]],
  [0, EURO, []],
];

for (const [due, notes, sums] of HANDED_OVER)
  test(`for ${due} guests hand over ${sums.join(", ") || "no other sum"}`, () => {
    const hundredths = (amounts) => amounts.map((amount) => Math.round(amount * 100));
    assert.deepEqual(nextSums(Math.round(due * 100), hundredths(notes)), hundredths(sums));
  });
