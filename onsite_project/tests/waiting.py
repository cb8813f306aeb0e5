"""Waiting for what takes a while: in a browser for what has no selector, and elsewhere."""

import time

PATIENCE = 30


def until(page, expression):
    """Return once the JavaScript expression is true of the page. Playwright's own `wait_for_function` makes
    code of text inside the page, which its Content-Security-Policy forbids.
    """
    end = time.monotonic() + PATIENCE
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"Still not so: {expression}"
        page.wait_for_timeout(50)


def soon(condition, seconds=30):
    """Return once the condition holds, which is asked again and again."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "Still not so"
        time.sleep(0.05)
