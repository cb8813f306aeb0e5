// A scanner for the tests: what it types, key by key, at its own pace.

const CODES = {
  "]": "BracketRight",
  "/": "Slash",
  ":": "Semicolon",
  ".": "Period",
  "?": "Slash",
  "=": "Equal",
};
const SHIFTED = ":?";

/** The key that types a letter, as the event that a browser makes of it. */
export function keyOf(letter, layout = (key) => key) {
  const code = /[a-z]/i.test(letter)
    ? `Key${letter.toUpperCase()}`
    : /\d/.test(letter)
      ? `Digit${letter}`
      : (CODES[letter] ?? "");
  return { key: layout(letter), code, shiftKey: SHIFTED.includes(letter) };
}

/** A page that hears keys, `at` milliseconds after it began. */
export class Page {
  at = 10_000;
  heard = [];
  target = { closest: () => null, matches: () => false };

  /** `timers` are those of node's mock. */
  constructor(timers) {
    this.timers = timers;
  }

  addEventListener(_kind, listener) {
    this.listener = listener;
  }

  wait(milliseconds) {
    this.at += milliseconds;
    this.timers.tick(milliseconds);
  }

  /** Press a key; returns whether the page has let it press a button. */
  press(key, pace = 5) {
    this.wait(pace);
    let isStopped = false;
    const preventDefault = () => {
      isStopped = true;
    };
    const event = { code: "", ...(typeof key === "string" ? { key } : key) };
    this.listener({ target: this.target, ...event, timeStamp: this.at, preventDefault });
    return !isStopped;
  }

  type(text, { pace = 5, layout } = {}) {
    for (const letter of text) this.press(keyOf(letter, layout), pace);
  }
}
