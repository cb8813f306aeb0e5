// Inside the log-in frame: tell the till who is there now.
const data = JSON.parse(document.getElementById("signed-in").textContent);
window.parent.postMessage({ signedIn: data }, location.origin);
