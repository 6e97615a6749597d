# SPDX-License-Identifier: GPL-2.0-only
"""lxc-execute, lxc-start, lxc-stop and the rest, on real containers on the running kernel."""

from __future__ import annotations

import itertools
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth_lxc import BUSYBOX, LIMIT_S, Berth, needs_root

pytestmark = needs_root

APPLETS = "sh ls cat echo hostname id ps mount sleep head mknod halt ifconfig true touch"
STORY_APP = """\
lxc.utsname = app_bash
lxc.rootfs = /var/lib/lxc/app_bash/rootfs
lxc.mount.entry=/dev /var/lib/lxc/app_bash/rootfs/dev/ none bind 0 0
lxc.mount.entry=/dev/pts /var/lib/lxc/app_bash/rootfs/dev/pts devpts gid=5,mode=620,newinstance,ptmxmode=0666 0 0
"""
STORY_SYS = """\
# network configuration
lxc.utsname = sys_elinux
lxc.network.type = empty
lxc.network.flags = up
# file system configuration
lxc.rootfs = /var/lib/lxc/sys_elinux/rootfs
lxc.mount.entry=/dev /var/lib/lxc/sys_elinux/rootfs/dev none bind 0 0
lxc.mount.entry=devpts /var/lib/lxc/sys_elinux/rootfs/dev/pts devpts gid=5,mode=620,newinstance,ptmxmode=0666 0 0
lxc.mount.entry=proc /proc /var/lib/lxc/sys_elinux/rootfs/proc nodev,noexec,nosuid 0 0
lxc.mount.entry=sysfs /var/lib/lxc/sys_elinux/rootfs/sys sysfs defaults  0 0
## Devices
#lxc.cgroup.devices.allow               = a
lxc.cgroup.devices.deny                 = a
lxc.cgroup.devices.allow                = c 1:3 rwm
lxc.cgroup.devices.allow                = c 1:5 rwm
lxc.cgroup.devices.allow                = c 5:1 rwm
lxc.cgroup.devices.allow                = c 5:0 rwm
lxc.cgroup.devices.allow                = c 4:0 rwm
lxc.cgroup.devices.allow                = c 4:1 rwm
lxc.cgroup.devices.allow                = c 1:9 rwm
lxc.cgroup.devices.allow                = c 1:8 rwm
lxc.cgroup.devices.allow                = c 136:* rwm
lxc.cgroup.devices.allow                = c 5:2 rwm
lxc.cgroup.devices.allow                = c 254:0 rwm
"""
numbers = itertools.count()


def wait_for(what, limit_s: float = 60.0):
    """Poll: these are other processes' doings, which nothing announces."""
    end = time.monotonic() + limit_s
    while not (seen := what()):
        assert time.monotonic() < end, f"still not so after {limit_s} s"
        time.sleep(0.02)
    return seen


def make_rootfs(top: Path) -> None:
    """A whole small Linux: BusyBox and an init with an inittab."""
    for d in "bin sbin dev proc sys etc tmp".split():
        (top / d).mkdir(parents=True, exist_ok=True)
    (top / "bin/busybox").write_bytes(BUSYBOX.read_bytes())
    (top / "bin/busybox").chmod(0o755)
    for name in APPLETS.split():
        (top / "bin" / name).symlink_to("busybox")
    (top / "sbin/init").symlink_to("../bin/busybox")
    (top / "etc/inittab").write_text("::sysinit:/bin/sh /etc/rc\n::respawn:/bin/sleep 1000\n")
    (top / "etc/rc").write_text("echo up >/tmp/up\n")


@pytest.fixture
def berth(tmp_path: Path) -> Iterator[Berth]:
    b = Berth(tmp_path)
    yield b
    active = b.lxc("ls", "--active")
    for name in active.out.split():
        b.lxc("stop", "-k", "-n", name)
    assert b.lxc("ls", "--active").out == ""


