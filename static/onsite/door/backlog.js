// What the server does not know yet: scans that wait on the tablet, and are sent one after the other.

import { Refused } from "../till/api.js";

/** One tab at a time. Without HTTPS there are no locks; then the server recognises what it is sent twice. */
const alone = (act) => (navigator.locks ? navigator.locks.request("onsite-door", act) : act());

// A station that is gone, or lets nobody pass that way by now, takes nothing from what has happened.
const isAboutStation = (error) => ["404", "422"].includes(error.status) && ["not-found", "wrong-direction"].includes(error.code);

export class Backlog extends EventTarget {
  waiting = []; // the first one first
  conflicts = []; // what the server would have decided otherwise
  #names = new Map(); // by nonce; the tablet keeps none

  /** `post(scan)` sends one. */
  constructor({ store, post }) {
    super();
    Object.assign(this, { store, post });
  }

  async add(scan) {
    await this.store.queue(scan);
    await this.look();
  }

  /** Another tab may have queued scans, or sent them. */
  async look() {
    this.waiting = await this.store.queued();
    this.conflicts = (await this.store.fact("conflicts")) ?? [];
    this.dispatchEvent(new Event("change"));
  }

  /** Send the first one: whether there may be another. Throws while none can be sent. */
  sendFirst() {
    return alone(async () => {
      await this.look();
      const [scan] = this.waiting;
      if (!scan) return false;
      await this.#deliver(scan);
      await this.store.unqueue(scan.nonce);
      await this.look();
      return true;
    });
  }

  async #deliver(scan) {
    try {
      const { data: check } = await this.#arrive(scan);
      if (scan.admitted && check.attributes.answer !== "ok") await this.#conflict(scan, check);
    } catch (error) {
      // Whoever may not check in any more keeps what happened for somebody who may.
      const isKept = error instanceof Refused && error.errors.some(({ status }) => ["403", "429"].includes(status));
      if (isKept || !(error instanceof Refused)) throw error;
      await this.#conflict(scan, null, error.message);
    }
  }

  async #arrive(scan) {
    try {
      return await this.post(scan);
    } catch (error) {
      if (!(error instanceof Refused) || !scan.station || !error.errors.some(isAboutStation)) throw error;
      return this.post({ ...scan, station: null });
    }
  }

  #conflict({ nonce, occurredAt, code = "" }, check, detail = "") {
    const { name, order, ticket } = check?.meta ?? {};
    this.#names.set(nonce, name);
    const conflict = { nonce, at: occurredAt, answer: check?.attributes.answer ?? "", order, ticket, code: order ? "" : code, detail };
    return this.store.changeFact("conflicts", (all = []) => [...all, conflict]);
  }

  nameOf({ nonce }) {
    return this.#names.get(nonce);
  }

  forgetNames() {
    this.#names.clear();
    this.dispatchEvent(new Event("change"));
  }

  async forgetConflicts() {
    await this.store.setFact("conflicts", []);
    await this.look();
  }
}
