// The answers of a door, and how an order stands, in words.

const { gettext } = window;

const WORDS = () => ({
  "already-checked-in": gettext("already in"),
  "not-inside": gettext("not inside"),
  unpaid: gettext("not paid"),
  cancelled: gettext("cancelled"),
  unknown: gettext("unknown code"),
  "wrong-event": gettext("a ticket of another event"),
  "wrong-station": gettext("another gate"),
  "not-yet-valid": gettext("too early"),
  expired: gettext("expired"),
  full: gettext("the house is full"),
  "logged-out": gettext("not logged in"),
});

export const wordFor = (answer) => WORDS()[answer] ?? answer;
