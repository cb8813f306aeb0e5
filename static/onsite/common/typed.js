// Numbers with decimals as people type them, and as they read them. The server reads by the same rule (base/typed.py), and both keep
// to one table of cases (js_tests/money_cases.json).

import { signed } from "./dom.js";

const SPACES = /[\t\u00a0\u2000-\u200a\u202f\u205f\u3000]/g;
const APOSTROPHES = /[\u2018\u2019\u02bc\u2032]/g;
// Thousands for the one reader, thousandths for the other.
const AMBIGUOUS = /^-?[1-9]\d{0,2}[.,]\d{3}$/;
const NUMBER =
  /^(?<sign>-?)(?<whole>\d+|[1-9]\d{0,2}(?<by>[., '])\d{3}(?:\k<by>\d{3})*)(?:(?<point>[.,])(?<part>\d*))?$/;
const MOST_DECIMALS = 2;
const LARGEST = 9_999_999_999; // of a price

const alike = (text) =>
  text
    .replace(SPACES, " ")
    .replace(APOSTROPHES, "'")
    .replace("\u2212", "-")
    .replace(/^ +| +$/g, "");

/** `{hundredths}`, or the `{problem}` with it: unreadable, ambiguous, decimals, large. */
export function read(typed, decimals = MOST_DECIMALS) {
  const text = alike(typed);
  if (AMBIGUOUS.test(text)) return { problem: "ambiguous" };
  const { sign, whole, by, point, part = "" } = NUMBER.exec(text)?.groups ?? {};
  if (whole === undefined || (point && point === by)) return { problem: "unreadable" };
  if (part.length > MOST_DECIMALS || /[1-9]/.test(part.slice(decimals))) return { problem: "decimals" };
  const hundredths = Number(whole.replace(/\D/g, "") + part.padEnd(MOST_DECIMALS, "0"));
  if (hundredths > LARGEST) return { problem: "large" };
  return { hundredths: sign && hundredths ? -hundredths : hundredths };
}

// Written as the server writes them (base/money.py); how, the file of the words says.
const ENGLISH = { DECIMAL_SEPARATOR: ".", THOUSAND_SEPARATOR: ",", NUMBER_GROUPING: "0" };
const formatOf = (name) => globalThis.get_format?.(name) ?? ENGLISH[name];

/** What stands before the decimals. */
export const point = () => formatOf("DECIMAL_SEPARATOR");

/** Hundredths with so many decimals, to be read and typed again: "1234.50", "1234,50". */
export const typeable = (hundredths, decimals) => (hundredths / 100).toFixed(decimals).replace(".", point());

/** The same with its thousands set apart: "1.234,50". */
export function figures(hundredths, decimals) {
  const size = Number(formatOf("NUMBER_GROUPING"));
  const [whole, ...part] = typeable(hundredths, decimals).split(point());
  const set = size
    ? whole.replace(new RegExp(`\\B(?=(\\d{${size}})+$)`, "g"), formatOf("THOUSAND_SEPARATOR"))
    : whole;
  return signed([set, ...part].join(point()));
}
