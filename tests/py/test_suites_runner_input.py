# SPDX-License-Identifier: GPL-2.0-only
"""`seaworthy test` where it cannot work as asked: nowhere to write, words that name nothing."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from test_suites import LIMIT_S, SEAWORTHY, needs_root, processes_of, run_tests
from test_suites_runner import wait_for

TEST = "ns.uts.names_are_private"


# ---- scratch directories


def test_a_missing_scratch_directory_is_one_message() -> None:
    run = run_tests(TEST, status=3, env={**os.environ, "TMPDIR": "/nonexistent"})
    assert not run.out
    assert run.err.count("\n") == 1
    assert "/nonexistent: ENOENT" in run.err and "TMPDIR" in run.err


SCRATCH = """
set -e
mount -t tmpfs -o size=64k tmpfs "$1"
if [ "$2" = full ]; then
    head -c 1000000 /dev/zero >"$1/fill" 2>/dev/null || true
else
    mount -o remount,ro "$1"
fi
TMPDIR="$1" exec "$3" test --format ktap "$4"
"""


@needs_root
@pytest.mark.parametrize(("how", "error"), [("full", "ENOSPC"), ("read-only", "EROFS")])
def test_a_scratch_directory_without_room_is_one_message(tmp_path: Path, how: str,
                                                         error: str) -> None:
    p = subprocess.run(["unshare", "-m", "--propagation", "private", "bash", "-c", SCRATCH, "bash",
                        tmp_path, how, SEAWORTHY, TEST], capture_output=True, text=True,
                       timeout=LIMIT_S, check=False, stdin=subprocess.DEVNULL)
    assert p.returncode == 3, p.stdout + p.stderr
    assert not p.stdout
    assert p.stderr.count("\n") == 1 and f"{tmp_path}: {error}" in p.stderr


def test_the_check_leaves_nothing(tmp_path: Path) -> None:
    run_tests(TEST, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert not list(tmp_path.iterdir())


# ---- words


def run_with(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SEAWORTHY, "test", *args], capture_output=True, text=True,
                          timeout=LIMIT_S, check=False, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("args", [
    ("--list", "ns.pid.*", "nosuch.*"),
    ("nosuch.*", TEST),
    ("--list", "--group", "kernel", TEST, "nosuch.*"),
])
def test_a_glob_that_matches_nothing_is_named(args: tuple[str, ...]) -> None:
    done = run_with(*args)
    assert done.returncode == 64 and not done.stdout
    assert "no test matches" in done.stderr and "nosuch.*" in done.stderr


@pytest.mark.parametrize(("args", "says"), [
    (("--nonsense",), "seaworthy test: unrecognized option '--nonsense'"),
    (("--group",), "seaworthy test: option '--group' requires an argument"),
    (("-q",), "seaworthy test: invalid option -- 'q'"),
    (("--timeout-scale", "1e300"), "takes a number above 0, up to 1000000, not: 1e300"),
    (("--jobs", "17"), "takes a number from 1 to 16, not: 17"),
])
def test_a_wrong_option_is_told_as_whose_it_is(args: tuple[str, ...], says: str) -> None:
    done = run_with(*args)
    assert done.returncode == 64 and not done.stdout
    assert done.stderr.startswith("seaworthy test: ") and says in done.stderr


def test_a_glob_may_match_tests_that_something_else_leaves_out() -> None:
    done = run_with("--list", "--area", "ns.uts", "ns.uts.*", "ns.pid.*")
    assert done.returncode == 0
    assert done.stdout and all(line.startswith("ns.uts.") for line in done.stdout.splitlines())


# ---- signals


@pytest.mark.parametrize("sig", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_is_ignored_at_the_start_stays_ignored(sig: signal.Signals) -> None:
    """As nohup and a script's & ask for: neither the runner nor its workers end of it."""
    was = signal.signal(sig, signal.SIG_IGN)
    try:
        p = subprocess.Popen([SEAWORTHY, "test", "--format", "ktap", "--timeout-scale", "500",
                              "--group", "selftest", "selftest.runner.hangs"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    finally:
        signal.signal(sig, was)
    try:
        wait_for(lambda: len(processes_of(p.pid)) >= 4)  # it, a worker, a test and its child
        before = set(processes_of(p.pid))
        children = Path(f"/proc/{p.pid}/task/{p.pid}/children").read_text().split()
        for pid in [p.pid, *map(int, children)]:
            os.kill(pid, sig)
        # Either of them would by now have been seen to take it, or still has it pending.
        p.send_signal(signal.SIGSTOP)
        pending = [line for pid in [p.pid, *children] for line in
                   Path(f"/proc/{pid}/status").read_text().splitlines()
                   if line.startswith(("SigPnd", "ShdPnd")) and
                   int(line.split()[1], 16) & 1 << (sig - 1)]
        p.send_signal(signal.SIGCONT)
        assert not pending
        assert before == set(processes_of(p.pid))
    finally:
        p.terminate()
        p.wait(LIMIT_S)
    assert p.returncode == -signal.SIGTERM
    assert not processes_of(p.pid)


# ---- what dead runners left


@pytest.mark.parametrize("whose", ["a zombie", "somebody else"])
def test_a_pid_that_is_no_runners_keeps_no_scratch_directory(tmp_path: Path, whose: str) -> None:
    owner = subprocess.Popen(["true"] if whose == "a zombie" else ["sleep", "1000"])
    try:
        if whose == "a zombie":
            os.waitid(os.P_PID, owner.pid, os.WEXITED | os.WNOWAIT)
        scratch = tmp_path / f"sw-test-{owner.pid}-abcdef"
        scratch.mkdir()
        (scratch / "file").write_text("left")
        run_tests(TEST, env={**os.environ, "TMPDIR": str(tmp_path)})
        assert not scratch.exists()
        assert owner.poll() == (0 if whose == "a zombie" else None), "it is not touched"
    finally:
        owner.kill()
        owner.wait(LIMIT_S)
