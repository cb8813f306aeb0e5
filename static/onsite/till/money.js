// Money as whole hundredths of the event's currency: no floats in the basket.

import { figures, read, typeable } from "../common/typed.js";

let currency = "EUR";
let decimals = 2;

/** What stands behind an amount, its code or sign, and how many decimals it has. */
export function useCurrency(name, digits) {
  currency = name;
  decimals = digits;
}

/** "20.00", as the API writes it, in hundredths. */
export function parse(text) {
  const [whole, part = ""] = String(text).split(".");
  return (
    Math.sign(Number(text) || 1) * (Math.abs(Number(whole)) * 100 + Number(part.padEnd(2, "0").slice(0, 2)))
  );
}

/** Hundredths as the API takes them: "20.00". */
export const wire = (amount) => (amount / 100).toFixed(2);

/** For people, with the currency's own decimals: "20.00", "2000"; "1.234,50". */
export const show = (amount) => figures(amount, decimals);

/** The same for a field in which somebody goes on typing: "1234.50"; "1234,50". */
export const toType = (amount) => typeable(amount, decimals);

export const currencyName = () => currency;

export const hasDecimals = () => decimals > 0;

export const showFull = (amount) => `${show(amount)} ${currency}`;

/** What was typed on the pad, in hundredths: null if it is no amount of this currency. */
export const typed = (text) => read(text, decimals).hundredths ?? null;

/** Why it is none: `unreadable`, `ambiguous`, `decimals`, `large`; undefined if it is one. */
export const misread = (text) => read(text, decimals).problem;

/** So many hundredths of a per cent of a price, half of the smallest sum rounded up. */
export function share(price, hundredths) {
  const unit = decimals > 0 ? 1 : 100;
  return Math.floor((price * hundredths + unit * 5000) / (unit * 10000)) * unit;
}

/** Whether coins can make the sum where cash is rounded to `step`; 0: not rounded. */
export const inCoins = (amount, step) => !step || amount % step === 0;

/** The nearest sum that can be paid in cash; half a step is rounded up. */
export const roundCash = (amount, step) => (step ? Math.floor((amount + step / 2) / step) * step : amount);

/** To what the event rounds cash, in hundredths; 0 if it does not. */
export const stepOf = ({ cashRounding }) => (cashRounding ? parse(cashRounding) : 0);

/** The first `count` sums above `due` that a guest hands over: `due` rounded up to a multiple of each note. */
export function nextSums(due, notes, count = 3) {
  const sums = notes.map((note) => Math.ceil(due / note) * note).filter((sum) => sum > due);
  return [...new Set(sums)].sort((a, b) => a - b).slice(0, count);
}
