// What the server said of the sale, or that it says nothing yet.

import { button, cap, fill, h } from "../../common/dom.js";
import * as money from "../money.js";
import { reason } from "../words.js";
import { hint, isLong, onEnter, problem, taken, titled } from "./parts.js";

const { gettext } = window;

export function sending({ sale }) {
  if (sale.tries === 0) return [h("p", { class: "total" }, gettext("Selling..."))];
  return titled(
    gettext("Not confirmed"),
    problem(fill(gettext("Trying again (%(tries)s)"), { tries: sale.tries })),
    hint(gettext("Nobody knows yet whether this was sold. It will not be sold twice.")),
    button(gettext("Park and serve next"), () => sale.park(), { class: "wide big" }),
  );
}

export function refused({ sale, data }) {
  return titled(
    gettext("Nothing sold yet"),
    h(
      "ul",
      { class: "problems" },
      sale.problems.map((error) => h("li", { class: "problem" }, reason(error, sale.basket))),
    ),
    taken(sale),
    h("div", { class: "panel-actions stack" }, waysOn(sale, data)),
  );
}

export function untimely({ sale }) {
  return titled(
    gettext("Not admitted now"),
    h(
      "ul",
      { class: "problems" },
      sale.about.tickets.map(({ ticket, text }) => h("li", { class: "problem" }, `${ticket.name}: ${text}`)),
    ),
    h(
      "div",
      { class: "panel-actions stack" },
      button(gettext("Sell anyway"), () => sale.sellAnyway(), { class: "big" }),
      button([gettext("Change basket"), cap("Esc")], () => sale.changeBasket(), { class: "primary big" }),
    ),
  );
}

function waysOn(sale, data) {
  const { left } = sale;
  const needsShift = sale.problems.some(({ code }) => code === "no-open-shift");
  const sellLeft = gettext("Sell %(what)s, %(total)s");
  return [
    left &&
      button(
        fill(sellLeft, { what: left.summary, total: money.show(left.total) }),
        () => sale.sellWhatIsLeft(),
        { class: "primary big" },
      ),
    sale.canSellAnew &&
      button(gettext("Sell it anew, it is paid"), () => sale.handOut(), { class: "primary big" }),
    needsShift && h("a", { class: "button big", href: data.urls.shift }, gettext("Open a shift")),
    button(
      [sale.isFrozen ? gettext("Back") : gettext("Change basket"), cap("Esc")],
      () => sale.changeBasket(),
      { class: "big" },
    ),
  ];
}

/** A card has paid for tickets that are gone. Enter alone does not say that the money went back. */
export function owed({ sale }) {
  const { order, amount, cash, asking } = sale.about;
  return titled(
    gettext("The tickets are gone"),
    hint(
      fill(gettext("Order %(order)s was held too long; others have its tickets."), {
        order: order.identifier,
      }),
    ),
    problem(gettext("Reverse on the card terminal")),
    h("p", { class: `huge ${isLong(amount)}` }, money.show(amount)),
    cash > 0 && problem(fill(gettext("Give back %(sum)s."), { sum: money.show(cash) })),
    h(
      "div",
      { class: "panel-actions stack" },
      button(gettext("Given back"), () => sale.givenBack(), { class: "primary big", disabled: asking }),
      button([gettext("Later"), cap("Esc")], () => sale.back(), { class: "big" }),
    ),
  );
}

export function done({ sale, data, actions }) {
  const { last } = sale;
  if (last.undone === true) return undone(sale);
  const codes = h("div", { class: "last-codes", "aria-live": "off" });
  actions.codes(last, codes);
  return [
    h(
      "div",
      { class: "done-panel" },
      last.change > 0 ? toGiveBack(last.change) : allPaid(last.paid),
      last.paid !== last.total &&
        hint(fill(gettext("Of %(total)s, rounded in cash"), { total: money.showFull(last.total) })),
      h("p", { class: "code" }, last.identifier, h("span", { class: "hint" }, ` ${last.summary}`)),
      h(
        "div",
        { class: "three panel-actions" },
        onEnter(gettext("Next"), () => sale.next()),
        button([gettext("Print"), cap("P")], () => actions.print(last)),
        data.sendsMail && button([gettext("Mail"), cap("M")], () => actions.mail(last)),
        undoButton(sale),
      ),
      codes,
    ),
  ];
}

/** Of a sale that was taken back nothing says that it was made. */
const undone = (sale) => [
  h(
    "div",
    { class: "done-panel" },
    h("p", { class: "outcome undone", tabindex: "-1" }, gettext("Undone")),
    h("div", { class: "verdict" }, verdict(sale.last)),
    h(
      "div",
      { class: "panel-actions stack" },
      onEnter(gettext("Next"), () => sale.next()),
    ),
  ),
];

/** The one sum on the page that the cashier hands out looks like no other. */
const toGiveBack = (change) =>
  h(
    "p",
    { class: `outcome change ${isLong(change)}`, tabindex: "-1" },
    gettext("Give back"),
    h("span", { class: "handed" }, h("strong", {}, money.show(change)), ` ${money.currencyName()}`),
  );

const allPaid = (paid) =>
  h(
    "p",
    { class: "outcome paid", tabindex: "-1" },
    paid > 0 ? fill(gettext("Paid %(sum)s"), { sum: money.showFull(paid) }) : gettext("Nothing to pay"),
  );

/** What is to be done about a sale that was taken back. */
const verdict = (last) =>
  [
    problem(fill(gettext("Order %(order)s is undone."), { order: last.identifier })),
    last.cash > 0 && problem(fill(gettext("Give back %(sum)s."), { sum: money.showFull(last.cash) })),
    ...last.cards.map((amount) =>
      problem(fill(gettext("Reverse %(amount)s on the card terminal."), { amount: money.show(amount) })),
    ),
  ].filter(Boolean);

export const undoButton = (sale) =>
  button(fill(gettext("Undo %(left)s s"), { left: Math.ceil(sale.undoLeft / 1000) }), () => sale.undo(), {
    "data-undo": true,
    disabled: sale.undoLeft === 0 || sale.last.undone,
  });
