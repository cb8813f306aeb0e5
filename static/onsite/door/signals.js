// Sound and vibration: an answer can be heard without looking. Unlocked by the first tap.

let context = null;

export function unlock() {
  context ??= window.AudioContext ? new AudioContext() : null;
  context?.resume();
}

function tone(from, to, start, length) {
  if (!context) return;
  const at = context.currentTime + start;
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.setValueAtTime(from, at);
  oscillator.frequency.linearRampToValueAtTime(to, at + length);
  gain.gain.setValueAtTime(0.25, at);
  gain.gain.setTargetAtTime(0, at + length * 0.8, 0.02);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + length + 0.1);
}

const SIGNALS = {
  ok: () => (tone(880, 1320, 0, 0.15), [60]),
  look: () => (tone(660, 660, 0, 0.1), tone(660, 660, 0.18, 0.1), [60, 60, 60]),
  no: () => (tone(220, 220, 0, 0.4), [200, 80, 200]),
  out: () => (tone(440, 880, 0, 0.15), [60]),
};

export function signal(state) {
  const pattern = SIGNALS[state]?.();
  if (pattern) navigator.vibrate?.(pattern);
}

/** Keep the screen on; taken again when the page comes back. */
export function stayAwake() {
  const take = () =>
    document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", take);
  take();
}
