// What opens over the till: a guest's name, another reason, finding a ticket, help, the server's own
// pages (Recent, an order), and the log-in.

import { LoggedOut } from "../common/api.js";
import { close, dialog, field, isOpen, open } from "../common/dialog.js";
import { button, cap, fill, h } from "../common/dom.js";

const { gettext } = window;

function form(fields, label, act) {
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

export function askGuest(guest, then) {
  open(
    gettext("Guest"),
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
      (typed) => then(Object.values(typed).some((text) => text.trim()) ? typed : null),
    ),
  );
}

export function askReason(then) {
  open(
    gettext("Other reason"),
    form(
      [
        field(gettext("Reason"), {
          type: "text",
          name: "reason",
          maxlength: 200,
          required: true,
          autofocus: true,
        }),
      ],
      gettext("Use this reason"),
      ({ reason }) => then(reason.trim()),
    ),
  );
}

export function find(tickets, then) {
  const list = h("ul", { class: "found" });
  const show = (text) => {
    const matching = tickets
      .filter((ticket) => ticket.name.toLowerCase().includes(text.toLowerCase()))
      .slice(0, 20);
    list.replaceChildren(
      ...matching.map((ticket) =>
        h(
          "li",
          {},
          button(ticket.name, () => (close(), then(ticket)), { class: "wide" }),
        ),
      ),
    );
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

export function help(keysAreOn, setKeys) {
  const rows = [
    ["1 \u2026 9", gettext("add this ticket")],
    ["-", gettext("take one off")],
    ["* n Enter", gettext("set the last quantity")],
    ["/", gettext("find a ticket")],
    ["Enter", gettext("cash, exact; once more: take it")],
    ["C", gettext("card")],
    ["S", gettext("split")],
    ["F", gettext("free")],
    ["N", gettext("name of the guest")],
    ["A", gettext("admit now: let the guests in with the sale, or not")],
    ["P", gettext("print the last sale")],
    ["U", gettext("undo the last sale, for 60 seconds")],
    ["Esc", gettext("one step back, then empty the basket")],
  ];
  open(
    gettext("Keys"),
    h(
      "table",
      { class: "keys" },
      h(
        "tbody",
        {},
        rows.map(([key, does]) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, cap(key), h("span", { class: "visually-hidden" }, key)),
            h("td", {}, does),
          ),
        ),
      ),
    ),
    h(
      "label",
      { class: "check" },
      h("input", {
        type: "checkbox",
        checked: keysAreOn,
        onchange: (event) => setKeys(event.target.checked),
      }),
      gettext("Single-key shortcuts"),
    ),
  );
}

/** Who must confirm what before a basket changes hands. */
export function askTakeOver(owner, other) {
  return new Promise((resolve) => {
    const answer = (takesOver) => () => {
      dialog().removeEventListener("close", refuse);
      close();
      resolve(takesOver);
    };
    const refuse = answer(false);
    open(
      gettext("Another cashier"),
      h("p", {}, fill(gettext("This basket is of %(owner)s; you are %(other)s."), { owner, other })),
      h(
        "div",
        { class: "two" },
        button(gettext("Empty it"), answer(false), { class: "big" }),
        button(gettext("Take it over"), answer(true), { class: "primary big" }),
      ),
    );
    dialog().addEventListener("close", refuse, { once: true });
  });
}

/** The log-in over the page; resolves to who is there now. */
export function logIn(url) {
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
    open(gettext("Your session has ended. The basket is kept."), frame);
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
