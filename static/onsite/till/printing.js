// The paper of a sale, printed from a frame that nobody sees (print.js).

import { h } from "../common/dom.js";

const { gettext } = window;

/** `url` is the order's. */
export function print(url) {
  document.getElementById("print-frame")?.remove();
  document.body.append(
    h("iframe", {
      id: "print-frame",
      class: "visually-hidden",
      title: gettext("Print"),
      "aria-hidden": "true",
      tabindex: "-1",
      src: `${url}print/?auto=1`,
    }),
  );
}
