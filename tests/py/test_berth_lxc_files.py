# SPDX-License-Identifier: GPL-2.0-only
"""lxc-create, lxc-destroy, lxc-ls, lxc-info and the command line; no container is started."""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from berth_lxc import TOP, Berth, needs_root, tree

STORY = """\
lxc.utsname = sys_elinux
lxc.network.type = empty
lxc.network.flags = up
lxc.rootfs = /var/lib/lxc/sys_elinux/rootfs
lxc.mount.entry=/dev /var/lib/lxc/sys_elinux/rootfs/dev none bind 0 0
lxc.mount.entry=proc /proc /var/lib/lxc/sys_elinux/rootfs/proc nodev,noexec,nosuid 0 0
lxc.cgroup.devices.deny                 = a
lxc.cgroup.devices.allow                = c 136:* rwm
"""
HOSTILE = ["../x", "", "a" * 65, "-n", "a/b", ".", "..", ".x", "a b", "a\nb", "a\x1b[2J", "é",
           "%s%n"]


@pytest.fixture
def berth(tmp_path: Path) -> Berth:
    return Berth(tmp_path)


# ---- create ------------------------------------------------------------------------------------


def test_create_copies_the_configuration(berth: Berth) -> None:
    config = berth.tmp / "c"
    config.write_text(STORY)
    done = berth.lxc("create", "-n", "sys_elinux", "-f", config)
    assert (done.status, done.out) == (0, "")
    # The slip in the field is told once, with its place and the line as it should be.
    assert f"{config}:6: one field too many" in done.err
    assert "\n  proc /var/lib/lxc/sys_elinux/rootfs/proc proc nodev,noexec,nosuid 0 0\n" in done.err
    made = berth.path / "sys_elinux"
    assert (made / "config").read_text() == STORY
    assert stat.S_IMODE(made.stat().st_mode) == 0o770
    assert stat.S_IMODE((made / "config").stat().st_mode) & 0o137 == 0
    assert tree(berth.path) == [str(made), str(made / "config")]


def test_create_without_a_file_and_with_a_rootfs(berth: Berth) -> None:
    assert berth.lxc("create", "plain").status == 0
    assert (berth.path / "plain/config").read_text() == "# container plain\n"
    done = berth.lxc("create", "-n", "null", "-f", "/dev/null", "-t", "none", "-B", "dir")
    assert done.status == 0, done.err
    config = berth.tmp / "c"
    config.write_text("lxc.utsname = a")        # no final newline
    assert berth.lxc("create", "-n", "a", "-f", config, "--dir", "/srv/a").status == 0
    assert (berth.path / "a/config").read_text() == "lxc.utsname = a\nlxc.rootfs.path = /srv/a\n"
    config.write_text("lxc.rootfs = /srv/b\n")
    assert berth.lxc("create", "-n", "b", "-f", config, "--dir=/srv/b").status == 0
    assert (berth.path / "b/config").read_text() == "lxc.rootfs = /srv/b\n"
    other = berth.lxc("create", "-n", "c", "-f", config, "--dir=/srv/c")
    assert other.status == 1 and "/srv/b" in other.err and "/srv/c" in other.err
    assert not (berth.path / "c").exists()


def test_create_refuses_one_that_exists(berth: Berth) -> None:
    made = berth.define("a", "lxc.utsname = first\n")
    again = berth.lxc("create", "-n", "a")
    assert again.status == 1 and "container 'a' already exists" in again.err
    assert (made / "config").read_text() == "lxc.utsname = first\n"
    (berth.path / "file").write_text("x")
    assert berth.lxc("create", "-n", "file").status == 1
    (berth.path / "link").symlink_to(made)
    assert berth.lxc("create", "-n", "link").status == 1
    assert (berth.path / "file").read_text() == "x"
    assert sorted(p.name for p in berth.path.iterdir()) == ["a", "file", "link"]


def test_create_takes_a_directory_that_defines_nothing_yet(berth: Berth) -> None:
    (berth.path / "a/rootfs").mkdir(parents=True)
    assert berth.lxc("create", "-n", "a").status == 0
    assert sorted(p.name for p in (berth.path / "a").iterdir()) == ["config", "rootfs"]


