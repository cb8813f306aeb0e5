// A scanner that types: taken from the whole page, unless somebody types into a field.

import { codeIn, orderIn } from "../common/code.js";
import { AFTER, LEAST, PACE, QUIET, Typed, isEnd, isLetter, isShortcut } from "../common/scanner.js";

// For people who end what they type with no Enter.
const PAUSE = 1500;
// A code that a person types and ends with Enter may be shorter.
const TYPED = 4;

/** A ticket's or a receipt's. */
const isOurs = (text) => Boolean(codeIn(text) ?? orderIn(text));

export class Scanner {
  #typed = new Typed();
  #strayed = new Typed();
  #timer;
  #endedAt = -Infinity;

  /** `scan(code)`; `isElsewhere(target)` whether a key there is none of ours; `strayed(code, target)` is told
   * of a scan that came there all the same, and has left no trace. Listens to the keys of `page`.
   */
  constructor({ scan, isElsewhere, strayed, page = window }) {
    Object.assign(this, { scan, isElsewhere, strayed });
    page.addEventListener("keydown", (event) => this.#down(event));
  }

  #down(event) {
    const ends = isEnd(event);
    if (ends && this.#isAfter(event)) return event.preventDefault();
    if (isShortcut(event) && !(ends && this.#isScanning)) return;
    if (event.repeat && event.key === "Enter") return event.preventDefault();
    if (this.isElsewhere(event.target)) return this.#elsewhere(event, ends);
    if (event.repeat) return;
    if (ends) return this.#end(event);
    if (isLetter(event)) this.#add(event);
  }

  get #isScanning() {
    return this.#typed.isScan || this.#strayed.isScan;
  }

  /** The second end of a scan must press nothing: it would answer for the guest before. */
  #isAfter({ timeStamp }) {
    return this.#typed.length === 0 && timeStamp - this.#endedAt < AFTER;
  }

  #end(event) {
    if (this.#typed.length === 0 || (event.key === "Tab" && this.#typed.length < LEAST)) return;
    event.preventDefault();
    this.#scanned(event.timeStamp);
  }

  #add(event) {
    const { timeStamp: at } = event;
    // A busy page hears the second code before it notices that the first one was over.
    if (this.#typed.isScan && at - this.#typed.lastAt > QUIET) this.#scanned(at);
    if (event.key === " " && !this.#typed.goesOn(at)) return; // presses a button
    event.preventDefault();
    this.#typed.add(event);
    this.#after(this.#typed.isScan ? QUIET : PAUSE, () => this.#paused());
  }

  #after(pause, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, pause);
  }

  #paused() {
    if (this.#typed.length >= LEAST) this.#scanned(this.#typed.lastAt + QUIET);
    else this.#typed.clear();
  }

  #scanned(at) {
    clearTimeout(this.#timer);
    const { length, text } = this.#typed;
    this.#typed.clear();
    if (length < TYPED) return;
    this.#endedAt = at;
    this.scan(text);
  }

  /** A scan into a field or a dialog must not press its button. */
  #elsewhere(event, ends) {
    const { timeStamp: at, target } = event;
    if (!this.#strayed.goesOn(at)) this.#strayed.clear();
    if (ends) return this.#endElsewhere(event);
    if (!isLetter(event) || event.repeat) return;
    this.#strayed.add(event);
    this.#after(QUIET, () => isOurs(this.#strayed.text) && this.#takeBack(target, at + QUIET));
  }

  #endElsewhere(event) {
    const { target, timeStamp } = event;
    const isName = target.matches?.("input, textarea") && this.#strayed.pace > PACE;
    if (!this.#strayed.isScan || (isName && !isOurs(this.#strayed.text))) return this.#strayed.clear();
    event.preventDefault();
    this.#takeBack(target, timeStamp);
  }

  #takeBack(target, at) {
    clearTimeout(this.#timer);
    const { text, raw } = this.#strayed;
    this.#strayed.clear();
    this.#endedAt = at;
    if (typeof target.value === "string" && target.matches?.("input, textarea"))
      target.value = withoutEnd(target.value, raw);
    this.strayed(text, target);
  }
}

/** A field's value without the code at its end, of which a short field has but the beginning. */
export function withoutEnd(value, code) {
  for (let n = code.length; n >= LEAST / 2; n -= 1)
    if (value.endsWith(code.slice(0, n))) return value.slice(0, value.length - n);
  return value;
}
