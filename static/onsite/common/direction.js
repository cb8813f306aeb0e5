// Pages that are read from the right: what stands in their texts, and which way is on.

const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufefc]/;
const LEFT_TO_RIGHT = "\u200e";

const isFromTheRight = () => globalThis.document?.dir === "rtl";

/** A value in a text that may run the other way: neither is turned by the other. */
export const isolated = (value) =>
  isFromTheRight() || FROM_THE_RIGHT.test(value) ? `\u2068${value}\u2069` : String(value);

/** Digits with the minus before them: where writing runs from the right it would come behind. */
export const signed = (digits) =>
  isFromTheRight() && digits.startsWith("-") ? LEFT_TO_RIGHT + digits : digits;

/** What an arrow key moves by: 1 is on, the way that is read; undefined is another key. */
export function stepOf(key) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  return step && isFromTheRight() ? -step : step;
}
