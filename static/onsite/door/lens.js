// The lenses of a tablet's cameras, and the torch beside one.

import { button, h } from "../common/dom.js";

const { gettext } = window;
const PLACE = "onsite.door.lens";

/** The lens that was chosen on this tablet; undefined for whichever there is, and where nothing is kept. */
function chosen() {
  try {
    return localStorage.getItem(PLACE) ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(lens) {
  try {
    localStorage.setItem(PLACE, lens);
  } catch {
    // It is chosen again next time.
  }
}

/** A stream of the lens that was chosen, or of the one that looks away from who holds the tablet. */
export async function openLens() {
  const deviceId = chosen();
  const usual = { video: { facingMode: "environment" } };
  if (!deviceId) return navigator.mediaDevices.getUserMedia(usual);
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { deviceId: { exact: deviceId } } });
  } catch (error) {
    if (!["OverconstrainedError", "NotFoundError"].includes(error.name)) throw error;
    return navigator.mediaDevices.getUserMedia(usual); // that one is unplugged
  }
}

/** What there is to choose: another lens, and light. `turn()` begins anew with the lens that was chosen. */
export async function choices(track, turn) {
  return [await lenses(track, turn), torch(track)].filter(Boolean);
}

async function lenses(track, turn) {
  const devices = (await navigator.mediaDevices.enumerateDevices()).filter(
    ({ kind }) => kind === "videoinput",
  );
  if (devices.length < 2) return null;
  const now = track.getSettings().deviceId;
  const change = ({ currentTarget }) => {
    keep(currentTarget.value);
    turn();
  };
  return h(
    "select",
    { class: "tool lens", "aria-label": gettext("Lens"), onchange: change },
    devices.map(({ deviceId, label }, index) =>
      h(
        "option",
        { value: deviceId, selected: deviceId === now },
        label || `${gettext("Lens")} ${index + 1}`,
      ),
    ),
  );
}

function torch(track) {
  if (!track.getCapabilities?.().torch) return null;
  const press = async ({ currentTarget }) => {
    const on = currentTarget.getAttribute("aria-pressed") !== "true";
    try {
      await track.applyConstraints({ advanced: [{ torch: on }] });
      currentTarget.setAttribute("aria-pressed", String(on));
    } catch {
      currentTarget.disabled = true; // it cannot after all
    }
  };
  return button(gettext("Light"), press, { class: "tool torch", "aria-pressed": "false" });
}
