# SPDX-License-Identifier: GPL-2.0-only
"""`seaworthy inside`: what it says agrees with what Python sees of the same process's place."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SEAWORTHY = Path(os.environ.get("SEAWORTHY_EXECUTABLE", TOP / "out" / "seaworthy"))
LIMIT_S = 120


def inside(*args: str, status: int = 0, env: dict[str, str] | None = None,
           cwd: Path | None = None) -> dict[str, list[str]]:
    done = subprocess.run([str(SEAWORTHY), "inside", *args], capture_output=True, text=True, env=env,
                          cwd=cwd, timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == status, done.stderr
    values: dict[str, list[str]] = defaultdict(list)
    for line in done.stdout.splitlines():
        key, equals, value = line.partition("=")
        assert equals
        values[key].append(value)
    return values


def test_id_agrees_with_python(tmp_path: Path) -> None:
    got = inside("report", "id", cwd=tmp_path)
    assert got["hostname"] == [socket.gethostname()]
    assert got["ppid"] == [str(os.getpid())]
    assert got["uid"] == [str(os.getuid())] and got["gid"] == [str(os.getgid())]
    assert got["cwd"] == [str(tmp_path)]
    status = Path("/proc/self/status").read_text()
    assert got["cap.bnd"] == [re.search(r"^CapBnd:\t(\w+)$", status, re.M)[1]]
    assert got["ns.pid"] == [os.readlink("/proc/self/ns/pid")]


def test_proc_mounts_and_net_agree_with_python() -> None:
    got = inside("report", "proc", "mounts", "net", "cgroup")
    assert got["proc"] == ["ok"]
    assert str(os.getpid()) in got["pids"][0].split()
    assert got["comm.1"] == [Path("/proc/1/comm").read_text().strip()]
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    assert [m.split()[0] for m in got["mount"]] == [p.replace("\\", "\\134") for p in points]
    assert all(len(m.split()) == 6 for m in got["mount"])
    assert sorted(got["net"][0].split()) == sorted(name for _, name in socket.if_nameindex())
    assert "LOOPBACK" in got["net.lo.flags"][0].split()
    assert got["cgroup"] == Path("/proc/self/cgroup").read_text().splitlines()


def test_sections_leave_the_rest_out() -> None:
    got = inside("report", "env", env={"A": "1", "B": "two words", "C": "x\\y\nz"})
    assert dict(got) == {"env.A": ["1"], "env.B": ["two words"], "env.C": ["x\\134y\\012z"]}


def test_open_tells_the_errno(tmp_path: Path) -> None:
    got = inside("open", "/dev/null", "rw", str(tmp_path), "w", str(tmp_path / "none"), "r")
    assert dict(got) == {"open./dev/null.rw": ["ok"], f"open.{tmp_path}.w": ["EISDIR"],
                         f"open.{tmp_path}/none.r": ["ENOENT"]}


def test_a_pseudo_terminal_works_end_to_end() -> None:
    got = inside("pty")
    assert got["pty.open"] == got["pty.slave"] == got["pty.echo"] == ["ok"]
    assert got["pty.name"] == [f"/dev/pts/{got['pty.index'][0]}"]


def test_an_orphan_finds_a_parent_and_is_reaped() -> None:
    got = inside("orphan")
    assert int(got["orphan.parent"][0]) > 0
    assert got["orphan.reaped"] == ["yes"]


@pytest.mark.parametrize("number", [0, 7, 255])
def test_exit(number: int) -> None:
    assert not inside("exit", str(number), status=number)


def test_signal_dies_of_it() -> None:
    assert not inside("signal", str(int(signal.SIGUSR1)), status=-signal.SIGUSR1)


def test_exec_takes_the_rest_and_tells_when_it_cannot() -> None:
    assert inside("report", "env", "--", "exec", "/bin/echo", "a=b", "--", "c",
                  env={"X": "1"}) == {"env.X": ["1"], "a": ["b -- c"]}
    assert inside("exec", "/nonexistent", status=127) == {"exec./nonexistent": ["ENOENT"]}


@pytest.mark.parametrize("number, name", [(signal.SIGTERM, "TERM"), (signal.SIGUSR1, "USR1"),
                                          (signal.SIGPWR, "PWR")])
def test_trap_names_the_signal(number: int, name: str) -> None:
    with subprocess.Popen([str(SEAWORTHY), "inside", "trap"], stdout=subprocess.PIPE, text=True) as p:
        try:
            assert p.stdout.readline() == "ready=1\n"
            p.send_signal(number)
            assert p.stdout.read() == f"signal={name}\n"
            assert p.wait(LIMIT_S) == 0
        finally:
            p.kill()


@pytest.mark.parametrize("args, words", [
    ([], "Usage:"), (["frobnicate"], "there is no verb 'frobnicate'"),
    (["report", "nothing"], "report has no section 'nothing'"), (["open"], "usage: open PATH"),
    (["open", "/dev/null"], "usage: open PATH"), (["open", "/dev/null", "x"], "usage: open PATH"),
    (["exit", "256"], "usage: exit N"), (["exit"], "usage: exit N"),
    (["mknod", "/x", "p", "1", "1"], "usage: mknod PATH"), (["signal", "0"], "usage: signal N"),
    (["pty", "x"], "usage: pty"), (["--"], "there is no verb ''"),
])
def test_usage_errors(args: list[str], words: str) -> None:
    done = subprocess.run([str(SEAWORTHY), "inside", *args], capture_output=True, text=True,
                          timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 64
    assert words in done.stderr


def test_a_full_disk_is_told() -> None:
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([str(SEAWORTHY), "inside", "report"], stdout=full, text=True,
                              stderr=subprocess.PIPE, timeout=LIMIT_S, check=False)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr


def in_a_network(*commands: str) -> dict[str, list[str]]:
    """Run `inside` in a network namespace of its own after these commands of ip(8); skip if that cannot be."""
    script = "".join(f"ip {command} || exit 99\n" for command in commands) + 'exec "$@"'
    done = subprocess.run(["unshare", "--net", "sh", "-c", script, "sh", str(SEAWORTHY), "inside", "report", "net", "--",
                           "connect", "10.3.0.1", "9"], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr
    values: dict[str, list[str]] = defaultdict(list)
    for line in done.stdout.splitlines():
        key, _, value = line.partition("=")
        values[key].append(value)
    return values


@pytest.mark.skipif(os.geteuid() != 0, reason="network devices need root")
def test_net_tells_of_devices_addresses_and_routes() -> None:
    got = in_a_network("link set lo up", "link add a0 address 02:00:00:00:00:05 mtu 1300 type veth peer name a1",
                       "addr add 10.3.0.1/20 dev a0", "addr add fd00:3::1/72 dev a0 nodad", "link set a0 up",
                       "link set a1 up", "route add default via 10.3.0.9", "route add default dev a0 metric 1024",
                       "-6 route add default via fd00:3::9", "link add m0 link a1 type macvlan mode bridge")
    assert got["net"] == ["lo a1 a0 m0"]
    assert got["net.a0.mac"] == ["02:00:00:00:00:05"] and got["net.a0.mtu"] == ["1300"]
    assert got["net.a0.kind"] == ["veth"] and got["net.m0.kind"] == ["macvlan"] and got["net.m0.mode"] == ["4"]
    assert got["net.a0.ipv4"] == ["10.3.0.1/20"] and "fd00:3::1/72" in got["net.a0.ipv6"]
    assert got["net.gateway4"] == ["10.3.0.9 a0", "dev a0"] and got["net.gateway6"] == ["fd00:3::9 a0"]
    assert got["connect.10.3.0.1"] == ["ECONNREFUSED"]


def test_connect_reaches_who_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        got = inside("connect", "127.0.0.1", str(server.getsockname()[1]))
    assert got["connect.127.0.0.1"] == ["ok"]
    for words in (("127.0.0.1",), ("nowhere", "9"), ("127.0.0.1", "70000")):
        inside("connect", *words, status=64)
