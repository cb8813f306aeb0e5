// What opens over the till: who goes on with a basket, the log-in, and the server's own pages (Recent, an order).

import { LoggedOut } from "../common/api.js";
import { close, dialog, isOpen, open } from "../common/dialog.js";
import { button, fill, h } from "../common/dom.js";

const { gettext } = window;

/** What a dialog is answered; `otherwise` if it is closed. `draw(answer)` opens it, and answers by `answer(value)`. */
export function answered(otherwise, draw) {
  return new Promise((resolve) => {
    let value = otherwise;
    // Only when it has closed may the next question open in it.
    dialog().addEventListener("close", () => resolve(value), { once: true });
    draw((given) => {
      value = given;
      close();
    });
  });
}

/** Who must confirm what before a basket changes hands: `take`, `empty`, or `leave`. */
export function askTakeOver(owner, other) {
  return answered("leave", (answer) =>
    open(
      gettext("Another cashier"),
      h("p", {}, fill(gettext("This basket is of %(owner)s; you are %(other)s."), { owner, other })),
      h(
        "div",
        { class: "three" },
        button(gettext("Empty it"), () => answer("empty"), { class: "big" }),
        button(gettext("Let it wait"), () => answer("leave"), { class: "big" }),
        button(gettext("Take it over"), () => answer("take"), { class: "primary big" }),
      ),
    ),
  );
}

/** The log-in over the page, with a `title` and what else is to be read; resolves to who is there now. */
export function logIn(url, title, text) {
  return new Promise((resolve) => {
    const frame = h("iframe", { class: "log-in", src: url, title: gettext("Log in") });
    const stay = (event) => event.preventDefault();
    const reopen = () => dialog().showModal(); // Escape twice closes any dialog
    const hear = (event) => {
      if (event.source !== frame.contentWindow || !event.data?.signedIn) return;
      window.removeEventListener("message", hear);
      dialog().removeEventListener("cancel", stay);
      dialog().removeEventListener("close", reopen);
      frame.remove();
      // Only when it has closed may the next question open in it.
      dialog().addEventListener("close", () => resolve(event.data.signedIn), { once: true });
      close();
    };
    window.addEventListener("message", hear);
    dialog().addEventListener("cancel", stay);
    dialog().addEventListener("close", reopen);
    open(title, text && h("p", {}, text), frame);
    dialog().querySelector(".close").hidden = true;
  });
}

/** The server's own pages in the dialog: links and forms marked `data-panel` stay in it. */
export class Panel {
  constructor(server, login, changed) {
    Object.assign(this, { server, login, changed });
  }

  async open(url, title) {
    open(title, h("p", {}, gettext("One moment...")));
    this.title = title;
    await this.#load(url);
  }

  async #load(url, body) {
    const turn = (this.turn = {});
    let answer;
    try {
      answer = await this.server.fragment(url, body);
    } catch (error) {
      if (error instanceof LoggedOut) return this.login();
      answer = null;
    }
    if (body) this.changed();
    if (turn !== this.turn || !isOpen()) return; // closed meanwhile, or led elsewhere
    if (answer === null)
      return open(
        this.title,
        h("p", { class: "problem" }, gettext("No answer from the server.")),
        button(gettext("Try again"), () => this.#load(url, body)),
      );
    const content = h("div", { class: "panel-page" });
    content.innerHTML = answer.html;
    for (const link of content.querySelectorAll("a[data-panel]"))
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.#load(link.href);
      });
    for (const form of content.querySelectorAll("form[data-panel]"))
      form.addEventListener("submit", (event) => this.#submit(event, form));
    for (const link of content.querySelectorAll("a:not([data-panel])")) link.target = "_blank";
    open(this.title, content);
  }

  #submit(event, form) {
    event.preventDefault();
    const fields = new FormData(form, event.submitter);
    if (form.method === "get") return this.#load(`${form.action}?${new URLSearchParams(fields)}`);
    event.submitter?.setAttribute("disabled", "");
    return this.#load(form.action, fields);
  }
}
