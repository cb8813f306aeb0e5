// The camera as a scanner: the browser's own detector where it has one, else the vendored decoder.

import { $ } from "../common/dom.js";
import { say } from "./dialogs.js";

const { gettext } = window;
const PAUSE = 120;

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

/** Show the camera in `video` and hand every code that it sees to `found`; returns how to stop it. */
async function watch(video, decoder, found) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  let eyes;
  try {
    video.srcObject = stream;
    await video.play();
    eyes = await detector(decoder);
  } catch (error) {
    stop();
    throw error;
  }
  let watching = true;
  (async () => {
    while (watching) {
      const codes = await eyes.detect(video).catch(() => []);
      for (const { rawValue } of codes)
        if (watching && rawValue) await Promise.resolve(found(rawValue)).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  })();
  return () => {
    watching = false;
    video.srcObject = null;
    stop();
  };
}

const whyNot = (error) =>
  error.name === "NotAllowedError"
    ? gettext("The browser keeps the camera from this page: allow it in the settings of this site.")
    : gettext("The camera cannot be used here.");

/** The button that shows the camera and hides it; `found(code)` is told what it sees. */
export class Camera {
  #stop = null;

  constructor(decoder, found) {
    Object.assign(this, { decoder, found });
    $("use-camera").addEventListener("click", () => (this.#stop ? this.#hide() : this.#show()));
  }

  #hide() {
    this.#stop();
    this.#stop = null;
    $("camera").hidden = true;
  }

  async #show() {
    $("camera").hidden = false;
    $("use-camera").disabled = true;
    try {
      this.#stop = await watch($("video"), this.decoder, this.found);
    } catch (error) {
      $("camera").hidden = true;
      say(whyNot(error));
    } finally {
      $("use-camera").disabled = false;
    }
  }
}
