// How much of a name is enough to look for.

const NARROW = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u;

/** Two letters; one, where a script knows names of one letter. The server understands less, and more. */
export function isEnough(text) {
  return [...text].length > 1 || (/\p{L}/u.test(text) && !NARROW.test(text));
}
