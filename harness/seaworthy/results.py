# SPDX-License-Identifier: GPL-2.0-only
"""From what a machine saw to a run of seaworthy.matrix/1 (docs/results.md), with its verdict.

A verdict never says more than was seen: the order of the questions in judge() is from what ends
every other (a panic) to what can only be said when all is well.
"""

from __future__ import annotations

import dataclasses
import json
import re
import signal
from dataclasses import dataclass, field
from typing import Any

from . import console as consoles
from . import ktap, outcome
from .errors import EXIT_DEGRADED, EXIT_FAIL, EXIT_OK, EXIT_UNKNOWN
from .outcome import Outcome, StepOutput
from .protocol import Job

PROBE_STEP = "probe"
TEST_STEPS = {"test-kernel": "kernel", "story": "runtime/berth"}
# Steps and groups of other people's tests (kselftest_results.py), which are no verdict on a kernel.
FOREIGN_STEP, FOREIGN_GROUP = "kselftest.", "kselftest/"

PASS, FAIL, NO_BOOT = "PASS", "FAIL", "NO-BOOT"
PANIC, TIMEOUT, BROKEN = "PANIC", "TIMEOUT", "BROKEN-OUTPUT"

_STDERR_LINES = 20
_LOG_LINES = 200
_DAMAGE_LINES = 50


@dataclass
class KernelInfo:
    release: str | None
    arch: str | None
    image: str | None
    sha256: str | None
    package: str | None = None
    package_version: str | None = None
    suite: str | None = None


@dataclass
class MachineInfo:
    kind: str
    accel: str | None
    command: list[str]


@dataclass
class Test:
    id: str
    group: str
    area: str
    result: str
    needs: list[str] = field(default_factory=list)
    message: str = ""
    duration_ms: int | None = None
    log: list[str] = field(default_factory=list)

    __test__ = False  # not for pytest


@dataclass
class StepInfo:
    step: str
    exit: int | None = None
    signal: int | None = None
    timeout: bool = False
    wall_ms: int | None = None
    cpu_ms: int | None = None
    left: list[str] = field(default_factory=list)
    stderr_tail: list[str] = field(default_factory=list)


@dataclass
class Run:
    id: str
    kernel: KernelInfo
    machine: MachineInfo
    layout: str | None
    verdict: str
    detail: str
    console_tail: list[str] = field(default_factory=list)
    boot_s: float | None = None
    duration_s: float = 0.0
    cpu_s: float | None = None
    probe: dict[str, Any] | None = None
    tests: list[Test] = field(default_factory=list)
    steps: list[StepInfo] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def status(self) -> int:
        """What this run alone would make the command end with."""
        if self.verdict != PASS:
            return EXIT_FAIL
        probed = (self.probe or {}).get("exit_status")
        return int(probed) if probed in (EXIT_DEGRADED, EXIT_UNKNOWN) else EXIT_OK


@dataclass
class Matrix:
    started: str
    host: dict[str, Any]
    version: str
    duration_s: float = 0.0
    runs: list[Run] = field(default_factory=list)
    exit_status: int = EXIT_UNKNOWN
    interrupted: bool = False
    problems: list[str] = field(default_factory=list)  # "ID: why", of runs that could not be made
    kselftest: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """The seaworthy.matrix/1 document."""
        return {
            "schema": "seaworthy.matrix/1",
            "tool": {"name": "seaworthy", "version": self.version},
            "started": self.started, "duration_s": round(self.duration_s, 3), "host": self.host,
            "runs": [dataclasses.asdict(r) for r in self.runs],
            "exit_status": self.exit_status, "interrupted": self.interrupted,
            "problems": self.problems,
            **({"kselftest": self.kselftest} if self.kselftest else {}),
        }