def test_create_after_one_that_was_killed(berth: Berth) -> None:
    (berth.path / ".create-a").mkdir()
    (berth.path / ".create-a/config").write_text("half")
    (berth.path / ".create-a/.config.new").write_text("ha")
    assert berth.lxc("ls").out == ""
    assert berth.lxc("create", "-n", "a").status == 0
    assert tree(berth.path) == [str(berth.path / "a"), str(berth.path / "a/config")]


def test_create_many_at_once_makes_exactly_one(berth: Berth) -> None:
    program = berth.program("lxc-create")
    running = [subprocess.Popen([program, "-n", "a"], env=berth.env, stderr=subprocess.DEVNULL)
               for _ in range(8)]
    assert sorted(p.wait(60) for p in running) == [0] + [1] * 7
    assert tree(berth.path) == [str(berth.path / "a"), str(berth.path / "a/config")]


@pytest.mark.parametrize(("text", "said"), [
    ("lxc.utsnam = x\n", ":1: lxc.utsnam: there is no such key; did you mean lxc.utsname?"),
    ("# x\nlxc.pts = many\n", ":2: lxc.pts: expected a number of terminals"),
    ("lxc.mount.entry = a b\n", ":1: mount entry: 2 fields in 'a b'; expected: source target type"),
    ("lxc.rootfs=/r\nlxc.mount.entry=proc /dev /r/proc ro 0 0\n",
     ":2: mount entry: '/r/proc', a"),
    ("lxc.cgroup.devices.allow = d 1:3 rwm\n", "is no device rule: the type is a"),
    ("lxc.utsname = a\0b\n", ":1: a NUL byte"),
    ("nonsense", ":1: expected key = value, found 'nonsense'"),
])
def test_create_refuses_a_bad_configuration_and_leaves_nothing(berth: Berth, text: str,
                                                               said: str) -> None:
    config = berth.tmp / "c"
    config.write_text(text)
    absent = berth.tmp / "absent"
    for path in (berth.path, absent):
        done = berth.lxc("create", "-n", "a", "-f", config, "-P", path)
        assert done.status == 1 and f"lxc-create: {config}{said}" in done.err or said in done.err
        assert len(done.err.splitlines()) == 1
    assert not absent.exists() and tree(berth.path) == []


def test_create_cannot_read_its_file(berth: Berth) -> None:
    os.mkfifo(berth.tmp / "fifo")
    writer = os.open(berth.tmp / "fifo", os.O_RDWR | os.O_NONBLOCK)
    os.write(writer, b"lxc.utsname = a\n")
    big = berth.tmp / "big"
    big.write_bytes(b"\n" * (1 << 20) + b"\n")
    for file, said in (("/nowhere/c", "cannot read /nowhere/c: No such file or directory"),
                       (berth.tmp, "is not a regular file"), (berth.tmp / "fifo", "is not a regular file"),
                       ("/dev/zero", "is not a regular file"), (big, "File too large")):
        done = berth.lxc("create", "-n", "a", "-f", file)
        assert done.status == 1 and said in done.err, done.err
    os.close(writer)
    assert tree(berth.path) == []


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("verb", ["create", "destroy", "info", "start", "stop"])
def test_hostile_names(berth: Berth, verb: str, name: str) -> None:
    keep = berth.define("x", "lxc.utsname = x\n")
    for program, first, status in ((f"lxc-{verb}", [], 1), ("berth", [verb], 64)):
        done = berth.run(program, *first, f"--name={name}")
        assert done.status == status and done.out == ""
        assert done.err and "\x1b" not in done.err
    assert tree(berth.path) == [str(keep), str(keep / "config")]
    assert sorted(p.name for p in berth.tmp.iterdir()) == ["bin", "lxc", "x.conf"]


@needs_root
def test_create_on_a_full_or_readonly_file_system(berth: Berth) -> None:
    config = berth.tmp / "c"
    config.write_text("# a line\n" * 60000)
    full = berth.script("""
        mount -t tmpfs -o size=64k,nr_inodes=20 none "$1"
        berth create -n a -f "$2" 2>&1 && exit 9
        ls -A "$1"
        mount -o remount,ro "$1"
        berth create -n a 2>&1 && exit 9
        ls -A "$1"
        mount -o remount,rw,nr_inodes=2 "$1"
        berth create -n a 2>&1 && exit 9
        ls -A "$1"
        mount -o remount,nr_inodes=20 "$1"
        berth create -n a
        ls -A "$1"
    """, berth.path, config)
    assert full.status == 0, full.err
    lines = full.out.splitlines()
    assert "No space left on device" in lines[0] and "Read-only file system" in lines[1]
    assert "No space left on device" in lines[2] and lines[3:] == ["a"]


