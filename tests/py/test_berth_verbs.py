# SPDX-License-Identifier: GPL-2.0-only
"""cgroup, restart, autostart, ps, top, unshare, usernsexec, checkconfig, update-config, setcap."""

from __future__ import annotations

import os
import pty
import re
import stat
import subprocess
import termios
from pathlib import Path

import pytest
from berth_box import Box, until

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")


# ---- cgroup ------------------------------------------------------------------------------------


@needs_root
def test_cgroup_reads_and_writes(box: Box) -> None:
    name = box.system()
    box.ok("start", name)
    procs = box.ok("cgroup", name, "cgroup.procs").split()
    assert str(box.init(name)) in procs
    for file, value in (("memory.limit_in_bytes", "67108864"), ("memory.max", "67108864")):
        if box.run("cgroup", name, file).returncode == 0:
            box.ok("cgroup", "-n", name, file, value)
            assert box.ok("cgroup", "-n", name, file).strip() == value
            break
    else:
        pytest.fail("neither memory controller answers")
    wrong = box.run("cgroup", name, "memory.no_such_file")
    assert wrong.returncode == 1 and "memory.no_such_file" in wrong.stderr
    refused = box.run("cgroup", name, "pids.max", "not a number")
    assert refused.returncode == 1 and "not a number" in refused.stderr


def test_cgroup_wants_one_plain_name(box: Box) -> None:
    for args in ((), ("../x",), ("a", "b", "c"), ("..",)):
        assert box.run("cgroup", "-n", "x", *args).returncode == 64


@needs_root
def test_cgroup_of_what_does_not_run(box: Box) -> None:
    done = box.run("cgroup", box.system(), "cgroup.procs")
    assert done.returncode == 1 and done.stderr.count("\n") == 1


# ---- restart, autostart ------------------------------------------------------------------------


@needs_root
def test_restart(box: Box) -> None:
    name = box.system()
    box.ok("restart", name)  # one that does not run is started
    first = box.init(name)
    box.ok("restart", "-k", name)
    assert box.state(name) == "RUNNING" and box.init(name) != first


@needs_root
def test_restart_does_not_stop_what_would_not_start_again(box: Box) -> None:
    name = box.system()
    box.ok("start", name)
    first = box.init(name)
    with (box.lxcpath / name / "config").open("a") as config:
        config.write("lxc.no.such.key = 1\n")
    done = box.run("restart", "-k", name)
    assert done.returncode == 1 and "lxc.no.such.key" in done.stderr
    assert box.init(name) == first


@needs_root
def test_autostart_order_groups_and_stop(box: Box) -> None:
    for name, extra in (("late", "lxc.start.auto = 1\nlxc.start.order = 9\n"),
                        ("early", "lxc.start.auto = 1\nlxc.start.order = 2\n"),
                        ("web", "lxc.start.auto = 1\nlxc.group = onboot, web\n"),
                        ("manual", "")):
        box.system(name, extra=extra)
    assert box.ok("autostart", "-L").split() == ["early", "0", "late", "0"]
    assert box.ok("autostart", "-L", "-A").split()[::2] == ["manual", "early", "late"]
    assert box.ok("autostart", "-L", "-g", "web").split() == ["web", "0"]
    assert box.ok("autostart", "-L", "-g", "onboot,").split()[::2] == ["web", "early", "late"]
    assert box.ok("autostart", "-L", "-a", "-A").split()[::2] == ["manual", "web", "early", "late"]
    box.ok("autostart")
    assert box.ok("ls", "--running").split() == ["early", "late"]
    assert box.ok("ls", "-g", "web").split() == ["web"]
    assert box.ok("ls", "^(ea|ma)").split() == ["early", "manual"]
    assert box.ok("autostart", "-k", "-L").split() == ["early", "late"]
    table = box.ok("ls", "-F", "NAME,AUTOSTART,GROUPS").splitlines()
    assert [line.split() for line in table[1:]] == [
        ["early", "1", "-"], ["late", "1", "-"], ["manual", "0", "-"], ["web", "1", "onboot,web"]]
    box.ok("autostart", "-k")
    assert box.ok("ls", "--running") == ""


