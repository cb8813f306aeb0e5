// The door: a scanner, a camera, a name; one answer that nobody can miss.

import { LoggedOut, NoAnswer, Refused, parsed, request } from "../common/api.js";
import { button, fill, h } from "../common/dom.js";
import { watch } from "./camera.js";
import { Gate } from "./gate.js";
import { Search } from "./search.js";
import { signal, stayAwake, unlock } from "./signals.js";
import { Store } from "./store.js";
import { View } from "./view.js";

const { gettext, ngettext } = window;
const POLL = 5000;
const LIST_EVERY = 60_000;
const LIST_AGAIN = 15_000;
// A list that takes long comes less often: all in all a fortieth of the time is spent on it.
const LIST_PAUSE = 40;
// For scanners that send no Enter; one that does is heard at once.
const SCANNER_PAUSE = 1500;
// Eight keys or more that follow each other so fast are no hand's.
const SCANNER_GAP = 35;
const SCAN = 8;

const data = JSON.parse(document.getElementById("door-data").textContent);
const $ = (id) => document.getElementById(id);
const dialog = $("dialog");

const store = await Store.open(data.event.id);
const gate = new Gate({ data, store, askToLogIn });
const { backlog } = gate;
const view = new View({ admitGroup, admitAnyway, undo, offlineText });

// --- where one stands: the first tap, which also unlocks sound and camera ---

function chooseGate() {
  $("work").hidden = true;
  $("start").hidden = false;
  $("start").before($("kept"));
  $("where").textContent = "";
  $("change-gate").hidden = true;
  const stations = data.stations.length
    ? data.stations
    : [{ id: null, name: gettext("The door"), direction: "both", tickets: [] }];
  $("gates").replaceChildren(
    ...stations.flatMap((station) =>
      ["in", "out"]
        .filter((way) => station.direction === "both" || station.direction === way)
        .map((way) =>
          button(
            [station.name, h("strong", {}, way === "in" ? gettext("In") : gettext("Out"))],
            () => begin(station, way),
            { class: "gate" },
          ),
        ),
    ),
  );
}

function begin(station, direction) {
  unlock();
  stayAwake();
  gate.station = station.id === null ? null : station;
  gate.direction = direction;
  $("start").hidden = true;
  $("work").hidden = false;
  $("change-gate").hidden = false;
  $("where").textContent = station.name;
  $("use-camera").after($("kept"));
  drawWays(station);
  $("use-camera").hidden = !navigator.mediaDevices;
  $("door").focus({ preventScroll: true });
}

function drawWays(station) {
  $("ways").replaceChildren(
    ...["in", "out"]
      .filter((way) => station.direction === "both" || station.direction === way)
      .map((way) =>
        button(
          way === "in" ? gettext("In") : gettext("Out"),
          () => {
            gate.direction = way;
            drawWays(station);
            view.ready();
          },
          { "aria-pressed": String(gate.direction === way), class: "tool" },
        ),
      ),
  );
}

// --- the scanner: taken from the whole page, unless somebody types into a field ---

let typed = "";
let timer;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.repeat && event.key === "Enter") return event.preventDefault();
  if ($("work").hidden || dialog.open || event.target.closest("input, textarea, select"))
    return elsewhere(event);
  if (event.repeat) return;
  if ((event.key === "Enter" && typed) || (event.key === "Tab" && typed.length >= SCAN)) {
    event.preventDefault();
    return scanned();
  }
  if (event.key.length !== 1 || event.key === " ") return;
  event.preventDefault();
  typed += event.key;
  clearTimeout(timer);
  timer = setTimeout(() => (typed.length >= SCAN ? scanned() : (typed = "")), SCANNER_PAUSE);
});

let burst = "";
let burstAt = -Infinity;

