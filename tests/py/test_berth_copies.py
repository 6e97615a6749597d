# SPDX-License-Identifier: GPL-2.0-only
"""create with templates, copy, clone, snapshot, destroy: what is made is whole, or is not there."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from berth_box import BUSYBOX, Box, until
from test_berth_rootfs import loops

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="containers and mounts take root")


@pytest.fixture
def box(tmp_path: Path, executable: Path) -> Iterator[Box]:
    box = Box(tmp_path, executable)
    box.lxcpath.mkdir()
    yield box
    box.end()
    assert list(box.lxcpath.glob(".*")) == [], "something half-made is left"


def value(box: Box, name: str, key: str) -> list[str]:
    text = (box.lxcpath / name / "config").read_text()
    return [line.split("=", 1)[1].strip() for line in text.splitlines()
            if line.split("=")[0].strip() == key]


# ---- create ------------------------------------------------------------------------------------


@pytest.mark.parametrize("backing", ["dir", "loop", "best"])
def test_busybox_boots(box: Box, backing: str) -> None:
    box.ok("create", "-n", "bb", "-t", "busybox", "-B", backing, "--fssize", "32M", "--",
           "--busybox-path", str(BUSYBOX))
    box.ok("start", "bb")
    until(lambda: "getty" in box.ok("ps", "-n", "bb", "--", "-ef"), "a getty")
    out = box.inside("bb", "hostname; cat /etc/hostname; mount | grep -c ' on / '; ls /dev/null /sbin/init")
    assert out.stdout.split() == ["bb", "bb", "1", "/dev/null", "/sbin/init"], out.stderr
    box.ok("stop", "bb")
    assert box.state("bb") == "STOPPED"
    if backing == "loop":
        image = box.lxcpath / "bb/rootdev"
        assert image.stat().st_size == 32 << 20 and loops(image) == []
        assert not (box.lxcpath / "bb/rootfs").exists()
    box.ok("destroy", "bb")
    assert list(box.lxcpath.iterdir()) == []


def test_create_keeps_the_given_configuration(box: Box, tmp_path: Path) -> None:
    (tmp_path / "more").write_text("lxc.environment = A=b")
    box.ok("create", "bb", "-t", "busybox", "-f", str(tmp_path / "more"))
    assert value(box, "bb", "lxc.environment") == ["A=b"]
    (tmp_path / "more").write_text("lxc.rootfs = /x\n")
    done = box.run("create", "b2", "-t", "busybox", "-f", str(tmp_path / "more"))
    assert done.returncode == 1 and "rootfs" in done.stderr and not (box.lxcpath / "b2").exists()


def test_create_refuses_what_it_cannot_do(box: Box, tmp_path: Path) -> None:
    for args, word in ((("-t", "gentoo"), "gentoo"), (("-B", "zfs"), "zfs"),
                       (("-t", "busybox", "--", "--what"), "--what"),
                       (("-t", "busybox", "--dir", "/x"), "--dir"),
                       (("-B", "loop", "--fssize", "much"), "much"),
                       (("-t", "debian", "--", "-r", "-x"), "-x"), (("--", "x"), "x")):
        done = box.run("create", "-n", "c", *args)
        assert done.returncode == 64 and word in done.stderr, args
    script = tmp_path / "busybox"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    done = box.run("create", "-n", "c", "-t", "busybox", "--", "-b", str(script))
    assert done.returncode == 1 and str(script) in done.stderr
    done = box.run("create", "c", "-B", "loop", env={"PATH": str(tmp_path)})
    assert done.returncode == 1 and "mke2fs" in done.stderr
    assert list(box.lxcpath.iterdir()) == []


def fake_bootstrap(tmp_path: Path, body: str, name: str = "mmdebstrap") -> dict[str, str]:
    """A bootstrap program of the test's own, before the real ones on PATH; and apt's sources."""
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    (tools / name).write_text(f"#!/bin/sh\necho \"$@\" > {tmp_path}/arguments\n"
                              "for root in \"$@\"; do [ -d \"$root\" ] && break; done\n" + body)
    (tools / name).chmod(0o755)
    for program in ("sh", "mkdir", "sleep", "touch", "cp", "mount", "ln"):
        (tools / program).exists() or (tools / program).symlink_to(f"/bin/{program}")
    apt = tmp_path / "apt/sources.list.d"
    apt.mkdir(parents=True, exist_ok=True)
    (apt / "own.sources").write_text("Types: deb\n# not this: http://wrong.invalid\nURIs: http://own.invalid/debian\n"
                                     "Suites: trixie trixie-updates\nComponents: main\nSigned-By: /usr/own.gpg\n\n"
                                     "Types: deb-src\nURIs: http://src.invalid\nSuites: sid\n")
    (apt.parent / "sources.list").write_text("# deb http://no.invalid trixie main\n"
                                             "deb [arch=amd64 trusted=yes] http://old.invalid/debian woody main\n")
    return {"PATH": str(tools), "BERTH_APT_DIR": str(apt.parent)}


FILL = ("mkdir -p $root/etc $root/dev $root/sbin $root/var/cache/apt/archives\n"
        "echo 'root:*:1:::' > $root/etc/shadow; echo 'x:*:2:::' >> $root/etc/shadow\n"
        "echo id > $root/etc/machine-id; touch $root/var/cache/apt/archives/a.deb\n")


def test_debian_from_the_machines_own_sources(box: Box, tmp_path: Path) -> None:
    env = fake_bootstrap(tmp_path, FILL)
    box.ok("create", "deb", "-t", "debian", "--", "--release=trixie", "-a", "arm64", "--packages", "vim,less", env=env)
    words = (tmp_path / "arguments").read_text().split()
    assert "--variant=minbase" in words and "--architectures=arm64" in words and "trixie" in words
    assert any(w.startswith("--include=") and "systemd-sysv" in w and w.endswith(",vim,less") for w in words)
    assert words[-2:] == [f"{tmp_path}/apt/sources.list", f"{tmp_path}/apt/sources.list.d/own.sources"]
    root = box.rootfs("deb")
    assert (root / "etc/shadow").read_text() == "root::1:::\nx:*:2:::\n"
    assert stat.S_IMODE((root / "etc/shadow").stat().st_mode) == 0o640
    assert (root / "etc/hostname").read_text() == "deb\n" and (root / "etc/machine-id").read_text() == ""
    assert list((root / "var/cache/apt/archives").iterdir()) == []
    assert value(box, "deb", "lxc.signal.halt") == ["SIGRTMIN+3"]


@pytest.mark.parametrize("suite, uri, flags", [
    ("trixie", "http://own.invalid/debian", ["--keyring=/usr/own.gpg"]),
    ("woody", "http://old.invalid/debian", ["--no-check-gpg"])])
def test_debian_by_debootstrap(box: Box, tmp_path: Path, suite: str, uri: str, flags: list[str]) -> None:
    env = fake_bootstrap(tmp_path, FILL, "debootstrap")
    box.ok("create", "deb", "-t", "debian", "--", "-r", suite, env=env)
    words = (tmp_path / "arguments").read_text().split()
    assert words[-3] == suite and words[-1] == uri and set(flags) <= set(words)
    assert not {"--keyring=/usr/own.gpg", "--no-check-gpg"} - set(flags) & set(words)


def test_debian_without_a_source_or_a_program(box: Box, tmp_path: Path) -> None:
    env = fake_bootstrap(tmp_path, FILL)
    done = box.run("create", "deb", "-t", "debian", "--", "-r", "sid", env=env)
    assert done.returncode == 1 and "sid" in done.stderr and f"{tmp_path}/apt" in done.stderr
    done = box.run("create", "deb", "-t", "debian", "--", "-r", "trixie", env=env | {"PATH": "/no"})
    assert done.returncode == 1 and "debootstrap" in done.stderr
    assert list(box.lxcpath.iterdir()) == []


def test_create_that_fails_leaves_nothing(box: Box, tmp_path: Path) -> None:
    env = fake_bootstrap(tmp_path, "mkdir $root/half; echo it went wrong >&2; exit 3\n")
    done = box.run("create", "deb", "-t", "debian", "--", "-r", "trixie", env=env)
    assert done.returncode == 1 and "exit status 3" in done.stderr and "it went wrong" in done.stderr
    assert list(box.lxcpath.iterdir()) == []


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_create_that_is_killed_leaves_nothing(box: Box, tmp_path: Path, sig: signal.Signals) -> None:
    """Its helper has mounted something by then, as debootstrap does, and does not listen."""
    env = fake_bootstrap(tmp_path, f"trap '' TERM INT HUP\nmkdir $root/proc; mount -t proc proc $root/proc\n"
                                   f"touch {tmp_path}/ready; while :; do sleep 0.1; done\n")
    env = box.environment(env)
    running = subprocess.Popen(box.argv("create", "deb", "-t", "debian", "--", "-r", "trixie"), env=env,
                               stderr=subprocess.PIPE, text=True)
    until(lambda: (tmp_path / "ready").exists(), "the helper runs")
    half = box.lxcpath / ".create-deb"
    assert half.is_dir() and not (box.lxcpath / "deb").exists()
    refused = box.run("create", "deb", "-t", "busybox", env={"PATH": os.environ["PATH"]})
    assert refused.returncode == 1 and "somebody else" in refused.stderr
    assert box.ok("ls") == "" and half.is_dir(), "one in the making is left alone"
    running.send_signal(sig)
    said = running.communicate(timeout=60)[1]
    if sig != signal.SIGKILL:
        assert running.returncode == 1 and sig.name in said
        assert not half.exists()
    until(lambda: not any("mmdebstrap" in p for p in box.processes()), "the helper has gone too")
    assert box.ok("ls") == "", "and this clears away"
    assert not half.exists()
    box.ok("create", "deb", "-t", "busybox", env={"PATH": os.environ["PATH"]})


# ---- copy, clone -------------------------------------------------------------------------------


def rich(box: Box, name: str = "one", extra: str = "") -> Path:
    """A container with everything in its rootfs that a copy can lose."""
    root = box.make_rootfs(name)
    (root.parent / "config").write_text(
        f"# {name}\nlxc.utsname = {name}\nlxc.rootfs = {root}\nlxc.network.type = empty\n"
        f"lxc.mount.entry = proc {root}/proc proc defaults 0 0\n" + extra)
    (root / "etc/owned").write_text("x")
    os.chown(root / "etc/owned", 1234, 5678)
    (root / "etc/owned").chmod(0o4751)
    os.utime(root / "etc/owned", (1_000_000, 2_000_000))
    os.setxattr(root / "etc/owned", "user.note", b"kept")
    os.link(root / "etc/owned", root / "etc/second-name")
    (root / "etc/dangling").symlink_to("/no/such")
    os.lchown(root / "etc/dangling", 7, 8)
    os.mknod(root / "etc/null", stat.S_IFCHR | 0o640, os.makedev(1, 3))
    os.mkfifo(root / "etc/pipe", 0o600)
    with (root / "etc/sparse").open("wb") as out:
        out.truncate(64 << 20)
        out.seek(32 << 20)
        out.write(b"middle")
    (root / "tmp").chmod(0o1777)
    root.chmod(0o751)
    return root


def facts(root: Path) -> dict[str, tuple[object, ...]]:
    """All that must be the same in a copy."""
    found: dict[str, tuple[object, ...]] = {}
    inodes: dict[int, str] = {}
    for path in [root, *sorted(root.rglob("*"))]:
        st = path.lstat()
        name = str(path.relative_to(root))
        content: object = os.readlink(path) if path.is_symlink() else None
        if stat.S_ISREG(st.st_mode):
            content = path.read_bytes()
        attributes = {} if path.is_symlink() else {n: os.getxattr(path, n) for n in os.listxattr(path)}
        found[name] = (oct(st.st_mode), st.st_uid, st.st_gid, st.st_rdev, st.st_mtime_ns, content,
                       tuple(attributes.items()), inodes.setdefault(st.st_ino, name))
    return found


def test_copy_is_the_same(box: Box) -> None:
    root = rich(box, extra="lxc.network.hwaddr = 00:16:3e:01:02:03\nlxc.network.hwaddr = 00:16:3e:xx:xx:xx\n")
    box.ok("copy", "one", "-N", "two")
    copy = box.rootfs("two")
    assert facts(copy) == facts(root)
    assert (copy / "etc/sparse").stat().st_blocks < 4096, "holes stay holes"
    assert value(box, "two", "lxc.utsname") == ["two"]
    assert value(box, "two", "lxc.rootfs.path") == [str(copy)]
    assert value(box, "two", "lxc.mount.entry") == [f"proc {copy}/proc proc defaults 0 0"]
    first, second = value(box, "two", "lxc.network.hwaddr")
    assert first != "00:16:3e:01:02:03" and first.startswith("00:16:3e:") and second == "00:16:3e:xx:xx:xx"
    assert box.ok("execute", "-n", "two", "--", "/bin/hostname") == "two\n"
    box.ok("copy", "-n", "one", "-N", "three", "-K", "-M")
    assert value(box, "three", "lxc.utsname") == ["one"]
    assert value(box, "three", "lxc.network.hwaddr")[0] == "00:16:3e:01:02:03"


def test_copy_has_its_own_name_inside(box: Box) -> None:
    box.ok("create", "one", "-t", "busybox")
    (box.rootfs("one") / "etc").chmod(0o750)
    (box.rootfs("one") / "etc/hostname").chmod(0o604)
    box.ok("copy", "one", "-N", "two")
    assert (box.rootfs("two") / "etc/hostname").read_text() == "two\n"
    box.ok("copy", "one", "-N", "layer", "-s")
    out = box.ok("execute", "-n", "layer", "--", "/bin/sh", "-c", "cat /etc/hostname; stat -c %a /etc /etc/hostname; ls /etc/inittab")
    assert out.split() == ["layer", "750", "604", "/etc/inittab"]
    box.ok("copy", "layer", "-N", "next", "-s")
    assert box.ok("execute", "-n", "next", "--", "/bin/cat", "/etc/hostname") == "next\n"
    box.ok("execute", "-n", "next", "--", "/bin/rm", "/etc/hostname")
    box.ok("copy", "next", "-N", "bare", "-s")
    assert "No such file" in box.run("execute", "-n", "bare", "--", "/bin/cat", "/etc/hostname").stderr
    box.ok("copy", "one", "-N", "same", "-K")
    assert (box.rootfs("same") / "etc/hostname").read_text() == "one\n"
    assert (box.rootfs("one") / "etc/hostname").read_text() == "one\n"


def test_copy_elsewhere(box: Box, tmp_path: Path) -> None:
    root = rich(box)
    box.ok("copy", "one", "-p", str(tmp_path / "else"), "two")
    assert facts(tmp_path / "else/two/rootfs") == facts(root)
    assert f"lxc.rootfs.path = {tmp_path}/else/two/rootfs" in (tmp_path / "else/two/config").read_text()


def test_copy_into_itself_ends(box: Box) -> None:
    root = rich(box)
    box.ok("copy", "one", "-p", str(root / "inner"), "two")
    copied = {str(p.relative_to(root / "inner/two/rootfs")) for p in (root / "inner/two/rootfs").rglob("*")}
    assert "etc/owned" in copied and not any(".create-two/rootfs" in p for p in copied)


def test_copy_refusals(box: Box) -> None:
    rich(box)
    box.system("busy")
    box.ok("start", "busy")
    for args, status in ((("one",), 64), (("none", "-N", "x"), 1), (("one", "-N", "busy"), 1),
                         (("one", "-N", ".."), 64), (("busy", "-N", "x"), 1), (("one", "-N", "x", "-B", "lvm"), 64),
                         (("one", "-N", "x", "-s", "-R"), 64), (("busy", "-N", "x", "-R", "-a"), 1)):
        done = box.run("copy", *args)
        assert done.returncode == status and done.stderr, args
    assert not (box.lxcpath / "x").exists()
    box.ok("copy", "busy", "-N", "x", "-a")
    assert box.state("busy") == "RUNNING", "it was frozen for a while only"


def test_copy_does_not_take_what_is_mounted(box: Box, tmp_path: Path) -> None:
    root = rich(box)
    script = (f"mount -t tmpfs none {root}/etc && touch {root}/etc/foreign && "
              f"'{box.berth}' berth copy -P {box.lxcpath} one -N two && "
              f"mount --bind / {root} && ! '{box.berth}' berth copy -P {box.lxcpath} one -N three")
    done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-ec", script], timeout=60,
                          capture_output=True, text=True, env=box.environment())
    assert done.returncode == 0 and "mounted on the rootfs" in done.stderr, done.stderr
    assert list((box.rootfs("two") / "etc").iterdir()) == []
    assert not (box.lxcpath / "three").exists()


@pytest.mark.parametrize("verb, args", [("copy", ("one", "-N", "two", "-s")), ("clone", ("-s", "-o", "one", "-n", "two")),
                                        ("clone", ("-s", "one", "two")), ("copy", ("one", "-N", "two", "-B", "overlay"))])
def test_copy_by_a_layer(box: Box, verb: str, args: tuple[str, ...]) -> None:
    root = rich(box)
    before = facts(root)
    box.ok(verb, *args)
    assert value(box, "two", "lxc.rootfs.path") == [f"overlay:{root}:{box.lxcpath}/two/delta0"]
    assert box.ok("execute", "-n", "two", "--", "/bin/sh", "-c", "rm /etc/owned; echo new > /etc/new; hostname") == "two\n"
    assert facts(root) == before
    done = box.run("destroy", "one")
    assert done.returncode == 1 and "'two'" in done.stderr and root.is_dir()
    done = box.run("copy", "one", "-N", "uno", "-R")
    assert done.returncode == 1 and "'two'" in done.stderr

    box.ok("copy", "two", "-N", "three", "-s")  # the same base, what was changed is copied
    out = box.ok("execute", "-n", "three", "--", "/bin/sh", "-c", "ls /etc/owned /etc/new 2>&1; hostname")
    assert "/etc/new" in out and "No such file" in out and out.endswith("three\n")
    box.ok("copy", "two", "-N", "four")  # both layers become one directory
    assert value(box, "four", "lxc.rootfs.path") == [f"{box.lxcpath}/four/rootfs"]
    four = box.rootfs("four")
    assert (four / "etc/new").read_text() == "new\n" and not (four / "etc/owned").exists()
    assert (four / "etc/second-name").stat().st_uid == 1234
    for name in ("two", "three", "one", "four"):
        box.ok("destroy", name)


def test_copy_of_an_image(box: Box) -> None:
    box.ok("create", "bb", "-t", "busybox", "-B", "loop", "--fssize", "32M")
    box.ok("copy", "bb", "-N", "b2")
    assert value(box, "b2", "lxc.rootfs.path") == [f"loop:{box.lxcpath}/b2/rootdev"]
    assert box.ok("execute", "-n", "b2", "--", "/bin/hostname") == "b2\n"
    done = box.run("copy", "bb", "-N", "b3", "-s")
    assert done.returncode == 1 and "image" in done.stderr


def test_rename(box: Box) -> None:
    root = rich(box)
    before = facts(root)
    box.ok("copy", "one", "-N", "uno", "-R")
    assert not (box.lxcpath / "one").exists() and facts(box.rootfs("uno")) == before
    assert value(box, "uno", "lxc.rootfs.path") == [f"{box.lxcpath}/uno/rootfs"]
    assert box.ok("execute", "-n", "uno", "--", "/bin/hostname") == "uno\n"


def test_ephemeral_copy_is_gone_at_its_end(box: Box) -> None:
    root = rich(box, extra="lxc.init.cmd = /bin/sh -c 'echo x'\n")
    (root / "init").write_text("#!/bin/sh\necho changed > /etc/changed\nhostname\nexit 5\n")
    (root / "init").chmod(0o755)
    config = root.parent / "config"
    config.write_text(config.read_text().replace("/bin/sh -c 'echo x'", "/init"))
    done = box.run("copy", "one", "-e", "-F", "-N", "passing")
    assert (done.returncode, done.stdout.split()) == (5, ["passing"]), done.stderr
    assert box.ok("ls").split() == ["one"] and not (root / "etc/changed").exists()
    done = box.run("copy", "one", "-e", "-D", "-F", "-N", "kept")
    assert done.returncode == 5
    assert (box.lxcpath / "kept/delta0/etc/changed").read_text() == "changed\n"


def test_ephemeral_copy_in_the_background(box: Box, tmp_path: Path) -> None:
    rich(box, extra="lxc.init.cmd = /bin/sleep 1000\n")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/file").write_text("the host's\n")
    assert box.ok("copy", "one", "-e", "-N", "passing", "-m", f"bind={tmp_path}/shared:/srv/it:ro") == (
        "Created passing as clone of one\n")
    out = box.inside("passing", "cat /srv/it/file; : > /srv/it/new")
    assert out.stdout == "the host's\n" and "Read-only" in out.stderr
    box.ok("stop", "-k", "passing")
    assert box.ok("ls").split() == ["one"]
    box.ok("copy", "one", "-e", "-N", "passing")
    os.kill(box.monitor("passing"), 9)
    until(lambda: box.ok("ls").split() == ["one"], "the next command removes it")
    for bad in ("x", "bind=rel", "bind=/a:b", "bind=/a:/b:rx", "overlay=/a"):
        assert box.run("copy", "one", "-e", "-m", bad).returncode == 64
    assert box.run("copy", "one", "-N", "two", "-F").returncode == 64
    with (box.lxcpath / "one/config").open("a") as config:
        config.write("lxc.init.cmd = /no/such/program\n")
    assert box.run("copy", "one", "-e").returncode == 1
    assert box.ok("ls").split() == ["one"], "one that could not start is gone too"


def test_clone_hooks(box: Box, tmp_path: Path) -> None:
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\necho $LXC_NAME $LXC_SRC_NAME \"$@\" > {tmp_path}/told\nexit $(cat {tmp_path}/status)\n")
    hook.chmod(0o755)
    rich(box, extra=f"lxc.hook.clone = {hook}\n")
    (tmp_path / "status").write_text("0")
    box.ok("copy", "one", "-N", "two", "--", "more", "words")
    assert (tmp_path / "told").read_text() == "two one two lxc clone more words\n"
    (tmp_path / "status").write_text("9")
    done = box.run("copy", "one", "-N", "three")
    assert done.returncode == 1 and "hook" in done.stderr and not (box.lxcpath / "three").exists()


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGKILL])
def test_copy_that_is_killed_leaves_nothing(box: Box, sig: signal.Signals) -> None:
    root = rich(box)
    with (root / "etc/large").open("wb") as out:
        for _ in range(256):
            out.write(os.urandom(1 << 20))
    running = box.popen("copy", "one", "-N", "two", stderr=subprocess.DEVNULL)
    half = box.lxcpath / ".create-two"
    until(half.is_dir, "the copy has begun")
    running.send_signal(sig)
    running.wait(timeout=60)
    box.ok("ls")
    until(lambda: box.ok("ls").split() in (["one"], ["one", "two"]) and not half.exists(), "nothing half-made")
    if (box.lxcpath / "two").exists():  # it was faster
        assert facts(box.rootfs("two")) == facts(root)
    (root / "etc/large").unlink()


# ---- snapshot ----------------------------------------------------------------------------------


def test_snapshot_list_restore_destroy(box: Box, tmp_path: Path) -> None:
    root = rich(box)
    (tmp_path / "note").write_text("before the change")
    assert box.ok("snapshot", "one", "-L") == "No snapshots\n"
    assert box.ok("snapshot", "one", "-c", str(tmp_path / "note")) == "snap0\n"
    before = facts(root)
    (root / "etc/owned").unlink()
    (root / "etc/later").write_text("later")
    assert box.ok("snapshot", "-n", "one") == "snap1\n"
    lines = box.ok("snapshot", "one", "-L").splitlines()
    assert [line.split()[0] for line in lines] == ["snap0", "snap1"] and time.strftime("%Y:") in lines[0]
    assert "before the change" in box.ok("snapshot", "one", "-C")

    box.ok("snapshot", "one", "-r", "snap1", "-N", "two")
    assert facts(box.rootfs("two")) == facts(root) and value(box, "two", "lxc.utsname") == ["two"]
    box.ok("snapshot", "one", "-r", "snap0")
    assert facts(root) == before
    assert value(box, "one", "lxc.utsname") == ["one"] and value(box, "one", "lxc.rootfs.path") == [str(root)]
    assert value(box, "one", "lxc.mount.entry") == [f"proc {root}/proc proc defaults 0 0"]
    assert box.ok("execute", "-n", "one", "--", "/bin/hostname") == "one\n"

    done = box.run("destroy", "one")
    assert done.returncode == 1 and "snapshots" in done.stderr
    box.ok("snapshot", "one", "-d", "snap0")
    assert box.run("snapshot", "one", "-r", "snap0").returncode == 1
    assert box.run("snapshot", "one", "-d", "../snap1").returncode == 1
    assert box.ok("snapshot", "one") == "snap0\n", "the first number that is free"
    box.ok("snapshot", "one", "-d", "ALL")
    assert box.ok("snapshot", "one", "-L") == "No snapshots\n" and not (root.parent / "snaps").exists()
    box.ok("snapshot", "one")
    box.ok("destroy", "one", "-s")
    assert not (box.lxcpath / "one").exists()


def test_snapshot_of_layers(box: Box) -> None:
    rich(box)
    box.ok("copy", "one", "-N", "two", "-s")
    box.ok("execute", "-n", "two", "--", "/bin/sh", "-c", "echo 1 > /etc/count")
    box.ok("snapshot", "two")
    box.ok("execute", "-n", "two", "--", "/bin/sh", "-c", "echo 2 > /etc/count; rm /etc/pipe")
    box.ok("snapshot", "two", "-r", "snap0")
    assert box.ok("execute", "-n", "two", "--", "/bin/sh", "-c", "cat /etc/count; ls /etc/pipe") == "1\n/etc/pipe\n"
    assert value(box, "two", "lxc.rootfs.path") == [f"overlay:{box.rootfs('one')}:{box.lxcpath}/two/delta0"]


def test_snapshot_wants_a_container_that_stands_still(box: Box) -> None:
    name = box.system()
    box.ok("start", name)
    done = box.run("snapshot", name)
    assert done.returncode == 1 and "running" in done.stderr
    assert not (box.lxcpath / name / "snaps").exists()
    assert box.run("snapshot", "none").returncode == 1
    assert box.run("snapshot", name, "-L", "-r", "snap0").returncode == 64


def test_destroy_force(box: Box) -> None:
    name = box.system()
    box.ok("start", name)
    assert box.run("destroy", name).returncode == 1
    box.ok("destroy", "-f", "-n", name)
    assert list(box.lxcpath.iterdir()) == []
