// What an organizer has changed while the till was open, taken over. Knows no page, and no words.

import * as money from "./money.js";

const PRICES = ["price", "minPrice", "maxPrice"];

/** A ticket as the server tells it, its prices in hundredths. */
export function ticketOf(told) {
  const prices = PRICES.map((name) => [name, told[name] === null ? null : money.parse(told[name])]);
  return { ...told, ...Object.fromEntries(prices) };
}

/** Make `tickets` what the server tells now. One that was known stays the same object, as baskets hold it; one
 * that is no more is `gone`. Returns what changed for whoever sells, each `{what, ticket, before}`.
 */
export function takeOver(tickets, told) {
  const known = new Map(tickets.map((ticket) => [ticket.id, ticket]));
  const changes = [];
  const now = told.map(ticketOf).map((news) => {
    const ticket = known.get(news.id) ?? news;
    const before = known.has(news.id) ? { ...ticket } : null;
    known.delete(news.id);
    Object.assign(ticket, news);
    changes.push(...differences(before, ticket).map((what) => ({ what, ticket, before })));
    return ticket;
  });
  for (const ticket of known.values()) {
    ticket.gone = true;
    changes.push({ what: "gone", ticket, before: ticket });
  }
  tickets.splice(0, tickets.length, ...now);
  return changes;
}

function differences(before, ticket) {
  if (!before) return ["new"];
  const differs = (...names) => names.some((name) => before[name] !== ticket[name]);
  const isGift = ticket.type === "donation";
  return [
    differs("name") && "name",
    isGift && differs("type", "minPrice", "maxPrice") && "gift",
    !isGift && (differs("price") || before.type === "donation") && "price",
    differs("hidden") && (ticket.hidden ? "hidden" : "shown"),
  ].filter(Boolean);
}
