// The keyboard: shortcuts of people, and what a scanner types, which must never become a sale.
//
// Keys are held for 40 ms. Eight or more that follow each other within 35 ms are a scan; any others are
// handed on one by one.

import { GAP, LEAST } from "../common/scanner.js";

const HOLD = 40;

export class Keys {
  #held = [];
  #timer;
  #lastAt = -Infinity;
  #deafUntil = 0;

  /** `press(key)` for a person's key; `scan(text)`; `isFree()` whether the keys are the till's now. */
  constructor({ press, scan, isFree }) {
    this.press = press;
    this.scan = scan;
    this.isFree = isFree;
    document.addEventListener("keydown", (event) => this.#down(event));
  }

  /** Hear nothing for a moment: what was meant for the last panel must not reach the next one. */
  deafen(milliseconds) {
    this.#deafUntil = performance.now() + milliseconds;
    this.#held = [];
  }

  #down(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key.length > 1 && !["Enter", "Escape", "Backspace"].includes(event.key)) return;
    if (!this.isFree(event)) return;
    event.preventDefault();
    if (event.repeat) return;
    const now = event.timeStamp; // when it was pressed: a busy page hears it later
    if (now < this.#deafUntil) return;
    if (now - this.#lastAt > GAP) this.#flush();
    this.#lastAt = now;
    this.#held.push(event.key);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), HOLD);
  }

  #flush() {
    clearTimeout(this.#timer);
    const keys = this.#held;
    this.#held = [];
    const text = keys.filter((key) => key.length === 1).join("");
    if (text.length >= LEAST) this.scan(text);
    else for (const key of keys) if (performance.now() >= this.#deafUntil) this.press(key);
  }
}
