# SPDX-License-Identifier: GPL-2.0-only
"""The console and the terminals of a container, and berth console in front of them."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from berth_box import Box, until
from berth_terminal import Terminal

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")

NAME = "sys_elinux"
INITTAB = """\
console::respawn:/bin/getty -n -l /bin/sh 0 console
tty1::respawn:/bin/getty -n -l /bin/sh 0 tty1
tty2::respawn:/bin/getty -n -l /bin/sh 0 tty2
"""
NODES = (("null", 1, 3), ("zero", 1, 5), ("tty", 5, 0), ("console", 5, 1), ("ptmx", 5, 2))


def system(box: Box, extra: str = "", inittab: str = INITTAB) -> Path:
    """A system whose /dev is a part of its rootfs, as old distributions have it."""
    root = box.make_rootfs(NAME, inittab=inittab)
    for name, major, minor in NODES:
        os.mknod(root / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(major, minor))
    (root.parent / "config").write_text(
        f"lxc.utsname = {NAME}\nlxc.network.type = empty\nlxc.rootfs = {root}\n"
        "lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0\n" + extra)
    return root


def listing(root: Path) -> list[tuple[str, int]]:
    return sorted((str(p.relative_to(root)), p.lstat().st_mode) for p in (root / "dev").rglob("*"))


def host_terminals() -> list[tuple[str, int]]:
    """What of the host's /dev these tests could change; others make devices of their own."""
    return sorted((n, os.lstat(f"/dev/{n}").st_mode) for n in os.listdir("/dev")
                  if n.startswith(("tty", "ptmx", "pts", "console", "lxc")))


def console(box: Box, *args: str, size: tuple[int, int] = (24, 80)) -> Terminal:
    return Terminal(box.argv("console", *args, NAME), box.environment({"TERM": "linux"}), size)


def shell(term: Terminal) -> Terminal:
    """Past the connection's note, to a prompt."""
    term.expect("itself\r\n")
    term.send("\r")
    term.expect("# ")
    return term


def said(term: Terminal, command: str) -> str:
    """What a command says, between marks that its echo does not have."""
    term.send(f"echo be''gin; {command}; echo e''nd\r")
    term.expect("begin\r\n")
    return term.expect("end\r\n")


# ---- terminals ---------------------------------------------------------------------------------


def test_login_on_a_terminal_and_on_the_console(box: Box) -> None:
    root = system(box, "lxc.tty = 2\nlxc.pts = 32\n")
    before = listing(root)
    box.ok("start", NAME)
    for number, device in ((1, "tty1"), (2, "tty2"), (0, "console")):
        with console(box, "-t", str(number)) as term:
            shell(term)
            assert said(term, "tty") == f"/dev/{device}\r\n"
            assert said(term, "hostname") == f"{NAME}\r\n"
            term.send("\x01q")
            assert term.end() == 0
            assert term.restored()
    box.ok("stop", "-k", NAME)
    assert listing(root) == before, "mount points that were made are gone"


def test_window_size_is_passed_on_and_followed(box: Box) -> None:
    system(box, "lxc.tty = 1\n")
    box.ok("start", NAME)
    with console(box, "-t", "1", size=(33, 101)) as term:
        shell(term)
        assert said(term, "stty size") == "33 101\r\n"
        term.send("/bin/sh -c 'trap \"echo cha\"\"nged; exit\" WINCH; echo re\"\"ady; "
                  "while :; do sleep 0.1; done'\r")
        term.expect("ready")
        term.resize(44, 120)  # the kernel tells berth, which is at that terminal
        term.expect("changed")
        assert said(term, "stty size") == "44 120\r\n"


def test_a_terminal_has_one_user(box: Box) -> None:
    system(box, "lxc.tty.max = 2\n")
    box.ok("start", NAME)
    with console(box, "-t", "1") as first:
        first.expect("itself")
        with console(box, "-t", "1") as second:
            assert second.end() == 1
            assert f"terminal 1 is in use by process {first.process.pid}".encode() in second.said
            assert second.restored()
        with console(box) as free:
            assert "tty 2" in free.expect("itself")
            with console(box, "-t", "-1") as none:
                assert none.end() == 1 and b"all 2 terminals are in use" in none.said
        with console(box, "-t", "9") as absent:
            assert absent.end() == 1 and b"there is no terminal 9: lxc.tty.max is 2" in absent.said
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(60)
        until(lambda: took(box, "1"), "a killed client's terminal is free again")
    with console(box, "-t", "0") as one:
        one.expect("itself")
        with console(box, "-t", "0") as two:
            assert two.end() == 1
            assert f"the console is in use by process {one.process.pid}".encode() in two.said


def took(box: Box, number: str) -> bool:
    with console(box, "-t", number) as term:
        try:
            term.expect("itself")
        except AssertionError:
            return False
        term.send("\x01q")
        return term.end() == 0


