"""What a test of the door does with its page."""

from door.models import CheckIn
from onsite_project.tests.scanner import scan
from onsite_project.tests.waiting import until


def type_code(page, code):
    """As a scanner does: fast, however busy the machine, with Enter."""
    scan(page, code, "Enter")


def state(page):
    return page.get_attribute("#answer", "data-state")


def wait_for_scans(page, count):
    until(page, f"document.querySelectorAll('#last > li').length >= {min(count, 8)}")
    for _ in range(100):
        if CheckIn.objects.count() >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{CheckIn.objects.count()} of {count} scans arrived")


def stand(page):
    """Choose the gate again, after a reload."""
    page.wait_for_selector("html.ready")
    page.locator("#gates").get_by_role("button", name="In").first.click()


def offline(page, *codes):
    """Scan without the network."""
    page.wait_for_timeout(500)  # the list
    page.context.set_offline(True)
    for code in codes:
        type_code(page, code)
        page.wait_for_timeout(200)
    page.wait_for_selector(f"#connection >> text=OFFLINE {len(codes)}")


def online(page):
    page.context.set_offline(False)
    page.wait_for_selector("#connection[data-online=true] >> text=Online", timeout=30_000)


def wait_until_sent(page):
    page.wait_for_selector("#kept:empty", state="attached")
    page.wait_for_selector("#connection[data-online=true] >> text=Online", timeout=20_000)


def seen():
    """The codes that arrived, in order."""
    return list(CheckIn.objects.order_by("pk").values_list("attendee__code", flat=True))


def wait_for_list(page):
    """Until the tablet could decide by itself."""
    until(page, "document.querySelector('#inside').textContent !== '\u2013'")
    page.wait_for_timeout(500)
