// Helps where a drawer is counted: Enter moves down the coins and notes, their sum is shown as they are
// typed. Nothing here is needed; the server adds up by itself.

import { figures, read, typeable } from "../common/typed.js";

const { gettext, interpolate } = window;

for (const pieces of document.querySelectorAll(".pieces")) {
  const form = pieces.closest("form");
  const inputs = [...pieces.querySelectorAll("input")];
  const shown = document.createElement("p");
  shown.className = "pieces-sum";
  shown.setAttribute("role", "status");
  pieces.append(shown);

  const show = () => {
    const hundredths = inputs.reduce((sum, input) => {
      const face = Math.round(Number(input.name.replace("piece_", "")) * 100);
      return sum + face * (Number.parseInt(input.value, 10) || 0);
    }, 0);
    shown.textContent = hundredths
      ? interpolate(gettext("Together %(sum)s"), { sum: figures(hundredths, 2) }, true)
      : "";
  };

  inputs.forEach((input, index) => {
    input.addEventListener("input", show);
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      (
        inputs[index + 1] ??
        form.querySelector('[name="card"]') ??
        form.querySelector("button.primary")
      ).focus();
    });
  });
  show();
}

// What is typed for the one part of the counted cash leaves the rest to the other.
for (const parts of document.querySelectorAll("[data-counted]")) {
  const decimals = parts.dataset.counted.split(".")[1]?.length ?? 0;
  const counted = Math.round(Number(parts.dataset.counted) * 100);
  const inputs = [...parts.querySelectorAll("input")];
  const shown = document.createElement("p");
  shown.className = "parts-sum";
  shown.setAttribute("role", "status");
  parts.append(shown);

  const typed = (input) => read(input.value, decimals).hundredths ?? Number.NaN;
  const show = () => {
    const sum = inputs.reduce((total, input) => total + typed(input), 0);
    const numbers = { sum: figures(sum, decimals), counted: figures(counted, decimals) };
    shown.textContent = Number.isNaN(sum)
      ? ""
      : interpolate(gettext("Together %(sum)s of %(counted)s"), numbers, true);
    shown.classList.toggle("wrong", sum !== counted);
  };

  inputs.forEach((input, index) =>
    input.addEventListener("input", () => {
      const rest = counted - typed(input);
      if (rest >= 0) inputs[1 - index].value = typeable(rest, decimals);
      show();
    }),
  );
  show();
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
