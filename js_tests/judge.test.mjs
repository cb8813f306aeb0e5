import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { codeIn, orderIn } from "../static/onsite/common/code.js";
import { decide, judge, stateOf, waysOf } from "../static/onsite/door/judge.js";
import { findListed } from "../static/onsite/door/listed.js";

// The server's judge is held against the same table (test_one_table_of_cases.py).
const { usual, cases } = JSON.parse(readFileSync(new URL("door_cases.json", import.meta.url)));

const TICKETS = { Adult: 1, Child: 2 };
const HOUR = 3_600_000;
const OF_NOBODY = "BCDFGHJKLNPRSTVXBCDF";
const HASH = "0123456789abcdef0123";

/** What the tablet's list says of the guest: undefined if it is not on it. */
function guestOf({ listed, now, fetched }) {
  const line = listed === null ? "" : `${HASH}00000${listed}\n`;
  const guest = findListed(`guests ${Object.values(TICKETS).join(" ")}\n${line}`, HASH);
  return guest && { ...guest, at: Date.parse(now) - fetched * HOUR };
}

const decided = (one) =>
  decide(guestOf(one), {
    direction: one.way,
    ticket: {
      from: one.told?.[0] ?? one.from,
      until: one.told?.[1] ?? one.until,
      note: one.note,
      admits: one.admits,
    },
    tickets: one.gate?.admits.map((name) => TICKETS[name]),
    reentry: one.reentry,
    days: one.days,
    now: Date.parse(one.now),
    isTicket: codeIn(one.code ?? OF_NOBODY) !== null,
    isReceipt: orderIn(one.code ?? OF_NOBODY) !== null,
  });

for (const one of cases.map((terms) => ({ ...usual, ...terms }))) {
  const { answer, shown, way, note, gate, offline = { answer, shown } } = one;

  if (answer === "wrong-direction")
    test(`the door offers no way that its gate has not: ${one.name}`, () => {
      assert.ok(!waysOf(gate).includes(way));
    });
  else
    test(`the door without network answers ${offline.answer}: ${one.name}`, () => {
      if (gate) assert.ok(waysOf(gate).includes(way));
      const { answer: said, state, admitted } = decided(one);
      assert.deepEqual([said, state, admitted], [offline.answer, offline.shown, offline.shown !== "no"]);
    });

  test(`the server's ${answer} is shown as ${shown}: ${one.name}`, () => {
    assert.equal(stateOf({ admitted: answer === "ok", direction: way, note }), shown);
  });
}

test("a standing that this page does not know admits nobody", () => {
  assert.equal(
    judge({ ticket: 1, refusal: "new" }, { direction: "in", reentry: "always", now: 0 }),
    "unpaid",
  );
});
