"""What docs/security.md names is there, so that its table is no empty promise."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_file_that_is_named_exists():
    named = re.findall(r"`([\w./-]+/[\w.-]+\.py)`", PAGE)
    assert len(named) > 50
    assert not [name for name in named if not (ROOT / name).is_file()]


def test_every_page_that_is_linked_exists():
    linked = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert not [link for link in linked if not (ROOT / "docs" / link).is_file()]


def test_every_setting_that_is_named_is_one():
    """Or is read from the environment, which the README lists."""
    named = {name for name in re.findall(r"`([A-Z]+_[A-Z_]+)[`=]", PAGE) if name != "DATABASE_URL"}
    assert not [name for name in named if not hasattr(settings, name)]


def test_silenced_checks_are_the_ones_that_are_explained():
    silenced = {check.rpartition(".")[2] for check in settings.SILENCED_SYSTEM_CHECKS}
    assert silenced == set(re.findall(r"\((W\d+)\)", PAGE))
