// Helps where a drawer is counted: Enter moves down the coins and notes, their sum is shown as they are
// typed. Nothing here is needed; the server adds up by itself.

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
      ? interpolate(gettext("Together %(sum)s"), { sum: (hundredths / 100).toFixed(2) }, true)
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

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
