import assert from "node:assert/strict";
import { test } from "node:test";
import { ticks } from "../static/onsite/common/ticks.js";

test("ticks go on where the browser's clock goes back, and count what passes after that", () => {
  const shown = [10, 500, 20, 70, 5, 6];
  performance.now = () => shown.shift();
  assert.deepEqual(Array.from({ length: 6 }, ticks), [10, 500, 500, 550, 550, 551]);
});