@needs_root
def test_autostart_tells_a_bad_configuration_and_goes_on(box: Box) -> None:
    box.system("good", extra="lxc.start.auto = 1\n")
    box.system("bad", extra="lxc.start.auto = maybe\n")
    done = box.run("autostart")
    assert done.returncode == 1 and "lxc.start.auto" in done.stderr and "maybe" in done.stderr
    assert box.state("good") == "RUNNING"


# ---- ps, top -----------------------------------------------------------------------------------


@needs_root
def test_ps_names_the_container_of_each_process(box: Box) -> None:
    name = box.system()
    box.ok("start", name)
    attached = box.popen("attach", "-n", name, "--", "/bin/sleep", "4711", stdin=subprocess.DEVNULL)
    try:
        until(lambda: "sleep 4711" in box.ok("ps", "-n", name, "--", "-ef"), "the sleep is seen")
        head, *rows = box.ok("ps", "-n", name, "--", "-o", "pid,ppid,args").splitlines()
        assert head.split() == ["CONTAINER", "PID", "PPID", "COMMAND"]
        assert all(row.split()[0] == name for row in rows)
        assert str(box.init(name)) in [row.split()[1] for row in rows]
        everything = box.ok("ps", "--", "-e").splitlines()
        assert any(row.split()[0] == "1" for row in everything), "the host's, without a name"
        assert not any(name in row for row in box.ok("ps", "--host", "--", "-e").splitlines())
        tree = box.ok("ps", "--lxc", "--", "-ef", "--forest")
        assert re.search(r"^sys_elinux .*\\_ ", tree, re.M) or len(rows) < 3
    finally:
        attached.kill()
        attached.wait()


@needs_root
def test_ps_refuses_what_it_does_not_know(box: Box) -> None:
    assert box.run("ps", "--", "-Z").returncode == 64
    assert box.run("ps", "--", "-o", "pid,nonsense").returncode == 64
    assert box.run("ps", "-n", "nobody").returncode == 1
    assert box.run("ps", "--lxc", "--host").returncode == 64


@needs_root
def test_top_in_batch(box: Box) -> None:
    name = box.system()
    box.ok("start", name)
    lines = [line.split(",") for line in box.ok("top", "-b", "--count", "2", "-d", "1").splitlines()]
    assert len(lines) == 2 and all(len(line) == 9 and line[1] == name for line in lines)
    assert all(field.isdigit() for line in lines for field in line[:1] + line[2:])
    assert int(lines[1][0]) > int(lines[0][0]) and int(lines[0][2]) > 0
    assert box.run("top", "-b", "-s", "x").returncode == 64
    assert box.run("top").returncode == 1, "no screen without a terminal"


@needs_root
def test_top_on_a_terminal(box: Box) -> None:
    name = box.system()
    box.ok("start", name)
    terminal, inner = pty.openpty()
    before = termios.tcgetattr(inner)
    running = box.popen("top", "-d", "60", stdin=inner, stdout=inner, stderr=inner)
    seen = b""
    while b"TOTAL 1 of 1" not in seen:
        seen += os.read(terminal, 4096)
    assert name.encode() in seen and not termios.tcgetattr(inner)[3] & termios.ICANON
    os.write(terminal, b"m")  # another order: it looks again at once
    seen = b""
    while b"TOTAL 1 of 1" not in seen:
        seen += os.read(terminal, 4096)
    os.write(terminal, b"q")
    assert running.wait(timeout=60) == 0
    assert termios.tcgetattr(inner) == before, "the terminal is as it was"
    os.close(inner)
    os.close(terminal)


# ---- unshare, usernsexec -----------------------------------------------------------------------