/** A scan into a field or a dialog must not press its button: it would answer for the guest before. */
function elsewhere(event) {
  const { key, target, timeStamp } = event;
  if (key.length > 1 && key !== "Enter") return;
  if (timeStamp - burstAt > SCANNER_GAP) burst = "";
  burstAt = timeStamp;
  if (key !== "Enter") return void (burst += event.repeat ? "" : key);
  const code = burst;
  burst = "";
  if (code.length < SCAN) return;
  event.preventDefault();
  if (target.value?.endsWith(code)) target.value = target.value.slice(0, -code.length);
  if (target === search.field) {
    search.wait();
    gate.scan(code);
  } else if (dialog.open) {
    signal("no");
    dialog
      .querySelector(".dialog-body")
      .append(h("p", { class: "problem", role: "alert" }, gettext("Not scanned: close this first.")));
  }
}

function scanned() {
  clearTimeout(timer);
  const code = typed;
  typed = "";
  if (code.length >= 4) gate.scan(code);
}

gate.addEventListener("answer", ({ detail }) => {
  view.show(detail);
  if (!detail.again) signal(detail.state);
  if (!detail.again && !detail.offline && detail.answer === "ok" && detail.admitted)
    moved(detail.direction === "in" ? 1 : -1);
  if (!detail.offline && !detail.again && !detail.key) listSoon();
});

/** What the door has just seen, until the server is asked for the count again. */
function moved(by) {
  const inside = Number($("inside").textContent);
  if (Number.isInteger(inside)) $("inside").textContent = String(Math.max(0, inside + by));
}

// --- the camera ---

let stopCamera = null;

$("use-camera").addEventListener("click", async () => {
  if (stopCamera) {
    stopCamera();
    stopCamera = null;
    $("camera").hidden = true;
    return;
  }
  $("camera").hidden = false;
  $("use-camera").disabled = true;
  try {
    // Nobody would see an answer behind a dialog, or before the gate is chosen.
    stopCamera = await watch(
      $("video"),
      data.urls.decoder,
      (code) => !dialog.open && !$("work").hidden && gate.scan(code),
    );
  } catch (error) {
    $("camera").hidden = true;
    say(
      error.name === "NotAllowedError"
        ? gettext("The browser keeps the camera from this page: allow it in the settings of this site.")
        : gettext("The camera cannot be used here."),
    );
  } finally {
    $("use-camera").disabled = false;
  }
});

// --- search ---

const search = new Search({
  form: $("search"),
  found: $("found"),
  ask: (text) => ask(`${data.urls.search}?q=${encodeURIComponent(text)}`, 5000),
  choose: (guest) => {
    $("door").focus({ preventScroll: true });
    gate.admit(guest).then(listSoon);
  },
  askToLogIn,
});

// --- groups, undo, and an organizer's leave ---

async function admitGroup(answer, wanted) {
  try {
    const { others } = answer;
    const answers = await gate.admitGroup(answer, wanted);
    // Who is not let in is shown last, and so stays.
    answers.sort((a, b) => Number(b.admitted) - Number(a.admitted));
    for (const [index, one] of answers.entries())
      view.show({ ...one, others: index === answers.length - 1 ? others - answers.length : 0 });
    signal(answers.at(-1).state);
    listSoon();
    await occupancy();
  } catch (error) {
    complain(error);
  }
}

async function undo(answer, pressed) {
  pressed.disabled = true;
  try {
    await gate.undo(answer.id);
    pressed.textContent = gettext("Undone");
    listSoon();
    await occupancy();
  } catch (error) {
    pressed.disabled = false;
    complain(error);
  }
}

