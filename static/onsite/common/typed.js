// Numbers with decimals as people type them. The server reads by the same rule (base/typed.py), and both keep
// to one table of cases (js_tests/money_cases.json).

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
