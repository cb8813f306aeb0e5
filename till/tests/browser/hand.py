"""A cashier's hand: taps and keys, counted."""

import re

# Between two keys of a quick person, in milliseconds; and until the till knows that they are no scanner's.
BETWEEN_KEYS = 60
HEARD = 130


class Hand:
    """Works a till's page. What is tapped must be visible, enabled and not covered by something else."""

    def __init__(self, page):
        self.page = page
        self.taps = self.keys = 0

    def ticket(self, name):
        self._tap(self.page.locator(f"button.tile:has(.name:text-is('{name}'))"))

    def tap(self, label):
        """The visible button that is called `label`, or else the first that begins so."""
        named = self._named(label, exact=True)
        if not named.count():
            named = self._named(re.compile(rf"^{re.escape(label)}"))
        self._tap(named.first)

    def _named(self, name, **how):
        buttons, switches = (self.page.get_by_role(role, name=name, **how) for role in ("button", "switch"))
        return buttons.or_(switches).locator("visible=true")

    def _tap(self, locator):
        locator.click()
        self.taps += 1

    def press(self, keys):
        """Single keys, separated by spaces: `"1 1 Enter"`."""
        for key in keys.split():
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(BETWEEN_KEYS)
            self.keys += 1
        # By the page's own clock, behind the timer for which its keys are held.
        self.page.evaluate("(milliseconds) => new Promise((go) => setTimeout(go, milliseconds))", HEARD)

    def scan(self, code):
        """What a scanner types."""
        self._dispatch([*code, "Enter"])

    def at_once(self, keys):
        """As `press`, in one moment."""
        self._dispatch(keys.split())

    def _dispatch(self, keys):
        """Faster than any test could from outside of the page."""
        self.page.evaluate(
            """keys => keys.forEach((key) => document.activeElement.dispatchEvent(
                new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})))""",
            keys,
        )

    def after_answer(self, selector):
        """Wait for what the server's answer brings, and for the moment in which nothing is heard."""
        self.page.wait_for_selector(selector)
        self.page.wait_for_timeout(350)
