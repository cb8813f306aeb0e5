// What stands where the guest pays: one panel for each phase of the sale.

import { donation, quantity } from "./panels/amounts.js";
import { done, owed, refused, sending, untimely } from "./panels/answers.js";
import { basket, card, cash, split } from "./panels/paying.js";
import { free, pin } from "./panels/prices.js";

// Of an event that gives none, nobody waits for their panel.
let discount = () => [];

/** Have the panel of discounts at hand. */
export const learnDiscounts = async () => {
  ({ discount } = await import("./panels/discounts.js"));
};

const ANSWERS = { sending, refused, owed, done };
const PANELS = {
  basket,
  quantity,
  donation,
  cash,
  split,
  free,
  pin,
  card,
  untimely,
  discount: (it) => discount(it),
  ...ANSWERS,
};

/** What the sale's phase shows; `actions` are what opens over the till. */
export const panel = (sale, data, actions) =>
  PANELS[sale.phase]({ sale, data, actions }).flat().filter(Boolean);
