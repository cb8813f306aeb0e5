// The till: three regions, no page load between two sales.

import { LoggedOut, NoAnswer, Refused } from "../common/api.js";
import { orderIn } from "../common/code.js";
import { isOpen } from "../common/dialog.js";
import { fill } from "../common/dom.js";
import { alarm, announceSale, interrupt, mention } from "./announcer.js";
import { Baskets } from "./baskets.js";
import { Catalogue } from "./catalogue.js";
import * as dialogs from "./dialogs.js";
import { discountOf, takeOverDiscounts } from "./discounts.js";
import { Keys } from "./keys.js";
import * as money from "./money.js";
import { takeOver, ticketOf } from "./news.js";
import { learnDiscounts } from "./panels.js";
import { goOn, keepForReload } from "./reload.js";
import { Sale } from "./sale.js";
import { Server } from "./server.js";
import { Shortcuts, isTyping } from "./shortcuts.js";
import { Tiles } from "./tiles.js";
import { View } from "./view.js";
import { Waiting } from "./waiting.js";
import { inOneLine } from "./words.js";

const { gettext } = window;
const POLL = 4000;

const data = JSON.parse(document.getElementById("till-data").textContent);
const till = document.getElementById("till");

money.useCurrency(data.event.sign, data.event.decimals);
data.notes = data.notes.map(money.parse).sort((a, b) => a - b);
data.tickets = data.tickets.map(ticketOf);
data.discounts = data.discounts.map(discountOf);

const server = new Server(data.urls, () => data.cashier.id);
const sale = new Sale({
  server,
  data,
  askToLogIn: () => askToLogIn(),
  keep: (parked) => waiting.keep(parked),
});
if (sale.givesDiscounts) learnDiscounts();
const baskets = new Baskets(sale, data);
const catalogue = new Catalogue(data);
const orderUrl = ({ identifier }) => `${data.urls.order}${identifier}/`;

announceSale(sale);
// Until something is sold, the customer's display welcomes whoever comes.
sale.addEventListener(
  "change",
  async () => (await import("./customer.js")).showCustomer(sale, data, orderUrl),
  { once: true },
);

// --- log-in over the page ---

let loggingIn = null;

/** Resolves to whether the cashier to whom the sale belongs is back. */
function askToLogIn(title = gettext("Your session has ended. The basket is kept.")) {
  loggingIn ??= dialogs.logIn(data.urls.logIn, title, whatWaits()).then(async (person) => {
    loggingIn = null;
    const owner = data.cashier;
    if (person.id === owner.id) return true;
    data.cashier = person;
    document.getElementById("who").textContent = person.name;
    await changeHands(owner, person);
    return false;
  });
  return loggingIn;
}

function whatWaits() {
  const values = { owner: data.cashier.name, what: sale.summary, total: money.showFull(sale.basket.total) };
  return !sale.basket.isEmpty && fill(gettext("The basket of %(owner)s waits: %(what)s, %(total)s"), values);
}

/** The basket stays its owner's until somebody takes it over. */
async function changeHands(owner, person) {
  sale.next();
  if (!sale.basket.isEmpty && sale.phase !== "sending") {
    const answer = await dialogs.askTakeOver(owner.name, person.name);
    if (answer === "leave") baskets.leave(owner);
    else if (answer === "empty") await sale.abandon();
  }
  baskets.isBack(person);
}

document.getElementById("lock")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (loggingIn) return;
  try {
    await server.lock();
  } catch (error) {
    if (error instanceof LoggedOut) return askToLogIn();
    return alarm(gettext("No answer from the server: the till is not locked."));
  }
  askToLogIn(gettext("Locked"));
});

// --- what opens over the till, and what prints beside it ---

const recent = new dialogs.Panel(
  server,
  () => askToLogIn(),
  () => poll(),
);
const openRecent = (query = "") => recent.open(data.urls.recent + query, gettext("Recent"));

const place = () => `onsite.keys.${data.cashier.id}`;
const keysAreOn = () => localStorage.getItem(place()) !== "off";

const questions = () => import("./questions.js");
const printing = () => import("./printing.js");
// Not with the page, but before they are needed: then the network may be gone.
for (const late of [questions, printing]) sale.addEventListener("change", late, { once: true });

const acts = {
  print: async (sold) => (await printing()).print(orderUrl(sold)),
  mail: (sold) =>
    recent.open(`${orderUrl(sold)}mail/${new URL(data.urls.recent, location).search}`, gettext("Mail")),
  numbered: (digit) => tiles.numbered(digit),
  nextTab: () => tiles.nextTab(),
  help: async () =>
    (await questions()).help(keysAreOn(), (on) => localStorage.setItem(place(), on ? "on" : "off")),
  find: () => dialogs.find(catalogue, (ticket) => sale.add(ticket)),
  guest: () => dialogs.askGuest(sale.basket, (guest, line) => sale.setGuest(guest, line)),
  discountCode: async () => (await questions()).askCode((code) => reduceByCode(code)),
  otherReason: async () => (await questions()).askReason((reason) => sale.choose({ reason })),
  deafen: (milliseconds) => keys.deafen(milliseconds),
  codes,
};

