// The keyboard: shortcuts of people, and what a scanner types, which must never become a sale.
//
// Keys are held for as long as a scanner may take to the next one. Eight or more that follow each other so fast
// are a scan; any others are handed on one by one.

import { AFTER, GAP, Typed, isEnd, isLetter, isShortcut } from "../common/scanner.js";

const HOLD = GAP + 5;
const FIELD = "input, textarea";

export class Keys {
  #held = []; // of people or of a scanner, that is not known yet
  #typed = new Typed(); // wherever it went
  #timer;
  #scannedAt = -Infinity;
  #deafUntil = 0;

  /** `press(key)` for a person's key; `scan(text)`; `isFree()` whether the keys are the till's now. Listens to
   * the keys of `page`.
   */
  constructor({ press, scan, isFree, page = window }) {
    this.press = press;
    this.scan = scan;
    this.isFree = isFree;
    page.addEventListener("keydown", (event) => this.#down(event));
  }

  /** Hear nothing for a moment: what was meant for the last panel must not reach the next one. */
  deafen(milliseconds) {
    this.#deafUntil = performance.now() + milliseconds;
    this.#held = [];
  }

  #down(event) {
    if (this.#isOfScan(event)) return event.preventDefault();
    if (isShortcut(event) || event.isComposing) return;
    if (event.key.length > 1 && !["Enter", "Escape", "Backspace"].includes(event.key)) return;
    if (!this.isFree(event)) return;
    event.preventDefault();
    if (event.repeat) return;
    const now = event.timeStamp; // when it was pressed: a busy page hears it later
    if (now < this.#deafUntil) return;
    if (!this.#goesOn(now)) this.#flush();
    this.#held.push({ key: event.key, at: now });
    if (isLetter(event)) this.#wait();
    else this.#flush();
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), HOLD);
  }

  #goesOn(at) {
    return at - (this.#held.at(-1)?.at ?? -Infinity) <= GAP;
  }

  /** Whether it is the end of a scan, or comes once more behind it: that must press nothing, wherever the focus
   * is. Into a field it is typed as by hand, to be looked for there.
   */
  #isOfScan(event) {
    const at = event.timeStamp;
    if (isLetter(event) && !isShortcut(event)) return this.#follow(event);
    if (!isEnd(event)) return false;
    const ends = this.#typed.isScan && this.#typed.goesOn(at);
    this.#flush(at); // who ends so early is a person, and waits for no more keys
    if (!ends) this.#typed.clear();
    return ends || at - this.#scannedAt < AFTER;
  }

  /** Whether it is a space within a scan, which would press a button. */
  #follow(event) {
    if (event.repeat || event.target.matches?.(FIELD)) return false;
    const goesOn = this.#typed.goesOn(event.timeStamp);
    if (!goesOn) {
      this.#flush(); // before it is forgotten that it was a scan
      this.#typed.clear();
    }
    this.#typed.add(event);
    this.#wait();
    return goesOn && event.key === " ";
  }

  #flush(at = this.#typed.lastAt + HOLD) {
    clearTimeout(this.#timer);
    const keys = this.#held.map(({ key }) => key);
    this.#held = [];
    if (this.#typed.isScan) return this.#scanned(keys, at);
    for (const key of keys) if (performance.now() >= this.#deafUntil) this.press(key);
  }

  #scanned(keys, at) {
    const { text } = this.#typed;
    this.#typed.clear();
    this.#scannedAt = at;
    if (keys.some((key) => key.length === 1)) this.scan(text);
  }
}
