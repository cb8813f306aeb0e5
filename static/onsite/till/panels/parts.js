// What several panels are made of.

import { button, cap, h } from "../../common/dom.js";
import * as money from "../money.js";

const { gettext } = window;

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "0"];

export const isLong = (amount) => (money.show(amount).length > 7 ? "long" : "");

export const titled = (title, ...content) => [h("h2", { class: "step-title" }, title), ...content];

export const total = (label, amount) =>
  h("p", { class: "total" }, label, h("strong", {}, money.show(amount)));

export const hint = (text) => h("p", { class: "hint" }, text);

export const problem = (text) => h("p", { class: "problem" }, text);

/** What the pad has typed, or would take if nothing is. */
export const typed = (label, text, className = "typed") =>
  h("p", { class: className }, label, h("output", {}, text));

export const taken = (sale) =>
  sale.parts.map((part) =>
    h(
      "p",
      { class: "taken" },
      part.tender === "card" ? gettext("Card") : gettext("Cash"),
      h("span", {}, money.show(part.amount)),
    ),
  );

/** The sums that a guest may hand over. */
export function quick({ sale, data }) {
  const disabled = sale.basket.isEmpty;
  return h(
    "div",
    { class: `quick ${isLong(sale.cashDue)}` },
    button([gettext("Exact"), h("br"), money.show(sale.cashDue)], () => sale.takeCash(), {
      class: "primary",
      disabled,
      "data-exact": true,
    }),
    money
      .nextSums(sale.cashDue, data.notes)
      .map((sum) => button(money.show(sum), () => sale.takeCash(sum), { disabled })),
  );
}

/** Up to four sums to choose from. */
export const sums = (amounts, choose) =>
  h(
    "div",
    { class: "quick" },
    amounts.slice(0, 4).map((amount) => button(money.show(amount), () => choose(money.show(amount)))),
  );

export const pad = (sale) =>
  h(
    "div",
    { class: "pad" },
    KEYS.map((key) =>
      button(key, () => sale.press(key), {
        disabled: key === "." && ["quantity", "pin"].includes(sale.phase),
      }),
    ),
    button("\u232b", () => sale.press("Backspace"), { "aria-label": gettext("Delete the last digit") }),
  );

export const steps = (sale, ...buttons) =>
  h(
    "div",
    { class: "two panel-actions" },
    button([gettext("Back"), cap("Esc")], () => sale.back()),
    buttons,
  );

/** The step that Enter takes. */
export const onEnter = (label, act, properties = {}) =>
  button([label, cap("Enter")], act, { class: "primary", ...properties });
