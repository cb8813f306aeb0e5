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
const isTooEarly = (error, { occurredAt }, now) =>
  error instanceof Refused &&
  error.errors.some((one) => one.code === "approval-required") &&
  now - Date.parse(occurredAt) < ASKED;

// A station that is gone, or lets nobody pass that way by now, takes nothing from what has happened.
const isAboutStation = (error) =>
  ["404", "422"].includes(error.status) && ["not-found", "wrong-direction"].includes(error.code);

const iso = (time) => new Date(time).toISOString();

export class Backlog extends EventTarget {
  waiting = []; // the first one first
  aside = []; // what the server does not take
  others = []; // what others have scanned, who are not logged in
  conflicts = []; // what the server would have decided otherwise
  #names = new Map(); // by nonce; the tablet keeps none
  #known = "";

  /** `post(scan)` sends one; `person` is who is logged in; `time` the server's. */
  constructor({ store, person, post, time }) {
    super();
    Object.assign(this, { store, person: { id: person.id, name: person.name }, post, time });
  }

  /** Throws `NotKept` for one that is on no disk. */
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

  async #deliver(waiting) {
    const scan = await this.#marked(waiting);
    try {
      const { data: check } = await this.#arrive(scan);
      if (scan.undone) await this.#takeBack(check);
      else if (scan.admitted && check.attributes.answer !== "ok") await this.#conflict(scan, check);
      await this.store.arrived(scan.nonce, check.id);
    } catch (error) {
      if (!isItsFault(error) || isTooEarly(error, scan, this.time.now())) throw error;
      await this.#fail(scan, error);
    }
  }

  async #fail(scan, error) {
    const tries = (scan.tries ?? 0) + 1;
    // What is refused for its form stays so; what is forbidden or breaks the server may be only for now.
    const isAside = tries >= TRIES || (error instanceof Refused && !isRefused(error, "403"));
    const trouble = error instanceof Refused ? error.message : "";
    await this.store.queue({ ...scan, tries, isAside, trouble });
    if (!isAside) throw error;
  }

  /** With the time that it keeps from now on, for what is sent twice must be the same. */
  async #marked(scan) {
    if (scan.undoes || (scan.isSent && scan.occurredAt)) return scan;
    const occurredAt = scan.occurredAt ?? (scan.seen && iso(this.time.of(scan.seen)));
    const marked = { ...scan, occurredAt, isSent: true };
    await this.store.queue(marked).catch(() => {});
    return marked;
  }

  async #takeBack({ id }) {
    try {
      await this.post({ undoes: id });
    } catch (error) {
      if (!isRefused(error, "409")) throw error; // it has moved nobody, or the guest has passed again since
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

  /** Take back a scan that was decided here: from the queue, or else it is the server's, under the id that this
   * returns. Null: it is done; undefined: nobody knows of it any more.
   */
  undo(nonce) {
    return alone(async () => {
      const scan = (await this.store.queued()).find((one) => one.nonce === nonce);
      if (!scan) return this.store.arrival(nonce);
      // The server may have heard of it, although it gave no answer.
      if (scan.isSent) await this.store.queue({ ...scan, undone: true });
      else await this.store.unqueue(nonce);
      await this.look();
      return null;
    });
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
