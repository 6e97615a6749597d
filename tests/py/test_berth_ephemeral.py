# SPDX-License-Identifier: GPL-2.0-only
"""Containers that are gone when they end; labels of security modules; what execute runs on its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from berth_box import Box, until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")


@pytest.fixture
def box(box: Box) -> Box:
    box.make_rootfs("c")
    return box


def configure(box: Box, extra: str) -> None:
    root = box.rootfs("c")
    (root.parent / "config").write_text(
        f"lxc.rootfs.path = {root}\nlxc.net.0.type = empty\nlxc.mount.auto = proc:rw\n{extra}")


def test_ephemeral_in_the_foreground(box: Box) -> None:
    configure(box, f"lxc.ephemeral = 1\nlxc.hook.destroy = echo gone $LXC_NAME >{box.path}/told #\n")
    assert box.ok("execute", "-n", "c", "--", "/bin/hostname")
    assert not (box.lxcpath / "c").exists()
    assert (box.path / "told").read_text() == "gone c\n"
    assert box.left() == []


def test_ephemeral_in_the_background(box: Box) -> None:
    configure(box, "lxc.ephemeral = 1\n")
    box.ok("start", "c", "--", "/bin/sleep", "1000")
    assert (box.lxcpath / "c/config").exists()
    box.ok("stop", "-k", "c")
    assert not (box.lxcpath / "c").exists() and box.left() == []


def test_ephemeral_after_a_killed_monitor(box: Box) -> None:
    configure(box, "lxc.ephemeral = 1\n")
    box.ok("start", "c", "--", "/bin/sleep", "1000")
    os.kill(box.monitor("c"), signal.SIGKILL)
    until(lambda: not box.run("info", "-s", "-H", "c").stdout.startswith("RUNNING"), "it is known to be over")
    assert not (box.lxcpath / "c").exists() and box.left() == []


def test_ephemeral_survives_a_reboot_and_a_start_that_failed(box: Box) -> None:
    root = box.rootfs("c")
    (root / "sbin/init").unlink()
    (root / "sbin/init").write_text("#!/bin/sh\n[ -e /tmp/again ] && exec sleep 1000\n: >/tmp/again\nreboot -f\n")
    (root / "sbin/init").chmod(0o755)
    configure(box, "lxc.ephemeral = 1\nlxc.hook.start-host = /bin/false\n")
    assert box.run("start", "c").returncode != 0 and root.exists()
    configure(box, "lxc.ephemeral = 1\n")
    box.ok("start", "c")
    until(lambda: (root / "tmp/again").exists(), "its first life")
    box.ok("wait", "-s", "RUNNING", "c")
    assert root.exists()
    box.ok("stop", "-k", "c")
    assert not root.exists()


@pytest.mark.parametrize("way", ["ENOSPC", "after-ENOSPC", "kill", "after-kill"])
def test_the_step_fails_in_every_way(box: Box, way: str) -> None:
    configure(box, "lxc.ephemeral = 1\n")
    assert "ephemeral" in box.steps("start", "c", "--", "/bin/true")
    done = box.run("start", "c", "--", "/bin/true", env={"BERTH_FAULT": f"ephemeral:{way}"})
    assert done.returncode != 0
    box.run("info", "c")
    assert box.left() == [] and (box.lxcpath / "c").exists() != way.startswith("after")


def test_what_execute_runs_on_its_own(box: Box) -> None:
    configure(box, "lxc.uts.name = here\nlxc.init.cmd = /no/such\nlxc.execute.cmd = /bin/hostname\n")
    assert box.ok("execute", "-n", "c") == "here\n"
    configure(box, "lxc.init.cmd = /bin/true\n")
    done = box.run("execute", "-n", "c")
    assert done.returncode == 64 and "the command to execute is missing" in done.stderr


# ---- labels --------------------------------------------------------------------------------------


def apparmor() -> bool:
    try:
        return Path("/sys/module/apparmor/parameters/enabled").read_text().startswith("Y")
    except OSError:
        return False


@pytest.mark.parametrize("line", ["lxc.apparmor.profile = unconfined", "lxc.apparmor.profile = unchanged",
                                  "lxc.aa_profile = unconfined", "lxc.selinux.context = unconfined_t",
                                  "lxc.apparmor.allow_incomplete = 1",
                                  "lxc.apparmor.profile = x\nlxc.apparmor.profile ="])
def test_labels_that_ask_for_none(box: Box, line: str) -> None:
    configure(box, line + "\n")
    assert box.run("execute", "-n", "c", "--", "/bin/true").returncode == 0


def test_a_label_that_nobody_enforces_is_refused(box: Box) -> None:
    configure(box, "lxc.apparmor.profile = no-such-profile\n")
    done = box.run("execute", "-n", "c", "--", "/bin/echo", "reached")
    assert done.returncode != 0 and "step label: " in done.stderr and "config:4" in done.stderr
    if not apparmor():
        assert "AppArmor is not active on this kernel" in done.stderr
        assert "security.apparmor" in done.stderr and "SECURITY_APPARMOR" in done.stderr
    if not Path("/sys/fs/selinux/enforce").exists():
        configure(box, "lxc.selinux.context = system_u:system_r:lxc_t:s0:c22\n")
        done = box.run("execute", "-n", "c", "--", "/bin/echo", "reached")
        assert done.returncode != 0 and "SELinux is not active" in done.stderr and "SECURITY_SELINUX" in done.stderr
    assert box.left() == []


@pytest.mark.parametrize(("line", "said"), [
    ("lxc.apparmor.profile = generated", "profiles are not generated"),
    ("lxc.apparmor.profile = a b", "expected one word"),
    ("lxc.apparmor.raw = deny x", "load a profile and name it"),
    ("lxc.selinux.context.keyring = x", "not supported by this build"),
    ("lxc.ephemeral = maybe", "expected 0 or 1"),
    ("lxc.monitor.signal.pdeath = SIGTERM", "only SIGKILL"),
    ("lxc.monitor.unshare = 1", "not supported by this build"),
    ("lxc.signal.stop = SIGTERM", "SIGKILL is"),
    ("lxc.apparmor.profile = a\nlxc.selinux.context = b", "keep one"),
])
def test_what_is_refused(box: Box, line: str, said: str) -> None:
    configure(box, line + "\n")
    done = box.run("execute", "-n", "c", "--", "/bin/true")
    assert done.returncode != 0 and said in done.stderr, done.stderr
