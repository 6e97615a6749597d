# SPDX-License-Identifier: GPL-2.0-only
"""The story's suites leave nothing behind and touch nothing of others, however a run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_suites import processes_of

TOP = Path(__file__).resolve().parents[2]
SEAWORTHY = Path(os.environ.get("SEAWORTHY_EXECUTABLE", TOP / "out" / "seaworthy"))
LXCPATH = Path("/var/lib/lxc")
MARKER = LXCPATH / ".seaworthy-test"
LIMIT_S = 300

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="containers take root; make check runs as root")


def run_test(*args: str, wrap: tuple[str, ...] = (), env: dict[str, str] | None = None,
             ) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*wrap, str(SEAWORTHY), "test", "--format", "ktap", *args], check=False,
                          capture_output=True, text=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(env or {})})


def left(name: str) -> list[str]:
    """What there is of a container of the story below /var/lib/lxc, in cgroups and in /run."""
    found = [str(p) for p in (LXCPATH / name, MARKER) if p.exists()]
    found += [str(p) for depth in ("*", "*/*", "*/*/*") for p in Path("/sys/fs/cgroup").glob(depth)
              if p.name == f"berth.{name}"]
    found += [str(p) for p in Path("/run/berth").glob(f"*-{name}") if b"/var/lib/lxc" in
              b"".join(f.read_bytes() for f in p.glob("*") if f.is_file())]
    return found


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.01)


@pytest.fixture
def runner() -> Iterator[subprocess.Popen]:
    """A run of one long test, caught when its container runs."""
    process = subprocess.Popen(
        [str(SEAWORTHY), "test", "--format", "ktap", "story.system.stop_stops_and_it_starts_again"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        deadline = time.monotonic() + LIMIT_S
        while not any("berth.sys_elinux" in p for p in left("sys_elinux")):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_an_unknown_runtime_is_a_failure_in_words() -> None:
    done = run_test("story.app.host_name_is_its_own", env={"SEAWORTHY_RUNTIME": "nonesuch"})
    assert done.returncode == 1
    assert "not ok 1 story.app.host_name_is_its_own" in done.stdout
    assert "SEAWORTHY_RUNTIME names no known runtime" in done.stdout


def test_a_container_of_somebody_else_is_not_touched() -> None:
    # On a tmpfs that only this run sees: nothing of the machine's own /var/lib is at stake.
    script = ("set -e; mount -t tmpfs none /var/lib; mkdir -p /var/lib/lxc/app_bash; "
              "echo precious > /var/lib/lxc/app_bash/config; "
              "\"$@\" test --format ktap story.app.host_name_is_its_own && exit 9; "
              "echo \"still $(cat /var/lib/lxc/app_bash/config) $(ls -A /var/lib/lxc)\"")
    done = subprocess.run(["unshare", "-m", "--propagation", "private", "/bin/sh", "-c", script, "sh",
                           str(SEAWORTHY)], capture_output=True, text=True, timeout=LIMIT_S,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "there is a container /var/lib/lxc/app_bash already, and no test made it" in done.stdout
    assert done.stdout.endswith("still precious app_bash\n")


def test_a_machine_without_busybox_is_told_what_to_install() -> None:
    script = ("for b in /bin/busybox /usr/bin/busybox /sbin/busybox /usr/local/bin/busybox; do "
              "test ! -e $b || mount --bind /etc/hostname $b || exit 9; done; "
              "exec \"$@\" test --format ktap story.system.host_name_is_its_own")
    done = subprocess.run(["unshare", "-m", "--propagation", "private", "/bin/sh", "-c", script, "sh",
                           str(SEAWORTHY)], capture_output=True, text=True, timeout=LIMIT_S,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "needs a static BusyBox at /bin/busybox and there is none: install busybox-static" in done.stdout
    assert left("sys_elinux") == []


def test_a_run_that_is_interrupted_cleans_up(runner: subprocess.Popen) -> None:
    runner.send_signal(signal.SIGTERM)
    runner.communicate(timeout=LIMIT_S)
    assert runner.returncode == -signal.SIGTERM
    assert left("sys_elinux") == []


def kill_all(runner: subprocess.Popen) -> None:
    """The runner and its workers, none of which gets to clean up: what a crash or a reset of a board does."""
    children = Path(f"/proc/{runner.pid}/task/{runner.pid}/children").read_text().split()
    everyone = [runner.pid, *(int(c) for c in children)]
    for pid in everyone:
        os.kill(pid, signal.SIGSTOP)  # so that none notices that another is gone
    for pid in reversed(everyone):
        os.kill(pid, signal.SIGKILL)
    runner.communicate(timeout=LIMIT_S)
    wait_for(lambda: not any(Path(f"/proc/{c}").exists() for c in children))
    assert left("sys_elinux"), "there is something to be cleaned up"


def test_a_run_whose_runner_is_killed_cleans_up_after_itself(runner: subprocess.Popen) -> None:
    """Its worker notices, and has the container removed."""
    runner.kill()
    runner.communicate(timeout=LIMIT_S)
    wait_for(lambda: not processes_of(runner.pid))
    assert left("sys_elinux") == []


def test_a_run_after_one_that_was_killed_cleans_up(runner: subprocess.Popen) -> None:
    kill_all(runner)
    done = run_test("story.system.nothing_is_left_behind")
    assert done.returncode == 0, done.stdout
    assert left("sys_elinux") == []


def test_even_a_run_that_cannot_start_cleans_up_after_a_killed_one(runner: subprocess.Popen) -> None:
    kill_all(runner)
    run_test("story.app.host_name_is_its_own", env={"SEAWORTHY_RUNTIME": "nonesuch"})
    assert left("sys_elinux") == []


def test_a_test_that_is_out_of_time_leaves_nothing() -> None:
    # Its second stop takes a second at least, and a second is all it gets.
    done = run_test("--timeout-scale", "0.001", "story.system.stop_stops_and_it_starts_again")
    assert "# TIMEOUT after 1 s" in done.stdout
    assert done.returncode == 1
    assert left("sys_elinux") == []


def test_two_runs_at_once_wait_for_each_other() -> None:
    command = [str(SEAWORTHY), "test", "--format", "ktap", "--repeat", "2",
               "story.app.host_name_is_its_own", "story.app.orphans_are_reaped"]
    both = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
            for _ in range(2)]
    outputs = [p.communicate(timeout=LIMIT_S)[0] for p in both]
    assert [p.returncode for p in both] == [0, 0], "\n".join(outputs)
    assert left("app_bash") == []
