import assert from "node:assert/strict";
import { test } from "node:test";
import { findListed, isList } from "../static/onsite/door/listed.js";

const hash = (n) => n.toString(16).padStart(20, "0");

/** The list of these guests, each `[n, rest of its line]`. */
const listOf = (...guests) =>
  ["guests 31 8 500", ...guests.map(([n, rest]) => hash(n) + rest), ""].join("\n");

test("every guest of a list is found, and nobody between them, at any length of it", () => {
  for (let length = 0; length <= 33; length += 1) {
    const list = listOf(...Array.from({ length }, (_, n) => [2 * n + 1, `0000${n % 3}-0`]));
    for (let n = 0; n <= 2 * length; n += 1) {
      const ticket = findListed(list, hash(n))?.ticket;
      assert.equal(ticket, n % 2 ? [31, 8, 500][((n - 1) / 2) % 3] : undefined, `${n} of ${length}`);
    }
  }
});

test("a line says the ticket, how the order stands, and where the guest is", () => {
  const list = listOf([1, "00000-0"], [2, "00001u1"], [3, "00002c2"], [4, "00000e3"]);
  const guests = [1, 2, 3, 4].map((n) => findListed(list, hash(n)));
  assert.deepEqual(guests, [
    { ticket: 31, refusal: "", inside: false, came: false },
    { ticket: 8, refusal: "unpaid", inside: true, came: false },
    { ticket: 500, refusal: "cancelled", inside: false, came: true },
    { ticket: 31, refusal: "expired", inside: true, came: true },
  ]);
});

test("nobody is on a list that there is not", () => {
  assert.equal(findListed("", hash(1)), undefined);
});

test("a list is told from a page, from half a list, and from what else storage may hold", () => {
  assert.ok(isList("guests\n"));
  assert.ok(isList(listOf()));
  const list = listOf([1, "00000-0"], [2, "00001u1"], [3, "00002c3"]);
  assert.ok(isList(list));
  for (const text of ["<!doctype html>", "guestsof", "guests", "", null, undefined, 7, {}, ["guests\n"]])
    assert.ok(!isList(text), text);
  for (let length = list.indexOf("\n") + 2; length < list.length; length += 1)
    if ((length - list.indexOf("\n") - 1) % 28) assert.ok(!isList(list.slice(0, length)), String(length));
  for (const rest of ["00003-0", "0000x-0", "00001z0", "00001-4", "00001-x"])
    assert.ok(!isList(listOf([1, "00000-0"], [2, rest])), rest);
  assert.ok(!isList(list.replace("guests 31", "guests x")));
});
