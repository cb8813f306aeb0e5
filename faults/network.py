"""A network of our own, with hosts whose cables can be pulled: Linux's network namespaces, which need root.

python -m faults.network COMMAND     # runs it alone with its network, and ends with it whatever it leaves
"""

import os
import shutil
import subprocess
import sys

HERE = "10.77.0.1"
MASK = "10.77.0.0/24"


class Host:
    """A machine by the name and the address, as far as the network knows."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.address = name, f"10.77.0.{number}"
        _ip("netns", "add", name)
        _ip("link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", f"to-{name}", "master", "house", "up")
        _ip("-n", name, "addr", "add", f"{self.address}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "lo", "up")
        self.plug_in()

    def unplug(self) -> None:
        """Nobody hears anything of it any more, nor is anything refused."""
        _ip("-n", self.name, "link", "set", "eth0", "down")

    def plug_in(self) -> None:
        _ip("-n", self.name, "link", "set", "eth0", "up")

    def command(self, *command: str) -> list[str]:
        """What runs a command on it."""
        return ["ip", "netns", "exec", self.name, *command]


def begin() -> None:
    """Make the network in which we are ourselves `HERE`."""
    _ip("link", "set", "lo", "up")
    _ip("link", "add", "house", "type", "bridge")
    _ip("addr", "add", f"{HERE}/24", "dev", "house")
    _ip("link", "set", "house", "up")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def alone(command: list[str]) -> list[str]:
    """What runs a command in namespaces of its own: what it leaves behind ends with it."""
    return [
        *("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
        *(sys.executable, "-m", __name__, *command),
    ]


def is_possible() -> bool:
    return os.geteuid() == 0 and all(map(shutil.which, ("ip", "unshare", "setpriv")))


def main() -> int:
    """The first process of the namespaces: whoever is orphaned in them becomes our child."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)  # where `ip netns` keeps names
    begin()
    pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
    while (ended := os.wait())[0] != pid:
        pass
    return os.waitstatus_to_exitcode(ended[1])


if __name__ == "__main__":
    sys.exit(main())
