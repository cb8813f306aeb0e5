// Six digits on big keys, over a plain field of a form, which submits by itself.

import { button, h } from "./dom.js";

const { gettext } = window;
const LENGTH = 6;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0"];

/** The keys of `field`. Whoever has a keyboard types into the field; none comes up on a tablet. */
export function keysOf(field) {
  field.inputMode = "none";
  const typed = (text) => {
    field.value = text.replace(/\D/g, "").slice(0, LENGTH);
    if (field.value.length === LENGTH) field.form.requestSubmit();
  };
  field.addEventListener("input", () => typed(field.value));
  const key = (digit) =>
    digit ? button(digit, () => typed(field.value + digit)) : h("span", { "aria-hidden": "true" });
  const less = button("\u232b", () => typed(field.value.slice(0, -1)), {
    "aria-label": gettext("Delete the last digit"),
  });
  return h("div", { class: "pin-keys" }, KEYS.map(key), less);
}

/** A field for a PIN, with its keys. */
export function pinFields(label) {
  const field = h("input", {
    type: "password",
    name: "pin",
    class: "pin-field",
    autocomplete: "off",
    maxlength: LENGTH,
    autofocus: true,
  });
  return [h("label", { class: "field" }, label, field), field];
}
