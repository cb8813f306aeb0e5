// Whether this door would open and work without the network, were it to go now; and what is missing still.

import { $, fill } from "../common/dom.js";

const { gettext } = window;
const PATIENCE = 60_000;

const WORDS = () => ({
  files: gettext("its scripts"),
  page: gettext("this page"),
  list: gettext("the list of guests"),
  storage: gettext("storage on this tablet"),
});

export class Readiness {
  #isRegistered = false;
  #isLooking = false;

  constructor({ store, list, worker }) {
    Object.assign(this, { store, list, worker, workers: navigator.serviceWorker });
    this.workers?.addEventListener("controllerchange", () => this.check());
    navigator.storage?.persist?.().catch(() => {}); // else the browser may throw it away
  }

  #register() {
    this.#isRegistered = true;
    const scope = this.worker.replace(/[^/]*$/, "");
    this.workers.register(this.worker, { scope }).catch(() => (this.#isRegistered = false));
  }

  /** See what is missing, fetch it, and say so. */
  async check() {
    if (!this.workers || !window.isSecureContext || this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#look();
    } catch (error) {
      console.error(error);
    } finally {
      this.#isLooking = false;
    }
  }

  async #look() {
    const files = await this.#hasFiles();
    const isThere = {
      files,
      page: files && (await this.#hasPage()),
      list: Boolean(this.list.at),
      storage: await this.store.check(),
    };
    const missing = Object.keys(isThere).filter((what) => !isThere[what]);
    this.#say(missing.map((what) => WORDS()[what]));
  }

  #say(missing) {
    const text = gettext("Not yet ready without network. Missing: %(what)s.");
    const said = missing.length ? fill(text, { what: missing.join(", ") }) : gettext("Ready without network");
    if ($("readiness").textContent === said) return;
    $("readiness").textContent = said;
    $("readiness").dataset.ready = String(!missing.length);
  }

  /** The worker has them, and fetches again what the browser has thrown away. */
  async #hasFiles() {
    // Not before: the page goes first, on a slow network.
    if (!this.#isRegistered || !(await this.workers.getRegistration())) this.#register();
    if (!this.workers.controller) return false;
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
      setTimeout(() => resolve(false), PATIENCE);
    });
    this.workers.controller.postMessage("files", [port2]);
    return answer;
  }

  /** The worker keeps it when it is asked for; at the first visit it came before the worker. */
  async #hasPage() {
    const isKept = () => caches.match(location.pathname, { ignoreVary: true });
    if (!(await isKept())) await fetch(location.pathname, { credentials: "same-origin" }).catch(() => {});
    return Boolean(await isKept());
  }
}
