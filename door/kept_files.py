"""What a tablet must have for the door to open without the network."""

import hashlib
import re
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TypedDict

from django.contrib.staticfiles import finders
from django.templatetags.static import static

from base import languages, words

WORKER = "onsite/door/worker.js"
DECODER = {
    "script": "onsite/vendor/barcode-detector/ponyfill.js",
    "wasm": "onsite/vendor/barcode-detector/zxing_reader.wasm",
}
# What the page names, beside the modules that its own ones import.
NAMED = [
    "onsite/common/icon.svg",
    "onsite/common/tokens.css",
    "onsite/common/screen.css",
    "onsite/common/live.css",
    "onsite/common/test.css",
    "onsite/door/door.css",
    "admin/js/theme.js",
    *DECODER.values(),
]
MODULES = ["onsite/door/main.js", "onsite/door/elsewhere.js"]
IMPORT = re.compile(r"""(?:\bfrom|\bimport\(|\bimport)\s*["'](\.[^"']+)["']""")


class Kept(TypedDict):
    files: list[str]
    version: str


def kept_files() -> Kept:
    """The paths of the files as the page names them, and a name for what is in them."""
    return _kept(static(MODULES[0]))


@cache
def _kept(_main: str) -> Kept:  # under whatever names static files are served
    names = NAMED + _with_imports(MODULES)
    digest = hashlib.sha256()
    for name in [WORKER, *names]:
        digest.update(name.encode() + content_of(name))
    spoken = [words.address(code) for code, _name in languages.offered()]
    digest.update("".join(spoken).encode())  # an address tells what is there
    return {"files": [*map(static, names), *spoken], "version": digest.hexdigest()[:12]}


def _with_imports(modules: list[str]) -> list[str]:
    """The modules, what they import, what that imports, and so on."""
    found = list(modules)
    for module in found:  # which grows
        for name in IMPORT.findall(content_of(module).decode()):
            imported = normpath(join(dirname(module), name))
            if imported not in found:
                found.append(imported)
    return found


def content_of(name: str) -> bytes:
    """What is in a static file, by its name without a hash."""
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_bytes()
