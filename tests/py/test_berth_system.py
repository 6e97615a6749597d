# SPDX-License-Identifier: GPL-2.0-only
"""Whole systems: they boot, take logins, reboot, halt when asked, and are gone, many times in a row.

BERTH_REPEAT says how many times (default 5). BERTH_DEBIAN names the directory of a Debian root
filesystem with systemd, whose root password is `berth` (`mmdebstrap --variant=minbase
--include=systemd-sysv,dbus`); without it that part is not run."""

from __future__ import annotations

import os
import signal
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from berth_box import Box, until
from berth_terminal import Terminal

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")

NAME = "system"
REPEAT = int(os.environ.get("BERTH_REPEAT", "5"))
DEBIAN = os.environ.get("BERTH_DEBIAN", "")
INITTAB = """\
::sysinit:/bin/mount -t tmpfs tmpfs /tmp
::sysinit:/bin/touch /tmp/booted
console::respawn:/bin/getty 0 console
tty1::respawn:/bin/getty 0 tty1
::shutdown:/bin/sh -c 'echo down >>/etc/went'
"""
NODES = (("null", 1, 3), ("zero", 1, 5), ("tty", 5, 0), ("console", 5, 1), ("ptmx", 5, 2), ("random", 1, 8),
         ("urandom", 1, 9))


@pytest.fixture
def busybox(box: Box) -> Path:
    root = box.make_rootfs(NAME, inittab=INITTAB)
    for applet in ("login", "stat", "touch", "halt", "poweroff", "passwd", "rm", "cut", "sleep"):
        if not (root / "bin" / applet).is_symlink():
            (root / "bin" / applet).symlink_to("busybox")
    (root / "etc/passwd").write_text("root::0:0:root:/:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\ntty:x:5:\n")
    for name, major, minor in NODES:
        os.mknod(root / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(major, minor))
    (root.parent / "config").write_text(
        f"lxc.utsname = {NAME}\nlxc.rootfs = {root}\nlxc.network.type = empty\nlxc.network.flags = up\n"
        "lxc.tty = 1\nlxc.pts = 16\n"
        "lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0\n"
        "lxc.mount.entry = sysfs sys sysfs ro 0 0\n")
    return root


@pytest.fixture
def debian(box: Box) -> Path:
    root = Path(DEBIAN)
    assert (root / "sbin/init").exists(), f"BERTH_DEBIAN={DEBIAN} holds no /sbin/init"
    (box.lxcpath / NAME).mkdir(parents=True)
    (box.lxcpath / NAME / "config").write_text(
        f"lxc.uts.name = {NAME}\nlxc.rootfs.path = {root}\nlxc.net.0.type = empty\nlxc.net.0.flags = up\n"
        "lxc.autodev = 1\nlxc.mount.auto = proc:mixed sys:mixed cgroup:mixed\nlxc.tty.max = 1\n"
        "lxc.pty.max = 64\n")
    return root


def login(box: Box, tty: str, password: str) -> Terminal:
    term = Terminal(box.argv("console", "-t", tty, NAME), box.environment({"TERM": "vt100"}))
    term.expect("itself")
    term.send("\r")
    term.expect("login: ")
    term.send("root\r")
    if password:
        term.expect("assword: ")
        term.send(f"{password}\r")
    term.expect("# ")
    return term


def said(term: Terminal, command: str) -> list[str]:
    term.send(f"echo be''gin; {command}; echo e''nd\r")
    term.expect("begin\r\n")
    return term.expect("end\r\n").split()


def tree(root: Path) -> list[tuple[str, int, int]]:
    return sorted((str(p.relative_to(root)), p.lstat().st_mode, p.lstat().st_rdev)
                  for part in ("dev", "proc", "sys") for p in (root / part).rglob("*"))


def booted(box: Box) -> bool:
    return box.inside(NAME, "[ -e /tmp/booted ]").returncode == 0


