// What the door's page says of the house and of the network.

import { $, fill } from "../common/dom.js";

const { gettext, ngettext } = window;

export class Board {
  #house = {}; // as the server has said last: how many are inside, and how many may be

  constructor({ gate, list, store, time, clock }) {
    Object.assign(this, { gate, list, store, time, clock, backlog: gate.backlog });
    for (const [speaker, name] of [
      [gate, "connection"],
      [gate.backlog, "change"],
    ])
      speaker.addEventListener(name, () => this.show());
  }

  hear({ inside, capacity, "is-nearly-full": isNearlyFull }) {
    this.#house = { inside, capacity, isNearlyFull, at: this.time.now() };
    this.store.setFact("house", this.#house);
    this.show();
  }

  /** What was heard before this page was opened. */
  async recall() {
    this.#house = (await this.store.fact("house")) ?? {};
    this.show();
  }

  /** What the door has just seen, until the server is asked for the count again. */
  moved(by) {
    if (this.#house.inside === undefined) return;
    this.#house.inside = Math.max(0, this.#house.inside + by);
    this.show();
  }

  /** Drawn again from time to time, because what is known grows old. */
  show() {
    $("inside").textContent = String(this.#house.inside ?? "\u2013");
    $("inside-age").textContent = this.gate.offline && this.#house.at ? this.#insideAge : "";
    this.#showCapacity();
    this.#showConnection();
  }

  get #insideAge() {
    const minutes = Math.floor((this.time.now() - this.#house.at) / 60_000);
    if (minutes < 1) return gettext("less than a minute ago");
    if (minutes < 60) return fill(ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes), { n: minutes });
    const n = Math.floor(minutes / 60);
    return fill(ngettext("%(n)s hour ago", "%(n)s hours ago", n), { n });
  }

  get offlineText() {
    return fill(gettext("OFFLINE %(n)s"), { n: this.backlog.waiting.length });
  }

  get #onlineText() {
    if (!this.store.keeps) return `${gettext("Online")} \u00b7 ${gettext("nothing is kept here")}`;
    if (this.list.isOverdue && !this.list.at) return `${gettext("Online")} \u00b7 ${this.#age}`;
    const { waiting, aside, others } = this.backlog;
    if (waiting.length) return fill(gettext("Sending %(n)s"), { n: waiting.length });
    const n = aside.length + others.length;
    return n ? `${gettext("Online")} \u00b7 ${fill(gettext("%(n)s not sent"), { n })}` : gettext("Online");
  }

  get #age() {
    if (!this.list.at) return gettext("no list on this tablet");
    return fill(gettext("list of %(at)s"), { at: this.clock(this.list.at) });
  }

  #showConnection() {
    const { offline } = this.gate;
    $("connection").dataset.online = String(!offline);
    $("connection").textContent = offline ? `${this.offlineText} \u00b7 ${this.#age}` : this.#onlineText;
  }

  #showCapacity() {
    const { capacity, isNearlyFull } = this.#house;
    const { offline } = this.gate;
    const text = () => (isNearlyFull ? gettext("of %(capacity)s: nearly full") : gettext("of %(capacity)s"));
    $("capacity").classList.toggle("problem", Boolean(isNearlyFull) && !offline);
    if (capacity === null) $("capacity").textContent = "";
    else if (offline) $("capacity").textContent = gettext("The capacity is not watched while offline.");
    else if (capacity !== undefined) $("capacity").textContent = fill(text(), { capacity });
  }
}
