# SPDX-License-Identifier: GPL-2.0-only
"""What is put into a container's file system beside its mount entries: proc, sys, cgroup, /dev,
masks, read-only paths, propagation."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from berth_box import Box

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")


@pytest.fixture
def box(box: Box) -> Box:
    root = box.make_rootfs("c")
    for applet in ("stat", "mkdir", "touch", "dd", "find", "rm"):
        (root / "bin" / applet).symlink_to("busybox")
    return box


def run(box: Box, extra: str, script: str, net: str = "empty") -> subprocess.CompletedProcess[str]:
    root = box.rootfs("c")
    (root.parent / "config").write_text(f"lxc.rootfs.path = {root}\nlxc.net.0.type = {net}\n{extra}")
    return box.run("execute", "-n", "c", "--", "/bin/sh", "-c", script)


def told(box: Box, extra: str, script: str, net: str = "empty") -> str:
    done = run(box, extra, script, net)
    assert done.returncode == 0, done.stdout + done.stderr
    assert box.left() == []
    return done.stdout


# ---- proc and sys --------------------------------------------------------------------------------

TRY = 'try() { if { echo "$2" >"$1"; } 2>/dev/null; then echo writable; else echo refused; fi; }; '


@pytest.mark.parametrize("word", ["proc", "proc:mixed"])
def test_proc_mixed(box: Box, word: str) -> None:
    panic = Path("/proc/sys/kernel/panic").read_text().strip()
    text = told(box, f"lxc.mount.auto = {word}\n",
                TRY + f"try /proc/sys/kernel/panic {panic}; try /proc/sysrq-trigger ''; "
                "try /proc/sys/net/ipv4/ip_forward 1; try /proc/self/comm x")
    assert text.split() == ["refused", "refused", "writable", "writable"]


def test_network_sysctls_of_the_host_are_not_writable(box: Box) -> None:
    forward = Path("/proc/sys/net/ipv4/ip_forward").read_text().strip()
    text = told(box, "lxc.mount.auto = proc\n", TRY + f"try /proc/sys/net/ipv4/ip_forward {forward}", "none")
    assert text == "refused\n"


def test_sys_mixed(box: Box) -> None:
    look = ("while read -r l; do set -- $l; case $5 in /sys*) echo $5 ${6%%,*};; esac; "
            "done </proc/self/mountinfo")
    text = told(box, "lxc.mount.auto = proc:rw sys\n", look)
    flags = dict(line.split() for line in text.splitlines())    # the topmost is the last
    assert flags["/sys"] == "ro" and flags["/sys/devices/virtual/net"] == "rw"
    for word, want in (("sys:ro", "ro"), ("sys:rw", "rw")):
        text = told(box, f"lxc.mount.auto = proc:rw {word}\n", look)
        assert dict(line.split() for line in text.splitlines())["/sys"] == want


# ---- cgroup --------------------------------------------------------------------------------------

def hierarchies() -> list[tuple[str, bool]]:
    """Where cgroups are mounted here, and whether as v2."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        if rest.split()[0] in ("cgroup", "cgroup2"):
            found.append((fields.split()[4], rest.split()[0] == "cgroup2"))
    return found


needs_cgroups = pytest.mark.skipif(not hierarchies(), reason="no cgroups are mounted")
AUTO = "lxc.mount.auto = proc:rw sys:rw "


@needs_cgroups
def test_cgroups_in_a_namespace_are_left_to_init(box: Box) -> None:
    run(box, AUTO + "cgroup\n", "true")
    has_ns = Path("/proc/self/ns/cgroup").exists()
    assert ("cgroup-mount" in box.steps("execute", "c", "/bin/true")) != has_ns


