# SPDX-License-Identifier: GPL-2.0-only
"""The verbs matrix and kernel from end to end, as a person or a script calls them."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import TEST_KERNEL
from seaworthy import guests, kernels, machines, matrix, outcome, plan, progress, protocol, results

LIMIT_S = 600


@pytest.fixture(scope="session")
def environment(executable: Path, cache: kernels.Cache, kernel: kernels.Kernel,
                accel: machines.Accel) -> dict[str, str]:
    """For the command: the session's cache (filled by now) and accelerator."""
    return {**os.environ, "SEAWORTHY_CACHE": str(cache.root), "SEAWORTHY_ACCEL": accel.name,
            "SEAWORTHY_EXECUTABLE": str(executable)}


def seaworthy(executable: Path, environment: dict[str, str], *args: str | Path
              ) -> subprocess.CompletedProcess[str]:
    return subprocess.run([executable, *args], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=LIMIT_S, check=False)


def load(directory: Path, repo: Path) -> dict[str, Any]:
    """A result, validated against the published schemas."""
    document = json.loads((directory / "matrix.json").read_text())
    schemas = repo / "harness/seaworthy/schema"
    schema = json.loads((schemas / "matrix-1.schema.json").read_text())
    store = {}
    for path in schemas.glob("*.json"):
        other = json.loads(path.read_text())
        store[path.name] = other
        store[path.resolve().as_uri()] = other
    base = (schemas.resolve() / "matrix-1.schema.json").as_uri()
    resolver = jsonschema.RefResolver(base, schema, store=store)
    jsonschema.validate(document, schema, cls=jsonschema.Draft7Validator, resolver=resolver)
    return document


def test_a_good_kernel_beside_bad_ones(executable: Path, environment: dict[str, str], repo: Path,
                                       tmp_path: Path, kernel: kernels.Kernel) -> None:
    """No kernel, half a kernel and a kernel that panics do not touch the verdict of a good one."""
    none, half = tmp_path / "none-6.1-x", tmp_path / "half-6.1-x"
    none.write_bytes(b"no kernel " * 500)
    half.write_bytes(kernel.image.read_bytes()[:1000000])
    own = tmp_path / "own-6.1-x"
    own.symlink_to(kernel.image)
    out = tmp_path / "reports"
    done = seaworthy(executable, environment, "matrix", "--only", "*-6.1-*",
                     "--kernel", none, "--kernel", half, "--kernel", own, "--append",
                     "rdinit=/nonexistent root=/dev/nothing", "--suite-glob", "ns.uts.*",
                     "--output", out, "--no-host", "--jobs", "2")
    document = load(out, repo)
    runs = {r["id"]: r for r in document["runs"]}
    assert set(runs) == {TEST_KERNEL, "none-6.1-x", "half-6.1-x", "own-6.1-x"}, done.stderr
    good = runs[TEST_KERNEL]
    assert good["verdict"] == "PASS", good["detail"]
    assert good["kernel"]["release"] == kernel.release
    assert good["probe"]["subject"]["release"] == kernel.release
    assert good["kernel"]["sha256"] == kernels.sha256(kernel.image)
    assert good["layout"] == "v1-each"
    uts = [t for t in good["tests"] if t["id"].startswith("ns.uts.")]
    assert uts and {t["result"] for t in uts} == {"PASS"}
    assert runs["none-6.1-x"]["verdict"] == runs["half-6.1-x"]["verdict"] == "NO-BOOT"
    assert "truncated" in runs["half-6.1-x"]["detail"]
    assert runs["own-6.1-x"]["verdict"] == "PANIC"
    assert any("Kernel panic" in line for line in runs["own-6.1-x"]["console_tail"])
    assert {t["result"] for t in runs["own-6.1-x"]["tests"]} == {"NOT-RUN"}
    assert done.returncode == document["exit_status"] == 1
    assert (out / "matrix.html").stat().st_size > 1000 and "PANIC" in done.stdout
    assert re.search(r"\[\d\d:\d\d\] own-6.1-x: booting", done.stderr)


