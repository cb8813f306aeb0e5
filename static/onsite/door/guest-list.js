// The list that the tablet decides by while there is no server: how old it is, and when a newer one is due.

import { ticks } from "../common/ticks.js";

const EVERY = 60_000;
const AGAIN = 15_000; // after a group or an undo
// A list that takes long comes less often, whatever it is asked for: a fortieth of the time is spent on it.
const PAUSE = 40;
const PATIENCE = 30_000;

export class GuestList {
  at = undefined; // of the list on this tablet, by the server's clock; undefined without one
  isOverdue = false; // what was asked for last has not come
  #etag = null;
  #again = AGAIN;
  #asked = -Infinity; // this and the next by a clock that nobody sets
  #next = 0;

  /** `ask(patience, headers)` asks the server for it. */
  static async open(store, ask) {
    const list = new GuestList();
    Object.assign(list, { store, ask, at: await store.fact("listed") });
    return list;
  }

  get isDue() {
    return ticks() >= this.#next;
  }

  /** Something was done of which this door knows no code. */
  soon() {
    this.#next = Math.min(this.#next, this.#asked + this.#again);
  }

  async fetch() {
    this.#next = ticks() + AGAIN;
    if (crypto.subtle) await this.#fetch();
    this.#next = Math.max(ticks() + EVERY, this.#asked + this.#again);
  }

  async #fetch() {
    const [asked, at, count] = [ticks(), this.store.time.now(), await this.store.count()];
    this.isOverdue = true;
    const { status, text, etag } = await this.ask(
      PATIENCE,
      this.#etag ? { "If-None-Match": this.#etag } : {},
    );
    if (status === 304) await this.store.setFact("listed", at);
    else if (status === 200) await this.store.replaceList(text, at, count);
    else return;
    this.#again = Math.max(AGAIN, PAUSE * (ticks() - asked));
    Object.assign(this, { at, isOverdue: false });
    this.#asked = asked;
    this.#etag = etag ?? this.#etag;
  }
}
