"""A camera whose sight a test chooses."""

from onsite_project.tests.waiting import until

# Takes the place of the browser's own detector.
EYES = """() => {
    window.inSight = [];
    window.looks = 0;
    window.BarcodeDetector = class {
        static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
        detect() {
            const turn = window.looks++ % window.inSight.length;
            const found = window.byTurns ? [window.inSight[turn]] : window.inSight;
            return Promise.resolve(found.map((rawValue) => ({ rawValue })));
        }
    };
}"""


def show(page, *codes, moment=0):
    """Hold these codes before the camera, for so many milliseconds."""
    page.evaluate("(codes) => { window.inSight = codes; }", list(codes))
    page.wait_for_timeout(moment)


def show_by_turns(page, *codes, looks):
    """Hold these codes before a camera that reads one of them at a time, for so many looks of it."""
    page.evaluate("(codes) => { window.byTurns = true; window.inSight = codes; }", list(codes))
    until(page, f"window.looks >= {looks}")


def use_camera(page):
    page.evaluate(EYES)
    page.get_by_role("button", name="Camera").click()
    until(page, "document.querySelector('#video').videoWidth")
