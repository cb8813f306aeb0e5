// Forms of the admin that ask for times: they are the event's, whose time zone stands beside each. A new
// event starts in the time zone of the browser.

import { isZone, offsetOf } from "./times.js";

const source = document.querySelector("#id_timezone, #id_event");

const chosen = () => (source.options ? source.selectedOptions[0]?.dataset.zone : source.value.trim());

function tell() {
  const zone = chosen();
  for (const place of document.querySelectorAll("[data-zone]:not(option)")) {
    place.dataset.zone ||= place.textContent;
    place.textContent = isZone(zone) ? zone : place.dataset.zone;
  }
  // For Django's own links "Now" and "Today".
  if (isZone(zone)) document.body.dataset.adminUtcOffset = String(offsetOf(zone, Date.now()));
}

if (source) {
  if ("ofBrowser" in source.dataset && source.value === source.defaultValue)
    source.value = Intl.DateTimeFormat().resolvedOptions().timeZone || source.value;
  source.addEventListener("input", tell);
  source.addEventListener("change", tell);
  tell();
}
