// The few words in which the scripted pages are written.

import { isolated } from "./direction.js";

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
