// What each key means in each phase of the sale.

import { chooseReason } from "./panels/prices.js";

const PADS = ["cash", "quantity", "donation", "split", "pin"];

/** Whether the keys are those of a pad: whoever has switched shortcuts off still types there. */
export const isTyping = (sale) => PADS.includes(sale.phase) || (sale.phase === "free" && sale.about.other);

export class Shortcuts {
  /** `acts` are what lies beside the sale: `print(sold)`, `mail(sold)`, `help()`, `find()`, `guest()`, `numbered(digit)`, the ticket
   * on which the digit stands, `nextTab()`. */
  constructor(sale, data, acts) {
    Object.assign(this, { sale, data, acts });
  }

  press(key) {
    const { sale } = this;
    if (sale.phase === "sending") return;
    if (key === "Escape") return sale.back();
    if (PADS.includes(sale.phase)) return this.#onPad(key);
    const hears = {
      basket: () => this.#onBasket(key),
      done: () => (key === "Enter" ? sale.next() : this.#anywhere(key)),
      free: () => this.#onFree(key),
      discount: () => this.#onDiscount(key),
      card: () => key === "Enter" && sale.approved(),
      // "refused" and "untimely" are a choice that Enter alone must not make.
    };
    hears[sale.phase]?.();
  }

  #onBasket(key) {
    const { sale } = this;
    const line = sale.basket.last;
    const acts = {
      enter: () => sale.open("cash"),
      "-": () => line && sale.setQuantity(line, line.quantity - 1),
      "*": () => sale.askQuantity(),
      c: () => sale.takeCard(),
      s: () => sale.open("split"),
      f: () => sale.open("free"),
      d: () => sale.openDiscount(),
      a: () => sale.toggleAdmit(),
      n: () => !sale.basket.isEmpty && !sale.isFrozen && this.acts.guest(),
    };
    const act = acts[key.toLowerCase()];
    if (act) act();
    else this.#anywhere(key);
  }

  /** Between two steps of a sale, and after one. */
  #anywhere(key) {
    const { sale, data, acts } = this;
    if (/^[1-9]$/.test(key)) return this.#addTicket(Number(key));
    const others = {
      p: () => sale.last && acts.print(sale.last),
      m: () => sale.last && data.sendsMail && acts.mail(sale.last),
      u: () => sale.undo(),
      "?": () => acts.help(),
      "/": () => acts.find(),
      g: () => acts.nextTab(),
    };
    others[key.toLowerCase()]?.();
  }

  #addTicket(digit) {
    const ticket = this.acts.numbered(digit);
    if (ticket) this.sale.add(ticket);
  }

  #onPad(key) {
    const { sale } = this;
    if (sale.phase === "pin" && !sale.about.approver) return this.#chooseApprover(Number(key));
    if (/[\d.,]/.test(key) || key === "Backspace") return sale.press(key);
    if (sale.phase !== "split") return key === "Enter" && sale.enter();
    if (key.toLowerCase() === "c") return sale.takeCard(sale.typedAmount);
    if (key === "Enter") return sale.takeCashPart(sale.typedAmount);
  }

  #chooseApprover(digit) {
    const approver = this.data.approvers[digit - 1];
    if (approver) this.sale.choose({ approver });
  }

  #onDiscount(key) {
    const chosen = this.sale.discountsFor(this.sale.about.line)[Number(key) - 1];
    if (chosen) this.sale.reduce(chosen);
  }

  #onFree(key) {
    const { sale } = this;
    if (key === "Enter") return sale.confirmPrice();
    if (sale.about.other) return sale.press(key);
    return chooseReason(sale, key);
  }
}
