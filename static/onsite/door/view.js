// What the door shows: the answer, large; the count inside; the last scans.

import { button, fill, h } from "../common/dom.js";
import { Turns } from "./turns.js";
import { Reasons, wordFor } from "./words.js";

const { gettext, ngettext } = window;

const COVERS = 2500;
const STOP_STANDS = 700;
const CROWD_STANDS = 1500;
const NAMED = 4;
const LETTERS = 4;

const verdictLine = (text) => h("p", { class: "verdict" }, text);

/** Whether an organizer may let this guest in all the same. */
const mayComeAnyway = ({ state, offline, direction, attendee, code, answer }) =>
  state === "no" &&
  !offline &&
  direction !== "out" &&
  (attendee || code) &&
  !["unknown", "wrong-event", "admits-nobody", "refused", "logged-out"].includes(answer);

const SHAPES = {
  ok: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.6 14.6-4.5-4.5 1.7-1.7 2.8 2.8 6-6 1.7 1.7Z",
  look: "M12 2 1 21h22Zm-1 7h2v6h-2Zm0 8h2v2h-2Z",
  no: "M8 2h8l6 6v8l-6 6H8l-6-6V8Zm.8 5.4L7.4 8.8 10.6 12l-3.2 3.2 1.4 1.4L12 13.4l3.2 3.2 1.4-1.4-3.2-3.2 3.2-3.2-1.4-1.4L12 10.6Z",
  out: "M4 11h10V6l7 6-7 6v-5H4Z",
  crowd: "M3 3h8v8H3Zm2 2v4h4V5Zm8-2h8v8h-8Zm2 2v4h4V5ZM3 13h8v8H3Zm2 2v4h4v-4Zm8-2h8v8h-8Zm2 2v4h4v-4Z",
};

const SVG = "http://www.w3.org/2000/svg";

function shape(state) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "shape");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[state]);
  path.setAttribute("fill-rule", "evenodd");
  drawing.append(path);
  return drawing;
}

function verdict(answer) {
  if (answer.state === "no") return gettext("STOP");
  if (answer.direction === "out") return gettext("OUT");
  return answer.outSince ? gettext("WELCOME BACK") : gettext("ADMIT");
}

function why(answer, reasons) {
  const { state, previous, outSince, detail } = answer;
  const { clock } = reasons;
  if (detail) return detail;
  if (answer.answer === "already-checked-in" && previous)
    return fill(gettext("already in %(at)s %(where)s"), {
      at: clock(previous.at),
      where: [previous.station, previous.by].filter(Boolean).join(", "),
    });
  if (state === "no") return reasons.of(answer);
  if (answer.answer !== "ok")
    return fill(gettext("let in, although: %(answer)s"), { answer: wordFor(answer.answer) });
  if (outSince) return fill(gettext("out %(at)s"), { at: clock(outSince) });
  return "";
}

const MARKS = { ok: "\u2713", look: "!", no: "\u2715", out: "\u2192" };

/** What tells this guest from the others: a name, or else the ticket and how the code begins. */
const guestOf = ({ name, ticket, code, answer }) =>
  name ||
  (answer === "receipt" && gettext("Receipt")) ||
  [ticket, code && `...${code.slice(0, LETTERS)}`].filter(Boolean).join(" ") ||
  gettext("Found by name");

const happened = (answer, reasons) => [verdict(answer), why(answer, reasons)].filter(Boolean).join(", ");

export class View {
  #turns = new Turns();

  /** `data` as the page has it; `acts.shown(answer)` is told when an answer is painted. */
  constructor(data, acts) {
    Object.assign(this, { data, acts, reasons: new Reasons(data, acts.clock) });
    this.panel = document.getElementById("answer");
    this.last = document.getElementById("last");
    this.ready();
  }

  /** Ready for the next guest. */
  ready() {
    clearTimeout(this.leaving);
    this.#turns.atOnce("ready", () => this.#fill("ready", false, [verdictLine(gettext("Scan a ticket"))]));
  }

