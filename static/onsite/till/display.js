// The customer's display: shows what the till in the other window shows the cashier.

import { isElsewhere } from "../common/api.js";
import { fill, h } from "../common/dom.js";

const { gettext } = window;

const root = document.getElementById("display");
const channel = new BroadcastChannel(`onsite.display.${root.dataset.till}`);
let shownOrder = null;
let clearing;

function draw(state) {
  const { lines, total, cash, card, done } = state;
  clearTimeout(clearing);
  if (done) return showDone(done, total);
  shownOrder = null;
  if (lines.length === 0) return welcome();
  root.replaceChildren(
    h(
      "ul",
      { class: "lines" },
      lines.map((line) => h("li", {}, h("span", {}, line.name), h("span", {}, line.sum))),
    ),
    h("p", { class: "total" }, gettext("Total"), h("strong", {}, total)),
    cash && !card ? h("p", { class: "card" }, fill(gettext("%(sum)s in cash, rounded"), { sum: cash })) : "",
    card
      ? h(
          "p",
          { class: "card" },
          fill(gettext("Please pay %(amount)s at the card terminal"), { amount: card }),
        )
      : "",
  );
}

function welcome() {
  root.replaceChildren(h("p", { class: "welcome" }, root.dataset.welcome));
}

async function showDone(done, total) {
  clearing = setTimeout(() => (shownOrder = null) || welcome(), done.until - Date.now());
  if (shownOrder === done.order) return;
  shownOrder = done.order;
  const codes = h("div");
  root.replaceChildren(
    h(
      "p",
      { class: done.change ? "change" : "paid" },
      done.change ? gettext("Your change") : gettext("Thank you"),
      done.change
        ? h("strong", {}, done.change)
        : total && ` \u2013 ${fill(gettext("Paid %(sum)s"), { sum: total })}`,
    ),
    codes,
  );
  const response = await fetch(done.codes, { credentials: "same-origin" }).catch(() => null);
  if (response?.ok && !isElsewhere(done.codes, response) && shownOrder === done.order)
    codes.innerHTML = await response.text();
}

channel.onmessage = ({ data }) => data.lines && draw(data);
welcome();
channel.postMessage("hello");
