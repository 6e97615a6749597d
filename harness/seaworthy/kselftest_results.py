# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel's selftests printed, as tests of seaworthy.matrix/1.

Some print KTAP as it should be, some without version line or plan, some print what they like and
end with a status. Each result line is a test under the name that was printed, and each program is
one too, judged by its end: a crash, a hang or results that do not add up are told there, and never
hide behind the results that did come.
"""

from __future__ import annotations

import re
import signal
from collections import Counter
from typing import Any

from . import console, ktap, results
from .kselftests import Built, Program
from .outcome import Outcome, StepOutput

_VERSION_LINE = re.compile(rb"^(?:KTAP version \d|TAP version 1[34])", re.MULTILINE)
_RESULT_LINE = re.compile(rb"^(?:not )?ok [0-9]+\b", re.MULTILINE)
# kselftest_harness.h prints a skipped test's reason in the place of its name; the line before it
# that says what is run has the name.
_RUN = re.compile(r"^#\s+RUN\s+(\S+) \.\.\.$")
# clone3's and others' names hold the number of the process, which no two runs have in common.
_PID = re.compile(r"^\[\d+\] ")
# kselftest_harness.h says on standard error what was expected: file, line, test, words.
_WHY = re.compile(r"^# (\S+\.c:\d+):([^:\s]+):(.*)$")
_PLAN = re.compile(rb"^1\.\.([0-9]{1,6})(?:[ \r]|$)", re.MULTILINE)
_TOTALS = re.compile(rb"^# Totals: (pass:[a-z0-9: ]*)", re.MULTILINE)
# Faults of form only: a child prints a plan of its own, numbers start again. No result is lost.
_FORM = ("no plan", "no KTAP version line", "a second plan", "result number")
_FORM_TEXT = {"result number": "numbers that start again"}
_SPACES = re.compile(r"\s+")
_LOG_LINES = 100
# tools/testing/selftests/kselftest.h: KSFT_PASS, FAIL, XFAIL, XPASS, SKIP
_STATUS = {0: "PASS", 2: "SKIP", 4: "SKIP"}


def read(data: bytes) -> ktap.Node:
    """The tree of one program's output; results without a version line are results all the same."""
    lines = data if data.endswith(b"\n") or not data else data + b"\n"
    if _VERSION_LINE.search(lines):
        return ktap.read(lines)
    root = ktap.read(b"TAP version 13\n" + lines)
    if _RESULT_LINE.search(lines):
        root.damage.insert(0, "no KTAP version line")
    return root


def _name(node: ktap.Node) -> str:
    name = _PID.sub("", node.name)
    if not name:
        name = next((m[1] for ln in reversed(node.log) if (m := _RUN.match(ln))), "")
    return _SPACES.sub(" ", name).strip() or "unnamed"


def _reasons(step: StepOutput) -> dict[str, str]:
    """The first thing that each test of the harness found wrong, by the test's last name."""
    reasons: dict[str, str] = {}
    for line in console.clean(bytes(step.err)).split("\n"):
        if match := _WHY.match(line):
            text = f"{match[1]}: {match[3]}"[:400]
            # What was expected says more than what the program said before it.
            if match[2] not in reasons or (" (" in match[3] and match[3].startswith("Expected")
                                           and ": Expected " not in reasons[match[2]]):
                reasons[match[2]] = text
    return reasons


def _lost(data: bytes, seen: int) -> str:
    """Were fewer results printed than planned? Empty: no; or no plan says."""
    plans = [int(m) for m in _PLAN.findall(data)]
    counted = sum(int(n) for t in _TOTALS.findall(data)[-1:] for n in re.findall(rb":([0-9]+)", t))
    # Where children print plans too, it is not known which are in which. Some count and print no
    # result lines (kcmp_test).
    if not plans or seen in (*plans, sum(plans)) or counted in plans:
        return ""
    return f"planned {plans[0] if len(plans) == 1 else plans}, saw {seen}"


def _leaves(root: ktap.Node, program: Program, step: StepOutput) -> list[results.Test]:
    reasons = _reasons(step)
    tests: list[results.Test] = []
    seen: Counter[str] = Counter()
    for node in root.leaves():
        name = _name(node)
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name} ({seen[name]})"
        result = results.result_of(node)
        words = [ln for ln in node.log if not ln.startswith(("#  ", "# Starting"))]
        message = node.reason
        if result == "FAIL" and not message:
            message = reasons.get(name.rpartition(".")[2], "")
        if result not in ("PASS", "SKIP") and not message and words:
            message = words[0]
        tests.append(results.Test(f"{program.name}: {name}", program.group, program.name, result,
                                  [], message, None, words[:_LOG_LINES]))
    return tests


