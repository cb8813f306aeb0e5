// A basket outlives a reload of its tab: kept for this till and its cashier, without any PIN. A sale that was on
// its way is no basket any more, and is asked about as a parked one, so that it is never sold twice.

const placeOf = ({ event, till }) => `onsite.basket.${event.id}.${till?.id ?? ""}`;

/** Write down what there is after each step. */
export function keepForReload(sale, data, storage = sessionStorage) {
  const write = () => {
    const { unanswered: sent } = sale;
    const kept = sent ? { sent, parts: sale.parts } : sale.kept;
    if (!kept) return storage.removeItem(placeOf(data));
    const { id, name } = data.cashier;
    storage.setItem(placeOf(data), JSON.stringify({ ...kept, cashier: { id, name } }));
  };
  sale.addEventListener("change", write);
}

/** Go on with what this tab was left with: `park(sent)` is told of a sale without an answer,
 * `askTakeOver(owner, other)` whether the basket of another cashier changes hands, and `leave(owner)` if it is to
 * wait. Resolves to whether there was anything.
 */
export async function goOn(sale, data, { park, askTakeOver, leave }, storage = sessionStorage) {
  const kept = JSON.parse(storage.getItem(placeOf(data)) ?? "null");
  if (!kept) return false;
  if (kept.sent) leaveAside(sale, kept, park);
  else await resume(sale, data, kept, askTakeOver, leave);
  return true;
}

function leaveAside(sale, { sent, parts }, park) {
  park(sent);
  if (sent.kind === "cancel" && parts.length) sale.say("give-back", { parts });
  sale.changed();
}

async function resume(sale, data, { cashier, ...draft }, askTakeOver, leave) {
  const isOwn = cashier.id === data.cashier.id;
  const answer = isOwn ? "take" : await askTakeOver(cashier.name, data.cashier.name);
  sale.resume(draft); // what was taken or held for the guest is not forgotten with the basket
  if (answer === "leave") leave(cashier);
  else if (answer === "empty") await sale.abandon();
}