def test_escape(box: Box) -> None:
    system(box, "lxc.tty = 1\n", inittab="tty1::respawn:/bin/getty -n -l /bin/sh 0 tty1\n")
    box.ok("start", NAME)
    with console(box, "-t", "1", "-e", "^b") as term:
        shell(term)
        # In raw mode of the line, a byte is taken as it comes.
        term.send("stty raw -echo; echo re''ady; head -c 3 | grep -c ^.a.$; stty sane; echo a''gain\r")
        term.expect("ready")
        term.send("\x02\x02a\x01")
        assert "1" in term.expect("again"), "Ctrl+b Ctrl+b is one Ctrl+b, and Ctrl+a is a key like others"
        term.send("\x02x")
        term.send("\x02q")
        assert term.end() == 0 and term.restored()


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_terminal_is_restored_when_a_signal_ends_it(box: Box, sig: signal.Signals) -> None:
    system(box, "lxc.tty = 1\n")
    box.ok("start", NAME)
    with console(box, "-t", "1") as term:
        shell(term)
        assert not term.restored(), "raw while it is connected"
        term.process.send_signal(sig)
        assert term.end() == 0 and term.restored()
    assert box.state(NAME) == "RUNNING"


@pytest.mark.parametrize("number", ["0", "1"])
@pytest.mark.parametrize("way", ["stop", "kill-monitor", "frozen"])
def test_end_of_the_container_ends_it(box: Box, number: str, way: str) -> None:
    system(box, "lxc.tty = 1\n")
    box.ok("start", NAME)
    with console(box, "-t", number) as term:
        shell(term)
        if way == "frozen":  # what cannot be delivered does not make it deaf
            box.ok("freeze", NAME)
            for _ in range(40):
                term.send("x" * 1000)
            term.send("\x01q")
        elif way == "stop":
            box.ok("stop", "-k", NAME)
        else:
            os.kill(box.monitor(NAME), signal.SIGKILL)
        assert term.end() == 0 and term.restored()
        assert (b"has ended" in term.said) == (way != "frozen")


def test_console_needs_a_terminal_and_a_container(box: Box) -> None:
    system(box)
    with console(box) as term:
        assert term.end() == 1 and b"does not run" in term.said
    box.ok("start", NAME)
    done = box.run("console", NAME)
    assert done.returncode == 1 and "standard input is not a terminal" in done.stderr
    with console(box) as term:
        assert term.end() == 1 and b"no terminals beside its console (-t 0): lxc.tty.max is 0" in term.said


def test_console_of_the_foreground_stays_there(box: Box) -> None:
    system(box, "lxc.tty = 1\n")
    with Terminal(box.argv("start", "-F", NAME), box.environment()) as front:
        until(lambda: box.state(NAME) == "RUNNING", "it runs")
        with console(box, "-t", "0") as term:
            assert term.end() == 1 and b"on the terminal on which the container was started" in term.said
        assert took(box, "1")
        box.ok("stop", "-k", NAME)
        front.end()
        assert front.restored()


# ---- directory, devpts -------------------------------------------------------------------------


def test_directory_of_the_terminals(box: Box) -> None:
    root = system(box, "lxc.tty = 2\nlxc.devttydir = lxc\n")
    box.ok("start", NAME)
    for name in ("console", "tty1", "tty2"):
        assert os.readlink(root / "dev" / name) == f"lxc/{name}"
    shown = box.inside(NAME, "for t in console tty1 tty2; do ls -lL /dev/$t; done").stdout
    assert len(re.findall(r"^c.* 136, ", shown, re.M)) == 3, shown
    assert box.inside(NAME, "rm /dev/tty2 && mknod /dev/tty2 c 4 2").returncode == 0
    with console(box, "-t", "1") as term:
        shell(term)


def test_directory_is_refused_on_the_hosts_dev(box: Box) -> None:
    box.system(extra="lxc.tty = 1\nlxc.devttydir = lxc\n")
    before = host_terminals()
    done = box.run("start", NAME)
    assert done.returncode == 1 and "/dev is the host's" in done.stderr
    assert host_terminals() == before and box.left() == []


def test_terminals_on_the_hosts_dev_leave_it_as_it_was(box: Box) -> None:
    box.system(extra="lxc.tty = 63\nlxc.pts = 8\n")
    before = host_terminals()
    box.ok("start", NAME)
    assert len(re.findall(r" 136, ", box.inside(NAME, "ls -l /dev/tty?*").stdout)) == 63
    assert not Path("/dev/tty63").exists() or Path("/dev/tty63").stat().st_rdev >> 8 != 136
    box.ok("stop", "-k", NAME)
    assert host_terminals() == before


def test_ptys_of_its_own(box: Box) -> None:
    system(box, "lxc.pty.max = 3\n", inittab="::sysinit:/bin/true\n")
    box.ok("start", NAME)
    mounts = box.inside(NAME, "cat /proc/mounts").stdout
    line = next(line for line in mounts.splitlines() if " /dev/pts " in line)
    assert "ptmxmode=666" in line and "max=3" in line and "gid=5" in line
    assert box.inside(NAME, "ls /dev/pts").stdout == "ptmx\n", "none of the host's"
    many = box.inside(NAME, "exec 5</dev/ptmx 6</dev/ptmx 7</dev/ptmx; ls /dev/pts; exec 8</dev/ptmx")
    assert many.stdout.split() == ["0", "1", "2", "ptmx"] and many.returncode != 0
    assert "No space left" in many.stderr