def with_memory(berth: Berth, kib: int, *args: str | Path) -> subprocess.CompletedProcess:
    limit = kib * 1024
    return subprocess.run([berth.program("berth"), *map(str, args)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, env=berth.env,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))


def test_create_without_memory_leaves_nothing(berth: Berth) -> None:
    """Every allocation fails in some run; each run is done in full, or fails in words."""
    config = berth.tmp / "c"
    config.write_text("lxc.utsname = a\n" + "".join(
        f"lxc.mount.entry = tmpfs d{i} tmpfs size=1m,ro 0 0\nlxc.environment = V{i}=x\n"
        f"lxc.cgroup.devices.allow = c {i}:* rwm\n" for i in range(1000)))
    start = next((k for k in range(1024, 16384, 32) if with_memory(berth, k, "--help").stdout), 0)
    if not start:
        pytest.skip("this executable cannot even start in 16 MiB: it carries sanitizers")
    ends = []
    for kib in range(start, start + 2400, 29):
        done = with_memory(berth, kib, "create", "-n", "a", "-f", config)
        ends.append(done.returncode)
        if done.returncode == 0:
            assert (berth.path / "a/config").read_text() == config.read_text()
            shutil.rmtree(berth.path / "a")
        else:
            assert done.returncode == 1 and done.stderr.endswith("out of memory\n"), (kib, done)
        assert tree(berth.path) == []
    assert ends.count(1) > 5 and ends[-1] == 0


# ---- destroy -----------------------------------------------------------------------------------


