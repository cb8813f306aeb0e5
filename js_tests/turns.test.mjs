import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { STANDS, Turns } from "../static/onsite/door/turns.js";

let now, turns, painted;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [now, painted] = [0, []];
  turns = new Turns({ now: () => now });
  turns.atOnce("ready", () => {});
  wait(5000);
});

function wait(milliseconds) {
  for (let n = 0; n < milliseconds; n += 1) {
    now += 1;
    mock.timers.tick(1);
  }
}

const paints = (colour) => () => painted.push([colour, now - 5000]);
const show = (colour, stands) => turns.show({ colour, stands, paint: paints(colour) });
const ask = () => turns.wait((isNeutral) => painted.push([isNeutral ? "..." : "same", now - 5000]));

function assertCalm() {
  const changes = painted.filter(([colour], n) => n === 0 || colour !== painted[n - 1][0]);
  for (const [index, [, at]] of changes.entries())
    assert.ok(index < 3 || at - changes[index - 3][1] >= 1000, JSON.stringify(painted));
}

test("one answer is painted at once", () => {
  show("ok");
  assert.deepEqual(painted, [["ok", 0]]);
});

test("answers that follow fast are painted in order, and each stands", () => {
  for (const colour of ["ok", "no", "ok", "look", "ok"]) {
    show(colour);
    wait(150);
  }
  wait(3000);
  assert.deepEqual(
    painted.map(([colour]) => colour),
    ["ok", "no", "ok", "look", "ok"],
  );
  for (const [index, [, at]] of painted.entries())
    assert.ok(index === 0 || at - painted[index - 1][1] >= STANDS);
  assertCalm();
});

test("a panel that stands longer is waited for", () => {
  show("no", 700);
  show("ok");
  wait(2000);
  assert.deepEqual(painted, [
    ["no", 0],
    ["ok", 700],
  ]);
});

test("guests who come one after the other see a neutral panel between, and the answer at once", () => {
  for (let n = 0; n < 5; n += 1) {
    ask();
    wait(70);
    show(n % 2 ? "ok" : "no");
    wait(930);
  }
  assert.equal(painted.filter(([colour]) => colour === "...").length, 5);
  assert.deepEqual(
    painted.filter(([colour]) => colour !== "...").map(([, at]) => at),
    [70, 1070, 2070, 3070, 4070],
  );
  assertCalm();
});

test("who comes too fast for a neutral panel sees no guest before, in the colour that stands", () => {
  show("ok");
  wait(400);
  show("no");
  wait(400);
  ask();
  assert.deepEqual(painted.at(-1), ["same", 800]);
  wait(1000);
  assert.deepEqual(painted.at(-1), ["...", 1000]);
  show("ok");
  assert.deepEqual(painted.at(-1), ["ok", 1800]);
});

for (const gap of [20, 100, 200, 260, 340, 500, 700])
  test(`no more than three changes a second, a scan each ${gap} ms`, () => {
    for (let n = 0; n < 12; n += 1) {
      ask();
      wait(gap / 2);
      show(["ok", "no", "look", "out"][n % 4]);
      wait(gap / 2);
    }
    wait(8000);
    assert.equal(painted.filter(([colour]) => !["...", "same"].includes(colour)).length, 12);
    painted = painted.filter(([colour]) => colour !== "same");
    assertCalm();
  });

test("what is asked for is painted at once, and the queue goes on", () => {
  show("no", 700);
  show("ok");
  wait(100);
  turns.atOnce("ready", paints("ready"));
  wait(1000);
  assert.deepEqual(
    painted.map(([colour]) => colour),
    ["no", "ready", "ok"],
  );
});

test("what was cleared is not painted", () => {
  show("no", 700);
  show("ok");
  turns.clear();
  wait(3000);
  assert.deepEqual(painted, [["no", 0]]);
});
