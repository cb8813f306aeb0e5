// The days of an event, and when a ticket admits. No page.

import { isZone, longDay, offsetOf } from "../common/times.js";

const MINUTE = 60_000;

/** What the clock on the event's wall shows, as if it were UTC. */
const onTheWall = (at, zone) => at + offsetOf(isZone(zone) ? zone : undefined, at) * 1000;

const dateOf = (time) => new Date(time).toISOString().slice(0, 10);

/** The business day (`2026-07-12`) of an instant in milliseconds; `dayEndsAt` as `04:00`. */
export function businessDay(at, { timezone, dayEndsAt }) {
  const [hours, minutes] = dayEndsAt.split(":").map(Number);
  return dateOf(onTheWall(at, timezone) - (hours * 60 + minutes) * MINUTE);
}

/** Why a ticket that admits `from` a moment `until` another (ISO 8601, or null) does not at `at`, in milliseconds:
 * `{day}` for another day, `{from}` or `{until}` for another hour of this one; null if it does.
 */
export function missed({ from, until }, at, event) {
  const [first, last] = [from && Date.parse(from), until && Date.parse(until)];
  const today = [businessDay(at, event), dateOf(onTheWall(at, event.timezone))];
  if (first && at < first) {
    const day = dateOf(onTheWall(first, event.timezone)); // a Sunday that begins at midnight is none of Saturday's
    return today.includes(day) ? { from: first } : { day };
  }
  if (!last || at <= last) return null;
  const day = businessDay(last - 1, event); // and one that ends there, or in the small hours, none of Monday's
  return today.includes(day) ? { until: last } : { day };
}

/** A day by its name; one that is a week away or more with its date. */
export function dayName(day, at, event, language) {
  const away = Math.abs(Date.parse(day) - Date.parse(businessDay(at, event))) / (24 * 60 * MINUTE);
  return longDay(day, language, { dated: away >= 7 });
}
