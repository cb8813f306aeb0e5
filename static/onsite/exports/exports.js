// Shows how far the files are: asks for the page again and puts in place what has changed, so that nobody who
// is just pressing something else loses it. Without this, a link does the same.

import { isElsewhere } from "../common/api.js";

const EVERY = 2000;
const PATIENCE = 20000;
const list = document.querySelector("[data-exports]");
const waiting = () => [...list.querySelectorAll("[data-waits]")];

async function look() {
  const answer = await fetch(window.location.pathname, { signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok || isElsewhere(window.location.pathname, answer)) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const row of waiting()) {
    const now = page.querySelector(`[data-export="${row.dataset.export}"]`);
    if (now && now.innerHTML !== row.innerHTML) row.replaceWith(document.adoptNode(now));
  }
}

async function watch() {
  while (waiting().length) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    if (document.hidden) continue;
    try {
      await look();
    } catch {
      // No answer: the next one may come.
    }
  }
  document.querySelector("[data-reload]")?.remove();
}

if (waiting().length) watch();