function admitAnyway(answer) {
  const isOrganizer = data.person.role === "organizer";
  const fields = [
    h(
      "label",
      { class: "field" },
      gettext("Reason"),
      h("input", {
        type: "text",
        name: "reason",
        required: true,
        maxlength: 200,
        autofocus: true,
        autocomplete: "off",
      }),
    ),
  ];
  if (!isOrganizer)
    fields.push(
      h(
        "label",
        { class: "field" },
        gettext("Who allows it"),
        h(
          "select",
          { name: "user" },
          data.approvers.map((a) => h("option", { value: a.id }, a.name)),
        ),
      ),
      h(
        "label",
        { class: "field" },
        gettext("PIN"),
        h("input", {
          type: "password",
          name: "pin",
          inputmode: "numeric",
          pattern: "[0-9]{6}",
          maxlength: 6,
          required: true,
          autocomplete: "off",
        }),
      ),
    );
  const problem = h("p", { class: "problem", role: "alert" });
  const form = h(
    "form",
    {
      onsubmit: async (event) => {
        event.preventDefault();
        const { reason, user, pin } = Object.fromEntries(new FormData(form));
        const submit = form.querySelector("button");
        if (submit.disabled) return;
        submit.disabled = true;
        try {
          await gate.admitAnyway(
            { attendee: answer.attendee },
            reason,
            isOrganizer ? undefined : { user: Number(user), pin },
          );
          dialog.close();
        } catch (error) {
          problem.textContent =
            error instanceof Refused ? error.message : gettext("No answer from the server.");
        } finally {
          submit.disabled = false;
        }
      },
    },
    fields,
    problem,
    h("button", { class: "primary wide" }, gettext("Admit")),
  );
  open(
    gettext("Admit anyway"),
    !isOrganizer && data.approvers.length === 0 ? h("p", {}, gettext("No organizer has set a PIN.")) : form,
  );
}

function open(title, ...content) {
  dialog.replaceChildren(
    h(
      "header",
      {},
      h("h2", { id: "dialog-title" }, title),
      button("\u00d7", () => dialog.close(), { class: "close", "aria-label": gettext("Close") }),
    ),
    h("div", { class: "dialog-body" }, ...content),
  );
  dialog.showModal();
}

function say(text) {
  open(gettext("Attention"), h("p", {}, text));
}

function complain(error) {
  if (error instanceof LoggedOut) return askToLogIn();
  say(error instanceof Refused ? error.message : gettext("No answer from the server."));
}

function askToLogIn() {
  if (!gate.isLocked) forgetGuests();
  gate.lock();
  if (dialog.open) return;
  const { isDevice } = data.person;
  const n = backlog.waiting.length;
  open(
    isDevice ? gettext("This device is not logged in") : gettext("Your session has ended"),
    h(
      "p",
      {},
      isDevice
        ? gettext("It was revoked, or paired anew elsewhere. An organizer has a code for it.")
        : gettext("Nobody is let in until you log in again."),
    ),
    n > 0 &&
      h(
        "p",
        { class: "problem" },
        fill(
          ngettext(
            "%(n)s scan was not sent. It stays on this tablet.",
            "%(n)s scans were not sent. They stay on this tablet.",
            n,
          ),
          { n },
        ),
      ),
    h(
      "a",
      { class: "button primary wide", href: data.urls.logIn, autofocus: true },
      isDevice ? gettext("Pair") : gettext("Log in"),
    ),
  );
}

/** Of whoever is logged out no page opens any more, and no guest's name stays in sight. */
function forgetGuests() {
  import("./forget.js");
  view.clear();
  search.clear();
}

// --- the count inside, the connection, the list to decide by ---

function offlineText() {
  return fill(gettext("OFFLINE %(n)s"), { n: backlog.waiting.length });
}

let listedAt = await store.fact("listed");

function onlineText() {
  if (backlog.waiting.length) return fill(gettext("Sending %(n)s"), { n: backlog.waiting.length });
  const n = backlog.aside.length + backlog.others.length;
  return n ? `${gettext("Online")} \u00b7 ${fill(gettext("%(n)s not sent"), { n })}` : gettext("Online");
}

let house = {}; // as the server has said last: how many are inside, and how many may be

function showConnection() {
  $("connection").dataset.online = String(!gate.offline);
  $("connection").textContent = gate.offline ? `${offlineText()}${age()}` : onlineText();
  showCapacity();
}

