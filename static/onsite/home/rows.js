// Saves a row of a table without the others: what is typed elsewhere in the page stays. Without this, the
// page comes back as it is stored.

const { gettext } = window;
const PATIENCE = 20000;
const said = document.getElementById("saved");
const dirty = new Set();

const rowOf = (element) => element.closest?.("table.sheet tbody > tr");

document.addEventListener("input", ({ target }) => {
  const row = rowOf(target);
  if (!row) return;
  dirty.add(row.id);
  row.classList.add("dirty");
});

window.addEventListener("beforeunload", (event) => {
  if (dirty.size) event.preventDefault();
});

async function sent(body) {
  const answer = await fetch(window.location.pathname, {
    method: "POST",
    body,
    signal: AbortSignal.timeout(PATIENCE),
  });
  return { page: new DOMParser().parseFromString(await answer.text(), "text/html"), at: answer.url };
}

function put(row, page) {
  const body = row.parentElement;
  const now = page.getElementById(row.id);
  if (now) row.replaceWith(document.adoptNode(now));
  else row.remove();
  dirty.delete(row.id);
  for (const other of page.querySelectorAll(`#${body.parentElement.id} > tbody > tr`)) {
    if (!document.getElementById(other.id))
      body.insertBefore(document.adoptNode(other), body.querySelector(".new"));
  }
  return document.getElementById(row.id);
}

function tell(row) {
  const refused = row?.classList.contains("refused");
  said.textContent = refused ? gettext("Not saved: look at what is marked.") : gettext("Saved.");
  const first = row?.querySelector(".errorlist")?.closest("td")?.querySelector("input, select, button");
  (refused ? first : row?.querySelector("input, select"))?.focus();
}

// What leads to a page of its own, a link say, goes there; only then nothing that was typed is in the way.
const stays = (button) => ["save", "delete", "give-back"].includes(button?.value) && !button.dataset.leads;

document.addEventListener("submit", async (event) => {
  const row = rowOf(event.target);
  if (!row || !stays(event.submitter)) {
    dirty.clear();
    return;
  }
  event.preventDefault();
  const { target: form, submitter } = event;
  const body = new URLSearchParams(new FormData(form, submitter)); // without a button that is disabled
  submitter.disabled = true;
  try {
    const { page, at } = await sent(body);
    if (page.getElementById("saved")) tell(put(row, page));
    else window.location.assign(at); // to the log-in, say, or away from what one organizes no more
  } catch {
    said.textContent = gettext("No answer: it is not known whether that was saved. Try again.");
  }
  submitter.disabled = false;
});
