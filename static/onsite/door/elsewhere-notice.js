// Scans that wait for other events: how many, and how they are sent from here.

import { LoggedOut, NoAnswer, Refused, jsonApi, request } from "../common/api.js";
import { button, fill, h } from "../common/dom.js";
import { ticks } from "../common/ticks.js";
import { Backlog } from "./backlog.js";
import { messageOf } from "./scan-document.js";
import { ServerTime } from "./server-time.js";
import { Store } from "./store.js";

/** Most pages need no words in their scripts. */
const words = (src) =>
  new Promise((resolve, reject) => {
    if (window.gettext) return resolve();
    document.head.append(h("script", { src, onload: resolve, onerror: reject }));
  });

/** Name in `place` the scans of these events, by id; its data says who is logged in, and where doors are. */
export async function show(place, events) {
  await words(place.dataset.words);
  place.replaceChildren(
    ...(await Promise.all(events.map((event) => new Waiting(place.dataset, event).open()))),
  );
}

class Waiting {
  #time = new ServerTime();
  #problem = h("p", { class: "problem", role: "alert" });

  constructor({ door, person, name }, id) {
    Object.assign(this, { door, id, person: { id: Number(person), name } });
  }

  /** The notice. */
  async open() {
    this.store = await Store.open(this.id, this.#time);
    this.#time.ahead = (await this.store.fact("ahead")) ?? 0;
    this.event = (await this.store.fact("event")) ?? {
      identifier: this.id,
      name: window.gettext("another event"),
    };
    this.url = this.door.replace("EVENT", this.event.identifier);
    this.backlog = new Backlog({
      store: this.store,
      person: this.person,
      time: this.#time,
      post: (scan) => this.#post(scan),
    });
    this.notice = h("section", { class: "notice" });
    await this.#draw();
    return this.notice;
  }

  async #draw() {
    await this.backlog.look();
    const n = this.backlog.waiting.length + this.backlog.others.length + this.backlog.aside.length;
    if (!n) return this.notice.remove();
    const text = window.ngettext(
      "%(n)s scan of %(event)s waits here.",
      "%(n)s scans of %(event)s wait here.",
      n,
    );
    this.notice.replaceChildren(
      h("p", {}, h("strong", {}, fill(text, { n, event: this.event.name }))),
      h(
        "p",
        {},
        button(this.#label, (event) => this.#send(event.currentTarget), { class: "tool" }),
      ),
      this.#problem,
    );
  }

  get #label() {
    const isMine = !this.person.id || !this.backlog.others.length;
    return isMine ? window.gettext("Send") : fill(window.gettext("Send as %(name)s"), this.person);
  }

  async #send(pressed) {
    pressed.disabled = true;
    this.#problem.textContent = "";
    try {
      await this.#sendAll();
    } catch (error) {
      this.#problem.textContent = this.#whyNot(error);
    }
    await this.#draw();
  }

  async #sendAll() {
    await this.#ask();
    const { others, aside } = this.backlog;
    await this.backlog.take([...aside, ...others]);
    while (await this.backlog.sendFirst());
    if (this.backlog.aside.length) throw new Refused([{ detail: this.backlog.aside[0].trouble }]);
  }

  get #headers() {
    return { "X-Cashier": String(this.person.id) };
  }

  /** Whether who is logged in may scan there, before anything becomes theirs. */
  async #ask() {
    if (!this.person.id) throw new LoggedOut();
    const asked = ticks();
    const { status, date } = await request("GET", `${this.url}api/occupancy`, { headers: this.#headers });
    if (status !== 200) throw new LoggedOut();
    this.#time.hear(date, asked);
  }

  #post(scan) {
    const [address, document] = messageOf(scan, this.id);
    return jsonApi("POST", `${this.url}api/${address}`, document, this.#headers);
  }

  #whyNot(error) {
    if (error instanceof LoggedOut)
      return fill(
        window.gettext("Log in, or pair this tablet, as somebody who may scan at %(name)s."),
        this.event,
      );
    if (error instanceof NoAnswer) return window.gettext("No answer from the server. They wait on.");
    return error instanceof Refused ? error.message : window.gettext("They could not be sent.");
  }
}