def _end(step: StepOutput) -> tuple[str, str]:
    """How the program ended: a result and why."""
    end = step.end
    if end is None:
        return "NOT-RUN", "it began, and the machine ended before it did"
    if end.get("timeout") is True:
        return "TIMEOUT", "it did not end in its time"
    number = end.get("signal")
    if isinstance(number, int):
        try:
            return "CRASH", f"killed by {signal.Signals(number).name}"
        except ValueError:
            return "CRASH", f"killed by signal {number}"
    status = end.get("exit")
    if status in (126, 127):
        return "FAIL", f"it could not be run (status {status})"
    return _STATUS.get(status, "FAIL"), "" if status == 0 else f"exit status {status}"


def _said(step: StepOutput, root: ktap.Node) -> list[str]:
    """The program's words that belong to no result, and its standard error."""
    words = list(root.log)
    words += [ln for ln in console.clean(bytes(step.err)).split("\n") if ln.strip()]
    return [w[:400] for w in words][-_LOG_LINES:]


def program_tests(program: Program, step: StepOutput) -> list[results.Test]:
    """The results of one program, its own first."""
    root = read(bytes(step.out))
    tests = _leaves(root, program, step)
    result, message = _end(step)
    said = _said(step, root)
    forms, notes = [], []
    if tests or root.plan is not None:
        damage = [d for d in root.all_damage() if not d.startswith("planned ")]
        notes = [d for d in damage if not d.startswith(_FORM)]
        forms = list(dict.fromkeys(
            _FORM_TEXT.get(f, f) for d in damage for f in _FORM if d.startswith(f)))
        if root.plan != 0 and (lost := _lost(bytes(step.out), len(tests))):
            notes.insert(0, lost)
    if root.plan == 0 and result == "PASS":
        result, message = "SKIP", root.reason
    if step.too_much:
        notes.insert(0, "more output than is kept")
    bad = [t for t in tests if t.result not in ("PASS", "SKIP")]
    if result == "PASS" and bad:
        result, message = "FAIL", f"exit status 0, and {len(bad)} of its tests failed"
    if notes and result == "PASS":
        result = "FAIL"
    if message and not tests and result in ("FAIL", "SKIP") and (said or root.reason):
        message += f": {root.reason or said[-1]}"
    parts = [message, *notes[:3], "form: " + ", ".join(forms) if forms else ""]
    whole = "; ".join(filter(None, parts))
    end = step.end or {}
    wall = end.get("wall_ms")
    own = results.Test(program.name, program.group, program.name, result, [], whole,
                       wall if isinstance(wall, int) and wall >= 0 else None, said)
    return [own, *tests]


def _absent(probe: dict[str, Any] | None) -> set[str]:
    rows = (probe or {}).get("features")
    return {str(f.get("id")) for f in rows if f.get("usable") == "no"} if rows else set()


def tests(built: Built, seen: Outcome, probe: dict[str, Any] | None = None) -> list[results.Test]:
    """Of all programs that were to be run in one machine, of which PROBE says what it lacks."""
    absent = _absent(probe)
    found: list[results.Test] = []
    for program in built.programs:
        if program.helper:
            continue
        if program.id in built.failed:
            found.append(results.Test(program.name, program.group, program.name, "NOT-RUN", [],
                                      f"did not build: {built.failed[program.id]}"))
        elif program.feature in absent:
            found.append(results.Test(program.name, program.group, program.name, "SKIP",
                                      [program.feature],
                                      f"{program.feature} is absent, says the probe"))
        elif step := seen.steps.get(program.step):
            found += program_tests(program, step)
        else:
            found.append(results.Test(program.name, program.group, program.name, "NOT-RUN", [],
                                      "the machine ended before it"))
    return found


def add(run: results.Run, built: Built, seen: Outcome, required: bool) -> None:
    """Put them into a run. They weigh on its verdict only if they are REQUIRED."""
    own = tests(built, seen, run.probe)
    run.tests += own
    bad = [t for t in own if t.result not in ("PASS", "SKIP")]
    if required and bad and run.verdict == results.PASS:
        run.verdict = results.FAIL
        run.detail = (f"{len(bad)} of the kernel's own {len(own)} selftests failed, the first: "
                      f"{bad[0].group.removeprefix('kselftest/')}/{bad[0].id}")
