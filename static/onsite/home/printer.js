// Prints the test page by a tap, where there are scripts.

const button = document.getElementById("print");
document.getElementById("by-hand").hidden = true;
button.hidden = false;
button.addEventListener("click", () => window.print());
