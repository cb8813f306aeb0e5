// Guests by words of a name, the beginning of an order's code, or a whole e-mail address.

import { LoggedOut, parsed } from "../common/api.js";
import { button, h } from "../common/dom.js";
import { isEnough } from "./enough.js";
import { wordFor } from "./words.js";

const { gettext } = window;
const AFTER = 250;

const note = (text) => h("li", { class: "muted" }, text);

function stateOf({ standing, inside }) {
  if (standing !== "valid") return wordFor(standing);
  return inside ? gettext("inside") : "";
}

function row(guest, choose) {
  const beside = [guest.ticket, guest.email, guest.order, stateOf(guest)].filter(Boolean).join(" \u00b7 ");
  return h(
    "li",
    {},
    button([h("strong", {}, guest.name || guest.order), h("span", { class: "muted" }, beside)], choose),
  );
}

export class Search {
  #timer;

  /** `form` has one field; `ask(text)` asks the server; `choose(guest)` is done with who is tapped. */
  constructor({ form, found, ask, choose, askToLogIn }) {
    Object.assign(this, { field: form.querySelector("input"), found, ask, choose, askToLogIn });
    form.addEventListener("submit", (event) => event.preventDefault());
    this.field.addEventListener("input", () => {
      this.wait();
      this.#timer = setTimeout(() => this.#look(this.text), AFTER);
    });
  }

  get text() {
    return this.field.value.trim();
  }

  /** What was typed is looked up no more. */
  wait() {
    clearTimeout(this.#timer);
  }

  clear() {
    this.field.value = "";
    this.found.replaceChildren();
  }

  async #look(text) {
    const rows = isEnough(text) ? await this.#rows(text) : [];
    if (this.text === text) this.found.replaceChildren(...rows); // else something else is asked by now
  }

  async #rows(text) {
    try {
      const { status, text: body } = await this.ask(text);
      const guests = status === 200 ? parsed(body).guests : [];
      if (!guests.length) return [note(gettext("Nobody found."))];
      return guests.map((guest) => row(guest, () => this.#chosen(guest)));
    } catch (error) {
      if (error instanceof LoggedOut) this.askToLogIn();
      return error instanceof LoggedOut
        ? []
        : [note(gettext("Names cannot be looked up without the network."))];
    }
  }

  #chosen(guest) {
    this.clear();
    this.choose(guest);
  }
}
