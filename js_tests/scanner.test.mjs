import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Scanner, withoutEnd } from "../static/onsite/door/scanner.js";
import { Page } from "./keyboard.mjs";

const CODE = "BCDFGHJKLNPRSTVXBCDF";
const OTHER = "XVTSRPNLKJHGFDCBXVTS";
const CYRILLIC = Object.fromEntries([..."BCDFGHJKLNPRSTVXQ"].map((key, n) => [key, "исвапролдтзкыемчй"[n]]));

let page, scans, strays, isElsewhere;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  page = new Page(mock.timers);
  [scans, strays, isElsewhere] = [[], [], false];
  new Scanner({
    page,
    scan: (code) => scans.push(code),
    isElsewhere: () => isElsewhere,
    strayed: (code) => strays.push(code),
  });
});

const ENDS = {
  Enter: ["Enter"],
  "CR LF as two Enters": ["Enter", "Enter"],
  "CR LF, the second as Ctrl and a letter": ["Enter", { key: "j", ctrlKey: true }],
  Tab: ["Tab"],
  "Tab and Enter": ["Tab", "Enter"],
  nothing: [],
};
for (const [name, keys] of Object.entries(ENDS))
  for (const pace of [1, 30, 60, 100])
    test(`a scan that ends with ${name}, ${pace} ms a key, is one and presses nothing`, () => {
      for (const code of [CODE, OTHER]) {
        page.type(code, { pace });
        for (const key of keys) assert.ok(!page.press(key, pace), key);
        page.wait(600);
      }
      assert.deepEqual(scans, [CODE, OTHER]);
    });

const CLAIM = "https://x.example/c/acdefghjabcdefghijklmnopqrstuvwx27/";
const TEXTS = {
  [CLAIM]: CLAIM,
  [`]Q1${CODE}`]: CODE,
  [`https://x.example/t/${CODE}`]: CODE,
  4006381333931: "4006381333931",
};
for (const [typed, code] of Object.entries(TEXTS))
  for (const keys of [[], ["Enter"]])
    test(`of ${typed} ${code} is heard, with ${keys.length} keys behind it`, () => {
      page.type(typed, { pace: 60 });
      keys.map((key) => page.press(key));
      page.wait(600);
      assert.deepEqual(scans, [code]);
    });

test("a scanner is understood on the keyboard of another alphabet", () => {
  page.type(`]Q1${CODE}`, { layout: (key) => CYRILLIC[key] ?? (key === "]" ? "ъ" : key) });
  page.press("Enter");
  assert.deepEqual(scans, [CODE]);
});

test("a link is understood where the keys of its signs are elsewhere", () => {
  const german = { "/": "-", ":": "Ö", "?": "_", "=": "´", y: "z", z: "y" };
  page.type(`https://xyz.example/?c=${CODE}`, { layout: (key) => german[key] ?? key });
  page.press("Enter");
  assert.deepEqual(scans, [CODE]);
});

test("a key that was hit before is no part of the code", () => {
  page.type("k");
  page.wait(900);
  page.type(CODE);
  page.press("Enter");
  assert.deepEqual(scans, [CODE]);
});

test("two codes that a busy page hears at once are two", () => {
  const busy = { tick: () => {} };
  page.timers = busy;
  page.type(CODE);
  page.wait(600);
  page.type(OTHER);
  page.press("Enter");
  assert.deepEqual(scans, [CODE, OTHER]);
});

test("a blank within a scan presses no button", () => {
  page.type("WIFI:S:My");
  assert.ok(!page.press({ key: " ", code: "Space" }));
  page.type("Net");
  page.press("Enter");
  assert.deepEqual(scans, ["WIFI:S:My Net"]);
});

test("a person presses buttons with Enter and the space bar", () => {
  assert.ok(page.press({ key: " ", code: "Space" }, 400));
  assert.ok(page.press("Enter", 400));
  page.type(CODE);
  page.press("Enter");
  assert.ok(page.press("Enter", 600));
});

test("a code that a person types is heard", () => {
  page.type("kxrs", { pace: 300 });
  page.press("Enter", 300);
  assert.deepEqual(scans, ["kxrs"]);
});

for (const end of ["Enter", "Tab", null])
  test(`a scan into a dialog that ends with ${end} presses nothing there`, () => {
    isElsewhere = true;
    page.type(CODE, { pace: 60 });
    if (end) assert.ok(!page.press(end, 60));
    page.wait(300);
    if (end) assert.ok(!page.press(end, 60));
    assert.deepEqual([scans, strays], [[], [CODE]]);
  });

test("a name that is typed into a field is none", () => {
  isElsewhere = true;
  page.target.matches = () => true;
  page.type("anastasia", { pace: 70 });
  assert.ok(page.press("Enter", 70));
  page.wait(300);
  assert.deepEqual(strays, []);
});

test("a field keeps what stood before the code", () => {
  assert.equal(withoutEnd(`Ana${CODE}`, CODE), "Ana");
  assert.equal(withoutEnd(CODE.slice(0, 6), CODE), "");
  assert.equal(withoutEnd("Ana", CODE), "Ana");
});
