# SPDX-License-Identifier: GPL-2.0-only
"""Hooks: where and when they run, what they are given, what their failure does; and the log."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from berth_box import Box, until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")

HOST = ("pre-start", "pre-mount", "mount", "autodev", "start-host", "stop", "post-stop")


@pytest.fixture
def box(box: Box) -> Box:
    root = box.make_rootfs("c")
    (root / "bin/env").symlink_to("busybox")
    (root / "bin/rm").symlink_to("busybox")
    return box


def note(box: Box) -> Path:
    """A program that notes how it was called, one file a call."""
    path = box.path / "note"
    path.write_text("#!/bin/sh\nout=$(dirname $0)/told; mkdir -p $out\n"
                    'n=$(ls $out | wc -l); f="$out/$n"\n'
                    '{ echo "args $*"; env | grep ^LXC_; env | grep ^MY_; '
                    'for l in pid mnt net; do echo "ns $l $(readlink /proc/self/ns/$l)"; done; '
                    'echo "root $(ls -d "$LXC_ROOTFS_MOUNT"/sbin/init)"; '
                    'case "$*" in *proc*) readlink $(for a in "$@"; do echo ${a#*:}; done | grep ^/proc/);; esac; '
                    '[ -z "$LXC_NET_NS" ] || readlink "$LXC_NET_NS"; } >"$f" 2>&1\n'
                    'echo said by the hook; exit 0\n')
    path.chmod(0o755)
    return path


def told(box: Box) -> list[str]:
    place = box.path / "told"
    return [(place / str(i)).read_text() for i in range(len(list(place.iterdir())))] if place.exists() else []


def configure(box: Box, extra: str) -> None:
    root = box.rootfs("c")
    (root.parent / "config").write_text(
        f"lxc.rootfs.path = {root}\nlxc.net.0.type = empty\nlxc.mount.auto = proc:rw\n"
        f"lxc.mount.entry = /dev dev none bind 0 0\n{extra}")


@pytest.mark.parametrize("version", [0, 1])
def test_every_hook_in_its_place_with_its_environment(box: Box, version: int) -> None:
    program = note(box)
    kinds = [kind for kind in HOST if kind != "autodev"]
    configure(box, f"lxc.hook.version = {version}\nlxc.environment.hooks = MY_OWN=a b\n"
                   + "".join(f"lxc.hook.{kind} = {program} extra\n" for kind in reversed(kinds)))
    box.ok("execute", "-n", "c", "--", "/bin/true")
    calls = told(box)
    assert len(calls) == len(kinds)
    own = {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in ("pid", "mnt", "net")}
    for kind, text in zip(kinds, calls, strict=True):
        args = text.splitlines()[0].split()[1:]
        if version == 0:
            assert args[:4] == ["extra", "c", "lxc", kind], text
            assert "LXC_HOOK_TYPE" not in text
        else:
            assert args == ["extra"], text
            assert f"LXC_HOOK_TYPE={kind}\n" in text and "LXC_HOOK_SECTION=lxc\n" in text
        assert f"LXC_HOOK_VERSION={version}\n" in text and "MY_OWN=a b\n" in text
        assert f"LXC_CONFIG_FILE={box.lxcpath / 'c/config'}\n" in text
        assert f"LXC_ROOTFS_MOUNT={box.rootfs('c')}\n" in text and "LXC_NAME=c\n" in text
        assert f"LXC_ROOTFS_PATH={box.rootfs('c')}\n" in text and "LXC_LOG_LEVEL=" in text
        inside = kind in ("pre-mount", "mount")
        assert (f"ns mnt {own['mnt']}" not in text) == inside, text
        assert (f"ns net {own['net']}" not in text) == inside, text
        assert f"root {box.rootfs('c')}/sbin/init" in text, text
        assert ("LXC_PID=" in text) == (kind == "start-host")
        assert ("LXC_TARGET=stop" in text) == (kind == "post-stop")
    stop = calls[kinds.index("stop")]
    if version:
        assert "LXC_NET_NS=/proc/" in stop and "LXC_MNT_NS=/proc/" in stop
    else:
        assert " net:/proc/" in stop.splitlines()[0]
    assert "net:[" in stop.splitlines()[-1] or "uts:[" in stop.splitlines()[-1]
    assert own["net"] not in stop.splitlines()[-1]


def test_start_hook_is_inside_and_confined(box: Box) -> None:
    script = box.rootfs("c") / "bin/hook"
    script.write_text("#!/bin/sh\n{ echo $1; echo $2; grep CapBnd: /proc/self/status; env; } >/tmp/told\n")
    script.chmod(0o755)
    configure(box, "lxc.hook.start = /bin/hook a\nlxc.cap.keep = chown\n")
    box.ok("execute", "-n", "c", "--", "/bin/true")
    lines = (box.rootfs("c") / "tmp/told").read_text().splitlines()
    assert lines[:2] == ["a", "c"] and lines[2].split() == ["CapBnd:", f"{1:016x}"]


def test_a_shell_reads_what_is_not_just_words(box: Box) -> None:
    out = box.path / "out file"
    configure(box, f"lxc.hook.pre-start = echo \"$LXC_NAME says\" $(basename /a/b) > '{out}' #\n")
    box.ok("execute", "-n", "c", "--", "/bin/true")
    assert out.read_text() == "c says b\n"


def test_words_go_to_the_program_as_they_are(box: Box) -> None:
    configure(box, f"lxc.hook.mount = sh -c env\nlxc.hook.pre-mount = /bin/touch {box.path}/made\n"
                   "lxc.hook.version = 1\n")
    box.ok("execute", "-n", "c", "--", "/bin/true")
    assert (box.path / "made").exists()


@pytest.mark.parametrize("kind", ["pre-start", "pre-mount", "mount", "start-host", "start"])
@pytest.mark.parametrize(("command", "said"), [("/bin/false", "ended with status 1"),
                                               ("/no/such/hook", "is the program there?"),
                                               ("kill -9 $$ #", "ended with signal 9")])
def test_a_hook_that_fails_ends_the_start(box: Box, kind: str, command: str, said: str) -> None:
    program = note(box)
    configure(box, f"lxc.hook.{kind} = {command}\nlxc.hook.post-stop = {program}\n")
    done = box.run("execute", "-n", "c", "--", "/bin/echo", "reached")
    assert done.returncode != 0 and done.stdout == ""
    assert f"step hook-{kind}-1: {box.lxcpath}/c/config:5: hook '{command}' ended" in done.stderr, done.stderr
    assert said in done.stderr
    assert box.left() == [] and len(told(box)) == 1, "post-stop runs all the same"


def test_what_a_mount_hook_mounts_is_inside_and_gone_after(box: Box) -> None:
    (box.path / "data").mkdir()
    (box.path / "data/file").write_text("x\n")
    configure(box, f"lxc.hook.mount = mount --bind {box.path}/data $LXC_ROOTFS_MOUNT/tmp #\n")
    assert box.ok("execute", "-n", "c", "--", "/bin/cat", "/tmp/file") == "x\n"


def test_stop_hooks_that_fail_change_nothing(box: Box) -> None:
    log = box.path / "log"
    configure(box, "lxc.hook.stop = /bin/false\nlxc.hook.post-stop = /bin/false\n")
    done = box.run("execute", "-o", str(log), "-n", "c", "--", "/bin/true")
    assert done.returncode == 0 and "hook '/bin/false' ended with status 1" in log.read_text()


def test_post_stop_runs_after_a_killed_monitor(box: Box) -> None:
    configure(box, f"lxc.hook.post-stop = {note(box)}\nlxc.hook.version = 1\n")
    box.ok("start", "c", "--", "/bin/sleep", "1000")
    os.kill(box.monitor("c"), signal.SIGKILL)
    until(lambda: box.state("c") == "STOPPED", "the container is known to be stopped")
    assert box.left() == []
    (call,) = told(box)
    assert "LXC_TARGET=stop\n" in call and "LXC_HOOK_TYPE=post-stop\n" in call and "LXC_NAME=c\n" in call


def test_target_says_reboot(box: Box) -> None:
    root = box.rootfs("c")
    (root / "sbin/init").unlink()
    (root / "sbin/init").write_text("#!/bin/sh\n[ -e /tmp/again ] && exec sleep 1000\n: >/tmp/again\nreboot -f\n")
    (root / "sbin/init").chmod(0o755)
    configure(box, f"lxc.hook.post-stop = {note(box)}\n")
    box.ok("start", "c")
    until(lambda: len(told(box)) == 1, "its first life has ended")
    box.ok("wait", "-s", "RUNNING", "c")
    box.ok("stop", "-k", "c")
    targets = [line for text in told(box) for line in text.splitlines() if "LXC_TARGET" in line]
    assert targets == ["LXC_TARGET=reboot", "LXC_TARGET=stop"]


def test_repeated_and_cleared(box: Box) -> None:
    program = note(box)
    configure(box, f"lxc.hook.pre-start = /bin/false\nlxc.hook =\nlxc.hook.pre-start = {program} 1\n"
                   f"lxc.hook.mount = /bin/false\nlxc.hook.mount =\nlxc.hook.pre-start = {program} 2\n")
    box.ok("execute", "-n", "c", "--", "/bin/true")
    assert [text.split()[1] for text in told(box)] == ["1", "2"]


@pytest.mark.parametrize(("line", "said"), [
    ("lxc.hook.version = 2", "expected 0 (arguments) or 1"),
    ("lxc.hook.before = /bin/true", "there is no such key"),
    ("lxc.hook = /bin/true", "the kind of hook is missing"),
    ("lxc.hook.autodev = /bin/true", "lxc.autodev = 1 only"),
    ("lxc.log.level = LOUD", "expected a level"),
    ("lxc.log.file = log", "expected an absolute path"),
    ("lxc.log.syslog = daemon", "use lxc.log.file"),
])
def test_what_is_refused(box: Box, line: str, said: str) -> None:
    configure(box, line + "\n")
    done = box.run("execute", "-n", "c", "--", "/bin/true")
    assert done.returncode != 0 and said in done.stderr and "config:5" in done.stderr


# ---- the log -------------------------------------------------------------------------------------


def test_log_by_its_keys(box: Box) -> None:
    log = box.path / "log"
    configure(box, f"lxc.log.file = {log}\nlxc.log.level = 1\nlxc.hook.pre-start = {note(box)}\n")
    box.ok("execute", "-n", "c", "--", "/bin/true")
    text = log.read_text()
    assert "c: step clone: " in text and "c: step pivot: " in text and "said by the hook" in text
    assert "c: running, init is process" in text and "c: ended" in text
    log.unlink()
    configure(box, f"lxc.logfile = {log}\nlxc.loglevel = error\nlxc.hook.pre-start = {note(box)}\n")
    box.ok("execute", "-n", "c", "--", "/bin/true")
    assert log.read_text() == ""
    assert box.run("execute", "-n", "c", "--", "/no/such").returncode != 0
    assert "/no/such" in log.read_text()


def test_options_come_before_the_keys(box: Box) -> None:
    log, other = box.path / "log", box.path / "other"
    configure(box, f"lxc.log.file = {log}\nlxc.log.level = error\n")
    box.ok("execute", "-o", str(other), "-l", "INFO", "-n", "c", "--", "/bin/true")
    assert not log.exists() and "c: ended" in other.read_text()


def test_destroy_hook(box: Box) -> None:
    program = note(box)
    configure(box, "lxc.hook.destroy = /bin/false\nlxc.hook.version = 1\n")
    done = box.run("destroy", "c")
    assert done.returncode == 1 and "hook '/bin/false' ended with status 1" in done.stderr
    assert box.rootfs("c").exists()
    configure(box, f"lxc.hook.destroy = {program} a\n")
    box.ok("destroy", "c")
    assert not (box.lxcpath / "c").exists()
    (call,) = told(box)
    assert call.splitlines()[0] == "args a c lxc destroy" and f"root {box.rootfs('c')}" in call


def test_a_broken_configuration_can_be_destroyed(box: Box) -> None:
    configure(box, "no.such.key = 1\n")
    done = box.run("destroy", "c")
    assert done.returncode == 0 and "no destroy hook is run" in done.stderr


def test_clone_hook(box: Box) -> None:
    configure(box, f"lxc.hook.clone = {note(box)} a\nlxc.uts.name = c\n")
    box.ok("copy", "-n", "c", "-N", "d")
    (call,) = told(box)
    assert call.splitlines()[0] == "args a d lxc clone" and "LXC_SRC_NAME=c\n" in call
    assert f"LXC_ROOTFS_MOUNT={box.rootfs('d')}\n" in call and f"root {box.rootfs('d')}/sbin/init" in call
    box.ok("destroy", "d")
