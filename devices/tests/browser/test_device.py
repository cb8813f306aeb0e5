"""A tablet's life: an organizer adds it and pairs it, it scans, it is lost and revoked."""

import pytest

from devices.models import Device
from door.models import CheckIn
from door.tests.browser.scanning import type_code, wait_until_sent
from onsite_project.tests.browser import PHONE, TABLET
from onsite_project.tests.waiting import until

# The QR on the page, read by the door's own decoder.
READ_QR = """async () => {
  const picture = new Image(480, 480);
  const svg = document.querySelector("svg.qr").cloneNode(true);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  picture.src = `data:image/svg+xml,${encodeURIComponent(svg.outerHTML)}`;
  await picture.decode();
  const canvas = new OffscreenCanvas(480, 480);
  canvas.getContext("2d").drawImage(picture, 0, 0, 480, 480);
  const { BarcodeDetector, prepareZXingModule } = window.BarcodeDetectionAPI;
  const at = "/static/onsite/vendor/barcode-detector/";
  prepareZXingModule({ overrides: { locateFile: (path) => at + path } });
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const [code] = await detector.detect(await createImageBitmap(canvas));
  return code.rawValue;
}"""


@pytest.fixture
def office(open_browser, organizer):
    """An organizer at the admin."""
    return open_browser(organizer)


@pytest.fixture
def tablet(open_browser):
    return open_browser(None, TABLET)


def add(office, event, name="North tablet"):
    office.goto("/admin/devices/device/add/")
    office.get_by_label("Event:").select_option(event.name)
    office.get_by_label("Name:").fill(name)
    office.get_by_label("Role:").select_option("registrar")
    office.get_by_role("button", name="Save", exact=True).click()


def pairing_code(office):
    office.get_by_role("button", name="Pair", exact=True).click()
    return "".join(office.inner_text(".pairing-code").split())


def revoke(office):
    office.goto(f"/admin/devices/device/{Device.objects.latest('pk').pk}/change/")
    office.get_by_role("button", name="Revoke", exact=True).click()
    office.get_by_role("button", name="Revoke", exact=True).click()
    office.wait_for_selector("text=1 device is revoked.")


def pair(tablet, code):
    tablet.goto("/door/pair/")
    tablet.get_by_label("Code").fill(code)
    tablet.get_by_role("button", name="Pair").click()
    stand(tablet)


def stand(tablet):
    """Choose the gate, and wait until the tablet has the list."""
    tablet.wait_for_selector("html.ready")
    tablet.locator("#gates").get_by_role("button", name="In").first.click()
    until(tablet, "document.querySelector('#inside').textContent !== '–'")
    tablet.wait_for_timeout(500)


@pytest.fixture
def paired(office, tablet, event, codes):
    add(office, event)
    pair(tablet, pairing_code(office))
    return tablet


def test_code_pairs_a_tablet_with_the_door_of_its_event(office, tablet, event, codes):
    add(office, event)
    code = pairing_code(office)
    pair(tablet, f"{code[:4].lower()} {code[4:].lower()}")
    assert tablet.url.endswith(f"/door/{event.identifier}/")
    type_code(tablet, codes[0])
    tablet.wait_for_selector("#answer[data-state=ok]")
    assert str(CheckIn.objects.get(attendee__code=codes[0], moved=1).by) == "North tablet"


def test_link_of_the_qr_pairs_a_phone(office, open_browser, event, codes):
    add(office, event)
    pairing_code(office)
    symbol = office.evaluate("document.querySelector('svg.qr').outerHTML")
    # At the admin nothing is allowed to decode it; at the door something is.
    office.goto(f"/door/{event.identifier}/")
    office.evaluate("symbol => document.body.insertAdjacentHTML('afterbegin', symbol)", symbol)
    office.add_script_tag(url="/static/onsite/vendor/barcode-detector/ponyfill.js")
    phone = open_browser(None, PHONE)
    phone.goto(office.evaluate(READ_QR))
    phone.get_by_role("button", name="Pair").click()
    stand(phone)
    type_code(phone, codes[0])
    phone.wait_for_selector("#answer[data-state=ok]")


