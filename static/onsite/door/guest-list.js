// The list that the tablet decides by while there is no server: how old it is, and when a newer one is due.

const EVERY = 60_000;
const AGAIN = 15_000;
// A list that takes long comes less often: all in all a fortieth of the time is spent on it.
const PAUSE = 40;
const PATIENCE = 30_000;

export class GuestList {
  at = undefined; // of the list on this tablet; undefined without one
  #etag = null;
  #again = AGAIN;
  #next = 0;

  /** `ask(patience, headers)` asks the server for it. */
  static async open(store, ask) {
    const list = new GuestList();
    Object.assign(list, { store, ask, at: await store.fact("listed") });
    return list;
  }

  get isDue() {
    return Date.now() >= this.#next;
  }

  /** Something was done of which this door knows no code. */
  soon() {
    this.#next = Math.min(this.#next, (this.at ?? 0) + this.#again);
  }

  async fetch() {
    if (crypto.subtle) await this.#fetch();
    this.#next = Date.now() + EVERY;
  }

  async #fetch() {
    const asked = Date.now();
    const { status, text, etag } = await this.ask(
      PATIENCE,
      this.#etag ? { "If-None-Match": this.#etag } : {},
    );
    if (status === 304) await this.store.setFact("listed", asked);
    else if (status === 200) await this.store.replaceList(text, asked);
    else return;
    this.#again = Math.max(AGAIN, PAUSE * (Date.now() - asked));
    this.at = asked;
    this.#etag = etag ?? this.#etag;
  }
}