def overall(runs: list[Run], interrupted: bool) -> int:
    """A failure is certain whatever else is not; then what could not be told; then degraded."""
    statuses = {r.status() for r in runs}
    if EXIT_FAIL in statuses:
        return EXIT_FAIL
    if interrupted or not runs or EXIT_UNKNOWN in statuses:
        return EXIT_UNKNOWN
    return EXIT_DEGRADED if EXIT_DEGRADED in statuses else EXIT_OK


# ---- tests out of KTAP


def _tags(node: ktap.Node) -> tuple[list[str], int | None, list[str]]:
    """A test's `# ID: …` lines: what it needs, its time, and its own words."""
    needs: list[str] = []
    duration = None
    words = []
    start = f"# {node.name}: "
    for line in node.log:
        text = line.removeprefix(start) if line.startswith(start) else line
        if text is not line and (match := re.fullmatch(r"time_ms (\d{1,12})", text)):
            duration = int(match[1])
        elif text is not line and text.startswith("needs "):
            needs += re.split(r"[,\s]+", text[6:].strip())
        else:
            words.append(text)
    return needs, duration, words[:_LOG_LINES]


def result_of(node: ktap.Node) -> str:
    if node.ok is None:
        return "NOT-RUN"  # it began, and nobody knows how it went
    if node.directive in ("SKIP", "TODO", "XFAIL") and (node.ok or node.directive != "SKIP"):
        return "SKIP"
    if node.directive in ("ERROR", "TIMEOUT"):
        return {"ERROR": "CRASH", "TIMEOUT": "TIMEOUT"}[node.directive]
    return "PASS" if node.ok else "FAIL"


def tests_of(root: ktap.Node, group: str) -> list[Test]:
    """The tests of one KTAP tree; a suite that has no tests in it is none."""
    tests = []
    stack: list[tuple[ktap.Node, str]] = [(c, "") for c in reversed(root.children)]
    while stack:
        node, area = stack.pop()
        if node.children:
            stack += [(c, node.name) for c in reversed(node.children)]
            continue
        if node.plan == 0 or not node.name:
            continue
        needs, duration, words = _tags(node)
        result = result_of(node)
        said = [w for w in words if not w.startswith("promise ")]
        message = node.reason or (said[0] if said and result not in ("PASS", "SKIP") else "")
        tests.append(Test(node.name, group, area or node.name.rpartition(".")[0] or node.name,
                          result, needs, message, duration, words))
    return tests


def fill_not_run(runs: list[Run]) -> None:
    """A test that some run has and another has not is NOT-RUN there: the one executable holds the
    same tests everywhere, so its absence means that the run did not get so far."""
    known: dict[tuple[str, str], Test] = {}
    for run in runs:
        for test in run.tests:
            # A selftest of the kernel may print other names on another kernel: "-" says enough.
            if not test.group.startswith(FOREIGN_GROUP):
                known.setdefault((test.group, test.id), test)
    for run in runs:
        seen = {(t.group, t.id) for t in run.tests}
        lost = known.keys() - seen
        if lost and run.verdict == PASS:
            # Nothing said so in this run itself; a pass would say more than was seen.
            run.verdict = BROKEN
            run.detail = (f"{len(lost)} tests have a result elsewhere and none here, the first: "
                          f"{min(lost)[1]}")
        for key, test in known.items():
            if key not in seen:
                run.tests.append(Test(test.id, test.group, test.area, "NOT-RUN", list(test.needs),
                                      f"not reached: {run.verdict}: {run.detail}".rstrip(": ")))


# ---- verdicts


def _lines(data: bytes, count: int) -> list[str]:
    return [ln[:400] for ln in consoles.clean(data).split("\n") if ln.strip()][-count:]


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def step_info(step: StepOutput) -> StepInfo:
    end = step.end or {}
    left = end.get("left")
    return StepInfo(
        step.name, _number(end.get("exit")), _number(end.get("signal")), end.get("timeout") is True,
        _positive(end.get("wall_ms")), _positive(end.get("cpu_ms")),
        [str(x) for x in left] if isinstance(left, list) else [],
        _lines(bytes(step.err), _STDERR_LINES))


