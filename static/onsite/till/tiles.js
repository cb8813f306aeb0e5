// The tickets that can be pressed, the tabs above them, and which digit is whose.

import { button, fill, h, stepOf } from "../common/dom.js";
import * as money from "./money.js";
import { isOut } from "./stock.js";
import { availability } from "./words.js";

const { gettext } = window;
const DIGITS = 9;
const LONG = 24; // more letters than two lines of a tile take
const LONGER = 44;
const LONG_WORD = 8; // more than fit beside the digit

export class Tiles {
  constructor(sale, catalogue) {
    Object.assign(this, { sale, catalogue });
    this.list = document.getElementById("tiles");
    this.tabs = document.getElementById("tabs");
    this.region = this.list.parentElement;
    this.region.addEventListener("scroll", () => this.#number(), { passive: true });
    this.tabs.addEventListener("keydown", (event) => this.#walk(event));
    window.addEventListener("resize", () => this.#number());
  }

  /** Only what is another one than before: a button that is just being pressed stays where it is. */
  draw() {
    const { tickets, tabs, chosen } = this.catalogue;
    const drawn = JSON.stringify([tabs, chosen, tickets.map(({ id, name, color }) => [id, name, color])]);
    if (drawn !== this.drawn) {
      this.tabs.replaceChildren(...tabs.map((tab) => this.#tab(tab)));
      this.tabs.hidden = tabs.length === 0;
      this.list.replaceChildren(...tickets.map((ticket) => this.#row(ticket)));
      this.#number();
    }
    this.drawn = drawn;
    for (const [index, row] of [...this.list.children].entries()) this.#update(row, tickets[index]);
  }

  /** The ticket that a digit stands on; undefined if none does. */
  numbered(digit) {
    return this.catalogue.tickets[this.first + digit - 1];
  }

  choose(tab) {
    this.catalogue.choose(tab);
    this.#start();
  }

  nextTab(step = 1) {
    this.catalogue.next(step);
    this.#start();
  }

  #start() {
    this.region.scrollTop = 0;
    this.draw();
  }

  // --- tabs ---

  #tab(tab) {
    const names = { all: gettext("All"), favourites: gettext("Most sold") };
    const isChosen = tab.id === this.catalogue.chosen.id;
    return button(tab.group ?? names[tab.id], () => this.choose(tab.id), {
      class: "tab",
      role: "tab",
      "aria-controls": "tiles",
      "aria-selected": String(isChosen),
      tabindex: isChosen ? "0" : "-1",
    });
  }

  #walk({ key }) {
    const step = stepOf(key);
    if (!step) return;
    this.nextTab(step);
    this.tabs.querySelector('[aria-selected="true"]').focus();
  }

  // --- digits ---

  /** The first nine that are in sight have a digit: of many, those to which somebody has scrolled. */
  #number() {
    const rows = [...this.list.children];
    const top = this.region.getBoundingClientRect().top + (this.tabs.hidden ? 0 : this.tabs.offsetHeight);
    const isScrolled = this.region.scrollTop > 0 && !this.tabs.hidden;
    this.first = isScrolled ? rows.findIndex((row) => row.getBoundingClientRect().top >= top) : 0;
    if (this.first < 0) this.first = rows.length;
    for (const [index, row] of rows.entries()) {
      const digit = row.querySelector(".digit");
      const place = index - this.first;
      digit.hidden = place < 0 || place >= DIGITS;
      digit.textContent = digit.hidden ? "" : String(place + 1);
    }
  }

  // --- tickets ---

  #row(ticket) {
    const { name, color } = ticket;
    const length = name.length > LONGER ? "tile long longer" : name.length > LONG ? "tile long" : "tile";
    const wide = name.split(" ").some((word) => word.length > LONG_WORD) ? " wide" : "";
    const row = h(
      "li",
      { class: color ? "tile-row coloured" : "tile-row" },
      h(
        "button",
        {
          type: "button",
          class: length + wide,
          title: name,
          "data-ticket": ticket.id,
          onclick: () => this.sale.add(ticket),
        },
        h("span", { class: "digit", "aria-hidden": "true" }),
        h("span", { class: "name" }, name),
        h("span", { class: "price" }),
        h("span", { class: "left" }),
      ),
      button("\u2212", () => this.#less(ticket), {
        class: "less",
        "aria-label": fill(gettext("One %(ticket)s less"), { ticket: name }),
      }),
      h("span", { class: "in-basket", "aria-hidden": "true" }),
    );
    if (color) row.style.setProperty("--ticket", color);
    return row;
  }

  #less(ticket) {
    const line = this.sale.basket.lines.findLast((l) => l.ticket.id === ticket.id);
    if (line) this.sale.setQuantity(line, line.quantity - 1);
  }

  #update(row, ticket) {
    const wanted = this.sale.isDone ? 0 : this.sale.basket.of(ticket);
    const isGift = ticket.type === "donation";
    row.querySelector(".price").textContent = isGift ? gettext("donation") : money.showFull(ticket.price);
    row.querySelector(".left").textContent = availability(ticket);
    row.querySelector(".tile").classList.toggle("out", isOut(ticket));
    row.classList.toggle("chosen", wanted > 0);
    row.querySelector(".in-basket").textContent = wanted || "";
    row.querySelector(".less").hidden = wanted === 0 || this.sale.isFrozen;
  }
}