# ---- what the console says ---------------------------------------------------------------------

TALK = "::sysinit:/bin/sh -c 'echo first; echo second'\n::once:/bin/sh -c 'echo third >/dev/console'\n"


def test_console_is_remembered(box: Box) -> None:
    system(box, "lxc.console.buffer.size = auto\n", inittab=TALK)
    box.ok("start", NAME)
    until(lambda: "third" in box.ok("console", "--show-log", NAME), "it was said")
    whole = box.ok("console", "--clear-log", NAME)
    assert whole.index("first") < whole.index("second") < whole.index("third")
    assert "third" not in box.ok("console", "--show-log", NAME)


def test_without_memory_it_says_so(box: Box) -> None:
    system(box)
    box.ok("start", NAME)
    done = box.run("console", "--show-log", NAME)
    assert done.returncode == 1 and "set lxc.console.buffer.size" in done.stderr


def test_console_log_is_limited_and_turned_over(box: Box) -> None:
    log = box.path / "said"
    system(box, f"lxc.console.logfile = {log}\nlxc.console.size = 1000\nlxc.console.rotate = 1\n",
           inittab="::sysinit:/bin/sh -c 'i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo line $i; done'\n")
    box.ok("start", NAME)
    until(lambda: log.exists() and "line 500" in log.read_text(), "all was said")
    old = Path(f"{log}.1").read_text()
    assert len(log.read_bytes()) <= 1000 and 0 < len(old) <= 1000
    lines = re.findall(r"line (\d+)", old + log.read_text())
    assert lines[-1] == "500" and "1" not in lines
    assert [int(n) for n in lines[1:]] == list(range(int(lines[1]), 501)), "nothing is lost at the turn"


def test_console_on_a_file_and_on_a_terminal_of_the_host(box: Box) -> None:
    out = box.path / "console"
    system(box, inittab=TALK)
    box.ok("start", "-c", str(out), NAME)
    until(lambda: out.exists() and "third" in out.read_text(), "it was said")
    with console(box, "-t", "0") as term:
        assert term.end() == 1 and f"the console is on {out}".encode() in term.said
    box.ok("stop", "-k", NAME)
    with Terminal(["/bin/sleep", "1000"], {}) as seat:
        box.ok("start", "-s", f"lxc.console={os.ttyname(seat.slave)}", NAME, "--", "/bin/sh", "-c",
               "read a; echo got $a; sleep 100")
        seat.send("this\r")
        seat.expect("got this")
        box.ok("stop", "-k", NAME)
        assert seat.restored()


def test_program_on_the_callers_descriptors_has_no_console(box: Box) -> None:
    box.application()
    with box.popen("execute", "-n", "app_bash", "--", "/bin/sh", "-c", "echo up; read x",
                   stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdin and program.stdout and program.stdout.readline() == "up\n"
        until(lambda: box.state("app_bash") == "RUNNING", "it runs")
        with Terminal(box.argv("console", "-t", "0", "app_bash"), box.environment()) as term:
            assert term.end() == 1 and b"has neither a console nor terminals" in term.said
        program.stdin.close()
        program.wait(60)


def test_log_and_foreground_together(box: Box) -> None:
    box.application()
    log = box.path / "said"
    with Terminal(box.argv("execute", "-L", str(log), "-n", "app_bash", "--", "/bin/sh", "-c", "echo both"),
                  box.environment()) as term:
        assert term.end() == 0 and b"both" in term.said
    assert "both" in log.read_text()


# ---- who may ask -------------------------------------------------------------------------------


def test_nonsense_at_the_socket_does_no_harm(box: Box) -> None:
    system(box, "lxc.tty = 1\n")
    box.ok("start", NAME)
    where = next(box.rundir.glob("*/command"))
    assert stat.S_IMODE(box.rundir.stat().st_mode) == 0o700
    script = ("import socket, sys, os\nos.chdir(sys.argv[1])\nheld = []\n"
              "for text in (b'', b'x', b'GET / HTTP/1.0', bytes(12), b'1CTB' + bytes(8), b'\\xff' * 4096):\n"
              "    s = socket.socket(socket.AF_UNIX); s.connect('command'); s.send(text); held.append(s)\n"
              "for _ in range(40):\n"
              "    s = socket.socket(socket.AF_UNIX); s.settimeout(5)\n"
              "    try: s.connect('command')\n"
              "    except OSError: pass\n"
              "    held.append(s)\n")
    subprocess.run(["/usr/bin/python3", "-c", script, where.parent], timeout=60, check=True)
    assert box.state(NAME) == "RUNNING" and took(box, "1")
