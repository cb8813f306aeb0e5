// What the door shows: the answer, large; the count inside; the last scans.

import { button, fill, h } from "../common/dom.js";
import { wordFor } from "./words.js";

const { gettext, ngettext } = window;

const COVERS = 2500;

const SHAPES = {
  ok: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.6 14.6-4.5-4.5 1.7-1.7 2.8 2.8 6-6 1.7 1.7Z",
  look: "M12 2 1 21h22Zm-1 7h2v6h-2Zm0 8h2v2h-2Z",
  no: "M8 2h8l6 6v8l-6 6H8l-6-6V8Zm.8 5.4L7.4 8.8 10.6 12l-3.2 3.2 1.4 1.4L12 13.4l3.2 3.2 1.4-1.4-3.2-3.2 3.2-3.2-1.4-1.4L12 10.6Z",
  out: "M4 11h10V6l7 6-7 6v-5H4Z",
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

function why({ answer, state, previous, outSince, detail }, clock) {
  if (detail) return detail;
  if (answer === "already-checked-in" && previous)
    return fill(gettext("already in %(at)s %(where)s"), {
      at: clock(previous.at),
      where: [previous.station, previous.by].filter(Boolean).join(", "),
    });
  if (state === "no") return wordFor(answer);
  if (answer !== "ok") return fill(gettext("let in, although: %(answer)s"), { answer: wordFor(answer) });
  if (outSince) return fill(gettext("out %(at)s"), { at: clock(outSince) });
  return "";
}

export class View {
  constructor(acts) {
    this.acts = acts;
    this.panel = document.getElementById("answer");
    this.last = document.getElementById("last");
    this.ready();
  }

  ready() {
    this.shown = null;
    this.panel.dataset.state = "ready";
    this.panel.dataset.offline = "false";
    this.panel.replaceChildren(h("p", { class: "verdict" }, gettext("Scan a ticket")));
  }

  /** Show no guest any more. */
  clear() {
    this.ready();
    this.last.replaceChildren();
  }

  show(answer) {
    // A camera that still sees the code must not take the buttons from under the finger.
    if (answer.again && answer.key === this.shown) return;
    this.shown = answer.key;
    this.panel.dataset.state = answer.state;
    this.panel.dataset.offline = String(answer.offline);
    this.panel.replaceChildren(
      ...[
        answer.offline && h("p", { class: "offline-mark" }, this.acts.offlineText()),
        shape(answer.state),
        h("p", { class: "verdict" }, verdict(answer)),
        answer.note && answer.state === "look" && h("p", { class: "note" }, answer.note.toUpperCase()),
        answer.name && h("p", { class: "name" }, answer.name),
        answer.ticket && h("p", { class: "ticket" }, answer.ticket),
        why(answer, this.acts.clock) && h("p", { class: "why" }, why(answer, this.acts.clock)),
        ...this.#group(answer),
        answer.state === "no" &&
          !answer.offline &&
          answer.direction !== "out" &&
          (answer.attendee || answer.code) &&
          !["unknown", "wrong-event", "refused", "logged-out"].includes(answer.answer) &&
          button(gettext("Admit anyway"), () => this.acts.admitAnyway(answer), { class: "anyway" }),
        button(gettext("Next"), () => this.ready(), { class: "next" }),
      ].filter(Boolean),
    );
    if (!answer.again) this.#list(answer);
    this.#makeWay(answer);
  }

  /** On a phone the answer covers what the camera sees; one that asks for nothing goes by itself. */
  #makeWay(answer) {
    clearTimeout(this.leaving);
    const covers =
      document.getElementById("video").srcObject && getComputedStyle(this.panel).position === "fixed";
    if (covers && ["ok", "out"].includes(answer.state) && !this.panel.querySelector(".group"))
      this.leaving = setTimeout(() => this.ready(), COVERS);
  }

  /** The others of the same order: all of them, or some, with one tap. */
  #group(answer) {
    if (!answer.admitted || answer.direction !== "in" || answer.others < 1 || answer.offline) return [];
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

  #list(answer) {
    const row = h(
      "li",
      { class: `last-${answer.state}` },
      h(
        "span",
        { class: "mark", "aria-hidden": "true" },
        { ok: "\u2713", look: "!", no: "\u2715", out: "\u2192" }[answer.state],
      ),
      h("span", { class: "who" }, answer.name || answer.ticket || wordFor(answer.answer)),
      h("span", { class: "muted" }, this.acts.clock(answer.at ?? Date.now())),
      answer.id &&
        answer.admitted &&
        button(gettext("Undo"), (event) => this.acts.undo(answer, event.currentTarget), { class: "tool" }),
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
        ({ at }) => this.acts.clock(at),
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
      ({ code, trouble }) =>
        `${code || gettext("Found by name")}: ${trouble || gettext("the server fails on it")}`,
      ({ occurredAt }) => clock(occurredAt),
    ),
    h(
      "p",
      { class: "acts" },
      button(gettext("Try again"), () => take(scans), { class: "tool" }),
      button(gettext("Discard"), () => discard(scans), { class: "tool" }),
    ),
  );
}
