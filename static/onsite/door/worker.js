// The door opens without the network: what it needs is fetched before, and its pages are kept as they were seen last.

// From the server, which writes it before this (door/kept_files.py): the files, and a name for them as they are now.
const { version, files } = self.kept;
const FILES = "onsite-door-files-";
const THESE = FILES + version;
const PAGES = "onsite-door-pages";
// A Wi-Fi may take every connection and answer nothing.
const PATIENCE = 4000;
const SILENT = 15_000;
let silentUntil = 0;

const asSeen = { ignoreVary: true };
// A name that changes with what is in the file.
const isForEver = (url) => /\.[0-9a-f]{12}\.\w+$/.test(url.pathname);
const isPage = (url) => /^\/door\/[^/]+\/$/.test(url.pathname) && url.pathname !== "/door/pair/";
// Also those that an older page names, which is kept with them.
const isFile = (url) => /^\/(static|jsi18n)\//.test(url.pathname);

/** Those that are missing still. */
async function fetchFiles() {
  const kept = await caches.open(THESE);
  const fetched = files.map(async (file) => {
    const cache = isForEver(new URL(file, location)) ? "default" : "no-cache";
    if (!(await kept.match(file, asSeen))) await kept.add(new Request(file, { cache }));
  });
  await Promise.all(fetched);
}

self.addEventListener("install", (event) => event.waitUntil(fetchFiles().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const [port] = event.ports;
  const answer = fetchFiles().then(
    () => port.postMessage(true),
    () => port.postMessage(false),
  );
  event.waitUntil(answer);
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (isPage(url)) {
    event.respondWith(fresh(event.request, PAGES, url.pathname));
    if (event.request.mode === "navigate") event.waitUntil(renew());
  } else if (isFile(url)) event.respondWith(file(event.request, url));
});

async function file(request, url) {
  const kept = await caches.open(THESE);
  const found =
    isForEver(url) && ((await kept.match(request, asSeen)) ?? (await caches.match(request, asSeen)));
  return found || fresh(request, THESE);
}

/** From the network; without it, as it was seen last under that key. A page and its files wait for a silent network
 * once.
 */
async function fresh(request, name, key = request) {
  const kept = await caches.open(name);
  const found = (await kept.match(key, asSeen)) ?? (await caches.match(key, asSeen));
  if (found && performance.now() < silentUntil) return found;
  const signal = found && AbortSignal.timeout(PATIENCE);
  try {
    const response = await fetch(request, { signal });
    if (response.status >= 500) return found ?? response;
    await renewOne(kept, key, response.clone());
    return response;
  } catch (error) {
    if (signal?.aborted) silentUntil = performance.now() + SILENT;
    if (found) return found;
    throw error;
  }
}

/** Keep what has been answered. A redirect to a door is that event's, which is called otherwise now; one to the log-in is
 * not the page, and whoever is sent there has lost it.
 */
async function renewOne(kept, key, response) {
  if (response.ok && !response.redirected) return keep(kept, key, response);
  const isHidden = response.type === "opaqueredirect"; // from whoever does not go there
  const end = isHidden ? await fetch(key, { method: "HEAD" }).catch(() => response) : response;
  if (end.ok && end.redirected && isPage(new URL(end.url)))
    return keep(kept, key, Response.redirect(end.url));
  return kept.delete(key, asSeen);
}

/** A full disk takes no answer away. */
const keep = (kept, key, response) => kept.put(key, response).catch(() => {});

/** Once somebody comes anew, the files of earlier versions go: after no kept page needs them any more. Those of a
 * version that is just arriving stay.
 */
async function renew() {
  if (self.registration.installing) return;
  const older = (await caches.keys()).filter((name) => ![THESE, PAGES].includes(name));
  if (!older.length) return;
  const pages = await caches.open(PAGES);
  for (const { url } of await pages.keys()) {
    const response = await fetch(url);
    if (response.status >= 500) return;
    await renewOne(pages, url, response);
  }
  for (const name of older) await caches.delete(name);
}
