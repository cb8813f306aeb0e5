import assert from "node:assert/strict";
import { test } from "node:test";
import { GuestList } from "../static/onsite/door/guest-list.js";

const SECOND = 1000;
let now = 0;
performance.now = () => now;

/** A door whose server answers as `answers` say, one after the other: `took` seconds each. */
async function door(...answers) {
  const facts = new Map();
  const store = {
    time: { now: () => 1_000_000 + now },
    fact: async (name) => facts.get(name),
    setFact: async (name, value) => facts.set(name, value),
    count: async () => 0,
    replaceList: async (_text, at) => facts.set("listed", at),
  };
  return GuestList.open(store, async () => {
    const { took, status = 200 } = answers.shift();
    now += took * SECOND;
    return { status, text: "", etag: '"1"' };
  });
}

/** How many seconds after it was asked for the list is due again; in the first second after `ask` something may
 * `happen`.
 */
async function dueAfter(list, happen = () => {}) {
  const asked = now;
  await list.fetch();
  happen();
  while (!list.isDue) now += SECOND;
  return (now - asked) / SECOND;
}

test("a list that comes at once is asked for each minute", async () => {
  const list = await door({ took: 0 }, { took: 0 });
  assert.ok(list.isDue);
  assert.equal(await dueAfter(list), 60);
  assert.equal(await dueAfter(list), 60);
});

test("a list that takes five seconds is asked for after two hundred", async () => {
  const list = await door({ took: 5 });
  assert.equal(await dueAfter(list), 200);
});

test("a list that has become quick again is asked for each minute again", async () => {
  const list = await door({ took: 5 }, { took: 0, status: 304 });
  assert.equal(await dueAfter(list), 200);
  assert.equal(await dueAfter(list), 60);
});

test("after a group or an undo the list comes sooner, but not at once", async () => {
  const list = await door({ took: 0 });
  assert.equal(await dueAfter(list, () => list.soon()), 15);
});

test("after a group or an undo a list that takes long comes no sooner than it may", async () => {
  const list = await door({ took: 1 }, { took: 5 });
  assert.equal(await dueAfter(list, () => list.soon()), 40);
  assert.equal(await dueAfter(list, () => list.soon()), 200);
});

test("a list that a busy server refuses is asked for a minute later", async () => {
  const list = await door({ took: 5 }, { took: 0, status: 503 });
  assert.equal(await dueAfter(list), 200);
  assert.equal(await dueAfter(list), 60);
  assert.ok(list.isOverdue);
});