function showCapacity() {
  const { capacity, "is-nearly-full": isNearlyFull } = house;
  const text = () => (isNearlyFull ? gettext("of %(capacity)s: nearly full") : gettext("of %(capacity)s"));
  $("capacity").classList.toggle("problem", Boolean(isNearlyFull) && !gate.offline);
  if (capacity === null) $("capacity").textContent = "";
  else if (gate.offline) $("capacity").textContent = gettext("The capacity is not watched while offline.");
  else if (capacity !== undefined) $("capacity").textContent = fill(text(), { capacity });
}

gate.addEventListener("connection", showConnection);
backlog.addEventListener("change", () => {
  showConnection();
  view.conflicts(
    backlog.conflicts,
    (one) => backlog.nameOf(one),
    () => backlog.forgetConflicts(),
  );
  view.kept(backlog, { take, discard });
});

async function take(scans) {
  await backlog.take(scans);
  await tick();
}

function discard(scans) {
  const n = scans.length;
  open(
    gettext("Discard"),
    h(
      "p",
      {},
      fill(ngettext("%(n)s scan will be on no record.", "%(n)s scans will be on no record.", n), { n }),
    ),
    button(gettext("Discard"), () => backlog.discard(scans).then(() => dialog.close()), { class: "wide" }),
  );
}

function age() {
  if (!listedAt) return ` \u00b7 ${gettext("no list on this tablet")}`;
  return ` \u00b7 ${fill(gettext("list of %(at)s"), { at: new Date(listedAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) })}`;
}

/** In another tab somebody else may have logged in: they are not asked in their place. */
function ask(url, patience, headers = {}) {
  return request("GET", url, { headers: { "X-Cashier": String(data.person.id), ...headers }, patience });
}

async function occupancy() {
  const { status, text } = await ask(data.urls.occupancy, 4000);
  if (status !== 200) return;
  house = parsed(text).data.attributes;
  $("inside").textContent = String(house.inside);
  showCapacity();
}

let etag = null;
let listAgain = LIST_AGAIN;

async function fetchList() {
  if (!crypto.subtle) return;
  const asked = Date.now();
  const {
    status,
    text,
    etag: newer,
  } = await ask(data.urls.list, 30_000, etag ? { "If-None-Match": etag } : {});
  if (status === 304) await store.setFact("listed", asked);
  else if (status === 200) await store.replaceList(text, asked);
  else return;
  listAgain = Math.max(LIST_AGAIN, LIST_PAUSE * (Date.now() - asked));
  listedAt = asked;
  etag = newer ?? etag;
}

let nextList = 0;

/** Something was done of which this door knows no code. */
function listSoon() {
  nextList = Math.min(nextList, (listedAt ?? 0) + listAgain);
}

async function tick() {
  clearTimeout(tick.timer);
  try {
    await occupancy();
    if (gate.isLocked) return location.reload(); // logged in again, in another tab
    await backlog.look();
    if (gate.offline || backlog.waiting.length) await gate.replay();
    // What this door has done by itself must arrive before the list says otherwise.
    if (!backlog.waiting.length && Date.now() >= nextList) {
      await fetchList();
      nextList = Date.now() + LIST_EVERY;
    }
  } catch (error) {
    if (error instanceof LoggedOut) askToLogIn();
    else if (error instanceof NoAnswer) gate.setOffline(true);
    else throw error;
  } finally {
    tick.timer = setTimeout(tick, POLL);
  }
}

window.addEventListener("online", tick);
window.addEventListener("offline", () => gate.setOffline(true));
$("change-gate").addEventListener("click", chooseGate);
if (!window.isSecureContext) $("insecure").hidden = false;
else navigator.serviceWorker?.register(data.urls.worker, { scope: data.urls.worker.replace(/[^/]*$/, "") });

await backlog.look();
chooseGate();
document.documentElement.classList.add("ready");
tick();
