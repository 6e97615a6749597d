# SPDX-License-Identifier: GPL-2.0-only
"""Berth's core on the running kernel: both containers of the story, and how they end."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from pathlib import Path

import pytest
from berth_box import LIMIT, Box, until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")


# ---- the application container -------------------------------------------------------------


def test_application_sees_a_machine_of_its_own(box: Box) -> None:
    box.application()
    out = box.ok("execute", "-n", "app_bash", "--", "/bin/sh", "-c",
                 "hostname; ps -o pid,comm; cat /proc/1/cmdline; echo; cat /proc/mounts; ls /dev/pts")
    lines = out.splitlines()
    assert lines[0] == "app_bash"
    assert re.search(r"^ *1 berth-init$", out, re.M)
    assert len(re.findall(r"^ *\d+ \S+$", out, re.M)) <= 3, "only init, the shell and ps"
    mounts = {line.split()[1]: line.split()[2] for line in lines if len(line.split()) == 6}
    assert mounts["/proc"] == "proc"
    assert mounts["/dev/shm"] == "tmpfs"
    assert mounts["/dev/mqueue"] == "mqueue"
    assert mounts["/dev/pts"] == "devpts"
    assert lines[-1] == "ptmx", "a devpts instance of its own shows no terminal of the host's"


@pytest.mark.parametrize("script, status", [
    ("exit 0", 0), ("exit 42", 42), ("kill -TERM $$", 128 + 15), ("kill -KILL $$", 128 + 9)])
def test_status_is_the_programs(box: Box, script: str, status: int) -> None:
    box.application()
    assert box.run("execute", "-n", "app_bash", "--", "/bin/sh", "-c", script).returncode == status


def test_standard_descriptors_are_the_callers(box: Box) -> None:
    box.application()
    done = box.run("execute", "-n", "app_bash", "--", "/bin/sh", "-c", "cat; echo err >&2; ls /proc/self/fd",
                   stdin="through\n")
    assert done.stdout.splitlines()[:1] == ["through"]
    assert done.stderr == "err\n"
    # 0, 1, 2, and the directory that ls itself has open.
    assert done.stdout.split()[1:] == ["0", "1", "2", "3"]


def test_descriptors_of_the_caller_do_not_leak(box: Box) -> None:
    box.application()
    with open("/dev/null", "rb") as extra:
        os.dup2(extra.fileno(), 77)
    try:
        done = subprocess.run(box.argv("execute", "-n", "app_bash", "--", "/bin/sh", "-c",
                                       "ls /proc/1/fd /proc/$$/fd; readlink /proc/1/fd/0"),
                              capture_output=True, text=True, pass_fds=(77,),
                              env=box.environment(), timeout=LIMIT, check=True)
    finally:
        os.close(77)
    assert "77" not in done.stdout.split()
    assert done.stdout.split()[-1] == "/dev/null"


def test_signals_reach_the_program_and_orphans_are_reaped(box: Box) -> None:
    box.application()
    script = ("trap 'echo got; exit 9' TERM; (sleep 0 &); "
              "while ps -o stat,comm | grep -q '^Z'; do :; done; echo ready; "
              "while :; do sleep 0.05; done")
    with box.popen("execute", "-n", "app_bash", "--", "/bin/sh", "-c", script,
                   stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as berth:
        assert berth.stdout
        assert berth.stdout.readline() == "ready\n", "an orphan stays a zombie"
        berth.send_signal(signal.SIGTERM)
        assert berth.stdout.read() == "got\n"
        assert berth.wait(LIMIT) == 9


def test_environment_of_the_caller_is_not_readable_inside(box: Box) -> None:
    box.application()
    done = box.run("execute", "-n", "app_bash", "--", "/bin/sh", "-c", "cat /proc/1/environ",
                   env={"HOST_SECRET": "xyzzy"})
    assert "xyzzy" not in done.stdout


def test_program_that_is_not_there(box: Box) -> None:
    box.application()
    done = box.run("execute", "-n", "app_bash", "--", "/bin/nonesuch")
    assert done.returncode != 0
    assert "step exec" in done.stderr and "/bin/nonesuch" in done.stderr
    assert "No such file" in done.stderr
    assert box.left() == []


def test_link_in_rootfs_cannot_lead_a_mount_outside(box: Box) -> None:
    """A hostile rootfs: its /dev/pts points at a directory of the host's."""
    box.application(extra=f"lxc.mount.entry=tmpfs {box.rootfs('app_bash')}/trap tmpfs defaults 0 0\n")
    outside = box.path / "outside"
    outside.mkdir()
    (box.rootfs("app_bash") / "trap").symlink_to(f"/../../../../../..{outside}")
    done = box.run("execute", "-n", "app_bash", "--", "/bin/true")
    assert done.returncode != 0
    assert "No such file" in done.stderr
    (box.rootfs("app_bash") / str(outside).lstrip("/")).mkdir(parents=True)
    out = box.ok("execute", "-n", "app_bash", "--", "/bin/cat", "/proc/mounts")
    assert f"tmpfs {outside} tmpfs" in out


