// Times for people, as `base/times.py` writes them: on the event's clock of 24 hours, in the page's language.

/** A language, with the digits that all people here read. */
const latin = (language) => `${language || "en"}-u-nu-latn`;

/** Whether the browser knows a time zone of that name. */
export function isZone(zone) {
  try {
    return Boolean(zone && new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

/**
 * What the clock on the wall shows in a time zone, as a function of the instant (`Date`, ISO 8601 or
 * milliseconds): "20:14". By the browser's own clock where that knows no such zone.
 */
export function wallClock(zone, language) {
  const terms = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const format = new Intl.DateTimeFormat(latin(language), {
    ...terms,
    timeZone: isZone(zone) ? zone : undefined,
  });
  return (instant) => format.format(new Date(instant));
}

/** By how many seconds the clock of a time zone goes ahead of UTC at an instant. */
export function offsetOf(zone, instant) {
  const format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  const [, sign, hours, minutes] = /GMT([+-])(\d+):(\d+)/.exec(format.format(instant)) ?? [0, "+", 0, 0];
  return Number(`${sign}1`) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** A day (`2026-07-12`) by its name: "Sunday", and with its date: "Sunday 12 July". */
export function longDay(day, language, { dated }) {
  const date = dated ? { day: "numeric", month: "long" } : {};
  return new Date(day).toLocaleDateString(latin(language), { weekday: "long", ...date, timeZone: "UTC" });
}
