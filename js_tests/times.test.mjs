import assert from "node:assert/strict";
import { test } from "node:test";
import { isZone, offsetOf, wallClock } from "../static/onsite/common/times.js";

test("the clock is the one of the time zone, of 24 hours, by language", () => {
  for (const [zone, language, shown] of [
    ["Europe/Berlin", "en", "20:14"],
    ["Pacific/Auckland", "en", "08:14"],
    ["America/St_Johns", "en", "15:44"],
    ["Europe/Berlin", "fi", "20.14"],
    ["UTC", "en", "19:14"],
  ])
    assert.equal(wallClock(zone, language)("2026-11-28T19:14:00Z"), shown, zone);
  assert.equal(wallClock("Europe/Berlin", "en")(Date.UTC(2026, 10, 27, 23)), "00:00");
});

test("a time zone that the browser does not know shows its own clock", () => {
  assert.equal(isZone("Moon/Crater"), false);
  assert.equal(isZone(""), false);
  assert.equal(isZone("Asia/Kathmandu"), true);
  assert.match(wallClock("Moon/Crater", "en")("2026-11-28T19:14:00Z"), /^\d\d:\d\d$/);
});

test("an offset is the one of that instant", () => {
  for (const [zone, instant, hours] of [
    ["Europe/Berlin", Date.UTC(2026, 6, 1, 12), 2],
    ["Europe/Berlin", Date.UTC(2026, 11, 1, 23, 30), 1],
    ["America/St_Johns", Date.UTC(2026, 11, 1) + 999, -3.5],
    ["UTC", Date.now(), 0],
  ])
    assert.equal(offsetOf(zone, instant), hours * 3600, zone);
});
