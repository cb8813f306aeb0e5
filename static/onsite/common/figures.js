// Numbers as people read them, written as the server writes them (base/money.py); how, the words' file says.

const ENGLISH = { DECIMAL_SEPARATOR: ".", THOUSAND_SEPARATOR: ",", NUMBER_GROUPING: "0" };
const formatOf = (name) => globalThis.get_format?.(name) ?? ENGLISH[name];

/** What stands before the decimals. */
export const point = () => formatOf("DECIMAL_SEPARATOR");

/** Hundredths with so many decimals, to be read and typed again: "1234.50", "1234,50". */
export const typeable = (hundredths, decimals) => (hundredths / 100).toFixed(decimals).replace(".", point());

/** The same with its thousands set apart: "1.234,50". */
export function figures(hundredths, decimals) {
  const size = Number(formatOf("NUMBER_GROUPING"));
  const [whole, ...part] = typeable(hundredths, decimals).split(point());
  const set = size
    ? whole.replace(new RegExp(`\\B(?=(\\d{${size}})+$)`, "g"), formatOf("THOUSAND_SEPARATOR"))
    : whole;
  return [set, ...part].join(point());
}