@pytest.fixture
def name(berth: Berth) -> Iterator[str]:
    """A name that nobody else uses, and the proof that nothing of it is left."""
    unique = f"lxcpy{os.getpid()}x{next(numbers)}"
    yield unique
    for path in berth.lxc("ls", "--active").out.split():
        berth.lxc("stop", "-k", "-n", path)
    assert unique not in Path("/proc/self/mountinfo").read_text()
    left = [p for run in (Path("/run/berth"),) if run.is_dir() for p in run.iterdir()
            if p.name.endswith(unique)]
    assert left == []
    found = subprocess.run(["find", "/sys/fs/cgroup", "-name", f"*{unique}*", "-type", "d"],
                           capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert found.stdout == ""


def small(berth: Berth, name: str, text: str = "") -> Path:
    """Define a container with a rootfs of its own; returns that."""
    rootfs = berth.path / name / "rootfs"
    berth.define(name, f"lxc.rootfs = {rootfs}\nlxc.mount.entry = /dev dev none bind 0 0\n"
                       f"lxc.mount.entry = proc proc proc rw 0 0\n{text}", rootfs=True)
    make_rootfs(rootfs)
    return rootfs


# ---- execute -----------------------------------------------------------------------------------


def test_execute_passes_status_streams_and_arguments(berth: Berth, name: str) -> None:
    """On the host's own root, with no configuration at all."""
    done = berth.lxc("execute", "-n", name, "--", "/bin/sh", "-c",
                     'cat; echo "$0|$1|$2" ; echo bad >&2; exit 7', "zero", "", "a b", input="in\n")
    assert (done.status, done.out, done.err) == (7, "in\nzero||a b\n", "bad\n")
    assert berth.lxc("execute", name, "true").status == 0
    assert berth.run("berth", "execute", name, "/bin/sh", "-c", "kill -9 $$").status == 128 + 9
    gone = berth.lxc("execute", "-n", name, "/no/such/program")
    assert gone.status == 1 and "/no/such/program" in gone.err and "No such file" in gone.err


def test_execute_clears_the_environment(berth: Berth, name: str) -> None:
    config = berth.tmp / "c"
    config.write_text("lxc.environment = FROM=config\nlxc.environment = SECRET\n")
    done = berth.lxc("execute", "-n", name, "-f", config, "-s", "lxc.environment=MORE=x y", "--",
                     "/usr/bin/env", env={"SECRET": "shown", "LEAK": "no"})
    seen = set(done.out.splitlines())
    assert done.status == 0 and {"container=lxc", "FROM=config", "SECRET=shown", "MORE=x y",
                                 "TERM=linux"} <= seen
    assert any(v.startswith("PATH=/usr/local/sbin:") for v in seen)
    assert not [v for v in seen if v.startswith(("LEAK", "BERTH", "LC_ALL"))]


def test_execute_isolates(berth: Berth, name: str) -> None:
    small(berth, name, "lxc.utsname = inside\nlxc.network.type = empty\nlxc.network.flags = up\n"
                       "lxc.rootfs.options = ro\n")
    done = berth.lxc("execute", "-n", name, "--", "/bin/sh", "-c",
                     "hostname; ps -o pid | head -n 1; echo $$; ls /; ifconfig -a | head -n 4; "
                     "touch /tmp/x || echo readonly; ls /proc/self/fd")
    assert done.status == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "inside" and int(lines[2]) > 1
    assert {"bin", "dev", "etc", "proc"} <= set(lines) and "var" not in lines
    assert "UP LOOPBACK" in done.out and "readonly" in lines
    assert lines[-4:] == ["0", "1", "2", "3"]      # 3 is the directory that ls reads


def test_execute_in_the_background(berth: Berth, name: str) -> None:
    rootfs = small(berth, name)
    pidfile = berth.tmp / "pid"
    log = berth.tmp / "console"
    done = berth.lxc("execute", "-n", name, "-d", "-p", pidfile, "-L", log, "--", "/bin/sh", "-c",
                     "echo spoken; while [ ! -e /tmp/end ]; do sleep 0.05; done")
    assert done.status == 0, done.err
    info = berth.lxc("info", "-n", name, "-p", "-H").out.strip()
    assert pidfile.read_text().strip() == info and Path(f"/proc/{info}").exists()
    assert berth.lxc("ls", "--running").out.split() == [name]
    assert berth.lxc("ls", "--stopped").out == ""
    again = berth.lxc("execute", "-n", name, "true")
    assert again.status == 1 and "runs already" in again.err
    refused = berth.lxc("destroy", "-n", name)
    assert refused.status == 1 and "is running" in refused.err and (rootfs / "bin").exists()
    wait_for(lambda: "spoken" in log.read_text())
    (rootfs / "tmp/end").touch()
    assert berth.lxc("wait", "-n", name, "-s", "STOPPED", "-t", "60").status == 0
    assert berth.lxc("destroy", "-n", name).status == 0
    assert list(berth.path.iterdir()) == []


def test_execute_forwards_a_signal(berth: Berth, name: str) -> None:
    rootfs = small(berth, name)
    with subprocess.Popen([berth.program("lxc-execute"), "-n", name, "--", "/bin/sh", "-c",
                           "trap 'exit 9' TERM; touch /tmp/ready; while :; do sleep 0.05; done"],
                          env=berth.env, stdin=subprocess.DEVNULL) as p:
        try:
            wait_for((rootfs / "tmp/ready").exists)
            assert berth.lxc("kill", "-n", name, "TERM").status == 0
            assert p.wait(LIMIT_S) == 9
        finally:
            p.kill()


def test_execute_on_a_terminal(berth: Berth, name: str) -> None:
    """The program has this terminal's name, and a controlling terminal."""
    small(berth, name)
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(berth.env | {"TERM": "vt220"})
        program = str(berth.program("lxc-execute"))
        os.execv(program, [program, "-n", name, "--", "/bin/sh", "-c",
                           "echo $TERM; id -u >/dev/tty"])
    seen = b""
    while select.select([master], [], [], LIMIT_S)[0]:
        try:
            data = os.read(master, 4096)
        except OSError:
            break
        if not data:
            break
        seen += data
    _, status = os.waitpid(pid, 0)
    os.close(master)
    assert os.waitstatus_to_exitcode(status) == 0 and seen.split() == [b"vt220", b"0"], seen


# ---- start and stop ----------------------------------------------------------------------------


def test_start_freeze_attach_kill_stop_destroy(berth: Berth, name: str) -> None:
    rootfs = small(berth, name, f"lxc.utsname = {name}\nlxc.network.type = empty\n")
    missing = berth.lxc("start", "-n", name + "-no")
    assert missing.status == 1 and "No such file" in missing.err
    assert berth.lxc("stop", "-n", name).status == 2
    assert berth.lxc("stop", "-n", name + "-no").status == 1
    for verb in ("freeze", "unfreeze", "attach", "kill"):
        done = berth.lxc(verb, "-n", name)
        assert done.status == 1 and re.search("not run(ning)?$", done.err), (verb, done.err)

    assert berth.lxc("start", "-n", name).status == 0
    wait_for((rootfs / "tmp/up").exists)
    assert berth.lxc("start", "-n", name).status == 1
    info = berth.lxc("info", "-n", name).out
    assert re.search(r"^State: +RUNNING$", info, re.MULTILINE)
    pid = int(re.search(r"^PID: +(\d+)$", info, re.MULTILINE)[1])
    assert "NSpid:" not in (s := Path(f"/proc/{pid}/status").read_text()) or \
        re.search(rf"^NSpid:\s+{pid}\s+1$", s, re.MULTILINE)
    table = berth.lxc("ls", "-F", "NAME,STATE,PID,IPV4").out.splitlines()[1].split()
    assert table == [name, "RUNNING", str(pid), "-"]

    done = berth.lxc("attach", "-n", name, "-v", "A=b", "--clear-env", "--", "/bin/sh", "-c",
                     "hostname; echo $A; exit 5")
    assert (done.status, done.out) == (5, f"{name}\nb\n")
    assert berth.lxc("freeze", "-n", name).status == 0
    assert berth.lxc("info", "-s", "-H", "-n", name).out == "FROZEN\n"
    assert berth.lxc("ls", "--frozen").out == berth.lxc("ls", "--active").out == f"{name}\n"
    assert berth.lxc("ls", "--running").out == ""
    assert berth.lxc("unfreeze", "-n", name).status == 0
    assert berth.lxc("wait", "-n", name, "-s", "RUNNING", "-t", "60").status == 0
    assert berth.lxc("wait", "-n", name, "-s", "STOPPED|FROZEN", "-t", "0").status == 1

    assert berth.lxc("stop", "-n", name).status == 0       # BusyBox's init halts on SIGPWR's like
    assert not Path(f"/proc/{pid}").exists()
    assert berth.lxc("info", "-s", "-H", "-n", name).out == "STOPPED\n"
    assert berth.lxc("start", "-n", name).status == 0
    assert berth.lxc("destroy", "-f", "-n", name).status == 0
    assert list(berth.path.iterdir()) == []


def test_stop_when_init_does_not_listen(berth: Berth, name: str) -> None:
    rootfs = small(berth, name)
    deaf = ["--", "/bin/sh", "-c", "trap '' PWR; touch /tmp/ready; while :; do sleep 1; done"]
    assert berth.lxc("start", "-n", name, *deaf).status == 0
    wait_for((rootfs / "tmp/ready").exists)
    late = berth.lxc("stop", "-n", name, "-t", "0", "--nokill")
    assert late.status == 1 and berth.lxc("ls", "--running").out == f"{name}\n"
    assert berth.lxc("stop", "-n", name, "-W").status == 0
    assert berth.lxc("ls", "--running").out == f"{name}\n"
    assert berth.lxc("stop", "-n", name, "-t", "1").status == 0
    assert berth.lxc("ls", "--running").out == ""
    assert berth.lxc("start", "-n", name, *deaf).status == 0
    assert berth.lxc("stop", "-n", name, "-k").status == 0
    assert berth.lxc("ls", "--active").out == ""


def test_stop_sends_the_configured_signals(berth: Berth, name: str) -> None:
    rootfs = small(berth, name, "lxc.haltsignal = SIGUSR1\nlxc.signal.reboot = SIGUSR2\n")
    script = "trap 'echo halt >>/tmp/got; exit 0' USR1; trap 'echo reboot >>/tmp/got' USR2; " \
             "touch /tmp/ready; while :; do sleep 0.05; done"
    assert berth.lxc("start", "-n", name, "--", "/bin/sh", "-c", script).status == 0
    wait_for((rootfs / "tmp/ready").exists)
    assert berth.lxc("stop", "-r", "-n", name).status == 0
    wait_for((rootfs / "tmp/got").exists)
    assert berth.lxc("stop", "-n", name).status == 0
    assert (rootfs / "tmp/got").read_text() == "reboot\nhalt\n"


def test_start_in_the_foreground_ends_with_inits_status(berth: Berth, name: str) -> None:
    small(berth, name)
    assert berth.lxc("start", "-F", "-n", name, "--", "/bin/sh", "-c", "exit 3").status == 3
    halted = berth.lxc("start", "-F", "-n", name, "--", "/bin/sh", "-c", "halt -f")
    assert halted.status == 0, halted.err


def test_start_that_fails_says_why_and_leaves_nothing(berth: Berth, name: str) -> None:
    rootfs = small(berth, name, "lxc.mount.entry = none nowhere tmpfs rw 0 0\n")
    done = berth.lxc("start", "-n", name)
    assert done.status == 1 and "nowhere" in done.err and f"{name}/config:4" in done.err, done.err
    for extra, said in ((("-s", "lxc.pts=many"), "-s: lxc.pts: expected a number of terminals"),
                        (("-s", "lxc.rootfs=/no/where"), "/no/where"),
                        (("-c", "/no/where"), "console /no/where: No such file"),
                        (("-f", "/no/config"), "cannot read /no/config")):
        done = berth.lxc("start", "-n", name, *extra)
        assert done.status == 1 and said in done.err, (extra, done.err)
    (rootfs / "nowhere").mkdir()
    (rootfs / "sbin/init").unlink()
    done = berth.lxc("start", "-n", name)
    assert done.status == 1 and "/sbin/init" in done.err
    assert berth.lxc("ls", "--active").out == ""


def test_console_none(berth: Berth, name: str) -> None:
    small(berth, name)
    done = berth.lxc("execute", "-c", "none", "-n", name, "--", "/bin/ls", "/dev/pts")
    assert done.status == 0, done.err


def test_the_log_tells_each_failure_once(berth: Berth, name: str) -> None:
    small(berth, name)
    log = berth.tmp / "log"
    for flag in ("-F", "-d"):
        log.unlink(missing_ok=True)
        done = berth.lxc("start", "-q", flag, "-o", log, "-n", name, "--", "/no/such")
        assert (done.status, done.err) == (1, "")
        assert log.read_text().count("/no/such") == 1, log.read_text()
    done = berth.lxc("start", "-q", "-o", log, "-n", name, "-s", "lxc.pts=many")
    assert done.status == 1 and log.read_text().count("lxc.pts") == 1


# ---- cgroups and devices -----------------------------------------------------------------------


def test_device_rules_hold(berth: Berth, name: str) -> None:
    small(berth, name, "lxc.cgroup.devices.deny = a\nlxc.cgroup.devices.allow = c 1:3 rw\n"
                       "lxc.cgroup.devices.allow = c 1:5 r\n"
                       "lxc.cgroup.devices.allow = c 136:* rwm\n")
    done = berth.lxc("execute", "-n", name, "--", "/bin/sh", "-c", """
        head -c 1 /dev/null && echo null
        echo x >/dev/null && echo write
        head -c 1 /dev/zero >/dev/null && echo zero
        (echo x >/dev/zero) 2>&1
        head -c 1 /dev/full 2>&1
        mknod /tmp/n c 1 3 2>&1
    """)
    lines = done.out.splitlines()
    assert lines[:3] == ["null", "write", "zero"], done
    assert [("Operation not permitted" in line) for line in lines[3:]] == [True] * 3, done


# ---- the story ---------------------------------------------------------------------------------


def story(berth: Berth, script: str) -> tuple[int, str]:
    """Run a script with an empty /var/lib/lxc of its own, in a mount namespace of its own."""
    for verb in ("create", "ls", "execute", "start", "info", "stop", "destroy"):
        berth.program(f"lxc-{verb}")
    (berth.tmp / "app.conf").write_text(STORY_APP)
    (berth.tmp / "sys.conf").write_text(STORY_SYS)
    make_rootfs(berth.tmp / "small")
    env = {"PATH": f"{berth.bin}:{os.environ['PATH']}", "LC_ALL": "C"}
    done = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-eu", "-c",
                           "mount -t tmpfs none /var/lib\nmkdir /var/lib/lxc\ncd \"$1\"\n" + script,
                           "sh", str(berth.tmp)], env=env, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=LIMIT_S)
    return done.returncode, done.stdout


