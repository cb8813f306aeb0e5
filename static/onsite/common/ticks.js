// A clock that only goes on: milliseconds since some beginning, whatever is done to the time of day.

let last = 0;
let lost = 0;

/** Where `performance.now()` is not as monotonic as it is said to be, it has stood still. */
export function ticks() {
  const now = performance.now() + lost;
  if (now < last) lost += last - now;
  last = Math.max(last, now);
  return last;
}
