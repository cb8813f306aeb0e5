import assert from "node:assert/strict";
import test from "node:test";

import { isEnough } from "../static/onsite/door/enough.js";

test("two letters are enough to look for, one outside Latin, Greek and Cyrillic", () => {
  for (const text of ["mü", "김", "李", "あ", "अ", "ع", "A B", "#A", "𠮷"]) assert.ok(isEnough(text), text);
  for (const text of ["", "m", "ø", "Ω", "я", "7", "#", "ß"]) assert.ok(!isEnough(text), text);
});