def fill(top: Path, outside: Path) -> None:
    """Everything that may lie in a rootfs."""
    (top / "a/b/c").mkdir(parents=True)
    (top / "a/file").write_text("x")
    (top / "a/to-outside").symlink_to(outside)
    (top / "a/to-root").symlink_to("/")
    (top / "a/loop").symlink_to("loop")
    (top / "a/up").symlink_to("..")
    (top / "odd \\ name\n").mkdir()
    (top / b"\xff\xfe".decode(errors="surrogateescape")).write_text("x")
    os.mkfifo(top / "fifo")
    os.link(outside / "kept", top / "a/hard")
    # By way of a descriptor: the path may be too long for a socket's name.
    fd = os.open(top, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(f"/proc/self/fd/{fd}/socket")
    os.close(fd)
    (top / "locked").mkdir(mode=0)


def deep(top: Path, levels: int) -> None:
    fd = os.open(top, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("directory-with-a-long-name", dir_fd=fd)
        down = os.open("directory-with-a-long-name", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = down
    os.close(fd)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    path.mkdir()
    (path / "kept").write_text("kept")
    return path


@needs_root
def test_destroy_removes_all_of_it_and_no_more(berth: Berth, outside: Path) -> None:
    fill(berth.define("a", rootfs=True) / "rootfs", outside)
    other = berth.define("ab")
    done = berth.lxc("destroy", "-n", "a")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert tree(berth.path) == [str(other), str(other / "config")]
    assert (outside / "kept").read_text() == "kept" and (outside / "kept").stat().st_nlink == 1
    again = berth.lxc("destroy", "-n", "a")
    assert again.status == 1 and "there is no container 'a'" in again.err


@needs_root
def test_destroy_deeper_than_a_path_may_be_long(berth: Berth) -> None:
    deep(berth.define("a"), 900)
    done = berth.lxc("destroy", "-n", "a")
    assert done.status == 0, done.err
    assert tree(berth.path) == []


@needs_root
def test_destroy_deeper_than_it_can_follow_removes_nothing(berth: Berth) -> None:
    made = berth.define("a")
    deep(made, 4100)
    (made / "zz").write_text("x")
    done = berth.lxc("destroy", "-n", "a")
    assert done.status == 1 and re.search("deep|Too many open files", done.err)
    assert (made / "zz").exists() and (made / "config").exists()
    subprocess.run(["rm", "-rf", made], check=True)


@needs_root
def test_destroy_only_what_is_a_container(berth: Berth) -> None:
    made = berth.define("real")
    (berth.path / "link").symlink_to(made)
    (berth.path / "file").write_text("x")
    (berth.path / "empty").mkdir()
    (berth.path / "fake").mkdir()
    (berth.path / "fake/config").symlink_to(made / "config")
    before = tree(berth.path)
    for name in ("link", "file", "empty", "fake", "nothing"):
        done = berth.lxc("destroy", "-n", name)
        assert done.status == 1 and len(done.err.splitlines()) == 1, (name, done.err)
    assert tree(berth.path) == before


@needs_root
def test_destroy_leaves_a_rootfs_elsewhere(berth: Berth, outside: Path) -> None:
    berth.define("a", f"lxc.rootfs = {outside}\n")
    done = berth.lxc("destroy", "-n", "a")
    assert done.status == 0 and f"the rootfs {outside} lies outside" in done.err
    assert (outside / "kept").exists() and tree(berth.path) == []


@needs_root
def test_destroy_needs_no_readable_configuration(berth: Berth) -> None:
    (berth.define("a") / "config").write_text("broken")
    assert berth.lxc("destroy", "-n", "a").status == 0
    assert tree(berth.path) == []


MOUNTS = {
    "a directory": 'mount --bind "$2" "$1/a/rootfs"',
    "deep down": 'mkdir -p "$1/a/rootfs/x/y"; mount --bind "$2" "$1/a/rootfs/x/y"',
    "a file": 'touch "$1/a/rootfs/f"; mount --bind "$2/kept" "$1/a/rootfs/f"',
    "the host's root": 'mount --bind / "$1/a/rootfs"',
    "the host's root with all in it": 'mount --rbind / "$1/a/rootfs"',
    "a tmpfs": 'mount -t tmpfs none "$1/a/rootfs"',
    "on itself": 'mount --bind "$1/a/rootfs" "$1/a/rootfs"',
    "on the container": 'mount --bind "$1/a" "$1/a"',
    "a name with blanks": 'mkdir "$1/a/b c"; mount --bind "$2" "$1/a/b c"',
    "twice on one place": 'mount --bind "$2" "$1/a/rootfs"; mount --bind "$2" "$1/a/rootfs"',
}


@needs_root
# With the table hidden a file's mount cannot be seen beforehand; the kernel refuses to unlink it.
@pytest.mark.parametrize(("how", "mountinfo"), [
    (how, m) for how in MOUNTS for m in ("true", "hidden") if (how, m) != ("a file", "hidden")])
def test_destroy_refuses_what_has_something_mounted(berth: Berth, outside: Path, how: str,
                                                    mountinfo: str) -> None:
    """Both guards alone: the table of mounts, and (with the table hidden) each directory's own."""
    made = berth.define("a", rootfs=True)
    (made / "rootfs/below").write_text("x")
    hide = ""
    if mountinfo == "hidden":
        hide = 'echo "1 1 8:1 / / rw - ext4 x rw" >"$2/../table"; ' \
               'mount --bind "$2/../table" /proc/$$/mountinfo;'
    before = set(tree(made)) | set(tree(outside))
    done = berth.script(f"{MOUNTS[how]}\n{hide}\nexec berth destroy a 2>&1", berth.path, outside)
    assert done.status == 1, done.out
    assert "nothing was removed" in done.out and "unmount" in done.out
    if mountinfo == "true":
        assert str(made) in done.out
    assert before <= set(tree(made)) | set(tree(outside))
    assert (outside / "kept").read_text() == "kept"


@needs_root
@pytest.mark.parametrize("how", ["a directory", "a tmpfs", "the host's root", "twice on one place"])
def test_destroy_after_unmounting_as_told(berth: Berth, outside: Path, how: str) -> None:
    berth.define("a", rootfs=True)
    done = berth.script(MOUNTS[how] + """
        for i in 1 2 3; do
            told=$(berth destroy a 2>&1) && exit 0
            eval "${told##*first: }"
        done
        echo "$told" >&2
        exit 9
    """, berth.path, outside)
    assert done.status == 0, done.err
    assert tree(berth.path) == [] and (outside / "kept").exists()


@needs_root
def test_destroy_tells_how_to_unmount_without_harm(berth: Berth, outside: Path) -> None:
    """A recursive bind mount under shared propagation: the originals stay mounted."""
    berth.define("a", rootfs=True)
    done = berth.script("""
        mount -t tmpfs none "$2"
        mkdir "$2/dev"
        mount -t tmpfs none "$2/dev"
        mkdir "$2/dev/pts"
        mount -t tmpfs -o size=1m none "$2/dev/pts"
        mount --make-rshared /
        mount --rbind "$2" "$1/a/rootfs"
        told=$(berth destroy a 2>&1) && exit 9
        eval "${told##*first: }"
        berth destroy a
        grep -c " $2" /proc/self/mountinfo
    """, berth.path, outside)
    assert (done.status, done.out) == (0, "3\n"), done.err


@needs_root
def test_destroy_is_not_deterred_by_mounts_elsewhere(berth: Berth, outside: Path) -> None:
    berth.define("a", rootfs=True)
    berth.define("ab", rootfs=True)
    done = berth.script('mount --bind "$2" "$1/ab/rootfs"; berth destroy a', berth.path, outside)
    assert done.status == 0, done.err
    assert not (berth.path / "a").exists() and (berth.path / "ab/config").exists()


@needs_root
def test_destroy_without_proc_removes_nothing(berth: Berth) -> None:
    made = berth.define("a", rootfs=True)
    done = berth.script("mount -t tmpfs none /proc; exec berth destroy a 2>&1")
    assert done.status == 1 and "/proc" in done.out and "nothing was removed" in done.out
    assert (made / "config").exists() and (made / "rootfs").exists()


@needs_root
def test_destroy_can_be_repeated_after_a_failure(berth: Berth) -> None:
    made = berth.define("a", rootfs=True)
    (made / "rootfs/stuck").write_text("x")
    done = berth.script("""
        mount -t tmpfs none "$1"
        mkdir -p "$1/a/rootfs"; touch "$1/a/config" "$1/a/rootfs/stuck"
        mount -o remount,ro "$1"
        berth destroy a 2>&1 && exit 9
        mount -o remount,rw "$1"
        ls "$1/a"
        berth destroy a
        ls -A "$1"
    """, berth.path)
    assert done.status == 0, done.err
    first, *rest = done.out.splitlines()
    assert "Read-only file system" in first and rest == ["config", "rootfs"]


# ---- ls and info -------------------------------------------------------------------------------


@needs_root
def test_ls(berth: Berth) -> None:
    for name in ("zeta", "alpha", "m.1"):
        berth.define(name)
    (berth.path / "no-config").mkdir()
    (berth.path / ".hidden").mkdir()
    (berth.path / ".hidden/config").write_text("")
    assert berth.lxc("ls").out == "alpha\nm.1\nzeta\n"
    assert berth.lxc("ls", "-1", "--stopped", "--defined").out == "alpha\nm.1\nzeta\n"
    assert berth.lxc("ls", "--running").out == berth.lxc("ls", "--active").out == ""
    lines = berth.lxc("ls", "--fancy").out.splitlines()
    assert lines[0].split() == ["NAME", "STATE", "AUTOSTART", "GROUPS", "IPV4", "IPV6",
                                "UNPRIVILEGED"]
    assert lines[1].split() == ["alpha", "STOPPED", "0", "-", "-", "-", "false"]
    assert berth.lxc("ls", "-f", "-F", "state,name").out.splitlines()[3] == "STOPPED zeta"
    bad = berth.lxc("ls", "-F", "COLOUR")
    assert bad.status == 1 and "there is no column 'COLOUR'" in bad.err
    gone = berth.lxc("ls", "-P", berth.tmp / "nowhere")
    assert gone.status == 1 and "No such file or directory" in gone.err


@needs_root
def test_info(berth: Berth) -> None:
    berth.define("a", "lxc.utsname = x\nlxc.mount.entry = a b tmpfs rw\n"
                      "lxc.mount.entry=c d proc rw\n")
    assert berth.lxc("info", "-n", "a").out == "Name:           a\nState:          STOPPED\n"
    assert berth.lxc("info", "a", "-s", "-H").out == "STOPPED\n"
    assert berth.lxc("info", "-n", "a", "-p", "-i", "-S").out == ""
    assert berth.lxc("info", "-n", "a", "-c", "lxc.uts.name").out == "lxc.uts.name = x\n"
    both = berth.lxc("info", "a", "-H", "-c", "lxc.mount.entry", "--config", "lxc.rootfs")
    assert (both.status, both.out) == (0, "a b tmpfs rw\nc d proc rw\n")
    assert berth.lxc("info", "a", "-c", "lxc.nope").status == 1
    gone = berth.lxc("info", "-n", "b")
    assert gone.status == 1 and "b doesn't exist" in gone.err and gone.out == ""


# ---- the command line --------------------------------------------------------------------------


def verbs(berth: Berth) -> list[str]:
    text = berth.run("berth", "--help").out
    return re.findall(r"^  ([a-z]+) +\S", text.split("Verbs:")[1], re.MULTILINE)


def test_every_verb_has_help_under_both_names(berth: Berth) -> None:
    found = verbs(berth)
    assert {"create", "ls", "execute", "start", "info", "stop", "destroy"} <= set(found)
    for verb in found:
        for done in (berth.run("berth", verb, "--help"), berth.lxc(verb, "-h")):
            assert done.status == 0 and done.err == "" and "Options:" in done.out
        assert re.fullmatch(r"\d+\.\d+\.\d+\n", berth.lxc(verb, "--version").out)
        bad = berth.run("berth", verb, "--no-such-option")
        assert bad.status == 64 and "there is no option '--no-such-option'" in bad.err
        assert berth.lxc(verb, "--no-such-option").status == 1


def test_usage_errors(berth: Berth) -> None:
    assert berth.run("berth").status == 64
    assert berth.run("berth", "frobnicate").status == 64
    assert berth.run("berth", "version").out == berth.run("berth", "--version").out
    assert berth.lxc("frobnicate").status == 1
    for args, said in (
        (["stop"], "the name of the container is missing"),
        (["stop", "a", "b"], "'b' is one argument too many"),
        (["stop", "-qxn", "a"], ""),
        (["stop", "-xn", "a"], "there is no option '-x'"),
        (["stop", "-n"], "option '-n' needs a value"),
        (["stop", "a", "-t", "soon"], "-t takes a number of seconds"),
        (["stop", "a", "-t", "-2"], "-t takes a number of seconds"),
        (["stop", "a", "-k", "--nokill"], "-k excludes"),
        (["execute", "a"], "the command to execute is missing"),
        (["start", "a", "-d", "-F"], "exclude one another"),
        (["console", "a", "-e", "^1"], "-e takes a letter"),
        (["console", "a", "-t", "x"], "-t takes the number of a terminal"),
        (["wait", "a"], "-s, the states to wait for, is missing"),
        (["wait", "a", "-s", "ASLEEP"], "there is no state 'ASLEEP'"),
        (["kill", "a", "SIGNOPE"], "there is no signal 'SIGNOPE'"),
        (["kill", "a", "0"], "there is no signal '0'"),
        (["attach", "a", "-s", "SPACE"], "there is no namespace 'SPACE'"),
        (["attach", "a", "-v", "x"], "-v takes NAME=VALUE"),
        (["ls", "-l", "LOUD"], "there is no log level 'LOUD'"),
        (["create", "a", "-t", "gentoo"], "there is no template 'gentoo'"),
        (["create", "a", "-B", "zfs"], "storage 'zfs' is not supported"),
        (["create", "a", "--dir", "rel"], "--dir takes an absolute path"),
    ):
        done = berth.run("berth", *args)
        assert done.status == 64 and said in done.err, (args, done)
        assert done.out == "" and (done.err == "") == ("-qxn" in args)
        assert berth.lxc(args[0], *args[1:]).status == 1
    assert tree(berth.path) == []


@needs_root
def test_log_file_quiet_and_level(berth: Berth) -> None:
    log = berth.tmp / "log"
    done = berth.lxc("destroy", "nope", "-q", "-o", log)
    assert (done.status, done.err) == (1, "")
    assert log.read_text().startswith("lxc-destroy: there is no container 'nope'")
    config = berth.tmp / "c"
    config.write_text("lxc.pivotdir = x\n")
    assert "no effect" in berth.lxc("create", "a", "-f", config).err
    assert berth.lxc("create", "b", "-f", config, "-l", "WARN").err == ""
    bad = berth.lxc("destroy", "nope", "-o", "/nowhere/log")
    assert bad.status == 1 and "cannot write to the log /nowhere/log" in bad.err


def test_an_answer_that_cannot_be_written_is_a_failure(berth: Berth) -> None:
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([berth.program("berth"), "config"], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60, env=berth.env)
    assert done.returncode == 1 and "No space left on device" in done.stderr


@needs_root
def test_without_root(berth: Berth) -> None:
    """As somebody else: what changes the machine is refused in one line, what looks works."""
    os.chmod(berth.tmp, 0o755)
    berth.define("a")
    program = shutil.copy(berth.program("berth").resolve(), berth.tmp / "berth")
    os.chmod(program, 0o755)
    for d in berth.tmp.parents:
        if d.owner() == "root" and str(d).startswith("/tmp/") and not d.stat().st_mode & 0o001:
            os.chmod(d, 0o711)

    def as_nobody(*args: str) -> subprocess.CompletedProcess:
        return subprocess.run([program, *args], user=65534, group=65534, extra_groups=[], text=True,
                              capture_output=True, timeout=60, env=berth.env, cwd="/")

    for args in (["start", "a", "-f", "/dev/null"], ["stop", "a"], ["freeze", "a"], ["kill", "a"],
                 ["execute", "b", "/bin/true"], ["attach", "a"], ["info", "a"], ["destroy", "a"],
                 ["wait", "a", "-s", "STOPPED"], ["ls", "--running"], ["ls", "-f"], ["ls"]):
        done = as_nobody(*args)
        assert done.returncode == 1 and "only root can" in done.stderr, (args, done)
        assert len(done.stderr.splitlines()) == 1
    done = as_nobody("create", "n")
    assert done.returncode == 1 and "Permission denied" in done.stderr
    assert as_nobody("execute", "--dry-run", "b", "/bin/true").returncode == 0
    assert as_nobody("config").returncode == 0
    assert tree(berth.path) == [str(berth.path / "a"), str(berth.path / "a/config")]


def test_dry_run_shows_the_steps_and_does_nothing(berth: Berth) -> None:
    config = berth.tmp / "c"
    config.write_text(STORY)
    for first in (["start"], ["execute"]):
        done = berth.run("berth", *first, "--dry-run", "-f", config, "-n", "a", "--", "/bin/x", "-y")
        assert done.status == 0 and "one field too many" in done.err
        steps = done.out.splitlines()
        mounts = [i for i, s in enumerate(steps) if re.match(r"child +mount-\d", s)]
        assert "bind /dev on /dev" in steps[mounts[0]] and "proc on /proc" in steps[mounts[1]]
        assert "nosuid,nodev,noexec" in steps[mounts[1]] and len(mounts) == 2
        assert "/bin/x -y" in steps[-1] and any("sys_elinux" in s for s in steps)
    bad = berth.run("berth", "start", "--dry-run", "-n", "a")
    assert bad.status == 1 and "there is no container 'a'" in bad.err and bad.out == ""
    assert tree(berth.path) == []


# ---- the manual --------------------------------------------------------------------------------


def test_manual_tells_of_every_verb_and_option(berth: Berth) -> None:
    told = (TOP / "docs/man/berth.1").read_text(encoding="utf-8").replace("\\-", "-")
    for verb in verbs(berth):
        part = re.search(rf"^\.SS {verb}\n(.*?)(?=^\.S[SH] )", told, re.MULTILINE | re.DOTALL)
        assert part, f"berth(1) has no part about {verb}"
        for option in re.findall(r"--[a-z-]+", berth.run("berth", verb, "--help").out):
            shared = re.search(r"^\.SH OPTIONS OF EVERY VERB\n(.*?)(?=^\.SH )", told,
                               re.MULTILINE | re.DOTALL)
            assert shared and (option in part[1] or option in shared[1]), f"{verb} {option}"
