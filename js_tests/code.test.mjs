import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, codeIn, orderIn } from "../static/onsite/common/code.js";

const CODE = "BCDFGHJKLNPRSTVXBCDF";
const OTHER = "XVTSRPNLKJHGFDCBXVTS";

const TICKETS = {
  "a code": CODE,
  "a code in small letters": CODE.toLowerCase(),
  "a code with blanks around and within": ` ${CODE.slice(0, 10)} ${CODE.slice(10)}\r\n`,
  "the mark of a QR code": `]Q1${CODE}`,
  "the mark of a Data Matrix": `]d2${CODE}`,
  "a mark with a letter behind it": `]CA${CODE}`,
  "a mark whose bracket another keyboard types": `¨Q1${CODE}`,
  "a mark whose bracket is lost": `Q1${CODE}`,
  "our link": `https://onsite.example/t/${CODE}`,
  "our link with a slash behind": `https://onsite.example/t/${CODE}/`,
  "a foreign link": `https://tickets.example.com/show?lang=de&code=${CODE.toLowerCase()}#top`,
  "a link behind a mark": `]Q1HTTPS://X.EXAMPLE/${CODE}`,
  "a link without its beginning": `tickets.example/${CODE}`,
  "a link that names it twice": `https://x.example/${CODE}?c=${CODE}`,
};
for (const [name, text] of Object.entries(TICKETS))
  test(`a ticket is found in ${name}`, () => {
    assert.equal(codeIn(text), CODE);
    assert.equal(asked(text), CODE);
  });

const OTHERS = {
  nothing: "",
  "a menu": "https://menu.example/table/7",
  "somebody's Wi-Fi": "WIFI:T:WPA;S:Net;P:geheim;;",
  "a pen": "4006381333931",
  "a letter too few": CODE.slice(1),
  "a letter too many": `${CODE}B`,
  "a letter that codes have not": `${CODE.slice(1)}A`,
  "two codes in a row": CODE + OTHER,
  "a link with two codes": `https://x.example/${CODE}/${OTHER}`,
  "a link with a longer word": `https://x.example/${CODE}B`,
  "words around it": `Ticket: ${CODE}`,
};
for (const [name, text] of Object.entries(OTHERS))
  test(`no ticket is found in ${name}`, () => {
    assert.equal(codeIn(text), null);
  });

test("of what is no ticket the server is asked what it can keep", () => {
  assert.equal(asked("BEGIN:VCARD\r\nFN:Ana\u0000\tSilva\u2028"), "BEGIN:VCARD FN:ANA SILVA");
  assert.equal(Array.from(asked("\u{1F3AB}".repeat(300))).length, 200);
  assert.equal(asked(" \r\n"), "");
});

const PROOF = "abcdefghijklmnopqrstuvwx27";
const CLAIM = `https://box.example.org/c/acdefghj${PROOF}/`;

for (const text of [
  CLAIM,
  CLAIM.toUpperCase(),
  CLAIM.slice(0, -1),
  `/c/acdefghj${PROOF}`,
  `]Q1${CLAIM}\r\n`,
  `${CLAIM}?fbclid=abc/def`,
  `${CLAIM}#codes`,
  `${CLAIM}order.pdf`,
])
  test(`the order of a receipt is found in ${text.trim()}`, () => {
    assert.equal(orderIn(text), "ACDEFGHJ");
    assert.equal(codeIn(text), null);
  });

for (const text of ["", CODE, CLAIM.replace("/c/", "/d/"), CLAIM.replace("27/", "2/"), PROOF])
  test(`no receipt is found in ${text || "nothing"}`, () => {
    assert.equal(orderIn(text), null);
  });
