// The camera as a scanner: the browser's own detector where it has one, else the vendored decoder.

import { orderIn } from "../common/code.js";
import { $ } from "../common/dom.js";
import { say } from "./dialogs.js";
import { choices, openLens } from "./lens.js";
import { Sight } from "./sight.js";

const { gettext } = window;
const PAUSE = 100;
// A camera that has stopped is tried again, sooner and then later.
const AGAIN = 500;
const MOST = 5000;

async function detector(decoder) {
  if ("BarcodeDetector" in window) {
    const formats = await window.BarcodeDetector.getSupportedFormats();
    if (formats.includes("qr_code")) return new window.BarcodeDetector({ formats: ["qr_code"] });
  }
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = decoder.script;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  const { BarcodeDetector, prepareZXingModule } = window.BarcodeDetectionAPI;
  prepareZXingModule({
    overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? decoder.wasm : prefix + path) },
  });
  return new BarcodeDetector({ formats: ["qr_code"] });
}

const whyNot = (error) =>
  error.name === "NotAllowedError"
    ? gettext("The browser keeps the camera from this page: allow it in the settings of this site.")
    : gettext("The camera cannot be used here.");

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The button that shows the camera and hides it. `found(code)` is told whom it sees; `crowd()` that it sees
 * several at once; `isLooking()` says whether anybody would see the answer.
 */
export class Camera {
  #stream = null; // while it is shown
  #eyes = null;
  #sight = new Sight();

  constructor(decoder, { isLooking, found, crowd }) {
    Object.assign(this, { decoder, isLooking, found, crowd });
    $("use-camera").addEventListener("click", () => (this.#stream ? this.#hide() : this.#show()));
  }

  async #show() {
    $("camera").hidden = false;
    $("use-camera").disabled = true;
    try {
      await this.#begin();
    } catch (error) {
      this.#hide();
      say(whyNot(error));
    } finally {
      $("use-camera").disabled = false;
    }
  }

  async #begin() {
    const stream = await openLens();
    this.#stream = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => this.#ended(stream));
    $("video").srcObject = stream;
    await $("video").play();
    this.#eyes ??= await detector(this.decoder);
    $("camera-says").textContent = "";
    $("camera-tools").replaceChildren(...(await choices(track, () => this.#anew())));
    this.#watch(stream);
  }

  #hide() {
    this.#close();
    $("camera").hidden = true;
    $("camera-says").textContent = "";
  }

  #close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    $("video").srcObject = null;
    $("camera-tools").replaceChildren();
  }

  async #watch(stream) {
    while (this.#stream === stream) {
      const seen = await this.#eyes.detect($("video")).catch(() => []);
      if (this.#stream === stream && this.isLooking()) this.#look(seen);
      await pause(PAUSE);
    }
  }

  #look(seen) {
    const texts = seen.map(({ rawValue }) => rawValue).filter(Boolean);
    const tickets = texts.filter((text) => !orderIn(text)); // a receipt hangs on many a ticket
    const { code, crowd } = this.#sight.look(tickets.length ? tickets : texts, performance.now());
    if (crowd) this.crowd();
    if (code) this.found(code);
  }

  /** Taken away, by a call or by another page: it is tried again until it is back, or hidden. */
  async #ended(stream) {
    if (this.#stream !== stream) return;
    $("camera-says").textContent = gettext("The camera has stopped. It is being started again.");
    for (let tries = 0; this.#stream === stream; tries += 1) {
      await pause(Math.min(AGAIN * 2 ** tries, MOST));
      if (this.#stream === stream) await this.#begin().catch(() => this.#keep(stream));
    }
    if ($("camera").hidden) this.#close(); // meanwhile nobody wants it any more
  }

  /** It is still not there: what it was stays, so that it is tried again. */
  #keep(stream) {
    if (this.#stream !== stream) this.#close();
    this.#stream = stream;
  }

  async #anew() {
    this.#close();
    await this.#show();
  }
}
