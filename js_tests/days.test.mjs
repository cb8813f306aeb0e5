import assert from "node:assert/strict";
import { test } from "node:test";
import { businessDay, dayName, missed } from "../static/onsite/door/days.js";

const BERLIN = { timezone: "Europe/Berlin", dayEndsAt: "04:00" };
const TOKYO = { timezone: "Asia/Tokyo", dayEndsAt: "00:00" };
const at = (time) => Date.parse(time);

for (const [time, event, day] of [
  ["2026-07-12T18:00:00Z", BERLIN, "2026-07-12"],
  ["2026-07-13T01:59:00Z", BERLIN, "2026-07-12"],
  ["2026-07-13T02:00:00Z", BERLIN, "2026-07-13"],
  ["2026-07-12T14:59:00Z", TOKYO, "2026-07-12"],
  ["2026-07-12T15:00:00Z", TOKYO, "2026-07-13"],
])
  test(`${time} is of ${day} in ${event.timezone}`, () => {
    assert.equal(businessDay(at(time), event), day);
  });

const SUNDAY = { from: "2026-07-12T00:00:00+02:00", until: "2026-07-13T00:00:00+02:00" };

for (const [name, ticket, now, expected] of [
  ["a ticket of the day after", SUNDAY, "2026-07-10T20:00:00Z", { day: "2026-07-12" }],
  ["a ticket of the day before", SUNDAY, "2026-07-13T20:00:00Z", { day: "2026-07-12" }],
  ["a ticket that admits", SUNDAY, "2026-07-12T20:00:00Z", null],
  ["a ticket without times", { from: null, until: null }, "2026-07-12T20:00:00Z", null],
  [
    "a ticket of a later hour",
    { from: "2026-07-12T20:00:00Z", until: null },
    "2026-07-12T18:00:00Z",
    { from: at("2026-07-12T20:00:00Z") },
  ],
  [
    "a ticket of an earlier hour",
    { from: null, until: "2026-07-12T18:00:00Z" },
    "2026-07-12T20:00:00Z",
    { until: at("2026-07-12T18:00:00Z") },
  ],
])
  test(`${name} says so`, () => {
    assert.deepEqual(missed(ticket, at(now), BERLIN), expected);
  });

test("a day is named, and one that is far away has its date", () => {
  const now = at("2026-07-10T20:00:00Z");
  assert.equal(dayName("2026-07-12", now, BERLIN, "en"), "Sunday");
  assert.match(dayName("2026-07-19", now, BERLIN, "en"), /Sunday.*July 19/);
});
