// What a camera has in sight: a guest is seen who was alone in it for a moment. No page, no clock.

// Milliseconds. So long a code is seen; so long no other one is, for a camera that looks at two may read one of
// them at a time; and so long a code is away before it is seen anew.
const SEEN = 100;
const APART = 400;
const GONE = 3000;

export class Sight {
  #last = new Map(); // by code: when it was seen last
  #told = new Set();
  #alone = { code: null, since: 0 };

  /** What a look at `at` (milliseconds) has found: `{code, crowd}`, a code that is somebody's now (null: none),
   * and whether there are several in sight.
   */
  look(codes, at) {
    const here = new Set(codes);
    this.#forget(at);
    const [code] = here;
    const isAlone =
      here.size === 1 && ![...this.#last].some(([one, last]) => one !== code && at - last < APART);
    if (!isAlone) this.#alone = { code: null, since: at };
    else if (this.#alone.code !== code) this.#alone = { code, since: at };
    for (const one of here) this.#last.set(one, at);
    const isSeen = isAlone && at - this.#alone.since >= SEEN && !this.#told.has(code);
    if (isSeen) this.#told.add(code);
    return { code: isSeen ? code : null, crowd: here.size > 1 };
  }

  #forget(at) {
    for (const [code, last] of this.#last)
      if (at - last >= GONE) {
        this.#last.delete(code);
        this.#told.delete(code);
      }
  }
}