def rebooted(box: Box, before: int, ready: Callable[[Box], bool]) -> None:
    """Another init than before, and it has come as far as it should."""
    def once_more() -> bool:
        now = box.run("info", "-p", "-H", NAME).stdout.strip()
        return now not in ("", "-1", str(before)) and ready(box)
    until(once_more, "the container runs again")


def test_logins_on_terminal_and_console(box: Box, busybox: Path) -> None:
    box.ok("start", NAME)
    for tty, device in (("1", "/dev/tty1"), ("0", "/dev/console")):
        with login(box, tty, "") as term:
            assert said(term, "tty; hostname; stty size") == [device, NAME, "24", "80"]
            term.send("exit\r")
            term.expect("login: ")
            term.send("\x01q")
            assert term.end() == 0 and term.restored()


def test_reboot_from_inside_and_from_outside(box: Box, busybox: Path) -> None:
    box.ok("start", NAME)
    monitor = box.monitor(NAME)
    init = box.init(NAME)
    with login(box, "1", "") as term:
        term.send("reboot\r")
        assert term.end() == 0 and term.restored()
    rebooted(box, init, booted)
    assert box.monitor(NAME) == monitor, "the same monitor starts it again"
    init = box.init(NAME)
    # A signal for each of what BusyBox's init knows: SIGTERM is its reboot.
    with (busybox.parent / "config").open("a") as config:
        config.write("lxc.rebootsignal = SIGTERM\n")
    box.ok("stop", "-r", NAME)
    rebooted(box, init, booted)
    box.ok("stop", NAME)
    assert (busybox / "etc/went").read_text() == "down\n" * 3


@pytest.mark.parametrize("extra", ["", "lxc.tty.dir = lxc\n", "lxc.autodev = 1\n",
                                   "lxc.autodev = 1\nlxc.tty.dir = lxc\n"])
def test_logins_in_a_user_namespace(executable: Path, extra: str) -> None:
    """Nobody there has rights over the terminals but by owning them."""
    with tempfile.TemporaryDirectory(prefix="berth-test-", dir="/var/tmp") as where:
        os.chmod(where, 0o711)  # the mapped root has to get through
        box = Box(Path(where), executable)
        root = box.make_rootfs(NAME, inittab="".join(
            f"{tty}::respawn:/bin/getty -n -l /bin/sh 0 {tty}\n" for tty in ("tty1", "console")))
        (root / "bin/stat").symlink_to("busybox")
        mounts = "lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0\n"
        for name in () if "autodev" in extra else ("null", "tty", "console"):
            (root / "dev" / name).touch()
            if name != "console":
                mounts += f"lxc.mount.entry = /dev/{name} dev/{name} none bind 0 0\n"
        for path in (root, *root.rglob("*")):
            os.lchown(path, 100000, 100000)
        (root.parent / "config").write_text(
            f"lxc.rootfs = {root}\nlxc.network.type = empty\nlxc.id_map = b 0 100000 65536\n{mounts}"
            f"lxc.tty = 1\nlxc.pts = 10\n{extra}")
        try:
            box.ok("start", NAME)
            for tty, device in (("1", "tty1"), ("0", "console")):
                with Terminal(box.argv("console", "-t", tty, NAME), box.environment()) as term:
                    term.expect("itself")
                    term.send("\r")
                    term.expect("# ")
                    place = "/dev/lxc/" if "tty.dir" in extra else "/dev/"
                    assert said(term, "tty; stat -c %u $(tty); ls /dev/pts") == [f"{place}{device}", "0", "ptmx"]
        finally:
            box.run("stop", "-k", NAME)
        assert box.left() == []