def _positive(value: Any) -> int | None:
    number = _number(value)
    return number if number is not None and number >= 0 else None


def _probe_of(step: StepOutput | None) -> tuple[dict[str, Any] | None, str]:
    """The probe's document, or why there is none (empty: the step itself did not succeed)."""
    if not step or not step.end or step.end.get("exit") not in (0, 1, 2, 3):
        return None, ""
    try:
        value = json.loads(bytes(step.out))
    except (ValueError, RecursionError) as error:
        return None, f"the probe's output is no JSON: {error}"
    if not isinstance(value, dict) or value.get("schema") != "seaworthy.probe/1":
        return None, "the probe's output is no seaworthy.probe/1 document"
    return value, ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@dataclass
class Evidence:
    """Everything that judge() looks at."""

    outcome: Outcome
    job: Job
    console: consoles.Attribution
    steps: dict[str, StepInfo]
    tests: list[Test]
    probe: dict[str, Any] | None
    probe_problem: str
    ktap_damage: dict[str, list[str]]
    has_channel: bool  # results come over a channel, and the machine boots


def _where(e: Evidence) -> str:
    if not e.outcome.hello:
        return "before PID 1 started"
    running = [s.name for s in e.outcome.steps.values() if s.end is None]
    done = [s.name for s in e.outcome.steps.values() if s.end is not None]
    if running:
        return f"during the step {running[-1]}"
    return f"after the step {done[-1]}" if done else "before the first step"


def _machine_verdict(e: Evidence) -> tuple[str, str] | None:
    """What the machine did, before any result counts; None when it went its whole way."""
    o = e.outcome
    crash = f"; the console says: {e.console.line}" if e.console.line else ""
    if e.console.kind == "panic":
        return PANIC, f"{e.console.line or 'kernel panic'} ({_where(e)})"
    if not o.hello:
        silent = e.console.kind == "silent"
        what = ("the image did not start a kernel: nothing on the console" if silent
                else "the kernel started, but PID 1 never said hello")
        if o.ended == outcome.REFUSED or (o.exit_status and o.ended == outcome.ENDED):
            said = o.complaint.splitlines()[-1] if o.complaint else f"status {o.exit_status}"
            what = f"the emulator did not run it: {said}" if silent else f"{what}; {said}"
        elif o.ended in (outcome.SILENT, outcome.LATE):
            what += f", for {o.limit_s:.0f} s"
        return NO_BOOT, what + crash
    if o.ended == outcome.SILENT:
        return TIMEOUT, f"no sign of life for {o.limit_s:.0f} s {_where(e)}{crash}"
    if o.ended == outcome.LATE:
        return TIMEOUT, f"not done after {o.limit_s:.0f} s {_where(e)}{crash}"
    if not o.final:
        return BROKEN, f"the guest ended without its final record {_where(e)}{crash}"
    return None


def _stream_verdict(e: Evidence) -> tuple[str, str] | None:
    o = e.outcome
    if o.damage:
        more = f" (and {len(o.damage) - 1} more)" if len(o.damage) > 1 else ""
        return BROKEN, f"the stream of results is damaged: {o.damage[0]}{more}"
    if o.final and o.final.get("status") != "done":
        return BROKEN, f"the guest did not do its job: {o.final.get('status')}"
    for wanted in e.job.steps:
        info = e.steps.get(wanted.name)
        if not info or (info.exit is None and info.signal is None and not info.timeout):
            return BROKEN, f"the step {wanted.name} has no end"
    return None


