import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerTime } from "../static/onsite/door/server-time.js";

const NOON = Date.UTC(2026, 4, 1, 12);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

/** A tablet whose clocks a test moves; `server` is what is true. */
class Tablet {
  server = NOON;
  wall = NOON;
  ticked = 1000;
  time = this.open();

  open() {
    this.time = new ServerTime({ wall: () => this.wall, clock: () => this.ticked });
    return this.time;
  }

  pass(span) {
    for (const clock of ["server", "wall", "ticked"]) this[clock] += span;
  }

  sleep(span) {
    this.time.hide();
    this.server += span;
    this.wall += span;
  }

  hear() {
    const second = Math.floor(this.server / 1000) * 1000;
    this.time.hear(new Date(second).toUTCString(), this.ticked);
  }

  isRight(found, wanted = this.server) {
    assert.ok(Math.abs(found - wanted) <= 600, `${(found - wanted) / 1000} s off`);
  }
}

const CHANGES = [0, 5_000, -5_000, HOUR, -HOUR, 400 * DAY, -400 * DAY];

test("whatever is done to the tablet's clock, and whenever, a scan keeps its time", () => {
  for (const before of CHANGES)
    for (const between of CHANGES)
      for (const after of CHANGES) {
        const tablet = new Tablet();
        tablet.wall += before;
        tablet.hear();
        tablet.pass(MINUTE);
        tablet.wall += between;
        const [stamp, server] = [tablet.time.stamp(), tablet.server];
        tablet.isRight(tablet.time.now());
        tablet.pass(HOUR);
        tablet.wall += after;
        tablet.hear();
        tablet.isRight(tablet.time.of(stamp), server);
      }
});

test("one of before the server was heard counts back from when it is", () => {
  for (const wrong of CHANGES) {
    const tablet = new Tablet();
    tablet.wall += wrong;
    const [stamp, server] = [tablet.time.stamp(), tablet.server];
    tablet.pass(MINUTE);
    tablet.wall -= wrong;
    tablet.hear();
    tablet.isRight(tablet.time.of(stamp), server);
  }
});

test("one of an earlier page goes by the tablet's clock, corrected by what it is off", () => {
  for (const wrong of CHANGES) {
    const tablet = new Tablet();
    tablet.wall += wrong;
    const [stamp, server] = [JSON.parse(JSON.stringify(tablet.time.stamp())), tablet.server];
    tablet.pass(HOUR);
    tablet.ticked = 0;
    tablet.open();
    tablet.hear();
    tablet.isRight(tablet.time.of(stamp), server);
  }
});

test("a tablet that slept knows how long", () => {
  const tablet = new Tablet();
  tablet.hear();
  tablet.sleep(8 * HOUR);
  tablet.isRight(tablet.time.now());
});

test("until the server is heard the tablet's clock goes, with what it was off last", () => {
  const tablet = new Tablet();
  tablet.wall += HOUR;
  assert.equal(tablet.time.now(), NOON + HOUR);
  tablet.time.ahead = -HOUR;
  assert.equal(tablet.time.now(), NOON);
});

test("an answer without its time, or with none that is one, says nothing", () => {
  const tablet = new Tablet();
  for (const date of [undefined, null, "", "yesterday"]) tablet.time.hear(date, 0);
  tablet.wall += HOUR;
  assert.equal(tablet.time.now(), NOON + HOUR);
});
