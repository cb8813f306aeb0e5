// The lock of a till: who, then six digits. A plain form without this.

import { keysOf } from "../common/pin.js";

const form = document.getElementById("unlock");
const field = form.elements.password;
field.closest(".field").after(keysOf(field));
form.querySelector("button.primary").hidden = true; // it submits by itself

for (const who of form.querySelectorAll("[name=who]"))
  who.addEventListener("click", ({ detail }) => detail > 0 && field.focus()); // not by the arrow keys
(form.querySelector("[name=who]:checked") ? field : form.querySelector("[name=who]"))?.focus();
