// The answers of a door, and how an order stands, in words: short ones, for whoever stands at the gate.

import { fill } from "../common/dom.js";
import { dayName, missed } from "./days.js";

const { gettext } = window;

const WORDS = () => ({
  "already-checked-in": gettext("already in"),
  "not-inside": gettext("not inside"),
  unpaid: gettext("not paid"),
  cancelled: gettext("cancelled"),
  receipt: gettext("this is the receipt: show a ticket"),
  unknown: gettext("not on the list"),
  "wrong-event": gettext("another event"),
  "wrong-station": gettext("other gate"),
  "not-yet-valid": gettext("too early"),
  expired: gettext("expired"),
  full: gettext("the house is full"),
  "admits-nobody": gettext("admits nobody"),
  "not-kept": gettext("no network, nothing kept: ask"),
  "logged-out": gettext("not logged in"),
});

export const wordFor = (answer) => WORDS()[answer] ?? answer;

/** The same with what is to be known of it; `event` and `stations` as the page has them. */
export class Reasons {
  constructor({ event, stations }, clock) {
    Object.assign(this, { event, stations, clock, language: document.documentElement.lang });
  }

  /** `{answer, from, until, ticketId, at}` of a guest who is not let in. */
  of(answer) {
    const special = {
      "not-yet-valid": () => this.#time(answer),
      expired: () => this.#time(answer),
      "wrong-station": () => this.#gates(answer),
      unknown: () => answer.isTicket === false && gettext("not a ticket"),
    };
    return special[answer.answer]?.() || wordFor(answer.answer);
  }

  #time({ answer, from, until, at }) {
    const now = new Date(at ?? Date.now()).getTime();
    const { day, from: first, until: last } = missed({ from, until }, now, this.event) ?? {};
    if (day)
      return fill(gettext("other day: %(day)s"), { day: dayName(day, now, this.event, this.language) });
    if (first) return fill(gettext("too early: from %(time)s"), { time: this.clock(first) });
    if (last) return fill(gettext("expired: until %(time)s"), { time: this.clock(last) });
    return wordFor(answer);
  }

  #gates({ ticketId }) {
    const lets = ({ direction, tickets }) =>
      direction !== "out" && (tickets.length === 0 || tickets.includes(Number(ticketId)));
    const gates = this.stations.filter(lets).map(({ name }) => name);
    return gates.length > 0 && fill(gettext("other gate: %(gates)s"), { gates: gates.join(", ") });
  }
}
