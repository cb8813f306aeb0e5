// Another price than the ticket's: why, and who approves it.

import { button, cap, fill, h } from "../../common/dom.js";
import * as money from "../money.js";
import { misread, onEnter, pad, problem, steps, titled, typed } from "./parts.js";

const { gettext } = window;
const PIN_LENGTH = 6;
const REASONS = () => [gettext("Guest list"), gettext("Press"), gettext("Crew"), gettext("Goodwill")];

export function free({ sale, actions }) {
  const { lines, price, reason, other = false } = sale.about;
  const now = sale.misread ? null : (sale.typedAmount ?? price);
  const rest = sale.basket.lines.filter((line) => !lines.includes(line));
  const isFree = [...lines.map((line) => now ?? line.price), ...rest.map((line) => line.price)].every(
    (each) => each === 0,
  );
  return titled(
    other ? gettext("Another price") : gettext("Free"),
    prices(lines, now),
    other && typed(gettext("New price each"), sale.typed || "\u2013"),
    other && misread(sale),
    other && pad(sale),
    reasons(sale, actions),
    other &&
      sale.givesDiscounts &&
      button(gettext("Discount"), () => sale.openDiscount(lines[0]), { class: "wide" }),
    steps(
      sale,
      onEnter(isFree ? gettext("Hand out") : gettext("Use this price"), () => sale.confirmPrice(), {
        disabled: !reason || now === null,
      }),
    ),
  );
}

const prices = (lines, now) =>
  h(
    "ul",
    { class: "prices" },
    lines.map((line) =>
      h(
        "li",
        {},
        `${line.quantity} ${line.ticket.name} `,
        h("s", {}, money.show(line.price)),
        " \u2192 ",
        h("strong", {}, now === null ? "?" : money.show(now)),
      ),
    ),
  );

function reasons(sale, actions) {
  const { reason, other } = sale.about;
  const isOfOwn = Boolean(reason) && !REASONS().includes(reason);
  return h(
    "div",
    { class: "reasons", role: "group", "aria-label": gettext("Reason") },
    REASONS().map((text, index) =>
      button([other ? null : cap(String(index + 1)), text], () => sale.choose({ reason: text }), {
        "aria-pressed": String(reason === text),
      }),
    ),
    button(isOfOwn ? reason : gettext("Other reason"), () => actions.otherReason(), {
      "aria-pressed": String(isOfOwn),
    }),
  );
}

export function chooseReason(sale, digit) {
  const reason = REASONS()[Number(digit) - 1];
  if (reason) sale.choose({ reason });
}

export function pin({ sale, data }) {
  const { approver, detail } = sale.about;
  return approver ? pinOf(sale, approver, detail) : whoApproves(sale, data.approvers, detail);
}

const whoApproves = (sale, approvers, detail) =>
  titled(
    gettext("Who approves this?"),
    detail && problem(detail),
    approvers.length === 0 && problem(gettext("No organizer has set a PIN: an organizer must sell this.")),
    h(
      "div",
      { class: "reasons" },
      approvers.map((person, index) =>
        button([cap(String(index + 1)), person.name], () => sale.choose({ approver: person })),
      ),
    ),
    steps(sale),
  );

const pinOf = (sale, approver, detail) =>
  titled(
    fill(gettext("PIN of %(name)s"), { name: approver.name }),
    detail && problem(detail),
    h(
      "p",
      {
        class: "dots",
        role: "status",
        "aria-label": fill(gettext("%(n)s of 6 digits"), { n: sale.typed.length }),
      },
      Array.from({ length: PIN_LENGTH }, (_, index) =>
        h("span", { class: index < sale.typed.length ? "dot full" : "dot" }),
      ),
    ),
    pad(sale),
    passwordInstead(sale),
    steps(sale),
  );

const passwordInstead = (sale) =>
  h(
    "details",
    {},
    h("summary", {}, gettext("Password instead")),
    h(
      "form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          sale.approveByPassword(new FormData(event.target).get("password"));
        },
      },
      h("input", {
        type: "password",
        name: "password",
        autocomplete: "off",
        "aria-label": gettext("Password"),
      }),
      h("button", {}, gettext("Approve")),
    ),
  );