@pytest.mark.parametrize("way", ["halt", "poweroff", "stop", "stop -W", "kill", "monitor"])
def test_ways_to_end(box: Box, busybox: Path, way: str) -> None:
    before = tree(busybox)
    box.ok("start", NAME)
    until(lambda: booted(box), "it has booted")
    if way in ("halt", "poweroff"):
        assert box.inside(NAME, way).returncode in (0, 137)
    elif way.startswith("stop"):
        box.ok("stop", *way.split()[1:], NAME)
    elif way == "kill":
        box.ok("stop", "-k", NAME)
    else:
        os.kill(box.monitor(NAME), signal.SIGTERM)
    box.ok("wait", "-s", "STOPPED", "-t", "50", NAME)
    asked = way not in ("kill",)
    assert (busybox / "etc/went").exists() == asked, "shut down in order, unless it was killed"
    assert tree(busybox) == before and box.left() == []


def test_init_that_hears_nothing_is_killed_when_the_time_is_over(box: Box, busybox: Path) -> None:
    box.ok("start", NAME, "--", "/bin/sh", "-c", "trap '' PWR TERM INT; : >/tmp/up; while :; do sleep 1; done")
    until(lambda: (busybox / "tmp/up").exists(), "its traps are set")
    done = box.run("stop", "--nokill", "-t", "1", NAME)
    assert done.returncode == 1 and "still runs" in done.stderr and box.state(NAME) == "RUNNING"
    box.ok("stop", "--nolock", "-t", "1", NAME)
    assert box.left() == []


@pytest.mark.parametrize("extra, word", [((), "PWR"), (("-s", "lxc.haltsignal=SIGUSR2"), "USR2"),
                                         (("-s", "lxc.signal.halt=SIGRTMIN+3"), "37")])
def test_halt_signal(box: Box, busybox: Path, extra: tuple[str, ...], word: str) -> None:
    traps = "; ".join(f"trap 'echo {name} >/etc/heard; exit' {name}" for name in ("37", "USR2", "PWR"))
    box.ok("start", *extra, NAME, "--", "/bin/sh", "-c", f"{traps}; : >/etc/up; while :; do sleep 0.1; done")
    until(lambda: (busybox / "etc/up").exists(), "its traps are set")
    box.ok("stop", NAME)
    assert (busybox / "etc/heard").read_text() == f"{word}\n"


def test_many_times_in_a_row(box: Box, busybox: Path) -> None:
    before = tree(busybox)
    for turn in range(REPEAT):
        box.ok("start", NAME)
        until(lambda: booted(box), "it has booted")
        init = box.init(NAME)
        os.kill(init, signal.SIGTERM)
        rebooted(box, init, booted)
        box.ok("stop", NAME)
        assert box.left() == [] and tree(busybox) == before, f"turn {turn + 1}"
    assert (busybox / "etc/went").read_text() == "down\n" * 2 * REPEAT


# ---- Debian ------------------------------------------------------------------------------------

needs_debian = pytest.mark.skipif(not DEBIAN, reason="BERTH_DEBIAN names no root filesystem")


def running(box: Box) -> bool:
    return box.run("attach", NAME, "--", "/bin/systemctl", "is-system-running").stdout == "running\n"


@needs_debian
def test_debian_boots_takes_logins_reboots_and_halts(box: Box, debian: Path) -> None:
    box.ok("start", NAME)
    until(lambda: running(box), "systemd says running")
    init = box.init(NAME)
    with login(box, "0", "berth") as term:
        assert said(term, "tty") == ["/dev/console"]
        term.send("systemctl reboot\r")
        assert term.end() == 0 and term.restored()
    rebooted(box, init, running)
    box.ok("stop", NAME)
    assert box.left() == []


@needs_debian
def test_debian_many_times_in_a_row(box: Box, debian: Path) -> None:
    for turn in range(REPEAT):
        box.ok("start", NAME)
        until(lambda: running(box), "systemd says running")
        init = box.init(NAME)
        box.ok("attach", NAME, "--", "/bin/systemctl", "reboot")
        rebooted(box, init, running)
        box.ok("stop", NAME)
        assert box.left() == [], f"turn {turn + 1}"