def test_terminal_is_relayed(box: Box) -> None:
    """On a terminal the program gets one of its own: size, line discipline, controlling terminal."""
    box.application()
    pid, fd = pty.fork()
    if pid == 0:
        termios.tcsetwinsize(0, (24, 80))
        os.execve(str(box.berth), box.argv("execute", "-n", "app_bash", "--", "/bin/sh"),
                  box.environment({"TERM": "dumb"}))
    seen = b""

    def read_until(text: bytes) -> None:
        nonlocal seen
        end = time.monotonic() + LIMIT
        while text not in seen:
            assert time.monotonic() < end, seen
            if select.select([fd], [], [], 0.5)[0]:
                seen += os.read(fd, 4096)

    read_until(b"# ")
    os.write(fd, b"tty; stty size; sh -c 'echo mar\"\"ker; exec sleep 1000'\n")
    read_until(b"marker")
    assert b"/dev/console" in seen and b"24 80" in seen
    os.write(fd, b"\x03")  # the container's terminal makes it SIGINT for the foreground group
    os.write(fd, b"echo aft''er; exit 5\n")
    read_until(b"after")
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    assert os.waitstatus_to_exitcode(status) == 5


def test_mount_points_made_on_the_host_go_again(box: Box) -> None:
    """The container's /dev is the host's: what init made there for its mounts must not stay."""
    box.application()
    root = box.rootfs("app_bash")
    shared = box.path / "shared"
    shared.mkdir()
    (root.parent / "config").write_text(
        f"lxc.utsname = app_bash\nlxc.rootfs = {root}\n"
        f"lxc.mount.entry={shared} {root}/dev none bind 0 0\n")
    (root / "proc").rmdir()
    assert "mqueue /dev/mqueue mqueue" in box.ok("execute", "-n", "app_bash", "/bin/cat", "/proc/mounts")
    assert list(shared.iterdir()) == []
    assert not (root / "proc").exists()
    (shared / "mqueue").mkdir()
    box.ok("execute", "-n", "app_bash", "/bin/true")
    assert [p.name for p in shared.iterdir()] == ["mqueue"], "what was there before stays"


def test_many_that_share_a_device_directory_end_at_once(box: Box) -> None:
    """Whoever ends last removes what the first made, in whatever order they end."""
    shared = box.path / "shared"
    shared.mkdir()
    names = [f"app{i}" for i in range(5)]
    for name in names:
        root = box.make_rootfs(name)
        (root.parent / "config").write_text(f"lxc.rootfs = {root}\n"
                                            f"lxc.mount.entry={shared} {root}/dev none bind 0 0\n")
    for _ in range(5):
        running = [box.popen("execute", "-n", name, "--", "/bin/grep", "-c", "/dev/mqueue", "/proc/mounts",
                             stdout=subprocess.PIPE) for name in names]
        seen = [p.communicate(timeout=LIMIT)[0] for p in running]
        assert seen == ["1\n"] * len(names)
        assert list(shared.iterdir()) == []