def test_story_application_container(berth: Berth) -> None:
    status, out = story(berth, """
        lxc-create -n app_bash -f app.conf
        mkdir /var/lib/lxc/app_bash/rootfs
        mount --bind / /var/lib/lxc/app_bash/rootfs
        lxc-ls
        lxc-execute -n app_bash -- /bin/sh -c '
            hostname
            for p in /proc/[0-9]*; do echo pid ${p#/proc/}; done
            ls /dev/pts
            grep -c " /dev/pts devpts" /proc/mounts
            exit 3' || echo status $?
        lxc-destroy -n app_bash && echo destroyed too early
        test -e /bin/sh
        umount /var/lib/lxc/app_bash/rootfs
        lxc-destroy -n app_bash
        ls -A /var/lib/lxc
    """)
    lines = out.splitlines()
    assert status == 0, out
    assert lines[:2] == ["app_bash", "app_bash"]
    pids = [int(line.split()[1]) for line in lines if line.startswith("pid ")]
    assert 1 in pids and max(pids) < 20
    rest = [line for line in lines[2:] if not line.startswith("pid ")]
    assert rest[:3] == ["ptmx", "1", "status 3"], out
    assert "/var/lib/lxc/app_bash/rootfs is a mount point" in rest[3] and len(rest) == 4


