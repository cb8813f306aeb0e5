// What stands where the guest pays: one panel for each phase of the sale.

import { donation, quantity } from "./panels/amounts.js";
import { done, owed, refused, sending, untimely } from "./panels/answers.js";
import { basket, card, cash, split } from "./panels/paying.js";
import { free, pin } from "./panels/prices.js";

const ANSWERS = { sending, refused, owed, done };
const PANELS = { basket, quantity, donation, cash, split, free, pin, card, untimely, ...ANSWERS };

/** What the sale's phase shows; `actions` are what opens over the till. */
export const panel = (sale, data, actions) =>
  PANELS[sale.phase]({ sale, data, actions }).flat().filter(Boolean);
