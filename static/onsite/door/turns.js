// Panels one after the other: each stands long enough to be read, and no more than three times a second the
// colour changes (WCAG 2.3.1).

export const STANDS = 350;
const MOST = 3;
const SECOND = 1000;
const WAITING = "waiting";

export class Turns {
  #queue = []; // {colour, stands, paint}
  #shown = { colour: "", until: 0 };
  #changes = []; // when the colour has changed
  #waiting = null; // what is painted while nothing is known of the next guest
  #timer;

  constructor({ now = () => performance.now() } = {}) {
    this.now = now;
  }

  /** `paint()` in its turn, in that colour; it stands so many milliseconds or more. */
  show({ colour, stands = STANDS, paint }) {
    this.#waiting = null;
    this.#queue.push({ colour, stands, paint });
    this.#next();
  }

  /** A guest is asked about: `paint(isNeutral)` as soon as what stands was read, unless the answer comes first. In
   * the colour that stands, where another one would be too many.
   */
  wait(paint) {
    this.#waiting = paint;
    this.#next();
  }

  /** Somebody has asked for it: `paint()` at once. What is in the queue comes after it. */
  atOnce(colour, paint) {
    this.#waiting = null;
    this.#paint({ colour, stands: 0, paint });
    this.#next();
  }

  /** Nothing that waits is shown any more. */
  clear() {
    this.#queue = [];
    this.#waiting = null;
    clearTimeout(this.#timer);
  }

  /** Whether something is still to be shown. */
  get isBusy() {
    return this.#queue.length > 0 || this.now() < this.#shown.until;
  }

  #next() {
    clearTimeout(this.#timer);
    const now = this.now();
    const [first] = this.#queue;
    if (!first) return this.#wait(now);
    const at = Math.max(this.#shown.until, this.#mayChange(first.colour, MOST));
    if (now < at) return this.#again(at - now);
    this.#queue.shift();
    this.#paint(first);
    this.#next();
  }

  #wait(now) {
    if (!this.#waiting) return;
    if (now < this.#shown.until) return this.#again(this.#shown.until - now);
    // The answer is to have its own colour at once.
    const at = this.#mayChange(WAITING, MOST - 1);
    const isNeutral = now >= at;
    const paint = this.#waiting;
    if (isNeutral) this.#waiting = null;
    this.#paint({
      colour: isNeutral ? WAITING : this.#shown.colour,
      stands: 0,
      paint: () => paint(isNeutral),
    });
    if (!isNeutral) this.#again(at - now);
  }

  #again(after) {
    this.#timer = setTimeout(() => this.#next(), Math.ceil(after));
  }

  /** From when on the colour may be another one, if it changes so often a second at most. */
  #mayChange(colour, most) {
    if (colour === this.#shown.colour || this.#changes.length < most) return 0;
    return this.#changes.at(-most) + SECOND;
  }

  #paint({ colour, stands, paint }) {
    const now = this.now();
    if (colour !== this.#shown.colour) this.#changes = [...this.#changes, now].slice(-MOST);
    this.#shown = { colour, until: now + stands };
    paint();
  }
}
