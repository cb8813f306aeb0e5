// What is seldom asked: another reason, the code of a discount, a PIN once more, what each key does. Fetched when
// the first ticket is in the basket, or when it is asked: nobody waits for it before.

import { field, open } from "../common/dialog.js";
import { cap, fill, h } from "../common/dom.js";
import { keysOf, pinFields } from "../common/pin.js";
import { answered, form } from "./dialogs.js";

const { gettext } = window;

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
  ["M", gettext("mail the tickets of the last sale, where mail is set up")],
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
