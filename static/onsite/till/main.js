// The till: three regions, no page load between two sales.

import { LoggedOut, NoAnswer } from "../common/api.js";
import { fill } from "../common/dom.js";
import * as dialogs from "./dialogs.js";
import { Keys } from "./keys.js";
import * as money from "./money.js";
import { Sale } from "./sale.js";
import { Server } from "./server.js";
import { View } from "./view.js";
import { Waiting } from "./waiting.js";

const { gettext } = window;
const POLL = 4000;
const CODES_SHOWN = 60_000;
const PADS = ["cash", "quantity", "donation", "split", "pin"];

const data = JSON.parse(document.getElementById("till-data").textContent);
const till = document.getElementById("till");

money.useCurrency(data.event.currency, data.event.decimals);
data.notes = data.notes.map(money.parse).sort((a, b) => a - b);
for (const ticket of data.tickets)
  for (const name of ["price", "minPrice", "maxPrice"])
    ticket[name] = ticket[name] === null ? null : money.parse(ticket[name]);

const server = new Server(data.urls, () => data.cashier.id);
const sale = new Sale({ server, data, askToLogIn, keep: (parked) => waiting.keep(parked) });
const screen =
  "BroadcastChannel" in window
    ? new BroadcastChannel(`onsite.display.${data.till?.id ?? data.event.id}`)
    : null;

// --- announcements: what changed, to those who do not see it ---

const [polite, urgent] = ["polite", "urgent"].map((id) => document.getElementById(id));
let later;

function announce(text) {
  clearTimeout(later);
  later = setTimeout(() => (polite.textContent = text), 700);
}

function alarm(text) {
  urgent.textContent = text;
  const toast = document.getElementById("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (toast.hidden = true), 8000);
}

// --- log-in over the page ---

let loggingIn = null;

/** Resolves to whether the cashier to whom the sale belongs is back. */
function askToLogIn() {
  loggingIn ??= dialogs.logIn(data.urls.logIn).then(async (person) => {
    loggingIn = null;
    const owner = data.cashier;
    if (person.id === owner.id) return true;
    data.cashier = person;
    if (!sale.basket.isEmpty && sale.phase !== "sending") {
      const takesOver = await dialogs.askTakeOver(owner.name, person.name);
      if (!takesOver) await sale.abandon();
    }
    document.getElementById("who").textContent = person.name;
    return false;
  });
  return loggingIn;
}

// --- the rest of the page ---

const panel = new dialogs.Panel(server, askToLogIn, () => poll());
const openRecent = (query = "") => panel.open(data.urls.recent + query, gettext("Recent"));
const keysAreOn = () => localStorage.getItem(`onsite.keys.${data.cashier.id}`) !== "off";

const keys = new Keys({
  isFree(event) {
    const { target, key } = event;
    if (dialogs.isOpen() || target.closest("input, textarea, select")) return false;
    if (key === " " || (key === "Enter" && target.closest("button, a, summary"))) return false;
    const typing = PADS.includes(sale.phase) || (sale.phase === "free" && sale.about.other);
    return key.length > 1 || typing || keysAreOn();
  },
  press,
  scan: (text) => openRecent(`&q=${encodeURIComponent(text)}`),
});

function print(last, copy = false) {
  document.getElementById("print-frame")?.remove();
  const frame = document.createElement("iframe");
  frame.id = "print-frame";
  frame.className = "visually-hidden";
  frame.title = gettext("Print");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  frame.src = `${orderUrl(last)}print/?auto=1${copy ? "&copy=1" : ""}`;
  document.body.append(frame);
}

const orderUrl = (last) => `${data.urls.order}${last.identifier}/`;

async function codes(last, element) {
  try {
    element.innerHTML = (await server.fragment(`${orderUrl(last)}codes/`)).html;
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof LoggedOut)) throw error;
    element.textContent = gettext("The codes could not be loaded; they are under Recent.");
  }
}

const view = new View(sale, data, {
  codes,
  print,
  deafen: (milliseconds) => keys.deafen(milliseconds),
  guest: () => dialogs.askGuest(sale.basket.guest, (guest) => sale.setGuest(guest)),
  otherReason: () => dialogs.askReason((reason) => sale.choose({ reason })),
});

const waiting = new Waiting(document.getElementById("waiting"), {
  sale,
  server,
  data,
  announce: alarm,
  login: askToLogIn,
});

function press(key) {
  const { phase } = sale;
  const letter = key.toLowerCase();
  if (phase === "sending") return;
  if (key === "Escape") return sale.back();
  if (PADS.includes(phase)) return onPad(letter, key);
  if (phase === "free") return onFree(key);
  if (phase === "card") return key === "Enter" ? sale.approved() : undefined;
  if (phase === "refused") return; // a choice that Enter alone must not make
  if (phase === "done" && key === "Enter") return sale.next();
  if (/[1-9]/.test(key)) return data.tickets[Number(key) - 1] && sale.add(data.tickets[Number(key) - 1]);
  if (letter === "p") return sale.last && print(sale.last);
  if (letter === "u") return sale.undo();
  if (key === "?") return showHelp();
  if (key === "/") return dialogs.find(data.tickets, (ticket) => sale.add(ticket));
  if (phase === "basket") onBasket(letter);
}

function onBasket(letter) {
  const line = sale.basket.last;
  const acts = {
    enter: () => sale.open("cash"),
    "-": () => line && sale.setQuantity(line, line.quantity - 1),
    "*": () => sale.askQuantity(),
    c: () => sale.takeCard(),
    s: () => sale.open("split"),
    f: () => sale.open("free"),
    a: () => sale.toggleAdmit(),
    n: () =>
      !sale.basket.isEmpty &&
      !sale.isFrozen &&
      dialogs.askGuest(sale.basket.guest, (guest) => sale.setGuest(guest)),
  };
  acts[letter]?.();
}

