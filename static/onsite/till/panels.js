// What stands where the guest pays: one panel for each phase of the sale.

import { donation, quantity } from "./panels/amounts.js";
import { done, owed, refused, sending } from "./panels/answers.js";
import { basket, card, cash, split } from "./panels/paying.js";
import { free, pin } from "./panels/prices.js";

const PANELS = { basket, quantity, donation, cash, split, free, pin, card, sending, refused, owed, done };

/** What the sale's phase shows; `actions` are what opens over the till. */
export const panel = (sale, data, actions) =>
  PANELS[sale.phase]({ sale, data, actions }).flat().filter(Boolean);
