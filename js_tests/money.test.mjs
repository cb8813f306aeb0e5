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
const NOTES = [500, 1000, 2000, 5000, 10_000];

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

test("quick cash is the next sums above what is due", () => {
  assert.deepEqual(nextSums(4800, NOTES), [5000, 6000, 10_000]);
  assert.deepEqual(nextSums(800, NOTES), [1000, 2000, 5000]);
  for (const sum of nextSums(2000, NOTES)) assert.ok(sum > 2000);
});
