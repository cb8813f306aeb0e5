// The gate: every code is answered, in the order in which they came, by the server or, while there is
// none, by the list on the tablet.

import { LoggedOut, NoAnswer, Refused, jsonApi } from "../common/api.js";
import { newNonce } from "../common/random.js";
import { Backlog } from "./backlog.js";
import { asOf, decide, stateOf } from "./judge.js";
import { hashOf } from "./store.js";

const SAME_AGAIN = 3000;
const PATIENCE = 3000;
const UNLISTED = { ticket: null, refusal: "" };

const isAboutStation = (error) => error.status === "404" && error.source?.pointer?.endsWith("/station");

export class Gate extends EventTarget {
  station = null;
  direction = "in";
  offline = false;
  isLocked = false; // nobody is logged in any more, or somebody else
  #line = Promise.resolve();
  #last = new Map(); // code and direction -> {at, answer}
  #order = 0;

  constructor({ data, store, askToLogIn }) {
    super();
    Object.assign(this, { data, store, askToLogIn });
    this.backlog = new Backlog({ store, person: data.person, post: (scan) => this.#post(scan) });
  }

  /** One code after the other; resolves to its answer. */
  scan(code) {
    return this.#next(() => this.#scan(code.trim().toUpperCase()));
  }

  /** A guest who was found by name. */
  admit(guest) {
    return this.#next(() => this.#ask({ attendee: guest.id }));
  }

  #next(act) {
    const answer = this.#line.then(act);
    this.#line = answer.catch(() => {});
    return answer;
  }

  async #scan(code) {
    const key = `${this.station?.id} ${this.direction} ${code}`;
    const before = this.#last.get(key);
    // A camera reads the same code many times a second.
    if (before && performance.now() - before.at < SAME_AGAIN) {
      before.at = performance.now();
      return this.#say({ ...before.answer, again: true });
    }
    const answer = await this.#ask({ code });
    this.#last.set(key, { at: performance.now(), answer });
    return answer;
  }