function onPad(letter, key) {
  if (sale.phase === "pin" && !sale.about.approver) {
    const approver = data.approvers[Number(key) - 1];
    return approver && sale.choose({ approver });
  }
  if (/[\d.,]/.test(key) || key === "Backspace") return sale.press(key);
  if (sale.phase === "split" && letter === "c") return sale.takeCard(sale.typedAmount);
  if (sale.phase === "split" && key === "Enter") return sale.takeCashPart(sale.typedAmount);
  if (key === "Enter") return sale.enter();
}

function onFree(key) {
  if (key === "Enter") return sale.confirmPrice();
  if (sale.about.other) return sale.press(key);
  return view.panels.chooseReason(key);
}

function showHelp() {
  dialogs.help(keysAreOn(), (on) =>
    localStorage.setItem(`onsite.keys.${data.cashier.id}`, on ? "on" : "off"),
  );
}

document.getElementById("recent").addEventListener("click", (event) => {
  event.preventDefault();
  openRecent();
});
document.getElementById("show-keys").addEventListener("click", showHelp);
document
  .getElementById("find-ticket")
  .addEventListener("click", () => dialogs.find(data.tickets, (ticket) => sale.add(ticket)));

// A press with the pointer gives the focus back to the sale: the next Enter must not press it again.
till.addEventListener("click", (event) => {
  if (event.detail > 0 && event.target.closest("button") && sale.phase !== "done")
    till.focus({ preventScroll: true });
});
// A button with the focus would be pressed for as long as Enter is held.
till.addEventListener("keydown", (event) => event.repeat && event.key === "Enter" && event.preventDefault());
document.getElementById("dialog").addEventListener("close", () => till.focus({ preventScroll: true }));

// --- what the sale says ---

sale.addEventListener("change", () => {
  if (!sale.basket.isEmpty && sale.phase === "basket")
    announce(
      `${sale.summary}, ${fill(gettext("total %(total)s"), { total: money.show(sale.basket.total) })}`,
    );
  screen?.postMessage(shown());
});
sale.addEventListener("admit", ({ detail }) =>
  announce(
    detail.admits
      ? gettext("The guests are let in with the sale.")
      : gettext("The guests are not let in yet."),
  ),
);
sale.addEventListener("sold", ({ detail }) => {
  announce(
    detail.change > 0
      ? fill(gettext("Sold, change %(change)s"), { change: money.showFull(detail.change) })
      : fill(gettext("Sold, %(total)s"), { total: money.showFull(detail.total) }),
  );
  if (data.till?.autoPrint) print(detail);
  poll();
});
sale.addEventListener("refused", ({ detail }) => {
  alarm(detail.map((error) => error.detail).join(" "));
  poll();
});
sale.addEventListener("undone", ({ detail }) => {
  alarm(fill(gettext("Order %(order)s is undone."), { order: detail.identifier }));
  poll();
});
sale.addEventListener("not-undone", ({ detail }) =>
  alarm(detail.detail ?? gettext("No answer: whether it was undone is not known. Look under Recent.")),
);
sale.addEventListener("give-back", ({ detail }) =>
  alarm(
    detail.parts
      .map((part) =>
        fill(
          part.tender === "card"
            ? gettext("Reverse %(sum)s on the terminal.")
            : gettext("Give back %(sum)s."),
          {
            sum: money.showFull(part.amount),
          },
        ),
      )
      .join(" "),
  ),
);

/** What the customer's display shows. */
function shown() {
  const { last, isDone } = sale;
  const isShown = isDone && last.undone !== true && Date.now() < last.at + CODES_SHOWN;
  return {
    lines: isDone
      ? []
      : sale.basket.lines.map((l) => ({
          name: l.ticket.name,
          quantity: l.quantity,
          sum: money.show(l.price * l.quantity),
        })),
    total: money.showFull(isDone ? last.total : sale.basket.total),
    card: sale.phase === "card" ? money.showFull(sale.about.amount) : null,
    done: isShown && {
      order: last.identifier,
      until: last.at + CODES_SHOWN,
      change: last.change > 0 ? money.showFull(last.change) : null,
      codes: `${orderUrl(last)}codes/`,
    },
  };
}

// Whoever leaves the till leaves nothing of a guest on the other screen.
window.addEventListener("pagehide", () =>
  screen?.postMessage({ lines: [], total: "", card: null, done: false }),
);
if (screen) screen.onmessage = ({ data: message }) => message === "hello" && screen.postMessage(shown());

// --- what the server says ---

const connection = document.getElementById("connection");

function connected(is) {
  const text = is ? gettext("Online") : gettext("Offline");
  if (connection.textContent === text) return;
  if (!is) urgent.textContent = gettext("The server does not answer.");
  connection.textContent = text;
  connection.dataset.online = String(is);
}

async function poll() {
  clearTimeout(poll.timer);
  try {
    const news = await server.state();
    connected(true);
    if (news) {
      for (const ticket of data.tickets)
        if (String(ticket.id) in news.left) ticket.left = news.left[ticket.id];
      waiting.show(news.unanswered);
      view.drawTickets();
    }
    await waiting.ask();
  } catch (error) {
    if (error instanceof LoggedOut) await askToLogIn();
    else if (error instanceof NoAnswer) connected(false);
    else throw error;
  } finally {
    poll.timer = setTimeout(poll, POLL);
  }
}

for (const id of data.chosen) {
  const ticket = data.tickets.find((t) => t.id === id);
  if (ticket && ticket.type !== "donation") sale.add(ticket);
}
document.documentElement.classList.add("scripted", "ready");
till.focus({ preventScroll: true });
poll();