def test_story_system_container(berth: Berth) -> None:
    (berth.tmp / "rc").write_text("""
        exec >/tmp/seen 2>&1
        hostname
        echo $(ls /dev/pts)
        ifconfig -a | grep -c Link
        ifconfig lo | grep -o UP
        mount | cut -d " " -f 1-5
        ps -o pid,comm | head -n 2
        head -c 1 /dev/zero >/dev/null && echo zero opens
        head -c 1 /dev/full
        echo done
    """)
    status, out = story(berth, """
        lxc-create -n sys_elinux -f sys.conf 2>told
        grep -q 'sys.conf:9: one field too many' told
        grep -qx '  proc /var/lib/lxc/sys_elinux/rootfs/proc proc nodev,noexec,nosuid 0 0' told
        cp -a small /var/lib/lxc/sys_elinux/rootfs
        cp rc /var/lib/lxc/sys_elinux/rootfs/etc/rc
        for n in cut grep; do ln -s busybox /var/lib/lxc/sys_elinux/rootfs/bin/$n; done
        lxc-start -q -n sys_elinux
        lxc-info -n sys_elinux -s
        seen=/var/lib/lxc/sys_elinux/rootfs/tmp/seen
        for i in $(seq 600); do grep -qx done $seen 2>/dev/null && break; sleep 0.1; done
        cat $seen
        lxc-stop -n sys_elinux
        lxc-info -n sys_elinux -s
        lxc-destroy -n sys_elinux
        ls -A /var/lib/lxc
    """)
    assert status == 0, out
    lines = out.splitlines()
    assert lines[0] == "State:          RUNNING" and lines[-1] == "State:          STOPPED"
    assert lines[1:5] == ["sys_elinux", "ptmx", "1", "UP"], out
    mounts = {tuple(line.split()[2:5:2]) for line in lines if " on / " in line or " on /" in line}
    assert {("/dev/pts", "devpts"), ("/proc", "proc"), ("/sys", "sysfs")} <= mounts
    assert re.search(r"^ +1 init$", out, re.MULTILINE)
    assert "zero opens" in lines and "head: /dev/full: Operation not permitted" in lines


# ---- attack on the monitor ---------------------------------------------------------------------


def test_nothing_is_left_when_the_monitor_is_killed(berth: Berth, name: str) -> None:
    rootfs = small(berth, name)
    with subprocess.Popen([berth.program("lxc-start"), "-F", "-n", name], env=berth.env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as p:
        wait_for((rootfs / "tmp/up").exists)
        pid = int(berth.lxc("info", "-n", name, "-pH").out)
        p.send_signal(signal.SIGKILL)
        p.wait()
    wait_for(lambda: not Path(f"/proc/{pid}").exists())
    assert berth.lxc("info", "-n", name, "-sH").out == "STOPPED\n"
    assert berth.lxc("start", "-n", name).status == 0
    assert berth.lxc("stop", "-k", "-n", name).status == 0
    assert berth.lxc("destroy", "-n", name).status == 0
