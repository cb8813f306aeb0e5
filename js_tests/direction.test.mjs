import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { isolated, stepOf } from "../static/onsite/common/dom.js";

const page = (dir) => {
  globalThis.document = { dir };
};

afterEach(() => {
  globalThis.document = undefined;
});

test("a value stands by itself in a text of another direction", () => {
  page("ltr");
  assert.equal(isolated("Adult"), "Adult");
  assert.equal(isolated(2), "2");
  assert.equal(isolated("\u0637\u0641\u0644"), "\u2068\u0637\u0641\u0644\u2069");
  page("rtl");
  assert.equal(isolated("Adult (student)"), "\u2068Adult (student)\u2069");
  assert.equal(isolated(2), "\u20682\u2069");
});

test("an arrow key goes on the way that is read", () => {
  page("ltr");
  assert.deepEqual(["ArrowRight", "ArrowLeft", "Enter"].map(stepOf), [1, -1, undefined]);
  page("rtl");
  assert.deepEqual(["ArrowRight", "ArrowLeft", "Enter"].map(stepOf), [-1, 1, undefined]);
});
