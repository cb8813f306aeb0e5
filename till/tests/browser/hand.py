"""A cashier's hand: taps and keys, counted."""

import re

# Between two keys of a quick person; a scanner is faster.
BETWEEN_KEYS = 60


class Hand:
    """Works a till's page. What is tapped must be visible, enabled and not covered by something else."""

    def __init__(self, page):
        self.page = page
        self.taps = self.keys = 0

    def ticket(self, name):
        self._tap(self.page.locator(f"button.tile:has(.name:text-is('{name}'))"))

    def tap(self, label):
        """The visible button that is called `label`, or else the first that begins so."""
        named = self.page.get_by_role("button", name=label, exact=True).locator("visible=true")
        if not named.count():
            named = self.page.get_by_role("button", name=re.compile(rf"^{re.escape(label)}")).locator(
                "visible=true"
            )
        self._tap(named.first)

    def _tap(self, locator):
        locator.click()
        self.taps += 1

    def press(self, keys):
        """Single keys, separated by spaces: `"1 1 Enter"`."""
        for key in keys.split():
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(BETWEEN_KEYS)
            self.keys += 1

    def scan(self, code):
        """What a scanner types, faster than any test could from outside of the page."""
        self.page.evaluate(
            """keys => keys.forEach((key) => document.activeElement.dispatchEvent(
                new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})))""",
            [*code, "Enter"],
        )

    def after_answer(self, selector):
        """Wait for what the server's answer brings, and for the moment in which nothing is heard."""
        self.page.wait_for_selector(selector)
        self.page.wait_for_timeout(350)
