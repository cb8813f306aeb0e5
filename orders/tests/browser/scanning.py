"""What a test of the door does with its page."""

from attendees.models import CheckIn


def type_code(page, code):
    """As a scanner does: fast, with Enter."""
    page.keyboard.type(code + "\n")


def state(page):
    return page.get_attribute("#answer", "data-state")


def wait_for_scans(page, count):
    page.wait_for_function(f"document.querySelectorAll('#last > li').length >= {min(count, 8)}")
    for _ in range(100):
        if CheckIn.objects.count() >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{CheckIn.objects.count()} of {count} scans arrived")
