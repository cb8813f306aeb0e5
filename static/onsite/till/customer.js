// What the customer's display in the other window is told (display.js).

import * as money from "./money.js";

const CODES_SHOWN = 60_000;
const NOTHING = { lines: [], total: "", cash: null, card: null, done: false };

/** `orderUrl(sold)` is where the codes of a sale are. */
export function showCustomer(sale, data, orderUrl) {
  if (!("BroadcastChannel" in window)) return;
  const screen = new BroadcastChannel(`onsite.display.${data.till?.id ?? data.event.id}`);
  const show = () => screen.postMessage(shown(sale, orderUrl));
  sale.addEventListener("change", show);
  screen.onmessage = ({ data: message }) => message === "hello" && show();
  // Whoever leaves the till leaves nothing of a guest on the other screen.
  window.addEventListener("pagehide", () => screen.postMessage(NOTHING));
  show();
}

function shown(sale, orderUrl) {
  if (sale.isDone) return { ...NOTHING, total: paid(sale.last), done: sold(sale.last, orderUrl) };
  return {
    lines: [
      ...sale.basket.lines.map(({ ticket, quantity, price }) => ({
        name: `${quantity} \u00d7 ${ticket.name}`,
        sum: money.show(price * quantity),
      })),
      ...sale.basket.reductions.map(({ discount, less }) => ({
        name: discount.name,
        sum: money.show(-less),
      })),
    ],
    total: money.showFull(sale.basket.total),
    cash: sale.cashDue === sale.due ? null : money.showFull(sale.cashDue),
    card: sale.phase === "card" ? money.showFull(sale.about.amount) : null,
    done: false,
  };
}

const paid = (last) => (last.paid > 0 ? money.showFull(last.paid) : "");

function sold(last, orderUrl) {
  const until = last.at + CODES_SHOWN;
  if (last.undone === true || Date.now() >= until) return false;
  return {
    order: last.identifier,
    until,
    change: last.change > 0 ? money.showFull(last.change) : null,
    codes: `${orderUrl(last)}codes/`,
  };
}
