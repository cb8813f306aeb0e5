// A ticket's code in what was scanned: by itself, behind the scanner's mark of what it read, or within a link.

const CODE = /^[BCDFGHJKLNPRSTVX]{20}$/; // attendees/models.py
// "]Q1" says that it was a QR code (ISO/IEC 15424); where the keyboard has no bracket, something else or nothing
// stands in its place.
const MARKED = /^(?:\][A-Z]\w|[^A-Z]?[A-Z]\d)([A-Z]{20})$/;
const LINK = /[^/]\/[^/]/;
const MOST = 200; // as the server takes it
const CLAIM = /(?:^|\W)C\/(\w{8})[A-Z2-7]{26}(?:[/?#].*)?$/; // base/claim_links.py

/** Whether it has the form of a ticket's code, as the server writes them. */
export const isCode = (text) => CODE.test(text);

/** The one code that there is in a text; null if there is none, or more than one. */
export function codeIn(text) {
  const plain = text.replace(/\s+/gu, "").toUpperCase();
  const bare = MARKED.exec(plain)?.[1] ?? plain;
  if (isCode(bare)) return bare;
  if (!LINK.test(plain)) return null;
  const found = new Set(plain.split(/[^A-Z0-9]+/).filter(isCode));
  return found.size === 1 ? [...found][0] : null;
}

/** The order of the receipt whose link it is, or null. */
export const orderIn = (text) => CLAIM.exec(text.replace(/\s+/gu, "").toUpperCase())?.[1] ?? null;

/** What is asked of the server about a text: its code, or what can be kept of it; empty for nothing. */
export function asked(text) {
  const plain = text
    .toUpperCase()
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim();
  return codeIn(text) ?? Array.from(plain).slice(0, MOST).join("").trim();
}