def _failed_step(e: Evidence, name: str, info: StepInfo) -> str:
    if info.signal is not None:
        return f"the step {name} was killed by {_signal_name(info.signal)}"
    tests = any(t.group == TEST_STEPS.get(name) for t in e.tests)
    expected = (0, 1, 2, 3) if name == PROBE_STEP or tests else (0,)
    if info.exit not in expected:
        last = f": {info.stderr_tail[-1]}" if info.stderr_tail else ""
        return f"the step {name} ended with status {info.exit}{last}"
    return ""


def _step_verdict(e: Evidence) -> tuple[str, str] | None:
    ours = [s for s in e.job.steps if not s.name.startswith(FOREIGN_STEP)]
    for wanted in ours:
        if e.steps[wanted.name].timeout:
            return TIMEOUT, f"the step {wanted.name} did not end within {wanted.timeout_s} s"
    for wanted in ours:
        if problem := _failed_step(e, wanted.name, e.steps[wanted.name]):
            return FAIL, problem
    if e.probe_problem:
        return BROKEN, e.probe_problem
    for name, damage in e.ktap_damage.items():
        if damage:
            return BROKEN, f"the results of the step {name} are damaged: {damage[0]}"
    return None


def judge(e: Evidence) -> tuple[str, str]:
    """Verdict and the sentence that says why; the sentence is empty when all is well."""
    for question in ((_machine_verdict, _stream_verdict) if e.has_channel else (_stream_verdict,)):
        if answer := question(e):
            return answer
    if answer := _step_verdict(e):
        return answer
    if e.console.kind in ("oops", "bug"):
        return FAIL, f"the kernel reported a fault of its own: {e.console.line}"
    bad = [t for t in e.tests if t.result not in ("PASS", "SKIP")]
    if bad:
        return FAIL, f"{len(bad)} of {len(e.tests)} tests failed, the first: {bad[0].id}"
    if e.probe and e.probe.get("exit_status") == EXIT_FAIL:
        return FAIL, "the probe says that something required is missing"
    left = [f"{n}: {x}" for n, i in e.steps.items() for x in i.left
            if not n.startswith(FOREIGN_STEP)]
    if left:
        return FAIL, f"something was left behind by the step {left[0]}"
    return PASS, ""


def make_run(run_id: str, kernel: KernelInfo, machine: MachineInfo, layout: str | None, job: Job,
             seen: Outcome, has_channel: bool = True) -> Run:
    """Join everything that one machine saw."""
    steps = {name: step_info(step) for name, step in seen.steps.items()}
    tests: list[Test] = []
    ktap_damage: dict[str, list[str]] = {}
    for name, group in TEST_STEPS.items():
        step = seen.steps.get(name)
        if not step:
            continue
        # Nothing at all from a program that says by its status that it did not run is no damage.
        if not step.out and step.end and step.end.get("exit") not in (0, 1, 2):
            continue
        tree = ktap.read(bytes(step.out))
        tests += tests_of(tree, group)
        ktap_damage[name] = tree.all_damage()
        if step.too_much:
            ktap_damage[name].insert(0, "more output than is kept")
    probe, problem = _probe_of(seen.steps.get(PROBE_STEP))
    attribution = consoles.attribute(seen.console.bytes())
    evidence = Evidence(seen, job, attribution, steps, tests, probe, problem, ktap_damage,
                        has_channel)
    verdict, detail = judge(evidence)
    for name in ("release", "arch"):
        if seen.hello and isinstance(seen.hello.get(name), str):
            kernel = dataclasses.replace(kernel, **{name: seen.hello[name]})
    damage = [*seen.damage, *(f"{n}: {d}" for n, ds in ktap_damage.items() for d in ds)]
    return Run(
        run_id, kernel, machine, layout, verdict, detail,
        [] if verdict == PASS else consoles.tail(seen.console.bytes()),
        None if seen.boot_s is None else round(seen.boot_s, 3), round(seen.duration_s, 3),
        round(seen.cpu_s, 3), probe, tests, list(steps.values()), damage[:_DAMAGE_LINES],
        seen.notes[:_DAMAGE_LINES])