  /** Nothing of the guest before is in sight while the next one is asked about. */
  wait() {
    clearTimeout(this.leaving);
    this.#turns.wait((isNeutral) => {
      const { state, offline } = this.panel.dataset;
      this.#fill(isNeutral ? "waiting" : state, isNeutral ? false : offline === "true", [verdictLine("...")]);
      this.isWaiting = true;
    });
  }

  /** Show no guest any more. Somebody who waits for an answer gets theirs next. */
  clear() {
    this.#turns.clear();
    if (!this.isWaiting) this.ready();
    this.last.replaceChildren();
  }

  /** Listed at once, and large in its turn. */
  show(answer) {
    this.list(answer);
    const { state, offline } = answer;
    this.#turns.show({
      colour: `${state} ${Boolean(offline)}`,
      stands: state === "no" ? STOP_STANDS : undefined,
      paint: () => this.#paint(answer),
    });
  }

  /** Several codes are in sight: nobody is let in, but for whom somebody is about to press a button. */
  crowd() {
    if (this.panel.dataset.state === "crowd") return this.#leave(CROWD_STANDS);
    if (this.#turns.isBusy || this.panel.querySelector(".group")) return;
    const lines = [shape("crowd"), verdictLine(gettext("One at a time"))];
    this.#turns.show({
      colour: "crowd",
      paint: () => {
        this.#fill("crowd", false, lines);
        this.#leave(CROWD_STANDS);
      },
    });
  }

  #fill(state, offline, lines) {
    this.isWaiting = false;
    this.panel.dataset.state = state;
    this.panel.dataset.offline = String(Boolean(offline));
    this.panel.replaceChildren(...lines.filter(Boolean));
  }

  #paint(answer) {
    clearTimeout(this.leaving);
    const { state, offline } = answer;
    this.#fill(state, offline, [
      offline && h("p", { class: "offline-mark" }, this.acts.offlineText()),
      shape(state),
      verdictLine(verdict(answer)),
      answer.note && state === "look" && h("p", { class: "note" }, answer.note.toUpperCase()),
      answer.name && h("p", { class: "name" }, answer.name),
      answer.ticket && h("p", { class: "ticket" }, answer.ticket),
      why(answer, this.reasons) && h("p", { class: "why" }, why(answer, this.reasons)),
      ...this.#group(answer),
      ...this.#payment(answer),
      mayComeAnyway(answer) &&
        button(gettext("Admit anyway"), () => this.acts.admitAnyway(answer), { class: "anyway" }),
      button(gettext("Next"), () => this.ready(), { class: "next" }),
    ]);
    this.#makeWay(answer);
    this.acts.shown(answer);
  }

  /** Where an unpaid order is paid: here, by whoever may sell. */
  #payment({ answer, order, due, offline, direction }) {
    if (answer !== "unpaid" || direction === "out") return [];
    if (offline || !due || !this.data.person.maySell)
      return [h("p", { class: "to-the-till" }, gettext("to the till"))];
    const href = this.data.urls.unpaid.replace("ORDER", order);
    const text = fill(gettext("Take %(amount)s"), { amount: due.text });
    return [h("a", { class: "button take", href, target: "_blank", rel: "noopener" }, text)];
  }

  /** On a phone the answer covers what the camera sees; one that asks for nothing goes by itself. */
  #makeWay(answer) {
    const covers =
      document.getElementById("video").srcObject && getComputedStyle(this.panel).position === "fixed";
    if (covers && ["ok", "out"].includes(answer.state) && !this.panel.querySelector(".group"))
      this.#leave(COVERS);
  }

  #leave(after) {
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => this.ready(), after);
  }

  /** The others of the same order: those who may come, all or some with one tap, and the rest by name. */
  #group(answer) {
    if (!answer.admitted || answer.direction !== "in" || answer.offline) return [];
    return [...this.#coming(answer), ...this.#staying(answer)];
  }

  #staying({ staying = [], at }) {
    if (staying.length === 0) return [];
    const lines = staying.slice(0, NAMED).map((one) => `${one.name}: ${this.reasons.of({ ...one, at })}`);
    const more = staying.length - lines.length;
    if (more > 0) lines.push(fill(ngettext("and %(n)s more", "and %(n)s more", more), { n: more }));
    return [
      h(
        "ul",
        { class: "staying" },
        lines.map((line) => h("li", {}, line)),
      ),
    ];
  }

  #coming(answer) {
    if (answer.others < 1) return [];
    let chosen = answer.others;
    const text = () => fill(gettext("Admit %(n)s"), { n: chosen });
    const admit = button(
      text(),
      async () => {
        admit.disabled = true; // a second press would let more of them in
        await this.acts.admitGroup(answer, chosen);
        admit.disabled = false;
      },
      { class: "primary group-admit" },
    );
    const step = (by, label) =>
      button(
        by < 0 ? "\u2212" : "+",
        () => {
          chosen = Math.min(answer.others, Math.max(1, chosen + by));
          admit.textContent = text();
        },
        { "aria-label": label, class: "step" },
      );
    return [
      h(
        "p",
        { class: "others" },
        fill(ngettext("%(n)s more on this order", "%(n)s more on this order", answer.others), {
          n: answer.others,
        }),
      ),
      h("div", { class: "group" }, step(-1, gettext("One fewer")), admit, step(1, gettext("One more"))),
    ];
  }

  list(answer) {
    const undo = (event) => this.acts.undo(answer, event.currentTarget);
    const row = h(
      "li",
      { class: `last-${answer.state}` },
      h("span", { class: "mark", "aria-hidden": "true" }, MARKS[answer.state]),
      h(
        "span",
        { class: "who" },
        guestOf(answer),
        h("span", { class: "muted what" }, happened(answer, this.reasons)),
      ),
      h("span", { class: "muted" }, this.acts.clock(answer.at)),
      (answer.id || answer.offline) && answer.admitted && button(gettext("Undo"), undo, { class: "tool" }),
    );
    this.last.prepend(row);
    while (this.last.children.length > 8) this.last.lastChild.remove();
  }

  conflicts(list, nameOf, forget) {
    const who = (one) => nameOf(one) || [one.ticket, one.order].filter(Boolean).join(" \u00b7 ") || one.code;
    const place = document.getElementById("conflicts");
    if (!list.length) return place.replaceChildren();
    place.replaceChildren(
      h("h2", { class: "last-title" }, fill(gettext("Conflicts: %(n)s"), { n: list.length })),
      rows(
        list,
        (one) => `${who(one)}: ${wordFor(one.answer)}`,
        ({ at }) => (at ? this.acts.clock(at) : ""),
      ),
      button(gettext("Seen"), forget, { class: "tool" }),
    );
  }

  /** The scans that this person's log-in does not send by itself. */
  kept({ others, aside, person }, { take, discard }) {
    const persons = new Map(others.map(({ by }) => [by.id, by.name]));
    document.getElementById("kept").replaceChildren(
      ...Array.from(persons, ([id, name]) =>
        ofAnother(
          others.filter(({ by }) => by.id === id),
          name,
          person.name,
          take,
        ),
      ),
      ...(aside.length ? [notTaken(aside, { take, discard, clock: this.acts.clock })] : []),
    );
  }
}

