// The one dialog of a page: what opens in it takes the place of what was there.

import { $, button, h } from "./dom.js";

const { gettext } = window;

export const dialog = () => $("dialog");

/** Whether something lies over the page, which then hears no keys. */
export const isOpen = () => dialog().open;

export function close() {
  dialog().close();
}

export function open(title, ...content) {
  if (dialog().querySelector(".log-in")) return; // nothing takes its place
  dialog().replaceChildren(
    h(
      "header",
      {},
      h("h2", { id: "dialog-title" }, title),
      button("\u00d7", close, { class: "close", "aria-label": gettext("Close") }),
    ),
    h("div", { class: "dialog-body" }, content),
  );
  if (!isOpen()) dialog().showModal();
}

/** Say something beside what is open. */
export function addProblem(text) {
  dialog()
    .querySelector(".dialog-body")
    .append(h("p", { class: "problem", role: "alert" }, text));
}

export const field = (label, properties) =>
  h("label", { class: "field" }, label, h("input", { autocomplete: "off", ...properties }));
