import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../static/onsite/door/judge.js";

const NOW = Date.parse("2026-05-01T20:00:00Z");
const outside = { ticket: 1, refusal: "", inside: false, came: false };
const inside = { ...outside, inside: true, came: true };
const left = { ...outside, came: true };
const rule = { direction: "in", ticket: {}, tickets: [], reentry: "with-check-out", now: NOW };

const cases = [
  ["a guest who was never here", outside, {}, "ok"],
  ["a guest who is inside", inside, {}, "already-checked-in"],
  ["a guest who is inside, where all may come again", inside, { reentry: "always" }, "ok"],
  ["a guest who went out", left, {}, "ok"],
  ["a guest who went out, where nobody comes again", left, { reentry: "none" }, "already-checked-in"],
  ["a cancelled order", { ...outside, refusal: "cancelled" }, {}, "cancelled"],
  ["an expired order", { ...outside, refusal: "expired" }, {}, "expired"],
  ["an unpaid order", { ...outside, refusal: "unpaid" }, {}, "unpaid"],
  ["a standing that this page does not know", { ...outside, refusal: "new" }, {}, "unpaid"],
  ["a second before its time", outside, { ticket: { from: "2026-05-01T20:00:01Z" } }, "not-yet-valid"],
  ["at its first moment", outside, { ticket: { from: "2026-05-01T20:00:00Z" } }, "ok"],
  ["at its last moment", outside, { ticket: { until: "2026-05-01T20:00:00Z" } }, "ok"],
  ["a second after its time", outside, { ticket: { until: "2026-05-01T19:59:59Z" } }, "expired"],
  ["a gate for its ticket", outside, { tickets: [1, 2] }, "ok"],
  ["a gate for others", outside, { tickets: [2] }, "wrong-station"],
  ["out, from inside", inside, { direction: "out" }, "ok"],
  ["out, cancelled meanwhile", { ...inside, refusal: "cancelled" }, { direction: "out" }, "ok"],
  ["out, who is not inside", left, { direction: "out" }, "not-inside"],
];

for (const [name, guest, other, answer] of cases) {
  test(`the offline door answers ${answer}: ${name}`, () => {
    assert.equal(judge(guest, { ...rule, ...other }), answer);
  });
}
