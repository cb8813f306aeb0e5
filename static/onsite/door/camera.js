// The camera as a scanner: the browser's own detector where it has one, else the vendored decoder.

const PAUSE = 120;

async function detector(decoder) {
  if ("BarcodeDetector" in window) {
    const formats = await window.BarcodeDetector.getSupportedFormats();
    if (formats.includes("qr_code")) return new window.BarcodeDetector({ formats: ["qr_code"] });
  }
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${decoder}ponyfill.js`;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  const { BarcodeDetector, prepareZXingModule } = window.BarcodeDetectionAPI;
  prepareZXingModule({
    overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? decoder + path : prefix + path) },
  });
  return new BarcodeDetector({ formats: ["qr_code"] });
}

/** Show the camera in `video` and hand every code that it sees to `found`; returns how to stop it. */
export async function watch(video, decoder, found) {
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
