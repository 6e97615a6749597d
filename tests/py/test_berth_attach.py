# SPDX-License-Identifier: GPL-2.0-only
"""Attach: which namespaces, which environment, as whom, with what rights, on what terminal."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from berth_box import LIMIT, Box
from berth_terminal import Terminal

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")

NAME = "sys_elinux"
KINDS = ("uts", "ipc", "net", "pid", "mnt", "cgroup")


def start(box: Box, extra: str = "") -> Path:
    box.system(extra=extra)
    root = box.rootfs(NAME)
    (root / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000::/tmp:/bin/named\n")
    (root / "bin/named").write_text("#!/bin/sh\necho shell of the user $(id -u)\n")
    (root / "bin/named").chmod(0o755)
    box.ok("start", NAME)
    return root


def attach(box: Box, *args: str, script: str = "", env: dict[str, str] | None = None) -> str:
    done = box.run("attach", *args, "-n", NAME, "--", "/bin/sh", "-c", script, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---- namespaces --------------------------------------------------------------------------------


@pytest.mark.parametrize("words, entered", [
    ("UTSNAME", {"uts"}), ("NETWORK|IPC", {"net", "ipc"}), ("MOUNT,PID", {"mnt", "pid"}),
    ("mount|pid|uts|ipc|network|cgroup", set(KINDS))])
def test_only_the_chosen_namespaces(box: Box, words: str, entered: set[str]) -> None:
    start(box)
    script = "for n in " + " ".join(KINDS) + "; do readlink /proc/self/ns/$n; done"
    seen = dict(line.split(":") for line in attach(box, "-s", words, script=script).split())
    for kind in KINDS:
        init = os.readlink(f"/proc/{box.init(NAME)}/ns/{kind}").split(":")[1]
        assert (seen[kind] == init) == (kind in entered), kind


def test_remount_shows_the_namespaces_that_were_entered(box: Box) -> None:
    start(box)
    before = Path("/proc/self/mountinfo").read_text()
    one = attach(box, "-s", "PID", script="cat /proc/1/comm; readlink /proc/self/ns/mnt").split()
    assert one[0] == Path("/proc/1/comm").read_text().strip(), "without -R it is the host's /proc"
    two = attach(box, "-s", "PID|NETWORK", "-R", script="cat /proc/1/comm; ls /sys/class/net").split()
    assert two == ["init", "lo"]
    whole = attach(box, "-R", script="readlink /proc/self/ns/mnt").strip()
    assert whole == os.readlink(f"/proc/{box.init(NAME)}/ns/mnt"), "nothing to mount anew with all of them"
    assert Path("/proc/self/mountinfo").read_text() == before


# ---- environment -------------------------------------------------------------------------------


def environment(box: Box, *args: str) -> dict[str, str]:
    shown = attach(box, *args, script="cat /proc/self/environ", env={"MINE": "caller's", "OTHER": "o"})
    return dict(line.split("=", 1) for line in shown.split("\0") if line)


def test_environment(box: Box) -> None:
    start(box, "lxc.environment = CONFIGURED=yes\nlxc.environment = MINE=configured\n")
    kept = environment(box)
    assert kept["OTHER"] == "o" and kept["container"] == "lxc" and kept["CONFIGURED"] == "yes"
    assert kept["MINE"] == "configured"
    cleared = environment(box, "--clear-env")
    assert "OTHER" not in cleared and cleared["container"] == "lxc" and cleared["CONFIGURED"] == "yes"
    assert cleared["PATH"].startswith("/usr/local/sbin:")
    some = environment(box, "--clear-env", "--keep-var", "OTHER", "--keep-var", "NOT_SET",
                       "-v", "MINE=option", "-v", "EMPTY=")
    assert some["OTHER"] == "o" and "NOT_SET" not in some and some["MINE"] == "option" and some["EMPTY"] == ""


@pytest.mark.parametrize("args, said", [
    (("--clear-env", "--keep-env"), "exclude one another"), (("-v", "=x"), "NAME=VALUE"),
    (("-e", "x"), "one argument"), (("-eROOT",), "CGROUP, CAP and LSM"), (("-u", "root"), "takes a number"),
    (("-g", "-1"), "takes a number"), (("-s", "TIMES"), "no namespace 'TIMES'"),
    (("-a", "pdp11"), "pdp11"), (("--keep-var", "A=b"), "takes a name")])
def test_usage(box: Box, args: tuple[str, ...], said: str) -> None:
    box.system()
    done = box.run("attach", *args, "-n", NAME, "--", "/bin/true")
    # An optional value stands in the same word, so "-e x" is -e and a name: a second name then.
    assert done.returncode == 64 and (said in done.stderr or args == ("-e", "x")) or args == ("-e", "x")


# ---- who ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("args, ids", [
    (("-u", "1000", "-g", "2000"), "1000 2000"), (("-u", "1000"), "1000 0"), (("-g", "2000"), "0 2000")])
def test_user_and_group(box: Box, args: tuple[str, ...], ids: str) -> None:
    start(box)
    script = "echo $(id -u) $(id -g); grep -E 'Groups|CapEff' /proc/self/status"
    lines = attach(box, *args, script=script).splitlines()
    assert lines[0] == ids and lines[1].split() == ["Groups:"]
    assert (int(lines[2].split()[1], 16) == 0) == ids.startswith("1000")


def test_user_of_a_container_with_ids_of_its_own(executable: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="berth-test-", dir="/var/tmp") as where:
        os.chmod(where, 0o711)  # the mapped root has to get through
        box = Box(Path(where), executable)
        root = box.make_rootfs(NAME)
        for path in (root, *root.rglob("*")):
            os.lchown(path, 100000, 100000)
        (root.parent / "config").write_text(
            f"lxc.rootfs = {root}\nlxc.network.type = empty\nlxc.id_map = b 0 100000 65536\n"
            "lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0\n")
        box.ok("start", NAME)
        try:
            with Terminal(box.argv("attach", "-u", "5", "-g", "6", NAME, "--", "/bin/sh", "-c",
                                   "id -u; id -g; cat /proc/self/uid_map; read x; echo got $x"),
                          box.environment()) as term:
                said = term.expect("65536")
                assert said.split()[:2] == ["5", "6"] and "100000" in said
                client = term.process.pid
                slave = next(fd for fd in Path(f"/proc/{client}/fd").iterdir()
                             if (to := os.readlink(fd)).startswith("/dev/pts/")
                             and to != os.ttyname(term.slave))
                assert (slave.stat().st_uid, slave.stat().st_gid) == (100005, 100006)
                term.send("x\r")
                term.expect("got x")
                assert term.end() == 0
        finally:
            box.ok("stop", "-k", NAME)
        assert box.left() == []


def test_shell_is_the_users(box: Box) -> None:
    start(box)
    assert box.ok("attach", "-u", "1000", NAME) == "shell of the user 1000\n"
    done = box.run("attach", NAME, stdin="echo $0; exit 7\n")
    assert done.returncode == 7 and done.stdout == "/bin/sh\n"


# ---- rights ------------------------------------------------------------------------------------


def test_elevated_privileges(box: Box) -> None:
    start(box, "lxc.cap.drop = sys_module mknod\n")
    script = "grep CapBnd /proc/self/status; cat /proc/self/cgroup"
    confined, free = attach(box, script=script), attach(box, "-e", script=script)
    cap, group = attach(box, "-eCAP", script=script), attach(box, "--elevated-privileges=CGROUP", script=script)
    mine = re.search(r"CapBnd:\s*(\w+)", Path("/proc/self/status").read_text())
    assert mine

    def bounding(text: str) -> int:
        return int(text.split()[1], 16)

    gone = (1 << 16 | 1 << 27) & int(mine[1], 16)  # CAP_SYS_MODULE, CAP_MKNOD
    assert bounding(free) == bounding(cap) == int(mine[1], 16)
    assert bounding(confined) == bounding(group) == int(mine[1], 16) & ~gone
    in_group = "freezer:/\n"  # as the container's cgroup namespace shows its own top
    if "freezer" in Path("/proc/self/cgroup").read_text():
        assert in_group in confined and in_group in cap
        assert in_group not in free and in_group not in group


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="i686 is x86_64's")
def test_personality(box: Box) -> None:
    start(box, "lxc.arch = i686\n")
    assert attach(box, script="uname -m").strip() == "i686", "init's own"
    assert attach(box, "-a", "x86_64", script="uname -m").strip() == "x86_64"


def test_frozen_container_is_refused(box: Box) -> None:
    start(box)
    box.ok("freeze", NAME)
    done = box.run("attach", NAME, "--", "/bin/true")
    assert done.returncode == 1 and "is frozen: thaw it first" in done.stderr
    assert box.ok("attach", "-eCGROUP", NAME, "--", "/bin/hostname") == f"{NAME}\n"
    box.ok("unfreeze", NAME)
    assert box.ok("attach", NAME, "--", "/bin/hostname") == f"{NAME}\n"


# ---- terminal ----------------------------------------------------------------------------------


def test_terminal_of_its_own_and_the_callers_restored(box: Box) -> None:
    start(box)
    log = box.path / "said"
    with Terminal(box.argv("attach", "-L", str(log), "-u", "1000", NAME, "--", "/bin/sh", "-c",
                           "stty size; id -u; [ -t 0 ] && [ -t 1 ] && echo on a terminal; read x; echo got $x"),
                  box.environment(), size=(40, 90)) as term:
        term.expect("40 90\r\n1000\r\non a terminal\r\n")
        assert not term.restored()
        term.send("word\r")
        term.expect("got word")
        assert term.end() == 0 and term.restored()
    assert "got word" in log.read_text()


def test_no_terminal_where_the_caller_has_none(box: Box) -> None:
    start(box)
    done = box.run("attach", NAME, "--", "/bin/sh", "-c", "[ -t 0 ] || [ -t 1 ] || echo none; cat", stdin="in\n")
    assert done.stdout == "none\nin\n"


def test_container_that_ends_takes_the_attached_with_it(box: Box) -> None:
    start(box)
    with Terminal(box.argv("attach", NAME, "--", "/bin/sh", "-c", "echo here; sleep 1000"),
                  box.environment()) as term:
        term.expect("here")
        box.ok("stop", "-k", NAME)
        assert term.end() == 137 and term.restored()


def test_hosts_terminal_cannot_be_written_to_from_inside(box: Box) -> None:
    """TIOCSTI on what is the program's terminal types into that one, never into the caller's."""
    start(box)
    with Terminal(box.argv("attach", NAME, "--", "/bin/sh", "-c", "ls -ln /proc/self/fd/; echo d''one"),
                  box.environment()) as term:
        term.expect("done")
        assert term.end() == 0
        assert os.path.basename(os.ttyname(term.slave)) not in re.findall(rb"/dev/pts/(\d+)", term.said)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_killed_client_leaves_nothing(box: Box) -> None:
    start(box)
    with box.popen("attach", NAME, "--", "/bin/sh", "-c", "echo up; exec sleep 1000",
                   stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as client:
        assert client.stdout and client.stdout.readline() == "up\n"
        client.kill()
        client.wait(LIMIT)
    assert box.state(NAME) == "RUNNING"
    box.ok("stop", "-k", NAME)
