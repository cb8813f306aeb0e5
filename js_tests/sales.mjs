// A till in the middle of a sale, and what came of it.

import { useCurrency } from "../static/onsite/till/money.js";
import { Sale } from "../static/onsite/till/sale.js";
import { Server } from "../static/onsite/till/server.js";

useCurrency("EUR", 2);

export const adult = { id: 1, name: "Adult", type: "paid", price: 2000 };
export const ada = { id: 5, name: "Ada" };
export const bob = { id: 6, name: "Bob" };

// Of the last sale that was made here.
export let parked = [];
export let said = []; // each [event, detail]
export let logIns = 0;

export function saleBy({ role = "cashier", approvers = [ada], logIn = (data) => data.cashier } = {}) {
  [parked, said, logIns] = [[], [], 0];
  const data = {
    event: { id: 3, cashRounding: null, admitNow: false },
    till: { id: 4 },
    cashier: { id: 2, name: "Ana", role },
    approvers,
  };
  const sale = new Sale({
    server: new Server({ orders: "/api/orders" }, () => data.cashier.id),
    data,
    askToLogIn: async () => {
      logIns += 1;
      data.cashier = logIn(data);
    },
    keep: (sold) => parked.push(sold),
  });
  for (const name of [
    "sold",
    "refused",
    "answered",
    "give-back",
    "undone",
    "not-undone",
    "given-back",
    "not-given-back",
  ])
    sale.addEventListener(name, ({ detail }) => said.push([name, detail]));
  return sale;
}

/** The sale of so many adults, not paid yet. */
export function saleOf(quantity, options) {
  const sale = saleBy(options);
  for (let n = 0; n < quantity; n += 1) sale.add(adult);
  return sale;
}
