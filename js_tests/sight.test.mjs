import assert from "node:assert/strict";
import { test } from "node:test";
import { Sight } from "../static/onsite/door/sight.js";

const LOOK = 120; // from one look to the next

/** What is said of looks at these codes, such as "A A AB -": "a" whose scan it is, "*" for several in sight. */
function said(looks) {
  const sight = new Sight();
  return looks
    .split(" ")
    .map((codes, index) => {
      const { code, crowd } = sight.look(codes === "-" ? [] : [...codes], index * LOOK);
      return crowd ? "*" : (code ?? ".").toLowerCase();
    })
    .join(" ");
}

const times = (look, n) => Array(n).fill(look).join(" ");

for (const [name, looks, expected] of [
  ["one is seen once, after a moment", "A A A A", ". a . ."],
  ["one who was seen for just one look is nobody", "A - - - -", ". . . . ."],
  ["two are nobody", "AB AB AB", "* * *"],
  ["the one who stays of two is seen after a moment", "AB A A A A A A", "* . . . . a ."],
  ["two that are read by turns are nobody", "A B A B A B", ". . . . . ."],
  ["two of which one is read more often are nobody", "A A B A A B B A", ". a . . . . . ."],
  ["who was seen is not seen again beside the next one", "A A AB B B B B B B", ". a * . . . . b ."],
  ["the next one is seen once the first one is gone", "A A - - - - B B", ". a . . . . . b"],
  [
    "one of two who comes again at once is silent",
    `A A - - - - B B - - - - A A`,
    ". a . . . . . b . . . . . .",
  ],
  ["one who stays for long is seen once", times("A", 40), `. a ${times(".", 38)}`],
  ["one who comes again later is seen again", `A A ${times("-", 26)} A A`, `. a ${times(".", 26)} . a`],
  ["one that is read twice in one look is one", "AA AA", ". a"],
])
  test(name, () => {
    assert.equal(said(looks), expected);
  });
