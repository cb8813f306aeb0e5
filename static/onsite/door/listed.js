// The list of guests as the server has written it (door/offline_list.py). It stays text: to parse the guests of a
// large event would stop the page.

// A line: hash, the ticket's place in the first line, how the order stands, where the guest is, and its end.
export const HASH = 20;
const TICKET = 5;
const LINE = HASH + TICKET + 3;
const REFUSALS = { "-": "", c: "cancelled", e: "expired", u: "unpaid" };
const INSIDE = 1;
const CAME = 2;
const ZERO = 48; // the character

/** Whether it is a list, to its end, and not a page of somebody's Wi-Fi or half of it. */
export function isList(text) {
  const head = typeof text === "string" && /^guests(?: \d+)*\n/.exec(text)?.[0];
  if (!head || (text.length - head.length) % LINE) return false;
  const tickets = head.trim().split(" ").length - 1;
  for (let at = head.length; at < text.length; at += LINE)
    if (!isLine(text, at + HASH, tickets)) return false;
  return true;
}

function isLine(text, at, tickets) {
  const place = Number(text.slice(at, at + TICKET));
  const where = text.charCodeAt(at + TICKET + 1) - ZERO;
  return (
    place < tickets &&
    text[at + TICKET] in REFUSALS &&
    where >= 0 &&
    where <= 3 &&
    text[at + TICKET + 2] === "\n"
  );
}

/** The guest with that hash, found by halves: `{ticket, refusal, inside, came}`; undefined if there is none. */
export function findListed(list, hash) {
  const head = list.indexOf("\n") + 1;
  let low = 0;
  let high = (list.length - head) / LINE;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = head + middle * LINE;
    const found = list.slice(at, at + HASH);
    if (found === hash) return guestOf(list.slice(at + HASH, at + LINE), list.slice(0, head));
    if (found < hash) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

function guestOf(line, head) {
  const [, ...tickets] = head.trim().split(" ");
  const where = Number(line[TICKET + 1]);
  return {
    ticket: Number(tickets[Number(line.slice(0, TICKET))]),
    refusal: REFUSALS[line[TICKET]],
    inside: Boolean(where & INSIDE),
    came: Boolean(where & CAME),
  };
}
