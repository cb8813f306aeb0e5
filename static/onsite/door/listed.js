// The list of guests as the server has written it (door/offline_list.py). It stays text: to parse the guests of a
// large event would stop the page.

// A line: hash, the ticket's place in the first line, how the order stands, where the guest is, and its end.
export const HASH = 20;
const TICKET = 5;
const LINE = HASH + TICKET + 3;
const REFUSALS = { "-": "", c: "cancelled", e: "expired", u: "unpaid" };
const INSIDE = 1;
const CAME = 2;

/** Whether it is a list, and not a page of somebody's Wi-Fi. */
export const isList = (text) => /^guests[ \n]/.test(text);

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
