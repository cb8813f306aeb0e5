// What tells a scanner from a hand: so many keys or more, which follow each other so fast (milliseconds).

export const LEAST = 8;
export const GAP = 35;
