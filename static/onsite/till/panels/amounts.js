// What a line is asked about: how many, and how much a guest gives.

import { fill, h } from "../../common/dom.js";
import * as money from "../money.js";
import { misread, onEnter, pad, steps, sums, titled, typed } from "./parts.js";

const { gettext } = window;

export function quantity({ sale }) {
  const { line } = sale.about;
  return titled(
    fill(gettext("How many %(ticket)s?"), { ticket: line.ticket.name }),
    typed(gettext("Quantity"), sale.typed || String(line.quantity)),
    misread(sale),
    pad(sale),
    steps(
      sale,
      onEnter(gettext("Set"), () => sale.enter(), { disabled: sale.misread }),
    ),
  );
}

export function donation({ sale, data }) {
  const { ticket, wrong } = sale.about;
  const [least, most] = [ticket.minPrice ?? 0, ticket.maxPrice ?? Infinity];
  const bounds = [
    ticket.minPrice && fill(gettext("at least %(sum)s"), { sum: money.show(ticket.minPrice) }),
    ticket.maxPrice && fill(gettext("at most %(sum)s"), { sum: money.show(ticket.maxPrice) }),
  ].filter(Boolean);
  const give = (text) => {
    sale.setTyped(text);
    sale.enter();
  };
  return titled(
    fill(gettext("%(ticket)s: how much?"), { ticket: ticket.name }),
    h("p", { class: wrong ? "hint problem" : "hint" }, bounds.join(", ")),
    typed(gettext("Gives"), sale.typed || money.toType(least)),
    misread(sale),
    sums(
      data.notes.filter((note) => note >= least && note <= most),
      give,
    ),
    pad(sale),
    steps(
      sale,
      onEnter(gettext("Add"), () => sale.enter()),
    ),
  );
}
