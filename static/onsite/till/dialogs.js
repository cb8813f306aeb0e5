// What opens over the till: a guest's name, finding a ticket, who goes on with a basket, the log-in, and the
// server's own pages (Recent, an order).

import { LoggedOut } from "../common/api.js";
import { close, dialog, field, isOpen, open } from "../common/dialog.js";
import { button, cap, fill, h } from "../common/dom.js";
import * as money from "./money.js";
import { isOut } from "./stock.js";
import { availability, nameOf } from "./words.js";

const { gettext } = window;

export function form(fields, label, act) {
  return h(
    "form",
    {
      method: "dialog",
      onsubmit: (event) => act(Object.fromEntries(new FormData(event.target))),
    },
    fields,
    h("button", { class: "primary wide" }, label),
  );
}

/** `then(guest, line)`: who holds one of the line's tickets; of several lines it asks which. */
export function askGuest(basket, then) {
  const [only, ...others] = basket.lines;
  if (others.length === 0) return askName(only, then);
  const choices = basket.lines.map((line, index) =>
    button(
      [index < 9 && cap(String(index + 1)), `${line.quantity} ${line.ticket.name}`, guestOf(line)],
      () => askName(line, then),
      { class: "choice", autofocus: line === basket.last },
    ),
  );
  const press = (event) => {
    const choice = /^[1-9]$/.test(event.key) && choices[event.key - 1];
    if (!choice) return;
    event.preventDefault(); // or it is typed into the name that is asked next
    choice.click();
  };
  open(gettext("Whose name?"), h("div", { class: "stack", onkeydown: press }, choices));
  choices[basket.lines.indexOf(basket.last)]?.focus();
}

const guestOf = ({ guest }) => guest && h("span", { class: "note" }, nameOf(guest));

function askName(line, then) {
  const { guest } = line;
  open(
    fill(gettext("Guest: %(ticket)s"), { ticket: line.ticket.name }),
    form(
      [
        field(gettext("First name"), {
          type: "text",
          name: "firstname",
          value: guest?.firstname,
          maxlength: 100,
          autofocus: true,
        }),
        field(gettext("Last name"), {
          type: "text",
          name: "lastname",
          value: guest?.lastname,
          maxlength: 100,
        }),
        field(gettext("E-mail"), { type: "email", name: "email", value: guest?.email, maxlength: 254 }),
      ],
      gettext("Use this name"),
      (typed) => then(Object.values(typed).some((text) => text.trim()) ? typed : null, line),
    ),
  );
  dialog().querySelector("[name=firstname]")?.focus();
}

/** `then(ticket)`: the one that was meant, with what it costs and how many there are. */
export function find(catalogue, then) {
  const list = h("ul", { class: "found" });
  const result = (ticket) => {
    const choose = () => (close(), then(ticket));
    const { name, group, type, price } = ticket;
    const cost = type === "donation" ? gettext("donation") : money.showFull(price);
    return h(
      "li",
      {},
      button(
        [
          h("span", { class: "name" }, name, group && h("span", { class: "note" }, group)),
          h("span", { class: "price" }, cost),
          h("span", { class: isOut(ticket) ? "left problem" : "left" }, availability(ticket)),
        ],
        choose,
        { class: "result" },
      ),
    );
  };
  const show = (text) => {
    const found = catalogue.find(text).slice(0, 20);
    list.replaceChildren(...found.map(result));
    if (!found.length) list.append(h("li", { class: "empty" }, gettext("Nothing found.")));
  };
  const input = h("input", {
    type: "text",
    autocomplete: "off",
    autofocus: true,
    oninput: (event) => show(event.target.value),
    onkeydown: (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      list.querySelector("button")?.click();
    },
  });
  open(gettext("Find a ticket"), h("label", { class: "field" }, gettext("Part of its name"), input), list);
  show("");
}

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
    content.querySelector("[autofocus]")?.focus();
  }

  #submit(event, form) {
    event.preventDefault();
    const fields = new FormData(form, event.submitter);
    if (form.method === "get") return this.#load(`${form.action}?${new URLSearchParams(fields)}`);
    event.submitter?.setAttribute("disabled", "");
    return this.#load(form.action, fields);
  }
}
