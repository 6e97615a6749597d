# SPDX-License-Identifier: GPL-2.0-only
"""The host back end: the same steps on the running kernel, without a guest."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from . import outcome
from .outcome import Outcome, StepOutput
from .protocol import Job, Step

_TICK_S = 0.25
_GRACE_S = 2.0
_TIDY_S = 10.0


def layout() -> str:
    """How cgroups are mounted here: "v1", "v2", "hybrid" or "none"."""
    kinds = set()
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "none"
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) > 2 and fields[2] in ("cgroup", "cgroup2"):
            kinds.add(fields[2])
    return {frozenset(): "none", frozenset({"cgroup"}): "v1", frozenset({"cgroup2"}): "v2"}.get(
        frozenset(kinds), "hybrid")


def run(job: Job, executable: Path, stop: threading.Event,
        progress: Callable[[str, Outcome], None]) -> Outcome:
    """Run the job's steps here; /bin/seaworthy in them is this executable."""
    seen = Outcome()
    begin = time.monotonic()
    # The names of a guest's links lie in a directory of the run's own.
    with tempfile.TemporaryDirectory(prefix="seaworthy-") as temp:
        for name in ("seaworthy", "berth", *(f"lxc-{v}" for v in
                     ("create", "ls", "execute", "start", "info", "stop", "destroy"))):
            (Path(temp) / name).symlink_to(executable.resolve())
        for step in job.steps:
            if stop.is_set():
                seen.ended = outcome.STOPPED
                break
            progress(step.name, seen)
            _run_step(step, Path(temp), seen, stop, progress)
    seen.duration_s = time.monotonic() - begin
    if stop.is_set():
        seen.ended = outcome.STOPPED
    return seen


def _run_step(step: Step, links: Path, seen: Outcome, stop: threading.Event,
              progress: Callable[[str, Outcome], None]) -> None:
    result = seen.step(step.name)
    # Others live on this kernel: what the probe may do to a guest's, it must not do to theirs.
    argv = [str(links / Path(step.argv[0]).name) if step.argv[0].startswith("/bin/") else
            step.argv[0], *(word for word in step.argv[1:] if word != "--intrusive")]
    begin = time.monotonic()
    environment = {**os.environ, "LC_ALL": "C", "PATH": f"{links}:{os.environ.get('PATH', '')}"}
    try:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True,
                                   env=environment)
    except OSError as error:
        result.add("err", f"{argv[0]}: {error.strerror}\n".encode())
        result.end = {"exit": 127, "signal": None, "timeout": False, "wall_ms": 0, "cpu_ms": 0}
        return
    late = not _collect(process, result, begin + step.timeout_s, stop,
                        lambda: progress("", seen))
    cpu = _end(process)
    status = process.returncode
    seen.cpu_s += cpu
    result.end = {
        "exit": status if status >= 0 else None, "signal": -status if status < 0 else None,
        "timeout": late and not stop.is_set(), "wall_ms": int(1000 * (time.monotonic() - begin)),
        "cpu_ms": int(1000 * cpu), "left": []}


def _collect(process: subprocess.Popen[bytes], result: StepOutput, deadline: float,
             stop: threading.Event, tick: Callable[[], None]) -> bool:
    """Read until the program ended or its time did; False where it was late or interrupted."""
    streams: dict[str, IO[bytes]] = {"out": process.stdout, "err": process.stderr}  # type: ignore
    grace: float | None = None
    with selectors.DefaultSelector() as selector:
        for name, stream in streams.items():
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, name)
        while selector.get_map():
            now = time.monotonic()
            if stop.is_set() or now > deadline:
                return False
            # What a program started and left may hold its pipes open: they are not waited for.
            if _ended(process.pid):
                grace = grace or now + _GRACE_S
                if now > grace:
                    return True
            for key, _ in selector.select(_TICK_S):
                data = os.read(key.fd, 65536)
                if data:
                    result.add(key.data, data)
                else:
                    selector.unregister(key.fileobj)
            tick()
    return True


def _ended(pid: int) -> bool:
    """Whether it ended; it is not reaped, so that its number stays its own until _end()."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(process: subprocess.Popen[bytes]) -> float:
    """TERM, so that the step tidies up; then KILL; its own session only. Returns the CPU seconds
    that it and what it waited for took."""
    for number, wait_s in ((0, _GRACE_S), (signal.SIGTERM, _TIDY_S)):
        if number:
            _signal_group(process.pid, number)
        deadline = time.monotonic() + wait_s
        while not _ended(process.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        if _ended(process.pid):
            break
    # The rest of its session too, while its number still cannot belong to anybody else.
    _signal_group(process.pid, signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
    return float(usage.ru_utime + usage.ru_stime)


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)
