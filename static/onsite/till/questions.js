// What whoever sells asks for: a guest's name, another reason, a code, a ticket by its name, what each key does.
// Fetched when the first ticket is in the basket, or one is asked for: nobody waits for it before.

import { close, dialog, field, open } from "../common/dialog.js";
import { button, cap, fill, h } from "../common/dom.js";
import { keysOf, pinFields } from "../common/pin.js";
import { answered } from "./dialogs.js";
import * as money from "./money.js";
import { isOut } from "./stock.js";
import { availability, nameOf } from "./words.js";

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

/** `then(code)`: what the guest shows or says. */
export function askCode(then) {
  const properties = { type: "text", name: "code", maxlength: 80, required: true, autofocus: true };
  open(
    gettext("Code of the discount"),
    form(
      [field(gettext("Code"), { ...properties, autocomplete: "off" })],
      gettext("Use this code"),
      ({ code }) => then(code.trim()),
    ),
  );
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

const KEYS = () => [
  ["1 \u2026 9", gettext("add the ticket with this digit")],
  ["-", gettext("take one off")],
  ["* n Enter", gettext("set the last quantity")],
  ["/", gettext("find a ticket")],
  ["G", gettext("next group of tickets")],
  ["Enter", gettext("cash, exact; once more: take it")],
  ["C", gettext("card")],
  ["S", gettext("split")],
  ["F", gettext("free")],
  ["D", gettext("discount")],
  ["N", gettext("name of the guest")],
  ["A", gettext("admit now: let the guests in with the sale, or not")],
  ["P", gettext("print the last sale")],
  ["U", gettext("undo the last sale, for 60 seconds")],
  ["Esc", gettext("one step back, then empty the basket")],
];

export function help(keysAreOn, setKeys) {
  open(
    gettext("Keys"),
    h(
      "table",
      { class: "keys" },
      h(
        "tbody",
        {},
        KEYS().map(([key, does]) =>
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

/** The PIN of who has approved a sale that is asked for again, as an approval's proof; null if there is none. */
export function askPin(name) {
  return answered(null, (answer) => {
    const [label, field] = pinFields(fill(gettext("PIN of %(name)s"), { name }));
    const whole = h(
      "form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          const { pin, password } = Object.fromEntries(new FormData(event.target));
          if (password) answer({ password });
          else if (pin.length === 6) answer({ pin });
        },
      },
      label,
      h(
        "details",
        {},
        h("summary", {}, gettext("Password instead")),
        h("input", {
          type: "password",
          name: "password",
          autocomplete: "off",
          "aria-label": gettext("Password"),
        }),
        h("button", {}, gettext("Approve")),
      ),
    );
    label.after(keysOf(field));
    open(gettext("Approve once more"), whole);
  });
}