def test_one_kernel_carries_containers(executable: Path, environment: dict[str, str], repo: Path,
                                       tmp_path: Path) -> None:
    """Everything on one kernel in QEMU: the probe, all suites, both containers of the story."""
    done = seaworthy(executable, environment, "matrix", "--only", TEST_KERNEL, "--output", tmp_path)
    run, = load(tmp_path, repo)["runs"]
    bad = [(t["id"], t["result"], t["message"], t["log"]) for t in run["tests"]
           if t["result"] not in ("PASS", "SKIP")]
    assert bad == [], run["detail"]
    assert run["verdict"] == "PASS", run["detail"]
    assert done.returncode in (0, 2), done.stderr
    passed = {g: sum(t["group"] == g and t["result"] == "PASS" for t in run["tests"])
              for g in ("kernel", "runtime/berth")}
    assert passed["kernel"] >= 30 and passed["runtime/berth"] > 0, passed
    # Every skip names the feature that the probe proves to be absent.
    usable = {f["id"]: f["usable"] for f in run["probe"]["features"]}
    for test in run["tests"]:
        if test["result"] == "SKIP":
            assert test["message"], test["id"]
            assert any(usable.get(n) != "yes" for n in test["needs"]), test


def test_only_the_host(executable: Path, environment: dict[str, str], repo: Path,
                       tmp_path: Path) -> None:
    done = seaworthy(executable, environment, "matrix", "--only", "host", "--suite-glob", "ns.uts.*",
                     "--output", tmp_path)
    run, = load(tmp_path, repo)["runs"]
    assert (run["id"], run["machine"]["kind"]) == ("host", "host")
    assert run["kernel"]["release"] == os.uname().release
    assert {t["result"] for t in run["tests"]} <= {"PASS", "SKIP"}, done.stderr
    assert run["verdict"] == "PASS", run["detail"]
    assert done.returncode in (0, 2, 3)


def test_a_step_that_is_unknown_is_a_failed_step(tmp_path: Path) -> None:
    """An executable without the verb: one verdict, no crash."""
    program = tmp_path / "seaworthy"
    program.write_text("#!/bin/sh\necho \"there is no verb '$1'\" >&2\nexit 64\n")
    program.chmod(0o755)
    settings = matrix.Settings(program)
    made = matrix.Matrix(settings, [plan.Planned(plan.HOST)], progress.Progress(io.StringIO(), ["host"]))
    run, = made.run_all().runs
    assert (run.verdict, run.detail) == (
        "FAIL", "the step probe ended with status 64: there is no verb 'probe'")


def test_a_step_on_the_host_that_hangs_is_ended(tmp_path: Path) -> None:
    program = tmp_path / "seaworthy"
    program.write_text("#!/bin/sh\necho $$ >> " + str(tmp_path / "pids") + "\ntrap '' TERM\n"
                       "sleep 100000 & echo $! >> " + str(tmp_path / "pids") + "\nwait\n")
    program.chmod(0o755)
    settings = matrix.Settings(program, groups=("none",), timeout_scale=1 / 120)
    made = matrix.Matrix(settings, [plan.Planned(plan.HOST)], progress.Progress(io.StringIO(), ["host"]))
    run, = made.run_all().runs
    assert (run.verdict, run.detail) == ("TIMEOUT", "the step probe did not end within 1 s")
    wait_until_gone({int(pid) for pid in (tmp_path / "pids").read_text().split()})


def test_what_a_step_on_the_host_leaves_running_is_ended(tmp_path: Path) -> None:
    """A background process that holds the step's output open neither stops the run nor survives."""
    program = tmp_path / "seaworthy"
    program.write_text(f"#!/bin/sh\nsleep 100000 & echo $! > {tmp_path}/pid\necho '{{}}'\nexit 3\n")
    program.chmod(0o755)
    settings = matrix.Settings(program, groups=("none",))
    made = matrix.Matrix(settings, [plan.Planned(plan.HOST)], progress.Progress(io.StringIO(), ["host"]))
    run, = made.run_all().runs
    assert (run.verdict, run.detail) == (
        "BROKEN-OUTPUT", "the probe's output is no seaworthy.probe/1 document")
    assert run.steps[0].exit == 3 and not run.steps[0].timeout
    wait_until_gone({int((tmp_path / "pid").read_text())})


