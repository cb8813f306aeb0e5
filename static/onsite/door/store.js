// What a door keeps on the tablet: the queue of scans that have not arrived, the list to decide by, and what this
// door has done since. IndexedDB, so that a reload loses nothing; what is known of it stays in memory too, so that
// it comes back where the browser has lost it.

import { NoAnswer } from "../common/api.js";
import { hex } from "../common/random.js";
import { ticks } from "../common/ticks.js";
import { PREFIX } from "./kept-events.js";
import { HASH, findListed, isList } from "./listed.js";

const STORES = ["queue", "own", "facts"];
const SENT = 50; // so many scans can be taken back that have arrived since
const PATIENCE = 1500;
const AGAIN = 5000;

/** Nothing can be kept on this tablet, at least not now. */
export class NotKept extends Error {}

function open(name, restore, lost) {
  return new Promise((resolve, reject) => {
    const request = window.indexedDB.open(name, 2);
    request.onupgradeneeded = ({ oldVersion }) => upgrade(request, oldVersion, restore);
    request.onsuccess = () => {
      request.result.onclose = lost;
      request.result.onversionchange = () => (request.result.close(), lost());
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

function upgrade({ result, transaction }, oldVersion, restore) {
  if (oldVersion === 0) {
    result.createObjectStore("queue", { keyPath: "nonce" });
    result.createObjectStore("facts");
  } else {
    result.deleteObjectStore("guests");
    transaction.objectStore("facts").delete("listed");
  }
  result.createObjectStore("own");
  if (oldVersion === 0) restore(storesOf(transaction));
}

const storesOf = (transaction) =>
  Object.fromEntries(STORES.map((name) => [name, transaction.objectStore(name)]));

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const committed = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });

/** A browser that is asked to wipe its storage may leave what asks for it without an answer. */
function soon(promise) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new NotKept("too late")), PATIENCE));
  return Promise.race([promise, late]);
}

/** The next number: what is kept has an order, which is no clock's. */
async function counted({ facts, queue }) {
  const scans = () => done(queue.getAll()).then((all) => all.map(({ order = 0 }) => order));
  const count = (await done(facts.get("count"))) ?? Math.max(0, ...(await scans()));
  facts.put(count + 1, "count");
  return count + 1;
}

export class Store {
  keeps = true; // whether something could be kept, when that was tried last
  #connection = null;
  #failed = -Infinity;
  #queue = new Map(); // by nonce; this and the next two as they were when they were seen last
  #own = new Map(); // by hash: {guest, at, n, nonce}
  #facts = new Map();

  /** What is kept of an event, by its id; it comes without anything where nothing can be kept. */
  static async open(event, time) {
    const store = new Store();
    Object.assign(store, { name: `${PREFIX}${event}`, time });
    await store.#recall().catch(() => {});
    return store;
  }

