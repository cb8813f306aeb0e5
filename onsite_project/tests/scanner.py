"""A scanner that types into a page, at a pace that no test has from outside of it."""

# Where the focus is, as a keyboard of its own layout would.
TYPE = """async ([text, pace]) => {
    const signs = { "]": "BracketRight", "/": "Slash", ":": "Semicolon", ".": "Period" };
    Object.assign(signs, { "?": "Slash", "=": "Equal", "-": "Minus", " ": "Space", ";": "Semicolon" });
    for (const key of text) {
        const letter = /[a-z]/i.test(key) && `Key${key.toUpperCase()}`;
        const code = letter || (/[0-9]/.test(key) ? `Digit${key}` : signs[key] ?? "");
        const shiftKey = ":?".includes(key);
        const event = new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true });
        (document.activeElement ?? document.body).dispatchEvent(event);
        if (pace) await new Promise((resolve) => setTimeout(resolve, pace));
    }
}"""


def scan(page, text, *ends, pace=0):
    """A scan of `text`, so many milliseconds from key to key, and the keys that end it: pressed truly."""
    page.evaluate(TYPE, [text, pace])
    for key in ends:
        page.keyboard.press(key)
