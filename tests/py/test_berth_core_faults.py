# SPDX-License-Identifier: GPL-2.0-only
"""Every step of both containers fails in turn, in every way; nothing is ever left. And the whole
story once more where system calls are taken away, as old kernels lack them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import pytest
from berth_box import Box

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")

WAYS = ("ENOSPC", "after-ENOSPC", "kill", "after-kill")
STORY = {  # verb, options, command
    "execute": (("-n", "app_bash", "--", "/bin/true"), "app_bash"),
    "start": (("-n", "sys_elinux"), "sys_elinux"),
    "terminals": (("-n", "sys_tty"), "sys_tty"),
    "own-dev": (("-n", "sys_dev"), "sys_dev"),
}
TERMINALS = ("lxc.tty = 2\nlxc.pts = 16\nlxc.console.buffer.size = auto\n"
             "lxc.mount.entry = tmpfs tmp tmpfs rw 0 0\n")


@pytest.fixture
def box(box: Box) -> Box:
    box.application()
    box.system(extra="lxc.cgroup.devices.deny = a\nlxc.cgroup.devices.allow = c 1:3 rwm\n"
                     "lxc.cgroup.devices.allow = c 136:* rwm\n")
    box.system("sys_tty", extra=TERMINALS)
    root = box.make_rootfs("sys_dev")
    (root.parent / "config").write_text(
        f"lxc.rootfs = {root}\nlxc.network.type = empty\nlxc.autodev = 1\nlxc.tty.dir = lxc\n"
        f"lxc.tty = 1\nlxc.pts = 4\nlxc.console.logfile = {box.path}/said\n")
    return box


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("verb", STORY)
def test_every_step_fails_and_nothing_is_left(box: Box, verb: str, way: str) -> None:
    args, name = STORY[verb]
    verb = "start" if verb in ("terminals", "own-dev") else verb
    devices = sorted(n for n in os.listdir("/dev") if n.startswith(("tty", "pt")))
    steps = box.steps(verb, *args[:2][1:], *args[2:])
    assert len(steps) > 10 and steps[0] == "state" and steps[-1] == "exec"
    assert len(set(steps)) == len(steps)
    for step in steps:
        if step == "exec" and way.startswith("after-"):
            continue  # nothing comes after it
        done = box.run(verb, *args, env={"BERTH_FAULT": f"{step}:{way}"})
        assert done.returncode != 0, f"{verb} {step}:{way} went through"
        if "kill" not in way:
            assert f"step {step}: " in done.stderr, f"{verb} {step}:{way}: {done.stderr}"
            assert "No space left" in done.stderr, f"{verb} {step}:{way}: {done.stderr}"
            assert box.left() == [], f"{verb} {step}:{way}: left at once"
        assert box.state(name) == "STOPPED"
        assert box.left() == [], f"{verb} {step}:{way}: left to the next command"
    assert sorted(n for n in os.listdir("/dev") if n.startswith(("tty", "pt"))) == devices
    assert box.run(verb, *args).returncode == 0


SHIM = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
calls = [tuple(map(int, pair.split(":"))) for pair in sys.argv[1].split(",")]
code = struct.pack("HBBI", 0x20, 0, 0, 0)                       # load the system call's number
for number, errno in calls:
    code += struct.pack("HBBI", 0x15, 0, 1, number)             # is it this one?
    code += struct.pack("HBBI", 0x06, 0, 0, 0x00050000 | errno) # then that is the answer
code += struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000)             # else allow
buf = ctypes.create_string_buffer(code)
prog = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buf))
if libc.prctl(22, 2, ctypes.c_char_p(prog), 0, 0):              # PR_SET_SECCOMP, MODE_FILTER
    sys.exit(f"seccomp: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[2], sys.argv[2:])
"""

# x86_64's own numbers below 424; the rest are the same everywhere.
CALLS = {
    "openat2": (437,), "close_range": (436,), "pidfd": (434, 424), "clone3": (435,),
    "mount-api": (428, 429, 430, 431, 432, 442), "inotify": (294, 253),
}


def without(names: Iterable[str], errno: int = 38) -> tuple[str, ...]:
    calls = ",".join(f"{number}:{errno}" for name in names for number in CALLS[name])
    return (sys.executable, "-c", SHIM, calls)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="inotify's numbers are x86_64's")
@pytest.mark.parametrize("missing", [*CALLS, "all"])
def test_story_without_newer_system_calls(box: Box, missing: str) -> None:
    box.wrapper = without(CALLS if missing == "all" else [missing])
    tell_the_story(box)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="pivot_root's number is x86_64's")
def test_story_where_the_root_cannot_be_pivoted(box: Box) -> None:
    """EINVAL, as for an initramfs that even being bound over itself does not help."""
    box.wrapper = (sys.executable, "-c", SHIM, "155:22")
    tell_the_story(box)


def tell_the_story(box: Box) -> None:
    assert box.ok("execute", "-n", "app_bash", "--", "/bin/hostname") == "app_bash\n"
    out = box.ok("execute", "-n", "app_bash", "--", "/bin/ls", "/proc/self/fd")
    assert out.split() == ["0", "1", "2", "3"]
    box.ok("start", "sys_elinux")
    assert box.state("sys_elinux") == "RUNNING"
    denied = box.inside("sys_elinux", "hostname; : </dev/kmsg")
    assert denied.stdout == "sys_elinux\n" and "Operation not permitted" in denied.stderr
    assert set(box.inside("sys_elinux", "ls /").stdout.split()) == {
        p.name for p in box.rootfs("sys_elinux").iterdir()}, "its own root and nothing of the host's"
    box.ok("stop", "-k", "sys_elinux")
    assert box.left() == []


def test_faults_are_deaf_to_other_names(box: Box) -> None:
    assert box.run("execute", "-n", "app_bash", "--", "/bin/true",
                   env={"BERTH_FAULT": "no-such-step:EIO"}).returncode == 0


@pytest.mark.parametrize("step", ["cgroup-create", "clone", "record", "devices"])
def test_start_goes_through_right_after_a_killed_one(box: Box, step: str) -> None:
    """No command in between: the next start itself clears away what the killed one left."""
    done = box.run("start", "sys_elinux", env={"BERTH_FAULT": f"{step}:after-kill"})
    assert done.returncode != 0
    box.ok("start", "sys_elinux")
    assert box.state("sys_elinux") == "RUNNING"