@needs_cgroups
@pytest.mark.parametrize(("word", "own"), [("rw", "writable"), ("mixed", "writable"), ("ro", "refused")])
@pytest.mark.parametrize("kind", ["cgroup", "cgroup-full"])
@pytest.mark.parametrize("namespace", [True, False])
def test_cgroups(box: Box, kind: str, word: str, own: str, namespace: bool) -> None:
    where, v2 = hierarchies()[0]
    if where == "/sys/fs/cgroup":
        pytest.skip("one hierarchy on /sys/fs/cgroup itself has a layout of its own")
    keep = "" if namespace else "lxc.namespace.keep = cgroup\n"
    base = f"/sys/fs/cgroup/{Path(where).name}"
    script = (f"cd {base} || exit 9; [ -e cgroup.procs ] && echo procs; "
              "own=$(find . -maxdepth 1 -name 'berth.*'); echo own $own; cd ./$own; "
              "grep -qx 1 cgroup.procs && echo mine; "
              "if mkdir x 2>/dev/null; then rmdir x; echo writable; else echo refused; fi; "
              f"cd {base}; if mkdir y 2>/dev/null; then rmdir y; echo above; fi")
    (box.rootfs("c") / "bin/rmdir").symlink_to("busybox")
    lines = told(box, AUTO + f"{kind}:{word}:force\n" + keep, script).splitlines()
    assert "mine" in lines and own in lines, lines
    if namespace:
        assert "procs" in lines and "own" in lines
    else:
        assert any(line.startswith("own ./berth.c") for line in lines)
        assert ("procs" in lines) == (kind == "cgroup-full")
        assert ("above" in lines) == (word == "rw")


# ---- /dev ----------------------------------------------------------------------------------------

NODES = {"null": "1,3", "zero": "1,5", "full": "1,7", "random": "1,8", "urandom": "1,9", "tty": "5,0"}


@pytest.mark.parametrize("extra", ["", "lxc.idmap = b 0 0 4294967294\n",
                                   "lxc.cgroup.devices.deny = a\nlxc.cgroup.devices.allow = c 1:* rw\n"])
def test_autodev(box: Box, extra: str) -> None:
    script = ("for d in null zero full random urandom tty; do stat -c '%n %t,%T %a' /dev/$d; done; "
              "for l in fd stdin stdout stderr; do readlink /dev/$l; done; "
              "stat -c '%n %a' /dev /dev/shm; head -c 3 /dev/zero | wc -c; echo x >/dev/null; "
              "stat -f -c %T /dev; ls /dev")
    lines = told(box, f"lxc.mount.auto = proc:rw\nlxc.autodev = 1\n{extra}", script).splitlines()
    for line, (name, number) in zip(lines, NODES.items(), strict=False):
        assert line == f"/dev/{name} {number} 666"
    assert lines[6:10] == ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2"]
    assert lines[10:14] == ["/dev 755", "/dev/shm 1777", "3", "tmpfs"]
    assert "kmsg" not in lines and "mem" not in lines
    assert list((box.rootfs("c") / "dev").iterdir()) == [], "the rootfs is as it was"


def test_autodev_has_a_size(box: Box) -> None:
    lines = told(box, "lxc.autodev = 1\nlxc.autodev.tmpfs.size = 8192\n",
                 "dd if=/dev/zero of=/dev/x bs=4096 count=10 2>&1 | grep -c 'No space'")
    assert lines == "1\n"


def test_entries_and_hooks_come_onto_the_new_dev(box: Box) -> None:
    hook = box.path / "hook"
    hook.write_text('#!/bin/sh\nmknod -m 666 "$LXC_ROOTFS_MOUNT/dev/hooked" c 1 7\n')
    hook.chmod(0o755)
    text = told(box, f"lxc.mount.entry = /dev/zero dev/entered none bind,create=file 0 0\nlxc.autodev = 1\n"
                     f"lxc.hook.autodev = {hook}\n", "stat -c %t,%T /dev/entered /dev/hooked")
    assert text.split() == ["1,5", "1,7"]