# ---- the system container ------------------------------------------------------------------


def test_system_container_lives_and_ends(box: Box) -> None:
    box.system()
    assert box.state("sys_elinux") == "STOPPED"
    box.ok("start", "sys_elinux")
    assert box.state("sys_elinux") == "RUNNING"
    assert len(list(box.cgroups())) > 0
    again = box.run("start", "sys_elinux")
    assert again.returncode != 0 and "already" in again.stderr
    out = box.inside("sys_elinux", "hostname; cat /proc/1/comm; ip addr; cat /proc/mounts").stdout
    lines = out.splitlines()
    assert lines[0] == "sys_elinux"
    assert lines[1] == "init"
    links = re.findall(r"^\d+: (\S+): <(\S*)>", out, re.M)
    assert [name for name, _ in links] == ["lo"] and "UP" in links[0][1]
    mounts = {line.split()[1]: line.split()[2] for line in lines if len(line.split()) == 6}
    assert mounts["/proc"] == "proc" and mounts["/sys"] == "sysfs" and mounts["/dev/pts"] == "devpts"
    box.ok("stop", "-k", "sys_elinux")
    assert box.state("sys_elinux") == "STOPPED"
    assert box.left() == []


def cgroup_mounts(kind: str) -> list[list[str]]:
    lines = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    return [line for line in lines if line[2] == kind]


@pytest.mark.parametrize("version", [1, 2])
def test_device_rules_hold(box: Box, version: int) -> None:
    """By the devices controller of v1, and by a BPF program where that is not mounted."""
    devices = [m[1] for m in cgroup_mounts("cgroup") if "devices" in m[3].split(",")]
    if version == 1 and not devices:
        pytest.skip("no cgroup v1 hierarchy with the devices controller is mounted here")
    if version == 2 and not cgroup_mounts("cgroup2"):
        pytest.skip("no cgroup v2 hierarchy is mounted here")
    if version == 2 and devices:
        box.wrapper = ("unshare", "-m", "sh", "-c", f"umount -l {devices[0]} && exec \"$@\"", "sh")
    box.system()
    box.ok("start", "sys_elinux")
    done = box.inside("sys_elinux", ": </dev/null && echo null; : </dev/zero && echo zero")
    assert done.stdout.split() == ["null", "zero"]
    for denied in (": </dev/kmsg", "mknod /tmp/full c 1 7", "mknod /tmp/disk b 7 0"):
        done = box.inside("sys_elinux", denied)
        assert done.returncode != 0 and "Operation not permitted" in done.stderr, denied
    done = box.inside("sys_elinux", "mknod /tmp/null c 1 3 && : </tmp/null && echo made")
    assert done.stdout == "made\n", done.stderr


def test_console_log_has_the_getty(box: Box) -> None:
    box.system()
    log = box.path / "console"
    box.ok("start", "-L", str(log), "sys_elinux")
    until(lambda: log.exists() and "BusyBox" in log.read_text(errors="replace"), "the shell greets")


def test_freeze_and_thaw(box: Box) -> None:
    box.system()
    box.ok("start", "sys_elinux")
    box.ok("freeze", "sys_elinux")
    assert box.state("sys_elinux") == "FROZEN"
    box.ok("unfreeze", "sys_elinux")
    assert box.state("sys_elinux") == "RUNNING"
    box.ok("freeze", "sys_elinux")
    box.ok("stop", "-k", "sys_elinux")
    assert box.left() == []


