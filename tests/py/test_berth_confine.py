# SPDX-License-Identifier: GPL-2.0-only
"""Confinement by plain settings: limits, sysctls, /proc/PID, user and groups, capabilities."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from berth_box import Box, until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")

PROC = "lxc.mount.auto = proc:rw\n"


def run(box: Box, extra: str, script: str) -> subprocess.CompletedProcess[str]:
    """One program in a container of its own with these lines beside the usual ones."""
    if not (box.lxcpath / "c").exists():
        box.make_rootfs("c")
    root = box.rootfs("c")
    (root.parent / "config").write_text(
        f"lxc.rootfs.path = {root}\nlxc.net.0.type = empty\n{PROC}"
        f"lxc.mount.entry = /dev dev none bind 0 0\n{extra}")
    return box.run("execute", "-n", "c", "--", "/bin/sh", "-c", script)


def told(box: Box, extra: str, script: str) -> str:
    done = run(box, extra, script)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(box: Box, extra: str, *words: str) -> None:
    done = run(box, extra, "echo reached")
    assert done.returncode != 0 and "reached" not in done.stdout
    for word in words:
        assert word in done.stderr, done.stderr
    assert box.left() == []


# ---- limits ------------------------------------------------------------------------------------


def test_limits(box: Box) -> None:
    limits = "lxc.prlimit.nofile = 20:40\nlxc.limit.core = 0\nlxc.prlimit.fsize = 4096:unlimited\n"
    text = told(box, limits, "cat /proc/self/limits")
    rows = {line[:25].strip(): line[25:].split()[:2] for line in text.splitlines()}
    assert rows["Max open files"] == ["20", "40"]
    assert rows["Max core file size"] == ["0", "0"]
    assert rows["Max file size"] == ["4096", "unlimited"]


def test_a_limit_holds_up_nobody_on_the_way(box: Box) -> None:
    """Fewer descriptors than Berth itself uses, no process, no file size, no stack to speak of."""
    limits = "lxc.prlimit.nofile = 3\nlxc.prlimit.nproc = 1\nlxc.prlimit.fsize = 0\n"
    done = run(box, limits, "ulimit -n; ulimit -f")
    assert done.stdout == "3\n0\n", done.stderr


def test_limit_that_cannot_be_raised(box: Box) -> None:
    hard = int(told(box, "", "ulimit -H -n").replace("unlimited", "-1"))
    nr_open = int(Path("/proc/sys/fs/nr_open").read_text())
    if hard != -1:
        refused(box, f"lxc.prlimit.nofile = {nr_open + 1}\n", "step prlimit-1", "config:5", "nofile")


# ---- sysctls and /proc/PID -----------------------------------------------------------------------


def test_sysctls_are_the_containers_own(box: Box) -> None:
    files = ("net/ipv4/ip_forward", "kernel/shmmni", "fs/mqueue/msg_max")
    before = [Path("/proc/sys", f).read_text() for f in files]
    own = {"net/ipv4/ip_forward": "0" if before[0] == "1\n" else "1", "kernel/shmmni": "17",
           "fs/mqueue/msg_max": "7"}
    lines = "".join(f"lxc.sysctl.{f.replace('/', '.')} = {v}\n" for f, v in own.items())
    lines += "lxc.sysctl.net.ipv4.conf.lo.forwarding = 1\nlxc.sysctl.net/ipv4/conf/lo/rp_filter = 2\n"
    script = "".join(f"cat /proc/sys/{f};" for f in (*own, "net/ipv4/conf/lo/rp_filter"))
    assert told(box, lines, script).split() == [*own.values(), "2"]
    assert [Path("/proc/sys", f).read_text() for f in files] == before


@pytest.mark.parametrize(("lines", "said"), [
    ("lxc.sysctl.kernel.panic = 1\n", "whole machine's"),
    ("lxc.sysctl.vm.swappiness = 1\n", "whole machine's"),
    ("lxc.sysctl.user.max_user_namespaces = 1\n", "give the container a user namespace"),
    ("lxc.net.0.type = none\nlxc.sysctl.net.ipv4.ip_forward = 1\n", "would be the host's"),
    ("lxc.sysctl.net.no.such.file = 1\n", "No such file"),
    ("lxc.sysctl.net/../kernel/panic = 1\n", "no name of a file"),
    ("lxc.sysctl./etc/passwd = 1\n", "no name of a file"),
    ("lxc.proc.oom_score_adj = nonsense\n", "step proc-1"),
    ("lxc.proc.no_such = 1\n", "step proc-1"),
])
def test_settings_that_cannot_be(box: Box, lines: str, said: str) -> None:
    panic = Path("/proc/sys/kernel/panic").read_text()
    refused(box, lines, said)
    assert Path("/proc/sys/kernel/panic").read_text() == panic


def test_oom_score(box: Box) -> None:
    lines = "lxc.proc.oom_score_adj = 777\n"
    assert told(box, lines, "cat /proc/1/oom_score_adj /proc/self/oom_score_adj") == "777\n777\n"


def test_an_empty_value_clears(box: Box) -> None:
    lines = ("lxc.sysctl.kernel.panic = 1\nlxc.sysctl =\nlxc.proc.no_such = 1\nlxc.proc =\n"
             "lxc.prlimit.nofile = 5\nlxc.prlimit.core = 1\nlxc.prlimit.nofile =\nlxc.prlimit.core = 0\n"
             "lxc.sysctl.kernel.shmmni = 5\nlxc.sysctl.kernel.shmmni = 6\n")
    text = told(box, lines, "cat /proc/sys/kernel/shmmni; ulimit -c")
    assert text == "6\n0\n"
    plan = box.ok("execute", "--dry-run", "-n", "c", "/bin/true")
    assert plan.count("prlimit-") == 1 and plan.count("sysctl-") == 1 and " proc-1" not in plan


# ---- the place among cgroups ----------------------------------------------------------------------


def cgroup_tops() -> list[Path]:
    return [Path(line.split()[4]) for line in Path("/proc/self/mountinfo").read_text().splitlines()
            if line.partition(" - ")[2].split()[0] in ("cgroup", "cgroup2")]


def test_cgroups_in_a_directory_of_their_own(box: Box) -> None:
    tops = cgroup_tops()
    if not tops:
        pytest.skip("no cgroups are mounted")
    top = f"berth-test-{os.getpid()}"
    lines = f"lxc.cgroup.dir = {top}/in ner\nlxc.cgroup.devices.deny = c 1:5 rwm\n"
    run(box, lines, "true")
    config = box.lxcpath / "c/config"
    (box.lxcpath / "d").mkdir()
    (box.lxcpath / "d/config").write_text(config.read_text())
    for name in ("c", "d"):
        box.ok("start", name, "--", "/bin/sleep", "1000")
        assert f"/{top}/in ner/berth.{name}" in Path(f"/proc/{box.init(name)}/cgroup").read_text()
    assert any((t / top / "in ner").is_dir() for t in tops)
    assert "not permitted" in box.inside("c", ": </dev/zero").stderr
    box.ok("stop", "-k", "c")
    assert any((t / top / "in ner").is_dir() for t in tops), "d is in there"
    os.kill(box.monitor("d"), 9)
    until(lambda: box.state("d") == "STOPPED", "d is known to be over")
    assert not any((t / top).exists() for t in tops)


@pytest.mark.parametrize("value", ["/a", "a/", "a//b", "../x", "a/../b", ".x", "a\\b"])
def test_bad_directories_of_cgroups(box: Box, value: str) -> None:
    refused(box, f"lxc.cgroup.dir = {value}\n", "config:5: lxc.cgroup.dir: ")


# ---- user, groups, capabilities ------------------------------------------------------------------

STATUS = "grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs):' /proc/self/status; cat /proc/1/status"


def status(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        found.setdefault(key, " ".join(value.split()))
    return found


def init_status(text: str) -> dict[str, str]:
    return status(text[text.index("Name:"):])


def test_user_and_groups(box: Box) -> None:
    text = told(box, "lxc.init.uid = 1234\nlxc.init.gid = 4321\nlxc.init.groups = 7,8\nlxc.init.groups = 9\n",
                STATUS)
    for who in (status(text), init_status(text)):
        assert who["Uid"] == "1234 1234 1234 1234" and who["Gid"] == "4321 4321 4321 4321"
        assert who["Groups"] == "7 8 9"
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert who[kind] == "0" * 16, (kind, text)


def test_nothing_is_inherited(box: Box) -> None:
    """Inheritable capabilities of the caller would come back by a file that asks for them."""
    box.wrapper = ("setpriv", "--inh-caps", "+chown,+kill")
    found = status(told(box, "", STATUS))
    assert found["CapInh"] == "0" * 16 and found["CapPrm"] != "0" * 16


@pytest.mark.skipif(not Path("/proc/sys/kernel/cap_last_cap").exists(), reason="no ambient ones before 4.3")
def test_ambient_capabilities(box: Box) -> None:
    text = told(box, "lxc.init.uid = 1000\nberth.cap.ambient = net_raw kill\n", STATUS)
    want = f"{1 << 13 | 1 << 5:016x}"
    found = status(text)
    assert [found[k] for k in ("CapInh", "CapPrm", "CapEff", "CapAmb")] == [want] * 4
    refused(box, "lxc.cap.drop = kill\nberth.cap.ambient = kill\n", "berth.cap.ambient", "lxc.cap.drop")


def test_kept_capabilities_are_all_there_are(box: Box) -> None:
    found = status(told(box, "lxc.cap.keep = chown kill\nlxc.no_new_privs = 1\n", STATUS))
    want = f"{1 << 0 | 1 << 5:016x}"
    assert [found[k] for k in ("CapPrm", "CapEff", "CapBnd")] == [want] * 3
    assert found["NoNewPrivs"] == "1"


def test_the_console_is_the_users(box: Box) -> None:
    done = run(box, "lxc.init.uid = 1234\n", "true")
    assert done.returncode == 0
    root = box.rootfs("c")
    (root / "sbin/init").unlink()
    (root / "sbin/init").write_text("#!/bin/sh\nstat -L -c %u /proc/self/fd/0 >/tmp/owner; echo ok >/proc/self/fd/1\n")
    (root / "sbin/init").chmod(0o755)
    (root / "bin/stat").symlink_to("busybox")
    (root / "tmp").chmod(0o1777)
    config = root.parent / "config"
    config.write_text(config.read_text() + "lxc.init.cwd = /tmp\n")
    log = box.path / "console"
    box.ok("start", "-d", "-L", str(log), "c")
    box.ok("wait", "-s", "STOPPED", "c")
    assert log.read_text().strip().endswith("ok")
    assert (root / "tmp/owner").read_text() == "1234\n"


# ---- keys, machine, cores ------------------------------------------------------------------------


def test_session_keyring(box: Box) -> None:
    """Membership is possession: what the caller has in its session, a container could read."""
    if not Path("/proc/keys").exists():
        pytest.skip("this kernel has no keys")
    assert "keyring" in box_steps(box, "")
    assert "keyring" not in box_steps(box, "lxc.keyring.session = 0\n")
    assert told(box, "lxc.keyring.session = 1\n", "echo in") == "in\n"


def box_steps(box: Box, extra: str) -> list[str]:
    run(box, extra, "true")
    return box.steps("execute", "c", "/bin/true")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="whose 32-bit machine is i686")
def test_architecture(box: Box) -> None:
    root = box.make_rootfs("c")
    (root / "bin/uname").symlink_to("busybox")
    assert told(box, "lxc.arch = i686\n", "uname -m") == "i686\n"
    assert told(box, "lxc.arch = i686\nlxc.arch = x86_64\n", "uname -m") == "x86_64\n"
    refused(box, "lxc.arch = arm64\n", "config:5", "not supported")


@pytest.mark.parametrize(("line", "said"), [
    ("lxc.prlimit.nofiles = 1", "there is no limit 'nofiles'"),
    ("lxc.prlimit.nofile = 2:1", "above the hard one"),
    ("lxc.prlimit.nofile = -1", "expected SOFT:HARD"),
    ("lxc.prlimit = 5", "a name is missing"),
    ("lxc.init.uid = root", "expected a number"),
    ("lxc.init.gid = 4294967295", "expected a number"),
    ("lxc.init.groups = 1 x", "expected a number"),
    ("lxc.keyring.session = yes", "expected 0 or 1"),
    ("berth.cap.ambient = fly", "there is no capability 'fly'"),
])
def test_bad_values_name_file_line_and_key(box: Box, line: str, said: str) -> None:
    refused(box, line + "\n", f"config:5: {line.split(' ')[0]}: ", said)