def test_a_system_container_on_a_dev_of_its_own(box: Box) -> None:
    root = box.rootfs("c")
    (root.parent / "config").write_text(
        f"lxc.rootfs.path = {root}\nlxc.net.0.type = empty\nlxc.mount.auto = proc sys\nlxc.autodev = 1\n"
        "lxc.pty.max = 16\nlxc.tty.max = 2\nlxc.uts.name = c\n")
    box.ok("start", "c")
    done = box.inside("c", "stat -c '%n %F' /dev/console /dev/tty1 /dev/ptmx /dev/pts; ls /dev/pts")
    assert "/dev/console character" in done.stdout and "/dev/tty1 character" in done.stdout, done.stderr
    assert "ptmx" in done.stdout.split()[-2:]
    box.ok("stop", "-k", "c")
    assert list((root / "dev").iterdir()) == []


def test_autodev_through_a_link_out_of_the_rootfs(box: Box) -> None:
    """A rootfs whose /dev leads outside: its link means a place inside."""
    outside = box.path / "outside"
    outside.mkdir()
    (box.rootfs("c") / "dev").rmdir()
    (box.rootfs("c") / "dev").symlink_to(outside)
    done = run(box, "lxc.autodev = 1\n", "true")
    assert done.returncode != 0 and "/dev" in done.stderr
    assert list(outside.iterdir()) == []


# ---- what is covered -----------------------------------------------------------------------------


def test_masked_and_readonly_paths(box: Box) -> None:
    root = box.rootfs("c")
    (root / "etc/secret").write_text("secret\n")
    (root / "etc/hidden").mkdir()
    (root / "etc/hidden/key").write_text("secret\n")
    (root / "etc/fixed").mkdir()
    kcore = Path("/proc/kcore").exists()
    text = told(box, "lxc.mount.auto = proc:rw\nberth.masked = /etc/secret\nberth.masked = /etc/hidden\n"
                     "berth.masked = /proc/kcore\nberth.masked = /no/such/path\nberth.readonly = /etc/fixed\n"
                     "berth.readonly = /proc/sys\nberth.readonly = /etc/none\n",
                "cat /etc/secret; ls /etc/hidden; stat -c %t,%T /etc/secret; [ ! -e /proc/kcore ] || wc -c </proc/kcore; "
                "touch /etc/fixed/x 2>&1; touch /etc/hidden/x 2>&1; touch /etc/y && echo free; "
                "{ echo 1 >/proc/sys/net/ipv4/ip_forward; } 2>/dev/null || echo fixed")
    lines = text.splitlines()
    assert "secret" not in text.replace("/etc/secret", "")
    assert lines[:1 + kcore] == ["1,3", "0"][:1 + kcore]
    assert [line.rpartition(": ")[2] for line in lines[1 + kcore:]] == [
        "Read-only file system", "Read-only file system", "free", "fixed"]
    (root / "etc/y").unlink()
    assert (root / "etc/secret").read_text() == "secret\n" and list((root / "etc/fixed").iterdir()) == []


def test_masks_do_not_follow_links_out(box: Box) -> None:
    outside = box.path / "outside"
    outside.write_text("kept\n")
    (box.rootfs("c") / "etc/out").symlink_to(f"../../../../../../../..{outside}")
    told(box, "berth.masked = /etc/out\nberth.readonly = /etc/out\n", "true")
    assert outside.read_text() == "kept\n"


# ---- propagation, relative sources, the place of the rootfs --------------------------------------


def test_relative_sources(box: Box) -> None:
    (box.rootfs("c") / "etc/one").write_text("inside\n")
    (box.rootfs("c") / "etc/two").write_text("")
    text = told(box, "lxc.mount.entry = etc/one etc/two none bind,relative 0 0\n", "cat /etc/two")
    assert text == "inside\n"
    (box.rootfs("c") / "etc/three").symlink_to("/etc/hostname")
    done = run(box, "lxc.mount.entry = etc/three etc/two none bind,relative 0 0\n", "cat /etc/two")
    assert done.returncode != 0 and "inside the rootfs" in done.stderr


