"""The files in ops/: whatever program is here to read them takes them."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from string import Template

import pytest
import yaml
from django.conf import settings

from base import metrics
from benchmarks.server import free_port
from onsite_project.tests.two.between import configured

pytestmark = pytest.mark.alike

ROOT = Path(settings.BASE_DIR)
OPS = ROOT / "ops"
NAME = re.compile(r"\bonsite_\w+")


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"no {program} here")


def runs(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stderr + done.stdout


def names_of_metrics():
    names = {sample.name for metric in metrics.REGISTRY.collect() for sample in metric.samples}
    for metric in metrics.REGISTRY.collect():
        ends = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(metric.type, [""])
        names |= {metric.name + end for end in ends}
    outbox = {"onsite_outbox_waiting", "onsite_outbox_late_seconds", "onsite_webhook_tries_total"}
    return names | {"onsite_info", "onsite_queue"} | outbox


def expressions():
    board = json.loads((OPS / "grafana/onsite.json").read_text())
    yield from (target["expr"] for panel in board["panels"] for target in panel["targets"])
    yield from (one["query"] for one in board["templating"]["list"] if one["type"] == "query")
    (group,) = yaml.safe_load((OPS / "prometheus/alerts.yml").read_text())["groups"]
    yield from (rule["expr"] for rule in group["rules"] if "up{" not in rule["expr"])


def test_every_query_names_a_metric_that_there_is():
    known = names_of_metrics()
    for expression in expressions():
        assert NAME.findall(expression), expression
        assert set(NAME.findall(expression)) <= known, expression


def test_every_metric_is_shown():
    shown = {name for expression in expressions() for name in NAME.findall(expression)}
    for metric in metrics.REGISTRY.collect():
        assert any(name.startswith(metric.name) for name in shown), metric.name


def test_every_route_of_a_query_is_an_address():
    known = {line.split(" [")[0].split(" (")[0] for line in permissions()}
    for expression in expressions():
        for routes in re.findall(r'route=~"([^"]+)"', expression):
            assert set(routes.split("|")) <= known, routes


def permissions():
    text = (ROOT / "onsite_project/tests/permissions.txt").read_text()
    return {word for line in text.splitlines() for word in line.split()}


@needs("nginx")
@pytest.mark.parametrize("upstreams", ["upstreams.conf", "upstreams.two.conf", "upstreams.compose.conf"])
def test_nginx_takes_its_configuration(tmp_path, upstreams):
    servers = re.sub(r"server (web|door):", "server 127.0.0.1:", (OPS / "nginx" / upstreams).read_text())
    file = configured(tmp_path, servers, plain=free_port(), tls=free_port())
    runs("nginx", "-t", "-c", file, "-p", tmp_path)


@needs("systemd-analyze")
def test_systemd_takes_the_units(tmp_path):
    units = sorted((OPS / "systemd").iterdir())
    for unit in units:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/srv/onsite", str(ROOT)))
    said = runs("systemd-analyze", "verify", *(tmp_path / unit.name for unit in units))
    assert not re.search(r"Unknown (key|lvalue|section)|ignoring", said), said


@needs("logrotate")
def test_logrotate_takes_its_configuration(tmp_path):
    text = (OPS / "logrotate.conf").read_text().replace("su onsite onsite", "")
    (tmp_path / "onsite").write_text(text.replace("/var/log/onsite", str(tmp_path)))
    (tmp_path / "onsite").chmod(0o644)
    (tmp_path / "web.log").write_text("{}\n")
    runs("logrotate", "-d", "-s", tmp_path / "state", tmp_path / "onsite")


def test_compose_names_files_and_services_that_there_are():
    compose = yaml.safe_load((OPS / "compose.yaml").read_text())
    services = compose["services"]
    assert {"web", "door", "database", "nginx"} <= services.keys()
    for service in services.values():
        if "build" in service:
            assert (OPS / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or source == "./tls" or (OPS / source).is_file()
        assert set(service.get("depends_on", [])) <= services.keys()


def test_image_copies_what_there_is():
    text = (OPS / "Dockerfile").read_text()
    copied = [word for line in re.findall(r"^COPY (.*)$", text, re.MULTILINE) for word in line.split()[:-1]]
    assert copied
    assert all(word.startswith("--") or (ROOT / word).exists() for word in copied)


class TestPair:
    """ops/ha, which `make test-ha` runs; here is what nobody needs to run for."""

    README = (OPS / "ha/README.md").read_text()

    def agreed(self):
        """What both nodes agree on."""
        return yaml.safe_load((OPS / "ha/patroni.yml").read_text())["bootstrap"]["dcs"]

    @pytest.mark.parametrize("file", ["etcd.yml", "patroni.yml"])
    def test_what_has_to_be_filled_in_is_named(self, file):
        text = (OPS / "ha" / file).read_text()
        named = set(re.findall(r"[ ](\w+)=", self.README))
        assert set(re.findall(r"\$\{(\w+)\}", text)) <= named

    def test_lease_is_longer_than_two_tries_to_renew_it(self):
        agreed = self.agreed()
        assert agreed["ttl"] >= agreed["loop_wait"] + 2 * agreed["retry_timeout"]

    def test_standby_that_hangs_is_let_go_before_anybody_is_told_that_nothing_is_known(self):
        agreed = self.agreed()
        sender = int(agreed["postgresql"]["parameters"]["wal_sender_timeout"].removesuffix("s"))
        assert sender + agreed["loop_wait"] < settings.SILENCE_TIMEOUT

    @needs("haproxy")
    def test_haproxy_takes_its_configuration(self, tmp_path):
        filled = Template((OPS / "ha/haproxy.cfg").read_text())
        file = tmp_path / "haproxy.cfg"
        file.write_text(filled.substitute(PORT=5000, DB1="10.77.0.11", DB2="10.77.0.12"))
        runs("haproxy", "-c", "-f", file)
