// A guest's tickets on a telephone: each code as large as the screen, which stays awake meanwhile.

import { stepOf } from "../common/dom.js";

const dialog = document.getElementById("large");
const strip = document.getElementById("strip");
const openers = Array.from(document.querySelectorAll("[data-code]"));

let lock = null;

/** Not everywhere, and not on a battery that is nearly empty: then the screen goes dark as ever. */
async function keepAwake() {
  lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  if (!dialog.open) letSleep();
}

function letSleep() {
  lock?.release();
  lock = null;
}

/** One screen of the strip: the ticket's name, whose it is, and the code on white. */
function screenOf(opener, place) {
  const ticket = opener.closest("li");
  const screen = document.createElement("section");
  const title = ticket.querySelector("h2").cloneNode(true);
  const words = [title, ticket.querySelector(".guest")?.cloneNode(true)];
  const count = document.createElement("p");
  count.className = "count";
  count.textContent = openers.length > 1 ? `${place + 1} / ${openers.length}` : "";
  const code = ticket.querySelector("svg.qr").cloneNode(true);
  screen.append(...words.filter(Boolean), code, ticket.querySelector("code").cloneNode(true), count);
  return screen;
}

const width = () => strip.clientWidth;
const place = () => Math.round(Math.abs(strip.scrollLeft) / width());

function show(at, behavior = "auto") {
  strip.children[at]?.scrollIntoView({ behavior, inline: "start", block: "nearest" });
}

function step(by) {
  show(Math.min(openers.length - 1, Math.max(0, place() + by)));
}

function ends() {
  document.getElementById("before").disabled = place() === 0;
  document.getElementById("after").disabled = place() === openers.length - 1;
}

function open(at) {
  dialog.showModal();
  show(at);
  ends();
  strip.focus({ preventScroll: true });
  keepAwake();
}

if (dialog) {
  strip.append(...openers.map(screenOf));
  openers.forEach((opener, at) => {
    opener.hidden = false;
    opener.addEventListener("click", () => open(at));
  });
  document.getElementById("before").addEventListener("click", () => step(-1));
  document.getElementById("after").addEventListener("click", () => step(1));
  document.getElementById("close").addEventListener("click", () => dialog.close());
  for (const id of ["before", "after"])
    document.getElementById(id).toggleAttribute("hidden", openers.length === 1);
  strip.addEventListener("scroll", ends, { passive: true });
  // Wherever the focus is: a button that has come to its end loses it.
  document.addEventListener("keydown", (event) => {
    const by = stepOf(event.key);
    if (!dialog.open || !by) return;
    event.preventDefault();
    step(by);
  });
  dialog.addEventListener("close", letSleep);
  // A screen that was turned off has let go of it.
  document.addEventListener("visibilitychange", () => {
    if (dialog.open && document.visibilityState === "visible") keepAwake();
  });
}
