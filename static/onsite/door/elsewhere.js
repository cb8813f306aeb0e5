// On every page of a tablet: whether scans wait here for an event whose door is not this page.

import { waitingEvents } from "./kept-events.js";

const place = document.getElementById("elsewhere");
const events = await waitingEvents(place.dataset.event).catch(() => []);
if (events.length) (await import("./elsewhere-notice.js")).show(place, events);
