// A scanner that types: taken from the whole page, unless somebody types into a field.

import { GAP, LEAST } from "../common/scanner.js";

// For scanners that send no Enter; one that does is heard at once.
const PAUSE = 1500;
// A code that a person types and ends with Enter may be shorter.
const TYPED = 4;

export class Scanner {
  #typed = "";
  #timer;
  #burst = "";
  #burstAt = -Infinity;

  /** `scan(code)`; `isElsewhere(target)` whether a key there is none of ours; `strayed(code, target)` is told
   * of a scan that came there all the same, and has left no trace.
   */
  constructor({ scan, isElsewhere, strayed }) {
    Object.assign(this, { scan, isElsewhere, strayed });
    document.addEventListener("keydown", (event) => this.#down(event));
  }

  #down(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.repeat && event.key === "Enter") return event.preventDefault();
    if (this.isElsewhere(event.target)) return this.#elsewhere(event);
    if (event.repeat) return;
    if (this.#ends(event.key)) {
      event.preventDefault();
      return this.#scanned();
    }
    if (event.key.length !== 1 || event.key === " ") return;
    event.preventDefault();
    this.#typed += event.key;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#paused(), PAUSE);
  }

  #ends(key) {
    return (key === "Enter" && this.#typed !== "") || (key === "Tab" && this.#typed.length >= LEAST);
  }

  #paused() {
    if (this.#typed.length >= LEAST) this.#scanned();
    else this.#typed = "";
  }

  #scanned() {
    clearTimeout(this.#timer);
    const code = this.#typed;
    this.#typed = "";
    if (code.length >= TYPED) this.scan(code);
  }

  /** A scan into a field or a dialog must not press its button: it would answer for the guest before. */
  #elsewhere(event) {
    const { key, target, timeStamp } = event;
    if (key.length > 1 && key !== "Enter") return;
    if (timeStamp - this.#burstAt > GAP) this.#burst = "";
    this.#burstAt = timeStamp;
    if (key !== "Enter") return void (this.#burst += event.repeat ? "" : key);
    const code = this.#burst;
    this.#burst = "";
    if (code.length < LEAST) return;
    event.preventDefault();
    if (target.value?.endsWith(code)) target.value = target.value.slice(0, -code.length);
    this.strayed(code, target);
  }
}
