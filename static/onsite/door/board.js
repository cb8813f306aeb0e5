// What the door's page says of the house and of the network.

import { $, fill } from "../common/dom.js";

const { gettext } = window;

export class Board {
  #house = {}; // as the server has said last: how many are inside, and how many may be

  constructor({ gate, list, clock }) {
    Object.assign(this, { gate, list, clock, backlog: gate.backlog });
    for (const [speaker, name] of [
      [gate, "connection"],
      [gate.backlog, "change"],
    ])
      speaker.addEventListener(name, () => this.#showConnection());
  }

  hear(house) {
    this.#house = house;
    $("inside").textContent = String(house.inside);
    this.#showCapacity();
  }

  /** What the door has just seen, until the server is asked for the count again. */
  moved(by) {
    const inside = Number($("inside").textContent);
    if (Number.isInteger(inside)) $("inside").textContent = String(Math.max(0, inside + by));
  }

  get offlineText() {
    return fill(gettext("OFFLINE %(n)s"), { n: this.backlog.waiting.length });
  }

  get #onlineText() {
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
    this.#showCapacity();
  }

  #showCapacity() {
    const { capacity, "is-nearly-full": isNearlyFull } = this.#house;
    const { offline } = this.gate;
    const text = () => (isNearlyFull ? gettext("of %(capacity)s: nearly full") : gettext("of %(capacity)s"));
    $("capacity").classList.toggle("problem", Boolean(isNearlyFull) && !offline);
    if (capacity === null) $("capacity").textContent = "";
    else if (offline) $("capacity").textContent = gettext("The capacity is not watched while offline.");
    else if (capacity !== undefined) $("capacity").textContent = fill(text(), { capacity });
  }
}
