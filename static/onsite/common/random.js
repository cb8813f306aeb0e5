// Names that nobody can guess. `crypto.randomUUID` is missing on plain http.

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const bytes = () => crypto.getRandomValues(new Uint8Array(16));

/** A nonce of 128 bits. */
export const newKey = () => hex(bytes());

/** A UUID. */
export function newNonce() {
  const random = bytes();
  random[6] = (random[6] & 0x0f) | 0x40;
  random[8] = (random[8] & 0x3f) | 0x80;
  const text = hex(random);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    "-",
  );
}
