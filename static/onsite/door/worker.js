// The door opens without the network: its page and files are kept as they were seen last.

const KEPT = "onsite-door-1";
// A Wi-Fi may take every connection and answer nothing.
const PATIENCE = 4000;
const SILENT = 15_000;
let silentUntil = 0;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const isKept = (url) =>
  (/^\/door\/[^/]+\/$/.test(url.pathname) && url.pathname !== "/door/pair/") ||
  url.pathname.startsWith("/static/onsite/") ||
  url.pathname === "/jsi18n/" ||
  url.pathname.endsWith("/theme.js");

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !isKept(url)) return;
  event.respondWith(fresh(event.request));
});

/** From the network; without it, as it was seen last. A page and its files wait for a silent network once. */
async function fresh(request) {
  const kept = await caches.open(KEPT);
  const found = await kept.match(request, { ignoreVary: true });
  if (found && Date.now() < silentUntil) return found;
  const signal = found && AbortSignal.timeout(PATIENCE);
  try {
    const response = await fetch(request, { signal });
    // A redirect leads to the log-in, which is not the page; whoever is sent there has lost the page.
    if (response.ok && !response.redirected) await kept.put(request, response.clone());
    else if (response.status >= 500) return found ?? response;
    else await kept.delete(request, { ignoreVary: true });
    return response;
  } catch (error) {
    if (signal?.aborted) silentUntil = Date.now() + SILENT;
    if (found) return found;
    throw error;
  }
}