@pytest.mark.parametrize(("option", "seen"), [("rslave", True), ("", False), ("rprivate", False)])
def test_propagation_of_an_entry(box: Box, option: str, seen: bool) -> None:
    host = box.path / "host"
    host.mkdir()
    (box.rootfs("c") / "mnt").mkdir()
    (box.rootfs("c") / "other").mkdir()
    root = box.rootfs("c")
    options = ",".join(filter(None, ("rbind", option)))
    (root.parent / "config").write_text(
        f"lxc.rootfs.path = {root}\nlxc.net.0.type = empty\nlxc.mount.auto = proc:rw\n"
        f"lxc.mount.entry = {host} mnt none {options} 0 0\nlxc.mount.entry = {host} other none rbind 0 0\n")
    subprocess.run(["mount", "--bind", host, host], check=True)
    try:
        subprocess.run(["mount", "--make-shared", host], check=True)
        (host / "sub").mkdir()
        box.ok("start", "c", "--", "/bin/sleep", "1000")
        subprocess.run(["mount", "-t", "tmpfs", "propagation", host / "sub"], check=True)
        try:
            text = box.inside("c", "cat /proc/self/mountinfo").stdout
            assert (" /mnt/sub " in text) == seen and " /other/sub " not in text
            inside = box.inside("c", "mount -t tmpfs x /mnt/sub && echo in")
            assert inside.stdout == "in\n"
            assert Path("/proc/self/mountinfo").read_text().count(f" {host}/sub ") == 1, "nothing comes back"
        finally:
            subprocess.run(["umount", host / "sub"], check=True)
        box.ok("stop", "-k", "c")
    finally:
        subprocess.run(["umount", host], check=True)


def test_propagation_of_the_root(box: Box) -> None:
    optional = "while read -r l; do set -- $l; [ $5 = / ] && echo \"${l#*$6}\"; done </proc/self/mountinfo; true"
    assert "shared:" in told(box, "lxc.mount.auto = proc:rw\nlxc.rootfs.options = shared\n", optional)
    text = told(box, "lxc.mount.auto = proc:rw\n", optional)
    assert "shared:" not in text and "master:" not in text
    assert "unbindable" in told(box, "lxc.mount.auto = proc:rw\nlxc.rootfs.options = ro,unbindable\n", optional)


def test_rootfs_mount(box: Box) -> None:
    place = box.path / "place"
    place.mkdir()
    (box.rootfs("c") / "etc/one").write_text("inside\n")
    (box.rootfs("c") / "etc/two").write_text("")
    hook = box.path / "seen"
    text = told(box, f"lxc.rootfs.mount = {place}\nlxc.mount.entry = {box.rootfs('c')}/etc/one {place}/etc/two none bind 0 0\n"
                     f"lxc.hook.mount = ls $LXC_ROOTFS_MOUNT/sbin >{hook} #\n", "cat /etc/two")
    assert text == "inside\n" and hook.read_text() == "init\n"
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(("line", "said"), [
    ("lxc.mount.auto = proc:ro", "expected proc, sys, cgroup"),
    ("lxc.mount.auto = cgroup:mixed:forced", "expected proc, sys, cgroup"),
    ("lxc.mount.auto = shmounts:/a", "use an lxc.mount.entry with the option rslave"),
    ("lxc.autodev = yes", "expected 0 or 1"),
    ("lxc.autodev.tmpfs.size = big", "expected a number of bytes"),
    ("berth.masked = proc/kcore", "expected an absolute path"),
    ("berth.readonly = /a/../b", "expected an absolute path"),
    ("berth.masked = /", "expected an absolute path"),
    ("lxc.rootfs.options = noatime", "option 'noatime' is not supported"),
    ("lxc.rootfs.mount = here", "expected an absolute path"),
])
def test_bad_values_name_file_line_and_key(box: Box, line: str, said: str) -> None:
    done = run(box, line + "\n", "true")
    assert done.returncode != 0 and said in done.stderr
    assert f"config:3: {line.split(' ')[0]}: " in done.stderr
