// For which events scans wait on this tablet.

export const PREFIX = "onsite.door.";

/** The ids of the events of which something is kept. */
async function keptEvents() {
  const all = (await window.indexedDB?.databases?.()) ?? [];
  return all.flatMap(({ name }) => (name.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []));
}

const isWaiting = (event) =>
  new Promise((resolve) => {
    const request = window.indexedDB.open(PREFIX + event);
    request.onupgradeneeded = () => request.transaction.abort(); // gone meanwhile
    request.onerror = request.onblocked = () => resolve(false);
    request.onsuccess = () => {
      const database = request.result;
      const count = database.transaction("queue").objectStore("queue").count();
      count.onerror = () => resolve(false);
      count.onsuccess = () => (database.close(), resolve(count.result > 0));
    };
  });

/** The ids of the events for which scans wait, but for that one. */
export async function waitingEvents(but) {
  const others = (await keptEvents()).filter((event) => event !== but);
  const areWaiting = await Promise.all(others.map(isWaiting));
  return others.filter((_, n) => areWaiting[n]);
}
