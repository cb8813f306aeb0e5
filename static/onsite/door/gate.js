// The gate: every code is answered, in the order in which they came, by the server or, while there is
// none, by the list on the tablet.

import { LoggedOut, NoAnswer, Refused, jsonApi } from "../common/api.js";
import { asked, isCode, orderIn } from "../common/code.js";
import { newNonce } from "../common/random.js";
import { ticks } from "../common/ticks.js";
import { Backlog } from "./backlog.js";
import { asOf, decide, stateOf } from "./judge.js";
import { messageOf } from "./scan-document.js";
import { hashOf, NotKept } from "./store.js";

const PATIENCE = 3000;
const REMEMBERED = 50; // more than are listed
const UNLISTED = { ticket: null, refusal: "" };

/** One of the order who would not be let in. */
const stayingOf = ({ name, ticket, answer, ...other }) => ({
  name: name || ticket,
  answer,
  ticketId: other["ticket-id"],
  from: other["admits-from"],
  until: other["admits-until"],
});

/** What an answer keeps of its scan. */
const ofScan = ({ code, nonce }) => ({ code, key: nonce, isTicket: code ? isCode(code) : undefined });

const isAboutStation = (error) => error.status === "404" && error.source?.pointer?.endsWith("/station");

export class Gate extends EventTarget {
  station = null;
  direction = "in";
  offline = false;
  isLocked = false; // nobody is logged in any more, or somebody else
  #line = Promise.resolve();
  #passages = new Map(); // by nonce: whom this page let pass, and what was known of them before
  deciding = 0; // scans that have no answer yet

  constructor({ data, store, time, askToLogIn }) {
    super();
    Object.assign(this, { data, store, time, askToLogIn });
    const post = (scan) => this.#post(scan);
    this.backlog = new Backlog({ store, person: data.person, post, time });
  }

  /** What was scanned, one after the other; resolves to its answer, for there always is one but of nothing. */
  async scan(text) {
    if (orderIn(text)) return this.#answered(async () => this.#receipt());
    const code = asked(text);
    if (code) return this.#answered(() => this.#ask({ code }));
  }

  /** A guest who was found by name. */
  admit(guest) {
    return this.#answered(() => this.#ask({ attendee: guest.id }));
  }

