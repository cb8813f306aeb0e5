// What changed, told to those who do not see it, and what went wrong to everybody.

import { fill } from "../common/dom.js";
import * as money from "./money.js";
import { reason, tooFew, tooMany, whyOut } from "./words.js";

const { gettext } = window;
const SETTLED = 700;
const SHOWN = 8000;

const [polite, urgent, toast] = ["polite", "urgent", "toast"].map((id) => document.getElementById(id));
let later;
let hiding;

/** When it has come to rest: who taps fast hears the sum once. */
function announce(text) {
  clearTimeout(later);
  later = setTimeout(() => (polite.textContent = text), SETTLED);
}

/** What changed beside the sale: heard once nobody speaks, before what the sale says next. */
export function mention(text) {
  polite.textContent = text;
}

export function interrupt(text) {
  urgent.textContent = text;
}

export function alarm(text) {
  interrupt(text);
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (toast.hidden = true), SHOWN);
}

/** Say what happens to the sale. */
export function announceSale(sale) {
  const hear = (name, act) => sale.addEventListener(name, ({ detail }) => act(detail));
  announceBasket(sale, hear);
  hear("admit", ({ admits }) =>
    announce(
      admits ? gettext("The guests are let in with the sale.") : gettext("The guests are not let in yet."),
    ),
  );
  hear("sold", ({ change, paid }) =>
    announce(
      change > 0
        ? fill(gettext("Sold, give back %(change)s"), { change: money.showFull(change) })
        : fill(gettext("Sold, paid %(paid)s"), { paid: money.showFull(paid) }),
    ),
  );
  hear("refused", (errors) => alarm(errors.map((error) => reason(error, sale.basket)).join(" ")));
  hear("declined", (amount) =>
    alarm(fill(gettext("The card was declined: %(sum)s is not paid."), { sum: money.showFull(amount) })),
  );
  hear("undone", ({ identifier }) => {
    clearTimeout(later);
    polite.textContent = ""; // it said "Sold"
    alarm(fill(gettext("Order %(order)s is undone."), { order: identifier }));
  });
  hear("not-undone", ({ detail }) =>
    alarm(detail ?? gettext("No answer: whether it was undone is not known. Look under Recent.")),
  );
  hear("given-back", ({ identifier }) =>
    alarm(fill(gettext("The money of order %(order)s was given back."), { order: identifier })),
  );
  hear("not-given-back", ({ detail }) => alarm(detail ?? gettext("No answer from the server.")));
  hear("give-back", ({ parts }) => alarm(parts.map(giveBack).join(" ")));
  hear("forgotten", ({ summary, parts }) => {
    const promise = fill(gettext("Not sold, and never will be: %(what)s."), { what: summary });
    alarm([promise, ...parts.map(giveBack)].join(" "));
  });
}

function giveBack({ tender, amount }) {
  const text =
    tender === "card" ? gettext("Reverse %(sum)s on the terminal.") : gettext("Give back %(sum)s.");
  return fill(text, { sum: money.showFull(amount) });
}

/** What is chosen, and what cannot be. */
function announceBasket(sale, hear) {
  hear("change", () => {
    if (sale.missing)
      return announce(fill(gettext("Missing %(sum)s"), { sum: money.showFull(sale.missing) }));
    if (sale.basket.isEmpty || sale.phase !== "basket") return;
    const total = fill(gettext("total %(total)s"), { total: money.showFull(sale.basket.total) });
    announce(`${sale.summary}, ${total}`);
  });
  hear("untimely", (tickets) =>
    interrupt(tickets.map(({ ticket, text }) => `${ticket.name}: ${text}`).join(" ")),
  );
  hear("out", (ticket) => alarm(whyOut(ticket)));
  hear("full", (most) => alarm(tooMany(most)));
  hear("short", (ticket) => interrupt(`${ticket.name}: ${tooFew(sale.basket, ticket)}`));
}
