// What several panels are made of.

import { button, cap, fill, h } from "../../common/dom.js";
import { point } from "../../common/typed.js";
import { MOST } from "../basket.js";
import * as money from "../money.js";
import { tooMany } from "../words.js";

const { gettext } = window;

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", point(), "0"];

export const isLong = (amount) => (money.show(amount).length > 7 ? "long" : "");

export const titled = (title, ...content) => [h("h2", { class: "step-title" }, title), ...content];

export const total = (label, amount) => h("p", { class: "total" }, label, withCurrency(amount));

/** A sum in large figures, its currency beside it. */
export const withCurrency = (amount) =>
  h("span", { class: "sum" }, h("strong", {}, money.show(amount)), ` ${money.currencyName()}`);

export const hint = (text) => h("p", { class: "hint" }, text);

export const problem = (text) => h("p", { class: "problem" }, text);

/** What the pad has typed, or would take if nothing is. */
export const typed = (label, text, className = "typed") =>
  h("p", { class: className }, label, h("output", {}, text));

/** Why what the pad has typed is not taken, beside it. */
export function misread(sale, code = sale.misread) {
  const whole = sale.typed.replace(/\D/g, "");
  const step = money.show(sale.step);
  const properties = { class: "problem", role: "status", "data-misread": code };
  return code && h("p", properties, fill(WHY(code), { whole, step }));
}

const wholeOnly = () => gettext("Type a whole number: there are no decimals here.");

const WHY = (code) =>
  ({
    unreadable: money.hasDecimals() ? gettext("Type a number like 1234.50 or 1234,50.") : wholeOnly(),
    ambiguous: gettext(
      "This can be read in two ways. If you mean %(whole)s, type it without comma or point.",
    ),
    decimals: money.hasDecimals() ? gettext("At most two digits may follow the decimal sign.") : wholeOnly(),
    large: gettext("This is too large."),
    "too-many": tooMany(MOST),
    "no-coins": gettext("No coins make this sum: cash goes in steps of %(step)s."),
  })[code];

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
    amounts.slice(0, 4).map((amount) => button(money.show(amount), () => choose(money.toType(amount)))),
  );

export const pad = (sale) =>
  h(
    "div",
    { class: "pad" },
    KEYS.map((key) =>
      button(key, () => sale.press(key), {
        disabled: key === point() && (["quantity", "pin"].includes(sale.phase) || !money.hasDecimals()),
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