@needs_root
def test_unshare(box: Box) -> None:
    out = box.ok("unshare", "-s", "PID|MOUNT|UTSNAME|IPC", "-H", "inner", "-M", "--", "/bin/sh", "-c",
                 "hostname; echo $$; ls -d /proc/[0-9]*").split()
    assert out[:2] == ["inner", "1"] and "/proc/1" in out and len(out) <= 5
    assert box.run("unshare", "-s", "UTSNAME", "--", "/bin/sh", "-c", "exit 7").returncode == 7
    assert box.run("unshare", "-s", "UTSNAME", "--", "/no/such").returncode == 127
    assert box.ok("unshare", "-s", "NETWORK", "-u", "65534", "--", "/usr/bin/id", "-u") == "65534\n"
    ns = box.ok("unshare", "-s", "USER", "--", "/bin/readlink", "/proc/self/ns/user").strip()
    assert ns != os.readlink("/proc/self/ns/user")


def test_unshare_refuses_what_would_change_the_host(box: Box) -> None:
    for args in (("-s", "PID", "-H", "x"), ("-s", "PID", "-M"), ("-s", "PID", "-i", "lo"),
                 ("-s", "NONSENSE"), ()):
        assert box.run("unshare", *args, "--", "/bin/true").returncode == 64
    assert box.run("unshare", "-s", "UTSNAME").returncode == 64


@needs_root
def test_usernsexec_maps(box: Box) -> None:
    out = box.ok("usernsexec", "-m", "u:0:100000:1000", "-m", "g:0:200000:500", "--", "/bin/cat",
                 "/proc/self/uid_map", "/proc/self/gid_map").split()
    assert out == ["0", "100000", "1000", "0", "200000", "500"]
    for bad in ("x:0:1:1", "u:0:1", "u:0:1:0", "b:0:1:1:1", "b:0:99999999999:1"):
        assert box.run("usernsexec", "-m", bad, "--", "/bin/true").returncode == 64
    done = box.run("usernsexec", "-m", "b:5:100000:10", "--", "/bin/true")
    assert done.returncode == 1 and "0" in done.stderr


# ---- checkconfig -------------------------------------------------------------------------------


def test_checkconfig_has_the_layout_that_people_know(box: Box) -> None:
    out = box.ok("checkconfig")
    for head in ("--- Namespaces ---", "--- Control groups ---", "--- Misc ---",
                 "--- Checkpoint/Restore ---"):
        assert f"\n{head}\n" in out
    assert re.search(r"^Pid namespace: enabled$", out, re.M)
    assert "Note : Before booting a new kernel" in out


@pytest.mark.parametrize("text, word, status", [
    ("CONFIG_PID_NS=y\n", "enabled", 1), ("# CONFIG_PID_NS is not set\n", "required", 1)])
def test_checkconfig_judges_a_file(box: Box, tmp_path: Path, text: str, word: str, status: int) -> None:
    config = tmp_path / "a config"
    config.write_text("# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_NAMESPACES=y\n"
                      "# CONFIG_IPC_NS is not set\n" + text)
    done = box.run("checkconfig", env={"CONFIG": str(config)})
    assert f"\nPid namespace: {word}" in done.stdout and "\nIpc namespace: required" in done.stdout
    assert done.returncode == status
    assert "/dev/pts" not in done.stdout, "since 4.7 there is no such option"


def test_checkconfig_of_no_file_is_an_error(box: Box) -> None:
    assert box.run("checkconfig", env={"CONFIG": "/no/such/file"}).returncode not in (0, 1)


# ---- update-config -----------------------------------------------------------------------------

OLD = """\
# a comment with lxc.utsname = x
lxc.utsname = box
  lxc.network.type = empty
lxc.network.flags=up
lxc.network.type = veth
lxc.network.link = br0
lxc.network.hwaddr =\t00:16:3e:xx:xx:xx
lxc.cgroup.memory.limit_in_bytes = 1M
lxc.limit.nofile = 1024
lxc.pivotdir = mnt
lxc.rootfs = /x"""
NEW = """\
# a comment with lxc.utsname = x
lxc.uts.name = box
  lxc.net.0.type = empty
lxc.net.0.flags=up
lxc.net.1.type = veth
lxc.net.1.link = br0
lxc.net.1.hwaddr =\t00:16:3e:xx:xx:xx
lxc.cgroup.memory.limit_in_bytes = 1M
lxc.prlimit.nofile = 1024
# no directory is needed for the old root since LXC 2: lxc.pivotdir = mnt
lxc.rootfs.path = /x"""


