// The door: a scanner, a camera, a name; one answer that nobody can miss.

import { LoggedOut, NoAnswer, parsed, request } from "../common/api.js";
import { addProblem, isOpen } from "../common/dialog.js";
import { $ } from "../common/dom.js";
import { ticks } from "../common/ticks.js";
import { wallClock } from "../common/times.js";
import { Board } from "./board.js";
import { Camera } from "./camera.js";
import { askDiscard, askLeave, askLogIn, sayWhy } from "./dialogs.js";
import { Gate } from "./gate.js";
import { GuestList } from "./guest-list.js";
import { Place } from "./place.js";
import { Readiness } from "./readiness.js";
import { Scanner } from "./scanner.js";
import { Search } from "./search.js";
import { ServerTime } from "./server-time.js";
import { signal } from "./signals.js";
import { Store } from "./store.js";
import { View } from "./view.js";

const { gettext } = window;
const POLL = 5000;

const data = JSON.parse($("door-data").textContent);

const time = new ServerTime();
const store = await Store.open(data.event.id, time);
await store.setFact("event", { identifier: data.event.identifier, name: data.event.name });
time.ahead = (await store.fact("ahead")) ?? 0;
const gate = new Gate({ data, store, time, askToLogIn });
const { backlog } = gate;
const list = await GuestList.open(store, (patience, headers) => ask(data.urls.list, patience, headers));
const clock = wallClock(data.event.timezone, document.documentElement.lang);
const board = new Board({ gate, list, store, time, clock });
const view = new View(data, {
  admitGroup,
  admitAnyway,
  undo,
  offlineText: () => board.offlineText,
  clock,
  shown: ({ state }) => signal(state),
});
const readiness = new Readiness({ store, list, worker: data.urls.worker });
const place = new Place({ gate, data, turned: () => view.ready() });

/** In another tab somebody else may have logged in: they are not asked in their place. */
function ask(url, patience, headers = {}) {
  return request("GET", url, { headers: { "X-Cashier": String(data.person.id), ...headers }, patience });
}

// --- what is scanned, seen and found, and its answer ---

const search = new Search({
  form: $("search"),
  found: $("found"),
  ask: (text) => ask(`${data.urls.search}?q=${encodeURIComponent(text)}`, 5000),
  choose: (guest) => {
    $("door").focus({ preventScroll: true });
    gate.admit(guest).then(() => list.soon());
  },
  askToLogIn,
});

new Scanner({
  scan: (code) => gate.scan(code),
  isElsewhere: (target) => !place.isChosen || isOpen() || target.closest?.("input, textarea, select"),
  strayed(code, target) {
    if (target === search.field) {
      search.wait();
      gate.scan(code);
    } else if (isOpen()) {
      signal("no");
      addProblem(gettext("Not scanned: close this first."));
    }
  },
});

// Nobody would see an answer behind a dialog, or before the gate is chosen.
new Camera(data.urls.decoder, {
  isLooking: () => place.isChosen && !isOpen(),
  found: (code) => gate.scan(code),
  crowd: () => view.crowd(),
});

gate.addEventListener("asked", () => view.wait());

gate.addEventListener("answer", ({ detail }) => {
  view.show(detail);
  if (gate.deciding > 1) view.wait(); // another guest stands there already, and is not meant by this answer
  if (detail.offline) return;
  if (detail.answer === "ok" && detail.admitted) board.moved(detail.direction === "in" ? 1 : -1);
  if (!detail.key) list.soon();
});

// Whatever breaks while somebody waits for an answer, there is one.
for (const kind of ["error", "unhandledrejection"])
  window.addEventListener(kind, ({ error, reason }) => view.isWaiting && gate.fail(error ?? reason));

// --- groups, undo, and an organizer's leave ---

/** Do what was asked, and then ask how many are inside; say why it did not work. */
async function act(what) {
  try {
    await what();
    list.soon();
    await occupancy();
    return true;
  } catch (error) {
    if (error instanceof LoggedOut) askToLogIn();
    else sayWhy(error);
    return false;
  }
}

function admitGroup(answer, wanted) {
  return act(async () => {
    const answers = await gate.admitGroup(answer, wanted);
    // Who is not let in is shown, the last one of those who are with who is left.
    const shown = answers.filter(({ admitted }) => !admitted);
    if (shown.length === 0) shown.push(answers.at(-1));
    for (const one of answers) if (!shown.includes(one)) view.list(one);
    for (const one of shown) view.show(one);
  });
}

async function undo(answer, pressed) {
  pressed.disabled = true;
  try {
    await gate.undo(answer);
    pressed.textContent = gettext("Undone");
    list.soon();
    if (!gate.offline) await tick();
  } catch (error) {
    pressed.disabled = false;
    if (error instanceof LoggedOut) askToLogIn();
    else sayWhy(error);
  }
}

function admitAnyway({ attendee }) {
  askLeave({
    isOrganizer: data.person.role === "organizer",
    approvers: data.approvers,
    admit: (reason, approval) => gate.admitAnyway({ attendee }, reason, approval),
  });
}

// --- who is logged in ---

function askToLogIn() {
  if (!gate.isLocked) forgetGuests();
  gate.lock();
  if (isOpen()) return;
  askLogIn({ isDevice: data.person.isDevice, url: data.urls.logIn, unsent: backlog.waiting.length });
}

/** Of whoever is logged out no page opens any more, and no guest's name stays in sight. */
function forgetGuests() {
  import("./forget.js");
  view.clear();
  search.clear();
}

// --- what waits on the tablet ---

backlog.addEventListener("change", () => {
  view.conflicts(
    backlog.conflicts,
    (one) => backlog.nameOf(one),
    () => backlog.forgetConflicts(),
  );
  view.kept(backlog, { take, discard: (scans) => askDiscard(scans.length, () => backlog.discard(scans)) });
});

async function take(scans) {
  await backlog.take(scans);
  await tick();
}

// --- what the server says ---

async function occupancy() {
  const asked = ticks();
  const waiting = backlog.waiting.length + backlog.aside.length + backlog.others.length;
  const { status, text, date } = await ask(data.urls.occupancy, 4000, { "X-Waiting": String(waiting) });
  if (status !== 200) return;
  const { attributes } = parsed(text).data;
  time.hear(date, asked);
  board.hear(attributes);
}

async function exchange() {
  await occupancy();
  if (gate.isLocked) return location.reload(); // logged in again, in another tab
  await backlog.look();
  if (gate.offline || backlog.waiting.length) await gate.replay();
  // What this door has done by itself must arrive before the list says otherwise.
  if (!backlog.waiting.length && list.isDue) await renewList();
}

/** Without a new list the door goes on with the one it has. */
async function renewList() {
  try {
    await list.fetch();
    await store.setFact("ahead", time.ahead);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
  }
}

async function tick() {
  clearTimeout(tick.timer);
  try {
    await exchange();
  } catch (error) {
    if (error instanceof LoggedOut) askToLogIn();
    else if (error instanceof NoAnswer) gate.setOffline(true);
    else console.error(error);
  } finally {
    tick.timer = setTimeout(tick, POLL);
    board.show();
    readiness.check();
  }
}

window.addEventListener("online", tick);
window.addEventListener("offline", () => gate.setOffline(true));
document.addEventListener("visibilitychange", () => (document.hidden ? time.hide() : tick()));
if (!window.isSecureContext) $("insecure").hidden = false;

await backlog.look(); // "Online" is said only of a tablet on which nothing is known to wait
await board.recall();
place.choose();
document.documentElement.classList.add("ready");
tick();
