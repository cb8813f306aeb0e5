// What a door keeps on the tablet: the queue of scans that have not arrived, the list to decide by, and
// who is inside as far as this door knows. IndexedDB, so that a reload loses nothing.

const open = (name) =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("queue", { keyPath: "nonce" });
      request.result.createObjectStore("guests");
      request.result.createObjectStore("facts");
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
  #own = new Map(); // what this door has done itself: hash -> {guest, at}

  static async open(event) {
    const store = new Store();
    store.database = await open(`onsite.door.${event}`);
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

  guest(hash) {
    return done(this.#of("guests").get(hash));
  }

  /** Remember what this door has done itself. */
  async setInside(hash, guest, inside) {
    const now = { ...guest, inside, came: guest.came || inside };
    this.#own.set(hash, { guest: now, at: Date.now() });
    await done(this.#of("guests", "readwrite").put(now, hash));
  }

  /** The list as the server had it at `at`; what it does not know yet is newer, and what was done since. */
  async replaceGuests(rows, at) {
    const list = new Map(
      rows.map(([hash, ticket, refusal, inside, came]) => [hash, { ticket, refusal, inside: Boolean(inside), came: Boolean(came) }]),
    );
    for (const { code, direction, admitted } of await this.queued()) {
      if (!code || !admitted) continue;
      const hash = await hashOf(code);
      list.set(hash, { ticket: null, refusal: "", ...list.get(hash), inside: direction === "in", came: true });
    }
    for (const [hash, own] of this.#own)
      if (own.at >= at) list.set(hash, own.guest);
      else this.#own.delete(hash);
    const transaction = this.database.transaction(["guests", "facts"], "readwrite");
    const guests = transaction.objectStore("guests");
    guests.clear();
    for (const [hash, guest] of list) guests.put(guest, hash);
    transaction.objectStore("facts").put(at, "listed");
    await committed(transaction);
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
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 20);
}

/** A UUID without `crypto.randomUUID`, which is missing on plain http. */
export function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
