// What a door keeps on the tablet: the queue of scans that have not arrived, the list to decide by, and
// what this door has done since. IndexedDB, so that a reload loses nothing.

import { NoAnswer } from "../common/api.js";
import { hex } from "../common/random.js";
import { HASH, findListed, isList } from "./listed.js";

const open = (name) =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 2);
    request.onupgradeneeded = ({ oldVersion }) => {
      const { result, transaction } = request;
      if (oldVersion === 0) {
        result.createObjectStore("queue", { keyPath: "nonce" });
        result.createObjectStore("facts");
      } else {
        result.deleteObjectStore("guests");
        transaction.objectStore("facts").delete("listed");
      }
      result.createObjectStore("own");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

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

export class Store {
  #list = "";

  static async open(event) {
    const store = new Store();
    store.database = await open(`onsite.door.${event}`);
    store.#list = (await store.fact("list")) ?? "";
    return store;
  }

  #of(name, mode = "readonly") {
    return this.database.transaction(name, mode).objectStore(name);
  }

  /** Resolves when the scan is on disk. */
  async queue(scan) {
    const transaction = this.database.transaction("queue", "readwrite");
    transaction.objectStore("queue").put(scan);
    await committed(transaction);
  }

  async unqueue(nonce) {
    const transaction = this.database.transaction("queue", "readwrite");
    transaction.objectStore("queue").delete(nonce);
    await committed(transaction);
  }

  /** The scans that have not arrived, the first one first. */
  async queued() {
    const scans = await done(this.#of("queue").getAll());
    return scans.sort((a, b) => a.order - b.order);
  }

  /** What is known of the guest, and since when; undefined if nothing is. */
  async guest(hash) {
    const own = await done(this.#of("own").get(hash));
    if (own) return { ...own.guest, at: own.at };
    const listed = findListed(this.#list, hash);
    return listed && { ...listed, at: (await this.fact("listed")) ?? 0 };
  }

  /** Remember what this door has done itself. */
  async setInside(hash, guest, inside) {
    const now = { ...guest, inside, came: guest.came || inside };
    await done(this.#of("own", "readwrite").put({ guest: now, at: Date.now() }, hash));
  }

  /** The list as the server had it at `at`; what it does not know yet is newer, and what was done since. */
  async replaceList(list, at) {
    if (!isList(list)) throw new NoAnswer("not a list");
    const unsent = new Set();
    for (const { code, admitted } of await this.queued())
      if (code && admitted) unsent.add(await hashOf(code));
    const transaction = this.database.transaction(["own", "facts"], "readwrite");
    transaction.objectStore("facts").put(list, "list");
    transaction.objectStore("facts").put(at, "listed");
    transaction.objectStore("own").openCursor().onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) return;
      if (cursor.value.at < at && !unsent.has(cursor.key)) cursor.delete();
      cursor.continue();
    };
    await committed(transaction);
    this.#list = list;
  }

  fact(name) {
    return done(this.#of("facts").get(name));
  }

  /** In one go, whatever another tab does meanwhile. */
  async changeFact(name, change) {
    const transaction = this.database.transaction("facts", "readwrite");
    const facts = transaction.objectStore("facts");
    facts.put(change(await done(facts.get(name))), name);
    await committed(transaction);
  }

  setFact(name, value) {
    return done(this.#of("facts", "readwrite").put(value, name));
  }
}

/** What the downloaded list calls a code: the beginning of its SHA-256. */
export async function hashOf(code) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code.toUpperCase()));
  return hex(new Uint8Array(digest)).slice(0, HASH);
}
