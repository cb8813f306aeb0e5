// Keeps the picture fresh: asks for the page again, puts the cards in place that have changed, and says how old
// it is. Whatever was unfolded stays so. Without this, a link asks again.

import { fill } from "../common/dom.js";
import { ticks } from "../common/ticks.js";

const { gettext } = window;
const EVERY = 5000;
const PATIENCE = 8000;
const LATE = 15000; // from which on nobody should believe it
const live = document.querySelector("[data-live]");
const age = live.querySelector("[data-age]");
let seen = ticks();

function put(now) {
  for (const part of live.querySelectorAll("[data-part]:not([data-age])")) {
    const fresh = now.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh && fresh.outerHTML !== part.outerHTML) swap(part, document.adoptNode(fresh));
  }
}

/** With the same details open, and the focus where it was. */
function swap(old, fresh) {
  const folded = fresh.querySelectorAll("details");
  const places = fresh.querySelectorAll("a, summary, [tabindex]");
  old.querySelectorAll("details").forEach((one, at) => {
    if (folded[at]) folded[at].open = one.open;
  });
  const focused = [...old.querySelectorAll("a, summary, [tabindex]")].indexOf(document.activeElement);
  const scrolled = [...old.querySelectorAll(".scrolls")].map((one) => one.scrollTop);
  old.replaceWith(fresh);
  places[focused]?.focus({ preventScroll: true });
  fresh.querySelectorAll(".scrolls").forEach((one, at) => {
    one.scrollTop = scrolled[at] ?? 0;
  });
}

async function look() {
  const asked = ticks();
  const answer = await fetch(window.location.href, {
    signal: AbortSignal.timeout(PATIENCE),
    cache: "no-store",
  });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.querySelector("[data-live]");
  if (!now) return;
  put(now);
  seen = asked;
}

function sayAge() {
  const old = ticks() - seen;
  const isLate = old >= LATE;
  const n = Math.floor(old / 1000);
  age.classList.toggle("late", isLate);
  age.textContent = fill(isLate ? gettext("No answer for %(n)s s") : gettext("%(n)s s ago"), { n });
}

async function watch() {
  try {
    if (!document.hidden) await look();
  } catch {
    // No answer: the age tells.
  } finally {
    setTimeout(watch, EVERY);
  }
}

setInterval(sayAge, 1000);
setTimeout(watch, EVERY);
document.addEventListener("visibilitychange", () => document.hidden || look().catch(() => {}));
sayAge();
live.querySelector("[data-reload]")?.remove();
document.documentElement.classList.add("ready");
