// Which discount the guest gets: one that whoever sells may give, or one whose code the guest shows.

import { button, cap, h } from "../../common/dom.js";
import { rateOf } from "../discounts.js";
import { hint, problem, steps, titled } from "./parts.js";

const { gettext } = window;

export function discount({ sale, data, actions }) {
  const { line, detail } = sale.about;
  const now = line ? line.discount : sale.basket.discount;
  const offered = sale.discountsFor(line);
  const rate = (one) => h("span", { class: "note" }, rateOf(one, gettext("each")));
  return titled(
    gettext("Discount"),
    line && hint(`${line.quantity} ${line.ticket.name}`),
    detail && problem(detail),
    h(
      "div",
      { class: "reasons", role: "group", "aria-label": gettext("Discount") },
      offered.map((one, index) =>
        button(
          [index < 9 && cap(String(index + 1)), h("span", {}, one.name, rate(one))],
          () => sale.reduce(one),
          {
            "aria-pressed": String(now?.id === one.id),
          },
        ),
      ),
      data.codes && button(gettext("Type a code"), () => actions.discountCode()),
      now && button(gettext("No discount"), () => sale.reduce(null)),
    ),
    steps(sale),
  );
}