  /** Answered here, with and without network: its link is a secret, which is not sent on, nor kept. */
  #receipt() {
    const { direction } = this;
    const at = this.time.now();
    return this.#say({ ...decide(undefined, { isReceipt: true }), direction, at, key: `receipt ${ticks()}` });
  }

  #next(act) {
    const answer = this.#line.then(act);
    this.#line = answer.catch(() => {});
    return answer;
  }

  /** Says at once that something is asked, and has an answer whatever throws. */
  #answered(act) {
    this.deciding += 1;
    this.dispatchEvent(new Event("asked"));
    return this.#next(() =>
      act()
        .catch((error) => this.fail(error))
        .finally(() => (this.deciding -= 1)),
    );
  }

  /** What nobody has thought of: nobody is let in by it, and the one who scans is told. */
  fail(error) {
    console.error(error);
    const detail = window.gettext("This tablet cannot decide it: scan again, or ask.");
    return this.#refuse({ nonce: `failed ${ticks()}` }, "refused", detail);
  }

  async #ask(what) {
    const scan = {
      ...what,
      direction: this.direction,
      station: this.station?.id ?? null,
      nonce: newNonce(),
    };
    if (this.isLocked) return this.#refuse(scan, "logged-out");
    // What came before must arrive before. Where nothing can be kept, only the server decides.
    if ((this.offline && this.store.keeps) || this.backlog.waiting.length) return this.#decide(scan);
    const seen = this.time.stamp();
    let answer;
    try {
      answer = this.#read((await this.#post(scan)).data);
    } catch (error) {
      return this.#unanswered(error, { ...scan, seen, isSent: true });
    }
    const said = this.#say({ ...answer, ...ofScan(scan) });
    await this.#remember(scan, answer).catch(console.error);
    return said;
  }

  #unanswered(error, scan) {
    if (error instanceof NoAnswer) return this.#decide(scan);
    if (error instanceof Refused && error.errors.some(isAboutStation)) return this.#loseStation(scan);
    if (error instanceof Refused) return this.#refuse(scan, "refused", error.message);
    if (!(error instanceof LoggedOut)) throw error;
    this.askToLogIn();
    return this.#refuse(scan, "logged-out");
  }

  #refuse({ code, attendee, direction, nonce }, answer, detail) {
    const at = this.time.now();
    const offline = answer === "not-kept";
    const scan = ofScan({ code, nonce });
    return this.#say({ state: "no", answer, detail, attendee, direction, at, offline, ...scan });
  }

  /** An organizer has deleted it since the page was opened. */
  #loseStation(scan) {
    this.data.stations = this.data.stations.filter(({ id }) => id !== scan.station);
    return this.#refuse(scan, "refused", window.gettext("This gate is gone: change the gate."));
  }

  /** Whoever is logged out lets nobody in, not even by the tablet's list, and sees no names. */
  lock() {
    this.isLocked = true;
    this.backlog.forgetNames();
  }

  /** The list is older than this answer: should the network go now, the guest must not come in twice. */
  async #remember(scan, { admitted, attendee }) {
    if (!scan.code || !admitted || !attendee || !crypto.subtle) return;
    const hash = await hashOf(scan.code);
    await this.#passed(scan, hash, await this.#guest(hash));
  }

  async #passed({ nonce, direction }, hash, guest) {
    if (this.#passages.size >= REMEMBERED) this.#passages.delete(this.#passages.keys().next().value);
    this.#passages.set(nonce, { hash, guest, by: (await this.store.own(hash))?.nonce });
    await this.store.setInside(hash, guest ?? UNLISTED, direction === "in", nonce);
  }

  /** What the tablet knows of a guest by now; undefined if it is nothing. */
  async #guest(hash) {
    const known = await this.store.guest(hash);
    return known && asOf(known, this.#rule());
  }

  #rule() {
    const { reentry, days } = this.data.event;
    return { reentry, days, now: this.time.now() };
  }

  #send(url, document, patience) {
    // In another tab somebody else may have logged in: nothing is done in their name.
    return jsonApi("POST", url, document, { "X-Cashier": String(this.data.person.id) }, patience);
  }

  #post(scan) {
    const [address, document] = messageOf(scan, this.data.event.id);
    return this.#send(`${this.data.urls.api}${address}`, document, PATIENCE);
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
      ticketId: check.meta["ticket-id"] ?? null,
      from: check.meta["admits-from"] ?? null,
      until: check.meta["admits-until"] ?? null,
      due: check.meta.due ?? null,
      others: check.meta["others-outside"] ?? 0,
      staying: (check.meta["others-refused"] ?? []).map(stayingOf),
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
    const hash = scan.code && crypto.subtle ? await hashOf(scan.code) : null;
    const guest = hash ? await this.#guest(hash) : undefined;
    const judged = this.#judge(scan, guest);
    const seen = scan.seen ?? this.time.stamp();
    const at = this.time.of(seen);
    try {
      // The door acts now; whether the guest passed goes with the scan.
      const occurredAt = seen.server ? new Date(at).toISOString() : undefined;
      await this.backlog.add({ ...scan, seen, occurredAt, admitted: judged.admitted });
    } catch (error) {
      if (error instanceof NotKept) return this.#refuse(scan, "not-kept");
      throw error;
    }
    if (hash && judged.admitted) await this.#passed(scan, hash, guest);
    return this.#say({ ...judged, direction: scan.direction, at, offline: true, ...ofScan(scan) });
  }

  #judge(scan, guest) {
    const ticket = this.data.tickets[guest?.ticket];
    const decided = decide(guest, {
      direction: scan.direction,
      ticket,
      tickets: this.station?.tickets,
      isTicket: !scan.code || isCode(scan.code), // a guest who was found by name has a ticket
      ...this.#rule(),
    });
    return { ...this.#told(guest, ticket), ...decided, attendee: scan.attendee ?? null };
  }

  /** What the tablet can say of a guest: it keeps no names. */
  #told(guest, ticket) {
    const note = guest ? (ticket?.note ?? "") : window.gettext("Not on this tablet's list");
    const { name = "", from = null, until = null } = ticket ?? {};
    return { name: "", order: "", others: 0, ticket: name, ticketId: guest?.ticket, from, until, note };
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
    answer.asked ??= { nonce: newNonce() };
    const attributes = { ...answer.asked, "at-most": most };
    const relationships = this.station
      ? { station: { data: { type: "station", id: String(this.station.id) } } }
      : undefined;
    const document = { data: { type: "check-in", attributes, relationships } };
    const { data } = await this.#send(`${this.data.urls.api}orders/${order}/check-ins`, document);
    delete answer.asked;
    const admitted = data.map((check) => ({ ...this.#read(check), key: check.id }));
    return admitted;
  }

  /** Take back that a guest passed: at the server, or here while it waits to be sent. */
  undo(answer) {
    return this.#next(() => this.#undo(answer));
  }

  async #undo({ id, key }) {
    if (this.isLocked) throw new LoggedOut();
    const passage = this.#passages.get(key);
    const own = passage && (await this.store.own(passage.hash));
    if (own?.nonce && own.nonce !== key)
      throw new Refused([{ detail: window.gettext("The guest has passed again since.") }]);
    const arrived = id ?? (await this.backlog.undo(key));
    if (arrived) await this.#undoArrived(arrived, passage?.hash);
    if (passage) await this.#putBack(passage);
  }

  async #undoArrived(undoes, hash) {
    if (!this.offline && !this.backlog.waiting.length)
      try {
        return await this.#post({ undoes });
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        this.setOffline(true);
      }
    return this.backlog.add({ undoes, hash, nonce: newNonce() });
  }

  #putBack({ hash, guest, by }) {
    return guest ? this.store.setOwn(hash, guest, by) : this.store.forgetOwn(hash);
  }

  /** Let somebody in although the answer was no, for which an organizer answers. */
  async admitAnyway({ code, attendee }, reason, approval) {
    const scan = {
      code,
      attendee,
      direction: "in",
      station: this.station?.id ?? null,
      nonce: newNonce(),
      reason,
      approval,
    };
    return this.#say(this.#read((await this.#post(scan)).data));
  }
}