def test_cgroup_frozen_inside_does_not_keep_it_from_ending(box: Box) -> None:
    """cgroup v1: a cgroup below stays frozen though the one above it thaws."""
    if not any("freezer" in m[3].split(",") for m in cgroup_mounts("cgroup")):
        pytest.skip("no cgroup v1 hierarchy with the freezer is mounted here")
    box.system()
    box.ok("start", "sys_elinux", "--", "/bin/sh", "-c", "/bin/sleep 100000 & /bin/sleep 100000")
    [top] = [c for c in (Path(c.removeprefix("cgroup ")) for c in box.cgroups())
             if (c / "freezer.state").exists()]
    procs = top / "cgroup.procs"
    until(lambda: len(procs.read_text().split()) > 1, "there is a process beside init")
    below = top / "below"
    below.mkdir()
    (below / "cgroup.procs").write_text(procs.read_text().split()[-1])
    (below / "freezer.state").write_text("FROZEN")
    until(lambda: (below / "freezer.state").read_text() == "FROZEN\n", "it is frozen")
    box.ok("stop", "-k", "sys_elinux")
    assert box.left() == []


def test_wait_sees_the_end(box: Box) -> None:
    box.system()
    box.ok("start", "sys_elinux")
    waiting = box.popen("wait", "-s", "STOPPED", "sys_elinux")
    box.ok("stop", "-k", "sys_elinux")
    assert waiting.wait(LIMIT) == 0


def test_orderly_stop_lets_init_shut_down(box: Box) -> None:
    """BusyBox init takes SIGPWR, LXC's stop signal, and runs what inittab says for a shutdown."""
    box.system(inittab="::sysinit:/bin/sh -c 'echo up > /tmp/up'\n"
                       "::shutdown:/bin/sh -c 'echo bye > /tmp/bye'\n")
    box.ok("start", "sys_elinux")
    until((box.rootfs("sys_elinux") / "tmp/up").exists, "init has set itself up")
    box.ok("stop", "-t", str(int(LIMIT)), "sys_elinux")
    assert (box.rootfs("sys_elinux") / "tmp/bye").read_text() == "bye\n"
    assert box.left() == []


def test_init_that_does_not_listen_is_killed_in_the_end(box: Box) -> None:
    box.system()
    box.ok("start", "sys_elinux", "--", "/bin/sleep", "100000")
    box.ok("stop", "-t", "1", "sys_elinux")
    assert box.left() == []


def test_stop_without_kill_fails_in_time(box: Box) -> None:
    box.system()
    box.ok("start", "sys_elinux", "--", "/bin/sleep", "100000")
    assert box.run("stop", "--nokill", "-t", "1", "sys_elinux").returncode != 0
    assert box.state("sys_elinux") == "RUNNING"


def test_reboot_inside_starts_the_container_anew(box: Box) -> None:
    count = "echo x >> /tmp/boots"
    box.system(inittab=f"::sysinit:/bin/sh -c '{count}'\n::ctrlaltdel:/bin/reboot\n")
    boots = box.rootfs("sys_elinux") / "tmp/boots"
    box.ok("start", "sys_elinux")
    until(lambda: boots.exists() and box.state("sys_elinux") == "RUNNING", "the first boot")
    first, monitor = box.init("sys_elinux"), box.monitor("sys_elinux")
    box.ok("kill", "sys_elinux", "SIGTERM")  # BusyBox init: reboot
    until(lambda: boots.read_text() == "x\nx\n", "the second boot")
    until(lambda: box.state("sys_elinux") == "RUNNING", "it runs again")
    assert box.init("sys_elinux") != first
    assert box.monitor("sys_elinux") == monitor
    box.ok("stop", "-k", "sys_elinux")
    assert box.left() == []


def test_init_that_ends_by_itself(box: Box) -> None:
    """BusyBox init on SIGUSR2: the pid namespace is powered off, and everything is cleaned up."""
    box.system(inittab="::sysinit:/bin/sh -c 'echo up > /tmp/up'\n")
    box.ok("start", "sys_elinux")
    until((box.rootfs("sys_elinux") / "tmp/up").exists, "init has set itself up")
    box.ok("kill", "sys_elinux", "SIGUSR2")
    box.ok("wait", "-s", "STOPPED", "-t", str(int(LIMIT)), "sys_elinux")
    assert box.left() == []