  async #recall() {
    const { scans, facts } = await this.#on("readonly", async ({ queue, facts }) => {
      const [scans, names, values] = await Promise.all(
        [queue.getAll(), facts.getAllKeys(), facts.getAll()].map(done),
      );
      return { scans, facts: new Map(names.map((name, n) => [name, values[n]])) };
    });
    this.#queue = new Map(scans.map((scan) => [scan.nonce, scan]));
    this.#facts = facts;
    if (isList(facts.get("list"))) return;
    for (const name of ["list", "listed"]) facts.delete(name);
  }

  /** Do it on disk, on a connection that is opened anew where the last one was lost. Throws `NotKept`. */
  async #on(mode, act) {
    if (ticks() - this.#failed < AGAIN) throw new NotKept("not now");
    for (const isLast of [false, true])
      try {
        const result = await soon(this.#try(mode, act));
        this.keeps ||= mode === "readwrite";
        return result;
      } catch (error) {
        this.#connection?.then(
          (database) => database.close(),
          () => {},
        );
        this.#connection = null;
        if (isLast) this.#fail(error);
      }
  }

  #fail(error) {
    this.keeps = false;
    this.#failed = ticks();
    throw new NotKept(String(error));
  }

  async #try(mode, act) {
    const database = await this.#connect();
    const transaction = database.transaction(STORES, mode);
    const [result] = await Promise.all([act(storesOf(transaction)), committed(transaction)]);
    return result;
  }

  #connect() {
    this.#connection ??= new Promise((resolve) =>
      resolve(
        open(
          this.name,
          (stores) => this.#restore(stores),
          () => this.#lost(),
        ),
      ),
    );
    return this.#connection;
  }

  /** The browser has closed it, and perhaps lost what was in it. */
  #lost() {
    this.#connection = null;
    this.queued();
  }

  #restore({ queue, own, facts }) {
    for (const scan of this.#queue.values()) queue.put(scan);
    for (const [hash, one] of this.#own) own.put(one, hash);
    for (const [name, value] of this.#facts) facts.put(value, name);
  }

  /** Whether something can be kept by now; asked again from time to time. */
  async check() {
    if (!this.keeps) await this.setFact("checked", 1).catch(() => {});
    return this.keeps;
  }

  close() {
    this.#connection?.then(
      (database) => database.close(),
      () => {},
    );
  }

  /** Resolves when the scan is on disk, behind those that are there. */
  async queue(scan) {
    const kept = await this.#on("readwrite", async (stores) => {
      const numbered = { ...scan, order: scan.order ?? (await counted(stores)) };
      stores.queue.put(numbered);
      return numbered;
    });
    this.#queue.set(scan.nonce, kept);
    this.#facts.set("count", Math.max(kept.order, this.#facts.get("count") ?? 0));
  }

  async unqueue(nonce) {
    this.#queue.delete(nonce);
    // What stays on disk is sent again, which the server recognises.
    await this.#on("readwrite", ({ queue }) => queue.delete(nonce)).catch(() => {});
  }

  /** A scan is with the server, as the check-in with this id. */
  async arrived(nonce, id) {
    await this.unqueue(nonce);
    await this.changeFact("sent", (sent = []) => [...sent, [nonce, id]].slice(-SENT));
  }

  /** The id of a scan's check-in, if it has arrived; undefined otherwise. */
  async arrival(nonce) {
    return new Map(await this.fact("sent")).get(nonce);
  }

  /** The scans that have not arrived, the first one first. */
  async queued() {
    try {
      const scans = await this.#on("readonly", ({ queue }) => done(queue.getAll()));
      this.#queue = new Map(scans.map((scan) => [scan.nonce, scan]));
    } catch {
      // Those that were there are known.
    }
    return [...this.#queue.values()].sort((a, b) => a.order - b.order);
  }

  /** What this door has done with a guest since the list; undefined if nothing. */
  async own(hash) {
    try {
      const own = await this.#on("readonly", (stores) => done(stores.own.get(hash)));
      if (own) this.#own.set(hash, own);
      else this.#own.delete(hash);
    } catch {
      // What was there is known.
    }
    return this.#own.get(hash);
  }

  /** What is known of the guest, and since when; undefined if nothing is. */
  async guest(hash) {
    const own = await this.own(hash);
    if (own) return { ...own.guest, at: own.at };
    const listed = findListed(this.#facts.get("list") ?? "", hash);
    return listed && { ...listed, at: this.#facts.get("listed") ?? 0 };
  }

  /** Remember what this door has done itself, by the scan of that nonce. */
  setInside(hash, guest, inside, nonce) {
    return this.setOwn(hash, { ...guest, inside, came: guest.came || inside }, nonce);
  }

  async setOwn(hash, guest, nonce) {
    const one = { guest, at: this.time.now(), nonce };
    this.#own.set(hash, one);
    await this.#on("readwrite", async (stores) => {
      one.n = await counted(stores);
      stores.own.put(one, hash);
      this.#facts.set("count", one.n);
    }).catch(() => {});
  }

  async forgetOwn(hash) {
    this.#own.delete(hash);
    await this.#on("readwrite", ({ own }) => own.delete(hash)).catch(() => {});
  }

  /** How much was done so far: a list that is asked for now may know of this, and of nothing later. */
  async count() {
    return (await this.fact("count")) ?? 0;
  }

  /** The list as the server had it at `at`, after `count` was done; what it does not know yet is newer, and what was
   * done since. Where it cannot be kept it holds as long as the page.
   */
  async replaceList(list, at, count) {
    if (!isList(list)) throw new NoAnswer("not a list");
    const unsent = await this.#unsent();
    const isOld = (hash, { n = 0 }) => n <= count && !unsent.has(hash);
    this.#facts.set("list", list).set("listed", at);
    for (const [hash, own] of this.#own) if (isOld(hash, own)) this.#own.delete(hash);
    await this.#on("readwrite", ({ own, facts }) => {
      facts.put(list, "list");
      facts.put(at, "listed");
      own.openCursor().onsuccess = ({ target: { result: cursor } }) => {
        if (!cursor) return;
        if (isOld(cursor.key, cursor.value)) cursor.delete();
        cursor.continue();
      };
    }).catch(() => {});
  }

  /** The guests of whom the server does not know where they are, as hashes. */
  async #unsent() {
    const unsent = new Set();
    for (const { code, admitted, hash } of await this.queued())
      if (hash || (code && admitted)) unsent.add(hash ?? (await hashOf(code)));
    return unsent;
  }

  async fact(name) {
    try {
      this.#facts.set(name, await this.#on("readonly", ({ facts }) => done(facts.get(name))));
    } catch {
      // What was there is known.
    }
    return this.#facts.get(name);
  }

  /** In one go, whatever another tab does meanwhile. */
  async changeFact(name, change) {
    const value = await this.#on("readwrite", async ({ facts }) => {
      const value = change(await done(facts.get(name)));
      facts.put(value, name);
      return value;
    }).catch(() => change(this.#facts.get(name)));
    this.#facts.set(name, value);
  }

  setFact(name, value) {
    return this.changeFact(name, () => value);
  }
}

/** What the downloaded list calls a code: the beginning of its SHA-256. */
export async function hashOf(code) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code.toUpperCase()));
  return hex(new Uint8Array(digest)).slice(0, HASH);
}