async function reduceByCode(code) {
  const { about } = sale;
  try {
    const discount = discountOf(await server.discount(code));
    if (sale.about !== about) return;
    if (sale.canReduce(discount)) sale.reduce({ ...discount, code });
    else sale.choose({ detail: fill(gettext("%(name)s is not for this ticket."), discount) });
  } catch (error) {
    if (error instanceof LoggedOut) return askToLogIn();
    const detail = error instanceof Refused ? error.message : gettext("No answer from the server.");
    if (sale.about === about) sale.choose({ detail });
  }
}

async function codes(last, element) {
  try {
    element.innerHTML = (await server.fragment(`${orderUrl(last)}codes/`)).html;
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof LoggedOut)) throw error;
    element.textContent = gettext("The codes could not be loaded; they are under Recent.");
  }
}

document.getElementById("recent").addEventListener("click", (event) => {
  event.preventDefault();
  openRecent();
});
document.getElementById("show-keys").addEventListener("click", acts.help);
document.getElementById("find-ticket").addEventListener("click", acts.find);

const menu = document.getElementById("more");
let menuWasOpen = false; // Escape, which closes it, is heard when it is closed already
menu.addEventListener("toggle", ({ newState }) => {
  menuWasOpen = newState === "open";
});
const menuIsOpen = () => menuWasOpen || menu.matches(":popover-open");

// --- keys ---

const tiles = new Tiles(sale, catalogue);
const shortcuts = new Shortcuts(sale, data, acts);
const keys = new Keys({
  isFree({ target, key }) {
    if (isOpen() || menuIsOpen() || target.closest?.("input, textarea, select")) return false;
    if (key === " " || (key === "Enter" && target.closest?.("button, a, summary"))) return false;
    return key.length > 1 || isTyping(sale) || keysAreOn();
  },
  press: (key) => shortcuts.press(key),
  scan: (text) => openRecent(`&q=${encodeURIComponent(orderIn(text) ?? text)}`),
});

const view = new View(sale, data, acts, tiles);
const waiting = new Waiting(document.getElementById("waiting"), {
  sale,
  baskets,
  server,
  data,
  announce: alarm,
  login: () => askToLogIn(),
  askPin: async (name) => (await questions()).askPin(name),
});

// A press with the pointer gives the focus back to the sale: the next Enter must not press it again.
till.addEventListener("click", (event) => {
  if (event.detail > 0 && event.target.closest("button") && sale.phase !== "done")
    till.focus({ preventScroll: true });
});
// A button with the focus would be pressed for as long as Enter is held.
till.addEventListener("keydown", (event) => event.repeat && event.key === "Enter" && event.preventDefault());
document.getElementById("dialog").addEventListener("close", () => till.focus({ preventScroll: true }));

// --- what the server says ---

sale.addEventListener("selling", ({ detail }) => catalogue.count(detail));
sale.addEventListener("sold", ({ detail }) => data.till?.autoPrint && acts.print(detail));
for (const name of ["sold", "refused", "undone", "given-back"]) sale.addEventListener(name, () => poll());

const connection = document.getElementById("connection");

function connected(is) {
  waiting.online = is;
  const text = is ? gettext("Online") : gettext("Offline");
  if (connection.textContent === text) return;
  if (!is) interrupt(gettext("The server does not answer."));
  connection.textContent = text;
  connection.dataset.online = String(is);
}

const changed = document.getElementById("changed");

function hear(news) {
  const { cashDue } = sale;
  const changes = takeOver(data.tickets, news.tickets);
  for (const ticket of data.tickets) ticket.left = news.left[ticket.id];
  const offersOthers = takeOverDiscounts(data.discounts, news.discounts);
  data.codes = news.codes;
  if (sale.givesDiscounts) learnDiscounts();
  Object.assign(data.event, news.event);
  const differs = sale.follow();
  waiting.show(news.unanswered, news.due);
  if (sale.cashDue !== cashDue || (offersOthers && sale.phase === "discount")) view.recalculated();
  else if (changes.length || differs) view.draw();
  else view.drawTickets();
  if (changes.length) tell(inOneLine(changes));
}

/** Beside what is still there to be read: it goes when it was read, or with the sale. */
function tell(text) {
  const line = changed.querySelector("span");
  line.textContent = changed.hidden ? text : `${line.textContent}, ${text}`;
  changed.hidden = false;
  mention(text);
}

const forget = () => (changed.hidden = true);
changed.querySelector("button").addEventListener("click", forget);
sale.addEventListener("sold", forget);

async function poll() {
  clearTimeout(poll.timer);
  try {
    const news = await server.state();
    connected(true);
    if (news) hear(news);
    await waiting.ask();
  } catch (error) {
    if (error instanceof LoggedOut) await askToLogIn();
    else if (error instanceof NoAnswer) connected(false);
    else throw error;
  } finally {
    poll.timer = setTimeout(poll, POLL);
  }
}

function addChosen() {
  for (const id of data.chosen) {
    const ticket = data.tickets.find((t) => t.id === id);
    if (ticket && ticket.type !== "donation") sale.add(ticket);
  }
}

document.documentElement.classList.add("scripted", "ready");
till.focus({ preventScroll: true });
const wasLeft = await goOn(sale, data, {
  park: (sent) => waiting.parked.some(({ key }) => key === sent.key) || waiting.keep(sent),
  askTakeOver: dialogs.askTakeOver,
  leave: (owner) => baskets.leave(owner),
});
keepForReload(sale, data);
baskets.isBack(data.cashier);
if (wasLeft) sale.changed();
else addChosen();
poll();