def test_kvm_that_runs_no_kernel_falls_back(kernel: kernels.Kernel, executable: Path,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def boot(self: matrix.Matrix, run_id: str, _machine: object, accel: machines.Accel, *_: object
             ) -> tuple[outcome.Outcome, protocol.Job]:
        tried.append(accel.name)
        seen = outcome.Outcome(accel=accel.name, ended=outcome.SILENT)
        if accel.name == "tcg":
            seen.console.add(b"[    0.000000] Linux version 6.1\n")
        return seen, protocol.Job("v2", ())

    monkeypatch.setattr(matrix.Matrix, "_boot", boot)
    monkeypatch.setattr(machines, "choose_accel", lambda _: machines.Accel("kvm", "kvm", 1.0))
    made = matrix.Matrix(matrix.Settings(executable), [plan.Planned("k", kernel=kernel)],
                         progress.Progress(io.StringIO(), ["k"]))
    run, = made.run_all().runs
    assert tried == ["kvm", "tcg"] and run.machine.accel == "tcg"
    assert run.verdict == "NO-BOOT" and "PID 1 never said hello" in run.detail


def wait_until_gone(pids: set[int]) -> None:
    """Until all have ended; what nobody has reaped yet has ended too."""
    deadline = time.monotonic() + LIMIT_S
    while pids:
        for pid in set(pids):
            try:
                state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            except (FileNotFoundError, ProcessLookupError):
                state = "Z"
            if state in "ZX":
                pids = pids - {pid}
        assert time.monotonic() < deadline, pids
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_matrix_ends_its_machines_and_writes_what_there_is(
        executable: Path, environment: dict[str, str], repo: Path, tmp_path: Path,
        number: signal.Signals) -> None:
    process = subprocess.Popen(
        [executable, "matrix", "--only", TEST_KERNEL, "--output", tmp_path], env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    said = ""
    while "booting" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    machines_of = _descendants(process.pid)
    process.send_signal(number)
    rest = process.stderr.read()
    assert process.wait(LIMIT_S) == 3
    process.stderr.close()
    assert "interrupted" in rest
    document = load(tmp_path, repo)
    assert document["runs"] == [] and document["exit_status"] == 3 and document["interrupted"]
    wait_until_gone(machines_of)


def _descendants(pid: int) -> set[int]:
    found: set[int] = set()
    todo = [pid]
    while todo:
        for task in Path(f"/proc/{todo.pop()}/task").iterdir():
            more = {int(p) for p in (task / "children").read_text().split()}
            todo += more - found
            found |= more
    return found


def test_a_killed_matrix_takes_its_machines_with_it(
        executable: Path, environment: dict[str, str], tmp_path: Path) -> None:
    process = subprocess.Popen(
        [executable, "matrix", "--only", TEST_KERNEL, "--output", tmp_path], env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    while "probe" not in process.stderr.readline():
        assert process.poll() is None
    left = _descendants(process.pid)
    assert left
    process.kill()
    process.wait()
    process.stderr.close()
    wait_until_gone(left)


@pytest.mark.parametrize("args,status,words", [
    (["matrix", "--nonsense"], 64, "--nonsense"),
    (["matrix", "--jobs", "0"], 64, "--jobs"),
    (["matrix", "--timeout-scale", "fast"], 64, "--timeout-scale"),
    (["matrix", "--modules", "x"], 64, "belongs to a --kernel"),
    (["matrix", "--only", "nix"], 64, "matches none of debian-5.10"),
    (["matrix", "--suite-glob", "nix*"], 64, "no test matches"),
    (["matrix", "--kernel", "/nonexistent/k"], 3, "--kernel /nonexistent/k: No such file"),
    (["matrix", "--kernel", "/tmp"], 3, "--kernel /tmp is a directory"),
    (["matrix", "--kernel", "/dev/zero"], 3, "--kernel /dev/zero is no file"),
    (["matrix", "--output", "/proc/nowhere"], 3, "--output /proc/nowhere: No such file"),
    (["matrix", "--output", "/dev/null/x"], 3, "Not a directory"),
    (["matrix", "--help"], 0, ""),
    (["kernel"], 64, "required"),
    (["kernel", "steal"], 64, "steal"),
    (["kernel", "list", "nix*"], 64, "matches 'nix*'"),
    (["kernel", "list"], 0, ""),
])
def test_usage(executable: Path, environment: dict[str, str], args: list[str], status: int,
               words: str) -> None:
    done = seaworthy(executable, environment, *args)
    assert (done.returncode, words in done.stderr) == (status, True), done.stderr
    assert "Traceback" not in done.stderr
    if status:
        assert done.stdout == "" and len(done.stderr.splitlines()) <= 2


def test_kernel_list_names_what_is_cached(executable: Path, environment: dict[str, str],
                                          kernel: kernels.Kernel) -> None:
    lines = seaworthy(executable, environment, "kernel", "list").stdout.splitlines()
    found = {line.split()[0]: line.split()[-1] for line in lines}
    assert set(found) >= {r.id for r in kernels.CATALOGUE}
    assert found[TEST_KERNEL] == kernel.package_version


def test_an_unusable_cache_is_named(executable: Path, environment: dict[str, str],
                                    tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = seaworthy(executable, {**environment, "SEAWORTHY_CACHE": str(blocked / "cache")}, "matrix",
                     "--only", TEST_KERNEL, "--output", tmp_path / "out")
    assert done.returncode == 3
    assert "cannot use the cache" in done.stderr and "SEAWORTHY_CACHE" in done.stderr


def test_reports_that_cannot_be_written_end_with_3(tmp_path: Path) -> None:
    result = results.Matrix("2026-01-01T00:00:00Z", {"release": "x", "arch": "y", "cpus": 1,
                                                     "qemu": None}, "0", exit_status=0)
    blocked = tmp_path / "file"
    blocked.write_text("")
    err = io.StringIO()
    assert matrix.write_reports(result, blocked / "reports", io.StringIO(), err) == 3
    assert "cannot write the reports" in err.getvalue()


# ---- progress


def shown(text: str) -> str:
    """What stands on a terminal after TEXT: cursor-up and erase-below are all that is used."""
    lines: list[str] = [""]
    for piece in re.split(r"(\x1b\[\d+A\x1b\[J|\n)", text):
        if piece == "\n":
            lines.append("")
        elif match := re.match(r"\x1b\[(\d+)A", piece):
            lines = lines[: len(lines) - 1 - int(match[1])] + [""]
        else:
            lines[-1] += piece
    return "\n".join(lines)


def seen_with(text: bytes) -> outcome.Outcome:
    seen = outcome.Outcome()
    seen.step("test-kernel").out += text
    return seen


KTAP = b"KTAP version 1\n1..1\n  1..3\n  ok 1 a\n  not ok 2 b\n  ok 3 c # SKIP none\nnot ok 1 s\n"


def test_progress_on_a_terminal_redraws_one_block() -> None:
    stream = io.StringIO()
    live = progress.Progress(stream, ["k1", "host"], live=True)
    live.phase("k1", "boot")
    live.tick()
    live.say("a message")
    live.phase("k1", "test-kernel", seen_with(KTAP))
    live.tick()
    live.tick()
    live.close()
    lines = shown(stream.getvalue()).splitlines()
    assert len(lines) == 3 and lines[0] == "a message"
    assert re.fullmatch(r"  k1    test-kernel  1 passed, 1 failed, 1 skipped  \d+ s", lines[1])
    assert lines[2] == "  host  waiting"


def test_progress_elsewhere_is_plain_lines() -> None:
    stream = io.StringIO()
    plain = progress.Progress(stream, ["k1"], live=False)
    for phase in ("boot", "", "boot", "probe", "test-kernel"):
        plain.phase("k1", phase)
        plain.tick()
    plain.failed("k1", "not run")
    plain.close()
    text = stream.getvalue()
    assert "\x1b" not in text
    assert [line.split(": ", 1)[1] for line in text.splitlines()] == [
        "booting", "probe", "test-kernel", "not run"]


def test_progress_on_a_real_terminal(executable: Path, environment: dict[str, str],
                                     tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [executable, "matrix", "--only", "host", "--suite-glob", "ns.uts.*", "--output", tmp_path],
        env={**environment, "TERM": "xterm", "COLUMNS": "80"}, stdin=follower, stdout=follower,
        stderr=follower, start_new_session=True)
    os.close(follower)
    text = b""
    while True:
        assert select.select([leader], [], [], LIMIT_S)[0]
        try:
            data = os.read(leader, 65536)
        except OSError:
            break
        if not data:
            break
        text += data
    os.close(leader)
    assert process.wait(LIMIT_S) in (0, 1, 2, 3)
    assert b"Traceback" not in text
    assert b"host" in text and b"\x1b[" in text


def test_limits_are_scaled() -> None:
    assert guests.Limits(10, 20, 30, 40).scaled(2.5) == guests.Limits(25, 50, 75, 100)
    steps = plan.steps(2.0)
    assert [s.timeout_s for s in steps] == [240, 1200, 1200]
    assert "--timeout-scale" in steps[1].argv
    assert [s.name for s in plan.steps(1.0, "g*", ("kernel",))] == ["probe", "test-kernel"]
