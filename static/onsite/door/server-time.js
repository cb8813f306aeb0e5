// What the server's clock says, whatever is done to the tablet's own.

import { newKey } from "../common/random.js";
import { ticks } from "../common/ticks.js";

// A `Date` header knows whole seconds only.
const HALF_A_SECOND = 500;
const NOTHING = 3000;

export class ServerTime {
  #heard = null; // what it was last, beside this tablet's clocks
  #hidden = -Infinity;
  ahead = 0; // of the tablet's clock, as far as is known: milliseconds

  /** `wall` tells the tablet's time, which anybody may change; `clock` only goes on. */
  constructor({ wall = () => Date.now(), clock = ticks, page = newKey() } = {}) {
    Object.assign(this, { wall, ticks: clock, page });
  }

  /** The server has said what time it is (a `Date` header) to a request that was sent at `asked` (in ticks). */
  hear(date, asked) {
    const said = Date.parse(date ?? "");
    if (Number.isNaN(said)) return;
    const server = said + HALF_A_SECOND + (this.ticks() - asked) / 2;
    this.#heard = { server, ...this.#here };
    this.ahead = server - this.wall();
  }

  /** Nobody looks at the page any more, and the tablet may sleep. */
  hide() {
    this.#hidden = this.ticks();
  }

  get #here() {
    return { wall: this.wall(), ticks: this.ticks() };
  }

  /** In many browsers ticks stand still while the tablet sleeps, which it does only when nobody looks. */
  #since({ wall, ticks }) {
    const [slow, ticked] = [this.wall() - wall, this.ticks() - ticks];
    return this.#hidden >= ticks && slow > ticked + NOTHING ? slow : ticked;
  }

  /** In milliseconds; the tablet's own time while nothing better is known. */
  now() {
    return this.#heard ? this.#heard.server + this.#since(this.#heard) : this.wall() + this.ahead;
  }

  /** This moment, to be kept; `of` says later when it was. */
  stamp() {
    return { page: this.page, ...this.#here, server: this.#heard && this.now() };
  }

  /** When a kept moment was, in milliseconds. One of before the server was heard counts back from now, and one of
   * an earlier page goes by the tablet's clock as it is now.
   */
  of(stamp) {
    if (stamp.server) return stamp.server;
    return stamp.page === this.page ? this.now() - this.#since(stamp) : stamp.wall + this.ahead;
  }
}