  /** The document of a scan, as the API takes it. */
  #document({ code, attendee, direction, station, nonce, occurredAt, admitted, reason, approval }) {
    const attributes = { code, direction, nonce, "occurred-at": occurredAt, admitted, reason, approval };
    // A station says which event it is.
    const [type, id] = station ? ["station", station] : ["event", this.data.event.id];
    const relationships = { [type]: { data: { type, id: String(id) } } };
    if (attendee) relationships.attendee = { data: { type: "attendee", id: String(attendee) } };
    return { data: { type: "check-in", attributes, relationships } };
  }

  async #ask(what) {
    const scan = {
      ...what,
      direction: this.direction,
      station: this.station?.id ?? null,
      nonce: newNonce(),
      occurredAt: new Date().toISOString(),
      order: Date.now() * 1000 + (this.#order++ % 1000),
    };
    if (this.isLocked) return this.#refuse(scan, "logged-out");
    // What came before must arrive before.
    if (this.offline || this.backlog.waiting.length) return this.#decide(scan);
    try {
      const answer = this.#say({ ...this.#read((await this.#post(scan)).data), key: scan.nonce });
      await this.#remember(scan, answer);
      return answer;
    } catch (error) {
      if (error instanceof NoAnswer) return this.#decide(scan);
      if (error instanceof Refused && error.errors.some(isAboutStation)) return this.#loseStation(scan);
      if (error instanceof Refused) return this.#refuse(scan, "refused", error.message);
      if (error instanceof LoggedOut) {
        this.askToLogIn();
        return this.#refuse(scan, "logged-out");
      }
      throw error;
    }
  }

  #refuse({ code, attendee, direction, nonce, occurredAt }, answer, detail) {
    return this.#say({ state: "no", answer, detail, code, attendee, direction, at: occurredAt, key: nonce });
  }

  /** An organizer has deleted it since the page was opened. */
  #loseStation(scan) {
    this.data.stations = this.data.stations.filter(({ id }) => id !== scan.station);
    return this.#refuse(scan, "refused", window.gettext("This gate is gone: change the gate."));
  }

  /** Whoever is logged out lets nobody in, not even by the tablet's list, and sees no names. */
  lock() {
    this.isLocked = true;
    this.#last.clear();
    this.backlog.forgetNames();
  }

  /** The list is older than this answer: should the network go now, the guest must not come in twice. */
  async #remember({ code, direction }, { admitted, attendee }) {
    if (!code || !admitted || !attendee || !crypto.subtle) return;
    const hash = await hashOf(code);
    await this.store.setInside(hash, (await this.#guest(hash)) ?? UNLISTED, direction === "in");
  }

  /** What the tablet knows of a guest by now; undefined if it is nothing. */
  async #guest(hash) {
    const known = await this.store.guest(hash);
    return known && asOf(known, this.#rule());
  }

  #rule() {
    const { reentry, days } = this.data.event;
    return { reentry, days, now: Date.now() };
  }

  #send(url, document, patience) {
    // In another tab somebody else may have logged in: nothing is done in their name.
    return jsonApi("POST", url, document, { "X-Cashier": String(this.data.person.id) }, patience);
  }

  #post(scan) {
    return this.#send(this.data.urls.checkIns, this.#document(scan), PATIENCE);
  }

  /** What an answer of the server means at the door. */
  #read(check) {
    const { answer, direction, admitted } = check.attributes;
    const note = check.meta["door-note"] ?? "";
    return {
      id: check.id,
      state: stateOf({ admitted, direction, note }),
      answer,
      direction,
      admitted,
      attendee: check.relationships.attendee.data?.id ?? null,
      name: check.meta.name ?? "",
      ticket: check.meta.ticket ?? "",
      note,
      order: check.meta.order ?? "",
      others: check.meta["others-outside"] ?? 0,
      outSince: check.meta["out-since"] ?? null,
      previous: check.meta.previous ?? null,
      at: check.attributes["occurred-at"],
      offline: false,
    };
  }

  #say(answer) {
    this.dispatchEvent(new CustomEvent("answer", { detail: answer }));
    return answer;
  }

  // --- without the server ---

  async #decide(scan) {
    this.setOffline(true);
    const judged = await this.#judge(scan);
    // The door acts now; whether the guest passed goes with the scan.
    await this.backlog.add({ ...scan, admitted: judged.admitted });
    return this.#say({
      ...judged,
      direction: scan.direction,
      at: scan.occurredAt,
      offline: true,
      key: scan.nonce,
    });
  }

  async #judge(scan) {
    const hash = scan.code && crypto.subtle ? await hashOf(scan.code) : null;
    const guest = hash ? await this.#guest(hash) : undefined;
    const ticket = this.data.tickets[guest?.ticket];
    const decided = decide(guest, {
      direction: scan.direction,
      ticket,
      tickets: this.station?.tickets,
      ...this.#rule(),
    });
    const { admitted } = decided;
    if (hash && admitted) await this.store.setInside(hash, guest ?? UNLISTED, scan.direction === "in");
    return { ...this.#told(guest, admitted && ticket), ...decided, attendee: scan.attendee ?? null };
  }

  /** What the tablet can say of a guest: it keeps no names. */
  #told(guest, ticket) {
    const note = guest ? (ticket?.note ?? "") : window.gettext("Not on this tablet's list");
    return { name: "", order: "", others: 0, ticket: ticket?.name ?? "", note };
  }

  setOffline(is) {
    if (this.offline === is) return;
    this.offline = is;
    this.dispatchEvent(new Event("connection"));
  }

  /** Send what has not arrived, one after the other; stops where the server is gone again. A guest who
   * comes meanwhile waits for one of them, not for all.
   */
  async replay() {
    while (await this.#next(() => this.#sendFirst()));
  }

  /** Whether there may be another one to send. */
  async #sendFirst() {
    try {
      const isMore = await this.backlog.sendFirst();
      if (!isMore) this.setOffline(false);
      return isMore;
    } catch (error) {
      if (error instanceof LoggedOut) this.askToLogIn();
      else if (error instanceof NoAnswer || error instanceof Refused) this.setOffline(true);
      else throw error;
      return false;
    }
  }

  // --- more than a scan ---

  /** So many of an order's guests who are outside, all at once. */
  async admitGroup(answer, most) {
    const { order } = answer;
    // Asked again after no answer, it is the same question.
    answer.asked ??= { nonce: newNonce(), "occurred-at": new Date().toISOString() };
    const attributes = { ...answer.asked, "at-most": most };
    const relationships = this.station
      ? { station: { data: { type: "station", id: String(this.station.id) } } }
      : undefined;
    const document = { data: { type: "check-in", attributes, relationships } };
    const { data } = await this.#send(`${this.data.urls.orders}/${order}/check-ins`, document);
    delete answer.asked;
    const admitted = data.map((check) => ({ ...this.#read(check), key: check.id }));
    for (const { answer: before } of this.#last.values())
      if (before.order === order) before.others = answer.others - admitted.length;
    return admitted;
  }

  async undo(id) {
    const { data } = await this.#send(`${this.data.urls.checkIns}/${id}/undo`, {
      data: { type: "check-in" },
    });
    // The guest may come again at once.
    for (const [key, { answer }] of this.#last) if (answer.id === id) this.#last.delete(key);
    return this.#read(data);
  }

  /** Let somebody in although the answer was no, for which an organizer answers. */
  async admitAnyway({ code, attendee }, reason, approval) {
    const scan = {
      code,
      attendee,
      direction: "in",
      station: this.station?.id ?? null,
      nonce: newNonce(),
      occurredAt: new Date().toISOString(),
      reason,
      approval,
    };
    return this.#say(this.#read((await this.#post(scan)).data));
  }
}
