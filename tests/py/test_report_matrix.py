# SPDX-License-Identifier: GPL-2.0-only
"""What the matrix hands to the reports when something goes wrong on the way."""
from __future__ import annotations

import concurrent.futures
import io
import json
from pathlib import Path
from typing import Any

import pytest

import report_samples as samples
from seaworthy import __main__ as entry
from seaworthy import matrix, plan, progress, results
from seaworthy.report import check


class Broken:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def result(self) -> Any:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        ValueError("odd"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"),
        KeyError("x"),
        OSError(28, "No space left on device"),
    ],
)
def test_an_error_in_one_run_is_a_problem_in_the_document(error: Exception, tmp_path: Path) -> None:
    settings = matrix.Settings(tmp_path)
    planned = plan.Planned("debian-9.9")
    making = matrix.Matrix(settings, [planned], progress.Progress(io.StringIO(), [planned.id]))
    done: dict[str, results.Run] = {}
    future: Any = Broken(error)
    making._finish(planned, future, done)
    joined = making._join([])
    document = json.loads(json.dumps(joined.document()))
    assert check.check_document(document, "matrix-1.schema.json") is None
    assert not done and document["exit_status"] == 3
    assert len(document["problems"]) == 1 and document["problems"][0].startswith("debian-9.9: ")


@pytest.mark.parametrize(
    "error", [ValueError("odd"), KeyboardInterrupt(), concurrent.futures.CancelledError("c")]
)
def test_an_error_of_ours_is_no_verdict(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's own status for it, 1, would say that a kernel failed."""

    def fail(*_args: Any, **_named: Any) -> None:
        raise error

    monkeypatch.setattr(matrix, "main", fail)
    assert entry.main(["matrix"]) == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("seaworthy matrix: int")


def test_samples_have_every_field_that_the_harness_writes() -> None:
    """The samples of the reports' tests must not drift from what is really written."""
    run = results.Run(
        "x",
        results.KernelInfo(None, None, None, None),
        results.MachineInfo("qemu", None, []),
        None,
        results.NO_BOOT,
        "why",
        tests=[results.Test("a", "kernel", "b", "PASS")],
        steps=[results.StepInfo("probe")],
    )
    written = results.Matrix(
        "2026-01-02T03:04:05Z", samples.all_good()["host"], "0.1.0", runs=[run]
    ).document()
    assert check.check_document(written, "matrix-1.schema.json") is None
    sample = samples.realistic()
    optional = {"notes", "interrupted", "problems"}
    assert set(written) - optional == set(sample)
    ours, theirs = sample["runs"][0], written["runs"][0]
    assert set(theirs) - optional == set(ours)
    for part in ("kernel", "machine"):
        assert set(theirs[part]) == set(ours[part])
    for part in ("tests", "steps"):
        assert set(theirs[part][0]) == set(ours[part][0])


def test_a_pass_with_lost_tests_is_none() -> None:
    def run(name: str, verdict: str, *tests: str) -> results.Run:
        return results.Run(
            name,
            results.KernelInfo(None, None, None, None),
            results.MachineInfo("qemu", None, []),
            None,
            verdict,
            "",
            tests=[results.Test(t, "kernel", "b", "PASS") for t in tests],
        )

    runs = [
        run("all", "PASS", "b.one", "b.two", "b.three"),
        run("some", "PASS", "b.two"),
        run("none", "PANIC"),
    ]
    results.fill_not_run(runs)
    assert [r.verdict for r in runs] == ["PASS", "BROKEN-OUTPUT", "PANIC"]
    assert runs[1].detail == "2 tests have a result elsewhere and none here, the first: b.one"
    assert results.overall(runs[:2], False) == 1