# ---- limits, users ---------------------------------------------------------------------------


def test_user_namespace_keeps_the_hosts_executable_away(box: Box) -> None:
    box.application(extra="lxc.id_map = u 0 100000 65536\nlxc.id_map = g 0 100000 65536\n")
    config = box.lxcpath / "app_bash/config"
    closed = box.run("execute", "-n", "app_bash", "--", "/bin/true")
    assert closed.returncode != 0 and "search permission" in closed.stderr
    for parent in (box.path, *box.path.parents[:2]):  # pytest's own, closed to others
        parent.chmod(parent.stat().st_mode | 0o011)
    refused = box.run("execute", "-n", "app_bash", "--", "/bin/true")
    assert refused.returncode != 0 and "rbind" in refused.stderr
    config.write_text(config.read_text().replace("none bind", "none rbind").replace("gid=5,", ""))
    for path in (box.rootfs("app_bash"), *box.rootfs("app_bash").rglob("*")):
        os.chown(path, 100000, 100000, follow_symlinks=False)
    done = box.run("execute", "-n", "app_bash", "--", "/bin/sh", "-c",
                   "id -u; cat /proc/self/uid_map; readlink /proc/1/exe || cat /proc/1/environ || echo denied")
    assert done.stdout.split() == ["0", "0", "100000", "65536", "denied"], done.stderr


def test_limits_are_written_and_missing_controllers_named(box: Box) -> None:
    v1 = Path("/sys/fs/cgroup/pids/cgroup.procs").exists()
    key = "lxc.cgroup.pids.max" if v1 else "lxc.cgroup2.pids.max"
    box.application(extra=f"{key} = 33\n")
    groups = box.ok("execute", "-n", "app_bash", "--", "/bin/cat", "/proc/self/cgroup")
    assert "berth." not in groups, "with a cgroup namespace of its own it sees no path of the host's"
    with box.popen("execute", "-n", "app_bash", "--", "/bin/sh", "-c", "echo up; cat",
                   stdin=subprocess.PIPE, stdout=subprocess.PIPE) as berth:
        assert berth.stdout and berth.stdin
        assert berth.stdout.readline() == "up\n"
        [group] = [c for c in map(lambda c: Path(c.removeprefix("cgroup ")), box.cgroups())
                   if (c / "pids.max").exists()]
        assert (group / "pids.max").read_text() == "33\n"
        berth.stdin.close()
        assert berth.wait(LIMIT) == 0
    config = box.lxcpath / "app_bash/config"
    config.write_text(config.read_text() + "lxc.cgroup.nosuch.limit = 1\n")
    done = box.run("execute", "-n", "app_bash", "--", "/bin/true")
    assert done.returncode != 0 and "cgroup.v1.nosuch" in done.stderr
    assert f"{config}:" in done.stderr


# ---- violent ends --------------------------------------------------------------------------


def test_killed_monitor_leaves_nothing_to_the_next_command(box: Box) -> None:
    box.system()
    box.ok("start", "sys_elinux")
    init, monitor = box.init("sys_elinux"), box.monitor("sys_elinux")
    os.kill(monitor, signal.SIGKILL)
    until(lambda: box.state("sys_elinux") == "STOPPED", "the monitor dies")
    assert box.left() == []
    box.ok("start", "sys_elinux")
    assert box.init("sys_elinux") != init


def test_killed_init_ends_the_container(box: Box) -> None:
    box.system()
    box.ok("start", "sys_elinux")
    os.kill(box.init("sys_elinux"), signal.SIGKILL)
    box.ok("wait", "-s", "STOPPED", "-t", str(int(LIMIT)), "sys_elinux")
    assert box.left() == []


