import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Keys } from "../static/onsite/till/keys.js";
import { Page } from "./keyboard.mjs";

const CODE = "BCDFGHJKLNPRSTVXBCDF";

let page, pressed, scans, isFree;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  page = new Page(mock.timers);
  [pressed, scans] = [[], []];
  isFree = () => true;
  new Keys({
    page,
    press: (key) => pressed.push(key),
    scan: (text) => scans.push(text),
    isFree: (event) => isFree(event),
  });
});

for (const text of [CODE, `]Q1${CODE}`, `https://x.example/t/${CODE}`, "4006381333931"])
  for (const end of [["Enter"], ["Enter", "Enter"], ["Tab"], []])
    for (const pace of [5, 60, 100])
      test(`${text} and ${end.join(" ") || "nothing"}, ${pace} ms a key, is a scan and no sale`, () => {
        page.type(text, { pace });
        for (const key of end) assert.ok(!page.press(key, pace), key);
        page.wait(600);
        assert.deepEqual([pressed, scans], [[], [text.includes(CODE) ? CODE : text]]);
      });

test("a scan that a busy page hears late, and another, are no sale", () => {
  page.timers = { tick: () => {} };
  page.type(CODE);
  page.wait(600);
  page.type(CODE);
  page.press("Enter");
  assert.deepEqual([pressed, scans], [[], [CODE, CODE]]);
});

for (const [name, free] of Object.entries({
  "a dialog": () => false,
  "a till whose shortcuts are off": ({ key }) => key.length > 1,
  "a till with the focus on a button": ({ key }) => key !== "Enter" && key !== " ",
}))
  test(`a scan presses nothing in ${name}`, () => {
    isFree = free;
    page.type(CODE, { pace: 60 });
    assert.ok(!page.press("Enter", 60));
    assert.ok(!page.press("Enter", 60));
    page.wait(600);
    assert.deepEqual(pressed, []);
  });

test("a sale by keys is none of it, however fast", () => {
  for (const key of ["1", "1", "2", "Enter", "5", "0", "Enter"]) page.press(key, 20);
  page.wait(100);
  assert.deepEqual(pressed, ["1", "1", "2", "Enter", "5", "0", "Enter"]);
});

test("what is typed into a field is the field's", () => {
  isFree = () => false;
  page.target.matches = () => true;
  page.type("Anastasia", { pace: 60 });
  assert.ok(page.press("Enter", 300));
  assert.deepEqual([pressed, scans], [[], []]);
});

test("whoever drums on a key is no scanner", () => {
  for (let n = 0; n < 12; n += 1) page.press({ key: "1", code: "Digit1" }, 90);
  page.wait(200);
  assert.equal(pressed.length, 12);
});

test("Enter of a person waits for nothing", () => {
  page.press({ key: "1", code: "Digit1" }, 400);
  page.press("Enter", 50);
  assert.deepEqual(pressed, ["1", "Enter"]);
});

test("keys after a scan into a dialog are a person's again", () => {
  isFree = () => false;
  page.type(CODE);
  page.wait(700);
  isFree = () => true;
  page.press("Enter", 100);
  page.press("1", 100);
  page.wait(200);
  assert.deepEqual(pressed, ["Enter", "1"]);
});