def test_update_config(box: Box, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(OLD)
    config.chmod(0o640)
    box.ok("update-config", "-c", str(config))
    assert config.read_text() == NEW
    assert (tmp_path / "config.backup").read_text() == OLD
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    box.ok("update-config", "-c", str(config))
    assert config.read_text() == NEW and not (tmp_path / "config.backup.1").exists()
    config.write_text(OLD)
    box.ok("update-config", "-c", str(config))
    assert (tmp_path / "config.backup").read_text() == OLD, "the first one stays"
    assert (tmp_path / "config.backup.1").exists()


def test_every_old_name_is_brought_up_to_date(box: Box, tmp_path: Path) -> None:
    config = tmp_path / "config"
    rows = [line.split("\t") for line in box.ok("config").splitlines()]
    old = [(row[0], row[1]) for row in rows if row[1] != "-"]
    assert len(old) > 25
    for new, name in old:
        config.write_text(f"{name.replace('*', 'x')} = 1\n")
        box.ok("update-config", "-c", str(config))
        want = new.replace("*", "x").replace(".N.", ".0.")
        assert config.read_text() == f"{want} = 1\n" or config.read_text().startswith("# "), name
    for row in rows:
        if row[1] == "-" and row[0] not in ("lxc.pivotdir", "lxc.kmsg", "lxc.rootfs.backend"):
            text = f"{row[0].replace('*', 'x').replace('.N.', '.3.')} = 1\n"
            config.write_text(text)
            box.ok("update-config", "-c", str(config))
            assert config.read_text() == text, "today's name stays"


def test_update_config_all_or_nothing(box: Box, tmp_path: Path) -> None:
    assert box.run("update-config", "-c", str(tmp_path / "none")).returncode == 1
    assert box.run("update-config").returncode == 64
    (tmp_path / "config").write_bytes(b"lxc.utsname = x\0\n")
    assert box.run("update-config", "-c", str(tmp_path / "config")).returncode == 1
    assert sorted(p.name for p in tmp_path.glob("config*")) == ["config"]


# ---- setcap, setuid ----------------------------------------------------------------------------


def test_setcap_tells_what_is_missing_and_gives_nothing(box: Box) -> None:
    done = box.run("setcap")
    assert done.returncode in (0, 1)
    assert (done.returncode == 1) == bool(re.search(r"^Not yet", done.stdout, re.M))
    assert "/etc/subuid" in done.stdout and "newuidmap" in done.stdout
    assert box.run("setuid", "-u", "no-such-user").returncode == 1


@needs_root
def test_setuid_drop_takes_the_bit_away(open_executable: Path, tmp_path: Path) -> None:
    box = Box(tmp_path, open_executable)
    open_executable.chmod(0o4755)
    box.lxcpath.mkdir()
    box.lxcpath.chmod(0o777)
    out = box.ok("setuid", "-d")
    assert "set-user-ID bit taken away" in out
    assert stat.S_IMODE(open_executable.stat().st_mode) == 0o755
    assert stat.S_IMODE(box.lxcpath.stat().st_mode) == 0o755
    assert "nothing was there" in box.ok("setuid", "-d")


def test_version_as_each_says_it(box: Box, executable: Path, tmp_path: Path) -> None:
    number = box.ok("version").split()[1]
    link = tmp_path / "lxc-version"
    link.symlink_to(executable)
    for args, said in (((), f"lxc version: {number}"), (("--version",), number)):
        done = subprocess.run([link, *args], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout == said + "\n"


# ---- version, info -----------------------------------------------------------------------------


@needs_root
def test_info_state_is(box: Box) -> None:
    name = box.system()
    assert box.run("info", "-n", name, "-t", "STOPPED").returncode == 0
    done = box.run("info", "-n", name, "--state-is", "running")
    assert done.returncode == 1 and done.stdout == done.stderr == ""
    assert box.run("info", "-n", name, "-t", "NONSENSE").returncode == 64
