// The print page: a roll has no page height, so each sheet's is measured and told to the browser.
const MM = 96 / 25.4;
const ROLL = 80;
const MARGIN = 4;
// Print metrics differ from the screen's by a hair, which must not push a last line onto a next page.
const SLACK = 2;

const pages = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, pages];

function heightOf(kind) {
  const sheets = [...document.querySelectorAll(`.sheet.${kind}`)];
  const height = Math.max(0, ...sheets.map((sheet) => sheet.getBoundingClientRect().height));
  // Never wider than high, or the printer's driver turns it round.
  return Math.max(Math.ceil(height / MM) + 2 * MARGIN + SLACK, ROLL + 1);
}

function setPages() {
  if (!document.body.classList.contains("roll")) return;
  const receipt = heightOf("receipt");
  const ticket = heightOf("ticket");
  const page = (name, height) => `@page ${name} { size: ${ROLL}mm ${height}mm; margin: ${MARGIN}mm; }`;
  pages.replaceSync(
    [page("", Math.max(receipt, ticket)), page("receipt", receipt), page("ticket", ticket)].join(""),
  );
}

// Resolves when the dialog is closed. Where no `afterprint` tells so, a second after print() returned.
function print() {
  return new Promise((resolve) => {
    addEventListener("afterprint", resolve, { once: true });
    window.print();
    setTimeout(resolve, 1000);
  });
}

await document.fonts.ready;
await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
setPages();

const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());

const framed = window.parent !== window;
if (framed || new URLSearchParams(location.search).get("auto") === "1") {
  await print();
  if (framed) window.parent.postMessage({ onsite: "printed" }, location.origin);
}
