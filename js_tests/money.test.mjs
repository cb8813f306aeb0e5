import assert from "node:assert/strict";
import { test } from "node:test";
import {
  nextSums,
  parse,
  roundCash,
  show,
  showFull,
  typed,
  useCurrency,
  wire,
} from "../static/onsite/till/money.js";

const NOTES = [500, 1000, 2000, 5000, 10_000];

test("what the API writes is read to the hundredth and written again", () => {
  for (const text of ["0.00", "0.05", "28.60", "-3.50", "99999999.99"]) assert.equal(wire(parse(text)), text);
});

test("a sum is typed with comma or point, and nothing else", () => {
  useCurrency("EUR", 2);
  assert.equal(typed("28,60"), 2860);
  assert.equal(typed("28.6"), 2860);
  assert.equal(typed("28."), 2800);
  for (const text of ["", ",50", "1,234", "1.2.3", "-1", "1e3", "١"]) assert.equal(typed(text), null, text);
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
