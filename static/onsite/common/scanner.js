// What a scanner types, and what tells it from a hand. No page.

import { codeIn, orderIn } from "./code.js";

// So many keys or more, which follow each other so fast (milliseconds; a slow scanner needs 60 for a key, and the
// page may be busy).
export const LEAST = 8;
export const GAP = 110;
// So fast is no hand; slower, whoever drums on one key or two is no scanner.
export const PACE = 35;
const KINDS = 3;
// A scanner that sends nothing behind its code is silent for so long.
export const QUIET = 250;
// So long after a scan its end may come again: a scanner that sends CR LF presses Enter twice.
export const AFTER = 500;

const SHIFTED = { 1: "!", 2: "@", 3: "#", 4: "$", 5: "%", 6: "^", 7: "&", 8: "*", 9: "(", 0: ")" };
const SIGNS = {
  Minus: "-_",
  Equal: "=+",
  BracketLeft: "[{",
  BracketRight: "]}",
  Backslash: "\\|",
  Semicolon: ";:",
  Quote: "'\"",
  Backquote: "`~",
  Comma: ",<",
  Period: ".>",
  Slash: "/?",
  Space: "  ",
};

/** What the key would type on an American keyboard, for which scanners are made; empty if it is no such key. */
function struck({ code = "", shiftKey }) {
  const [, letter, digit] = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(code) ?? [];
  if (letter) return letter;
  if (digit) return shiftKey && code.startsWith("Digit") ? SHIFTED[digit] : digit;
  return SIGNS[code]?.[Number(Boolean(shiftKey))] ?? "";
}

/** Whether the key types something, on its own layout or on the scanner's. */
export const isLetter = (event) => event.key.length === 1 || struck(event) !== "";

/** Whether it is a shortcut; the third level of a keyboard (AltGr) is none. */
export const isShortcut = (event) =>
  event.metaKey || ((event.ctrlKey || event.altKey) && !event.getModifierState?.("AltGraph"));

/** Whether a scanner ends its code with it: Enter, Tab, or a line feed as Ctrl and a letter. */
export const isEnd = (event) =>
  ["Enter", "Tab"].includes(event.key) || (event.ctrlKey && /^[jm]$/i.test(event.key));

/** Keys one after the other, on which a scan may end. */
export class Typed {
  #keys = []; // {key, struck, at}
  #run = 0; // where those begin that follow each other fast

  get length() {
    return this.#keys.length;
  }

  /** How many of the last ones have come fast. */
  get fast() {
    return this.#keys.length - this.#run;
  }

  get isScan() {
    return (
      this.fast >= LEAST && (this.pace <= PACE || new Set(this.#fast.map(({ key }) => key)).size >= KINDS)
    );
  }

  get #fast() {
    return this.#keys.slice(this.#run);
  }

  /** Milliseconds from one of the fast keys to the next, on average. */
  get pace() {
    return this.fast < 2 ? Infinity : (this.#keys.at(-1).at - this.#keys[this.#run].at) / (this.fast - 1);
  }

  /** Whether a key at that time follows fast. */
  goesOn(at) {
    return at - this.lastAt <= GAP;
  }

  get lastAt() {
    return this.#keys.at(-1)?.at ?? -Infinity;
  }

  add(event) {
    if (!this.goesOn(event.timeStamp)) this.#run = this.#keys.length;
    const key = event.key.length === 1 ? event.key : struck(event);
    this.#keys.push({ key, struck: struck(event) || event.key, at: event.timeStamp });
  }

  clear() {
    this.#keys = [];
    this.#run = 0;
  }

  /** What was typed: a code or link of ours, by whichever keyboard there is one, without what was typed before; else the text. */
  get text() {
    const texts = [this.#keys, this.#fast].flatMap((keys) =>
      ["key", "struck"].map((by) => keys.map((one) => one[by]).join("")),
    );
    return texts.map(codeIn).find(Boolean) ?? texts.find(orderIn) ?? texts[0];
  }

  /** The text of the fast keys as a field has taken it. */
  get raw() {
    return this.#fast.map(({ key }) => key).join("");
  }
}
