// The few words in which the scripted pages are written.

export const $ = (id) => document.getElementById(id);

/** An element: `h("button", {class: "x", onclick: f}, "text", child)`. False and null children are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** A button that acts once per press. */
export const button = (label, act, properties = {}) =>
  h("button", { type: "button", onclick: act, ...properties }, label);

/** A key cap, shown where there is a keyboard. */
export const cap = (key) => h("kbd", { "aria-hidden": "true" }, key);

/** `text` with named values: `fill("%(n)s left", {n: 2})`. */
export function fill(text, values) {
  const named = Object.entries(values).map(([name, value]) => [name, isolated(value)]);
  return window.interpolate(text, Object.fromEntries(named), true);
}

// --- pages that are read from the right: what stands in their texts, and which way is on ---

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