def test_code_pairs_one_tablet_only(office, open_browser, paired, event):
    office.goto(f"/admin/devices/device/{Device.objects.get().pk}/change/")
    code = pairing_code(office)
    other = open_browser(None, PHONE)
    pair(other, code)
    paired.wait_for_selector("dialog >> text=not logged in")
    third = open_browser(None, PHONE)
    third.goto("/door/pair/")
    third.get_by_label("Code").fill(code)
    third.get_by_role("button", name="Pair").click()
    third.wait_for_selector("text=was used before")


def test_tablet_works_without_the_network_on_its_first_night(paired, codes):
    paired.wait_for_selector("#readiness[data-ready=true]")
    paired.context.set_offline(True)
    paired.reload()
    paired.wait_for_selector("html.ready")
    paired.locator("#gates").get_by_role("button", name="In").first.click()
    type_code(paired, codes[0])
    paired.wait_for_selector("#answer[data-state=ok][data-offline=true]")
    paired.context.set_offline(False)
    paired.wait_for_selector("#connection[data-online=true] >> text=Online", timeout=20_000)
    assert CheckIn.objects.get().attendee.code == codes[0]


class TestRevoked:
    def test_tablet_lets_nobody_in_and_says_so(self, office, paired, codes):
        type_code(paired, codes[0])
        paired.wait_for_selector("#answer[data-state=ok]")
        paired.route("**/api/occupancy", lambda route: route.fulfill(status=304))  # it learns by its scan
        revoke(office)
        type_code(paired, codes[1])
        paired.wait_for_selector("dialog >> text=not logged in")
        assert "revoked" in paired.inner_text("dialog")
        paired.wait_for_selector("#answer[data-state=no]")
        assert list(CheckIn.objects.values_list("attendee__code", flat=True)) == [codes[0]]

    def test_tablet_notices_by_itself(self, office, paired):
        revoke(office)
        paired.wait_for_selector("dialog >> text=not logged in")

    def test_tablet_decides_nothing_by_itself_either(self, office, paired, codes):
        revoke(office)
        paired.wait_for_selector("dialog >> text=not logged in")
        paired.get_by_role("button", name="Close").click()
        paired.context.set_offline(True)
        type_code(paired, codes[0])
        paired.wait_for_selector("#answer[data-state=no] >> text=not logged in")
        paired.context.set_offline(False)
        paired.wait_for_selector("dialog >> text=not logged in")
        assert not CheckIn.objects.exists()

    def test_scans_that_were_not_sent_stay_on_the_tablet_and_are_not_booked(
        self, office, paired, event, codes
    ):
        paired.context.set_offline(True)
        for code in codes[:2]:
            type_code(paired, code)
            paired.wait_for_timeout(250)
        paired.wait_for_selector("text=OFFLINE 2")
        revoke(office)
        paired.context.set_offline(False)
        paired.wait_for_selector("dialog >> text=2 scans were not sent. They stay on this tablet.")
        assert not CheckIn.objects.exists()
        add(office, event, name="Spare")
        pair(paired, pairing_code(office))
        paired.wait_for_selector("#kept >> text=2 scans of North tablet wait")
        paired.get_by_role("button", name="Send as Spare").click()
        wait_until_sent(paired)
        sent = CheckIn.objects.filter(moved=1, by__name="Spare")
        assert set(sent.values_list("attendee__code", flat=True)) == set(codes[:2])

    def test_page_leads_to_the_pairing_and_does_not_open_again(self, office, paired, event):
        until(paired, "navigator.serviceWorker.controller !== null")
        paired.reload()
        paired.wait_for_selector("html.ready")
        revoke(office)
        paired.wait_for_selector("dialog >> text=not logged in")
        paired.get_by_role("link", name="Pair").click()
        paired.wait_for_selector("h2 >> text=Pair this device")
        paired.goto(f"/door/{event.identifier}/")
        paired.wait_for_selector("[name=username]")
        kept = "caches.open('onsite-door-pages').then((c) => c.keys()).then((all) => all.map((a) => a.url))"
        assert not [url for url in paired.evaluate(kept) if url.endswith(f"/door/{event.identifier}/")]
