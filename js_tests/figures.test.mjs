import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { figures, typeable } from "../static/onsite/common/typed.js";

// What the server writes too (base/tests/test_figures.py); how, its words' file tells a page.
const CASES = JSON.parse(readFileSync(new URL("figures_cases.json", import.meta.url)));

for (const { language, formats, hundredths, decimals, shown, typed } of CASES)
  test(`${hundredths} hundredths in ${language}: ${shown}`, () => {
    globalThis.get_format = formats && ((name) => formats[name]);
    globalThis.document = { dir: language === "ar" ? "rtl" : "ltr" };
    assert.equal(figures(hundredths, decimals), shown);
    assert.equal(typeable(hundredths, decimals), typed);
    globalThis.get_format = globalThis.document = undefined;
  });
