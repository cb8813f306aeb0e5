// What the server does not know yet: scans that wait on the tablet, each under the name of who made it.
// They are sent one after the other, and none is lost.

import { NoAnswer, Refused } from "../common/api.js";

const TRIES = 3;
const BUSY = 503;

/** One tab at a time. Without HTTPS there are no locks; then the server recognises what it is sent twice. */
const alone = (act) => (navigator.locks ? navigator.locks.request("onsite-door", act) : act());

const isRefused = (error, status) =>
  error instanceof Refused && error.errors.some((one) => one.status === status);

/** Whether it is about this scan that the server said no or broke, so that another one may fare better. */
function isItsFault(error) {
  if (error instanceof Refused) return !isRefused(error, "429");
  return error instanceof NoAnswer && error.status >= 500 && error.status !== BUSY;
}

// What was decided against the answer is taken from ten seconds on: until then it may have been asked for.
const ASKED = 15_000;
const isTooEarly = (error, { occurredAt }) =>
  error instanceof Refused &&
  error.errors.some((one) => one.code === "approval-required") &&
  Date.now() - Date.parse(occurredAt) < ASKED;

// A station that is gone, or lets nobody pass that way by now, takes nothing from what has happened.
const isAboutStation = (error) =>
  ["404", "422"].includes(error.status) && ["not-found", "wrong-direction"].includes(error.code);

export class Backlog extends EventTarget {
  waiting = []; // the first one first
  aside = []; // what the server does not take
  others = []; // what others have scanned, who are not logged in
  conflicts = []; // what the server would have decided otherwise
  #names = new Map(); // by nonce; the tablet keeps none
  #known = "";

  /** `post(scan)` sends one; `person` is who is logged in. */
  constructor({ store, person, post }) {
    super();
    Object.assign(this, { store, person: { id: person.id, name: person.name }, post });
  }

  async add(scan) {
    await this.store.queue({ ...scan, by: this.person });
    await this.look();
  }

  /** Another tab may have queued scans, or sent them. */
  async look() {
    const scans = await this.store.queued();
    const isMine = ({ by }) => by.id === this.person.id;
    const found = {
      waiting: scans.filter((scan) => isMine(scan) && !scan.isAside),
      aside: scans.filter((scan) => isMine(scan) && scan.isAside),
      others: scans.filter((scan) => !isMine(scan)),
      conflicts: (await this.store.fact("conflicts")) ?? [],
    };
    const known = JSON.stringify(found);
    if (known === this.#known) return;
    this.#known = known;
    Object.assign(this, found);
    this.dispatchEvent(new Event("change"));
  }

  /** Send the first one: whether there may be another. Throws while none can be sent. */
  sendFirst() {
    return alone(async () => {
      await this.look();
      const [scan] = this.waiting;
      if (!scan) return false;
      await this.#deliver(scan);
      await this.look();
      return true;
    });
  }

  async #deliver(scan) {
    try {
      const { data: check } = await this.#arrive(scan);
      if (scan.admitted && check.attributes.answer !== "ok") await this.#conflict(scan, check);
      await this.store.unqueue(scan.nonce);
    } catch (error) {
      if (!isItsFault(error) || isTooEarly(error, scan)) throw error;
      const tries = (scan.tries ?? 0) + 1;
      // What is refused for its form stays so; what is forbidden or breaks the server may be only for now.
      const isAside = tries >= TRIES || (error instanceof Refused && !isRefused(error, "403"));
      await this.store.queue({
        ...scan,
        tries,
        isAside,
        trouble: error instanceof Refused ? error.message : "",
      });
      if (!isAside) throw error;
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

  #conflict({ nonce, occurredAt, code = "" }, { attributes, meta }) {
    const { name, order, ticket } = meta;
    this.#names.set(nonce, name);
    const conflict = {
      nonce,
      at: occurredAt,
      answer: attributes.answer,
      order,
      ticket,
      code: order ? "" : code,
    };
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

  /** From now on they are this person's, and wait to be sent. */
  take(scans) {
    return this.#each(scans, (scan) =>
      this.store.queue({ ...scan, by: this.person, tries: 0, isAside: false }),
    );
  }

  discard(scans) {
    return this.#each(scans, ({ nonce }) => this.store.unqueue(nonce));
  }

  #each(scans, act) {
    return alone(async () => {
      for (const scan of scans) await act(scan);
      await this.look();
    });
  }
}