def test_two_run_side_by_side(box: Box) -> None:
    box.system("one")
    box.system("two")
    box.ok("start", "one")
    box.ok("start", "two")
    box.ok("stop", "-k", "one")
    assert (box.state("one"), box.state("two")) == ("STOPPED", "RUNNING")
    assert box.inside("two", "hostname").stdout == "two\n"


def test_many_starts_at_once_give_one_container(box: Box) -> None:
    box.system()
    starts = [box.popen("start", "sys_elinux", stderr=subprocess.PIPE) for _ in range(6)]
    results = [(p.communicate(timeout=LIMIT)[1], p.returncode) for p in starts]
    assert [code for _, code in results].count(0) == 1, results
    assert all("already" in text for text, code in results if code), results
    assert box.state("sys_elinux") == "RUNNING"


def test_lookers_do_not_get_in_the_way_of_a_start(box: Box) -> None:
    """Whoever looks may clean up, and holds the lock while doing so: no reason not to start."""
    box.application()
    for _ in range(15):
        looking = [box.popen("info", "-s", "app_bash", stdout=subprocess.DEVNULL) for _ in range(3)]
        done = box.run("execute", "-n", "app_bash", "--", "/bin/true")
        assert done.returncode == 0, done.stderr
        assert all(p.wait(LIMIT) == 0 for p in looking)


def test_start_while_it_ends_waits_for_the_end(box: Box) -> None:
    box.system()
    for _ in range(5):
        box.ok("start", "sys_elinux")
        os.kill(box.init("sys_elinux"), signal.SIGKILL)
        # Until the monitor has noticed, the truth is that it runs already.
        until(lambda: box.state("sys_elinux") != "RUNNING", "init's end is noticed")
        box.ok("start", "sys_elinux")
        box.ok("stop", "-k", "sys_elinux")


def test_device_rules_without_any_device_controller_name_the_features(box: Box) -> None:
    """In a mount namespace where no cgroup is mounted, as on a kernel without."""
    box.wrapper = ("unshare", "-m", "sh", "-c", "umount -l /sys/fs/cgroup && exec \"$@\"", "sh")
    box.system()
    done = box.run("start", "sys_elinux")
    assert done.returncode != 0
    assert "cgroup.v1.devices" in done.stderr and "cgroup.v2.devices" in done.stderr
    box.application()
    assert box.run("execute", "-n", "app_bash", "--", "/bin/true").returncode == 0
    box.wrapper = ()


def test_host_without_proc(box: Box) -> None:
    """A board whose /proc is not mounted: no identities of processes, no arrangement of cgroups."""
    box.wrapper = ("unshare", "-m", "sh", "-c", "umount -l /proc && exec \"$@\"", "sh")
    box.application()
    (box.rootfs("app_bash") / "dev/console").touch()
    assert box.ok("execute", "-n", "app_bash", "--", "/bin/hostname") == "app_bash\n"
    box.system(extra="")
    done = box.run("start", "-c", "none", "sys_elinux", "--", "/bin/sleep", "100000")
    assert done.returncode == 0, done.stderr
    assert box.state("sys_elinux") == "RUNNING"
    box.ok("stop", "-k", "sys_elinux")
    assert box.state("sys_elinux") == "STOPPED"
    done = box.run("start", "sys_elinux")
    assert done.returncode != 0 and "/proc is not mounted" in done.stderr
    box.wrapper = ()
    assert box.left() == []


def test_command_in_another_pid_namespace_sees_it_run(box: Box) -> None:
    box.system()
    box.ok("start", "sys_elinux")
    box.wrapper = ("unshare", "-p", "-f", "--mount-proc")
    assert box.state("sys_elinux") == "RUNNING"
    again = box.run("start", "sys_elinux")
    assert again.returncode != 0 and "already" in again.stderr
    box.wrapper = ()
    assert box.state("sys_elinux") == "RUNNING"