const rows = (list, text, time) =>
  h(
    "ul",
    { class: "last" },
    list.map((one) =>
      h("li", {}, h("span", { class: "who" }, text(one)), h("span", { class: "muted" }, time(one))),
    ),
  );

function ofAnother(scans, name, me, take) {
  const n = scans.length;
  return h(
    "section",
    { class: "notice" },
    h(
      "p",
      {},
      h(
        "strong",
        {},
        fill(ngettext("%(n)s scan of %(name)s waits.", "%(n)s scans of %(name)s wait.", n), { n, name }),
      ),
      " ",
      gettext("They are sent when that person logs in here."),
    ),
    button(fill(gettext("Send as %(name)s"), { name: me }), () => take(scans), { class: "tool" }),
  );
}

function notTaken(scans, { take, discard, clock }) {
  const n = scans.length;
  return h(
    "section",
    { class: "notice" },
    h(
      "p",
      {},
      h(
        "strong",
        {},
        fill(ngettext("%(n)s scan was not accepted.", "%(n)s scans were not accepted.", n), { n }),
      ),
    ),
    rows(
      scans,
      ({ code, undoes, trouble }) =>
        `${code || (undoes ? gettext("Undo") : gettext("Found by name"))}: ${trouble || gettext("the server fails on it")}`,
      ({ occurredAt }) => (occurredAt ? clock(occurredAt) : ""),
    ),
    h(
      "p",
      { class: "acts" },
      button(gettext("Try again"), () => take(scans), { class: "tool" }),
      button(gettext("Discard"), () => discard(scans), { class: "tool" }),
    ),
  );
}
