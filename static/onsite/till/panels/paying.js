// How the guest pays: what is due, cash, a part of it, the card terminal.

import { button, cap, fill, h } from "../../common/dom.js";
import * as money from "../money.js";
import {
  hint,
  isLong,
  misread,
  onEnter,
  pad,
  quick,
  steps,
  sums,
  taken,
  titled,
  total,
  typed,
  withCurrency,
} from "./parts.js";

const { gettext } = window;

export function basket({ sale, data, actions }) {
  const { isEmpty } = sale.basket;
  const isBegun = sale.held !== null || sale.parts.length > 0;
  const isFree = !isEmpty && sale.due === 0;
  return [
    taken(sale),
    total(isBegun ? gettext("Left to pay") : gettext("Total"), sale.due),
    sale.cashDue !== sale.due &&
      hint(fill(gettext("%(sum)s in cash, rounded"), { sum: money.showFull(sale.cashDue) })),
    isFree
      ? h(
          "div",
          {},
          onEnter(gettext("Hand out"), () => sale.handOut(), { class: "primary wide" }),
        )
      : quick({ sale, data }),
    tenders(sale, isEmpty || isFree),
    otherWays(sale, actions, isEmpty || isFree),
    isBegun && button([gettext("Cancel this sale"), cap("Esc")], () => sale.giveUp(), { class: "wide" }),
  ];
}

const tenders = (sale, disabled) =>
  h(
    "div",
    { class: "two" },
    button([gettext("Cash"), cap("Enter")], () => sale.open("cash"), { class: "big", disabled }),
    button([gettext("Card"), cap("C")], () => sale.takeCard(), { class: "big", disabled, "data-card": true }),
  );

function otherWays(sale, actions, isNothingDue) {
  const disabled = sale.basket.isEmpty || sale.isFrozen;
  return h(
    "div",
    { class: sale.givesDiscounts ? "three four" : "three" },
    button([gettext("Split"), cap("S")], () => sale.open("split"), { disabled: isNothingDue }),
    button([gettext("Free"), cap("F")], () => sale.open("free"), { disabled }),
    button([gettext("Guest"), cap("N")], () => actions.guest(), { disabled }),
    sale.givesDiscounts && button([gettext("Discount"), cap("D")], () => sale.openDiscount(), { disabled }),
  );
}

export function cash({ sale, data }) {
  const change = sale.misread ? null : (sale.typedAmount ?? sale.cashDue) - sale.cashDue;
  const { missing } = sale;
  return titled(
    gettext("Cash"),
    taken(sale),
    total(gettext("To pay"), sale.cashDue),
    typed(gettext("Given"), sale.typed || money.toType(sale.cashDue)),
    change === null
      ? misread(sale)
      : typed(
          missing ? gettext("Missing") : gettext("Change"),
          money.showFull(missing || change),
          missing ? "typed problem missing" : "typed",
        ),
    quick({ sale, data }),
    pad(sale),
    steps(
      sale,
      onEnter(gettext("Take cash"), () => sale.enter(), { disabled: change === null || missing > 0 }),
    ),
  );
}

export function split({ sale, data }) {
  const half = money.roundCash(Math.round(sale.due / 2), sale.step || 1);
  const parts = [...new Set([half, ...data.notes])].filter((part) => part > 0 && part < sale.due);
  const amount = sale.typedAmount;
  const disabled = amount === null || amount <= 0 || amount > sale.due;
  const isOfCoins = money.inCoins(amount ?? 0, sale.step);
  return titled(
    gettext("A part of it"),
    taken(sale),
    total(gettext("Left to pay"), sale.due),
    typed(gettext("This part"), sale.typed || "\u2013"),
    misread(sale, sale.misread ?? (isOfCoins ? undefined : "no-coins")),
    sums(parts, (text) => sale.setTyped(text)),
    pad(sale),
    h(
      "div",
      { class: "two" },
      button(gettext("Cash"), () => sale.takeCashPart(amount), {
        class: "big",
        disabled: disabled || !isOfCoins,
      }),
      button([gettext("Card"), cap("C")], () => sale.takeCard(amount), {
        class: "big",
        disabled,
        "data-card": true,
      }),
    ),
    steps(sale),
  );
}

export function card({ sale }) {
  const { amount } = sale.about;
  return titled(
    gettext("Key into the terminal"),
    h("p", { class: `huge ${isLong(amount)}` }, withCurrency(amount)),
    hint(fill(gettext("Order %(order)s holds the tickets."), { order: sale.held.identifier })),
    h(
      "div",
      { class: "panel-actions stack" },
      onEnter(gettext("Approved"), () => sale.approved(), { class: "primary big" }),
      button(gettext("Declined"), () => sale.declined(), { class: "big" }),
    ),
  );
}
