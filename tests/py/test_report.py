# SPDX-License-Identifier: GPL-2.0-only
"""The reports, from realistic, hostile and arbitrary results."""
from __future__ import annotations

import copy
import io
import json
import os
import random
import re
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Iterator

import pytest

HERE = Path(__file__).resolve().parent
HARNESS = HERE.parent.parent / "harness"
GOLDEN = HERE.parent / "golden" / "report"
sys.path[:0] = [str(HARNESS), str(HERE)]

import report_samples as samples  # noqa: E402
from seaworthy import report  # noqa: E402
from seaworthy.report import check, cli, html, junit, model, terminal, text  # noqa: E402
from report_random import documents, mutated  # noqa: E402

UPDATE = os.environ.get("SEAWORTHY_UPDATE_GOLDEN") == "1"
BAD = ("FAIL", "CRASH", "TIMEOUT")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the caller's terminal nor the build tree's last matrix may decide a test."""
    for name in ("NO_COLOR", "COLUMNS", "SEAWORTHY_EXECUTABLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def printed(result: dict[str, Any], width: int = 100, color: bool = False) -> str:
    stream = io.StringIO()
    report.print_matrix(result, stream, width, color)
    return stream.getvalue()


def count(result: dict[str, Any], *results: str) -> int:
    return sum(t["result"] in results for r in result["runs"] for t in r["tests"])


# --- the samples themselves, and the checker that guards them


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_samples_follow_the_schema(name: str) -> None:
    assert check.check_document(samples.SAMPLES[name](), "matrix-1.schema.json") is None


def reference_validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema", reason="make deps-matrix installs it")
    schema = json.loads((check.SCHEMA_DIR / "matrix-1.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    resolver = jsonschema.RefResolver(check.SCHEMA_DIR.as_uri() + "/", schema)
    return jsonschema.Draft7Validator(schema, resolver=resolver)


def test_checker_agrees_with_jsonschema() -> None:
    """Our checker and the reference implementation, on documents that are right and wrong."""
    reference = reference_validator()
    base = samples.document([samples.realistic()["runs"][i] for i in (1, 4)], 1)
    rng = random.Random(7)
    verdicts = set()
    for _ in range(250):
        document = mutated(base, rng)
        problem = check.check_document(document, "matrix-1.schema.json")
        assert (problem is None) == reference.is_valid(document), problem
        verdicts.add(problem is None)
    assert verdicts == {True, False}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.pop("host"), '$: the field "host" is missing'),
        (lambda d: d["runs"][0].update(verdict="MAYBE"), '$.runs[0].verdict: "MAYBE" is none of'),
        (lambda d: d["runs"][1]["tests"][3].update(result="OK"), "$.runs[1].tests[3].result"),
        (lambda d: d["runs"][1]["tests"][3].update(needs="ns.pid"), "$.runs[1].tests[3].needs"),
        (lambda d: d["runs"][0]["kernel"].update(image="/boot/vmlinuz"), "$.runs[0].kernel.image"),
        (lambda d: d["runs"][0]["kernel"].update(sha256="12ab"), "$.runs[0].kernel.sha256"),
        (lambda d: d.update(exit_status=True), "$.exit_status"),
        (lambda d: d.update(duration_s=-1), "$.duration_s: -1 is less than 0"),
        (lambda d: d.update(started="yesterday"), "$.started"),
        (lambda d: d["runs"][0]["probe"].pop("features"), "$.runs[0].probe"),
    ],
)
def test_checker_says_where(change: Any, where: str) -> None:
    document = samples.realistic()
    change(document)
    problem = check.check_document(document, "matrix-1.schema.json")
    assert problem is not None and problem.startswith(where)


def test_checker_refuses_keywords_it_does_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.schema.json").write_text('{"properties": {"a": {"multipleOf": 2}}}')
    monkeypatch.setattr(check, "SCHEMA_DIR", tmp_path)
    check._schema_file.cache_clear()
    try:
        with pytest.raises(check.UnsupportedSchema):
            check.check_document({"a": 3}, "odd.schema.json")
    finally:
        check._schema_file.cache_clear()


@pytest.mark.parametrize("arguments", [[], ["--config", "/proc/config.gz"]])
def test_what_the_probe_says_follows_its_schema(arguments: list[str]) -> None:
    if arguments and not Path(arguments[1]).exists():
        arguments = []
    done = subprocess.run(
        [str(HARNESS.parent / "out" / "seaworthy"), "probe", "--format", "json", *arguments],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1, 2, 3)
    assert check.check_document(json.loads(done.stdout), "probe-1.schema.json") is None


# --- text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1bcreset", "reset"),
        ("a\x00b", "a\\x00b"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud800", "\\ud800"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("tab\tline\r\nnext", "tab\tline\nnext"),
        ("\x9b31m", "\\x9b31m"),
        (None, ""),
        (17, "17"),
    ],
)
def test_clean(raw: Any, shown: str) -> None:
    assert text.clean(raw) == shown


@pytest.mark.parametrize("width", range(0, 12))
@pytest.mark.parametrize("raw", ["abcdefghij", "日本語テキスト", "e\u0301\u0301\u0301tude", ""])
def test_cut_and_pad_keep_to_the_width(raw: str, width: int) -> None:
    assert text.width_of(text.cut(raw, width)) <= width
    assert text.width_of(text.pad(raw, width)) == width


# --- terminal


def golden(name: str, got: str) -> None:
    path = GOLDEN / name
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(got)
    assert path.exists(), f"no golden file {path.name}: SEAWORTHY_UPDATE_GOLDEN=1 writes it"
    assert got == path.read_text()


@pytest.mark.parametrize(
    ("name", "width"), [("realistic", 120), ("realistic", 80), ("all_good", 100), ("empty", 80)]
)
def test_terminal_golden(name: str, width: int) -> None:
    golden(f"{name}-{width}.txt", printed(samples.SAMPLES[name](), width))


def test_terminal_golden_color() -> None:
    golden("all_good-color.txt", printed(samples.all_good(), 100, True).replace("\x1b", "<ESC>"))


@pytest.mark.parametrize("width", [1, 40, 57, 80, 100, 132, 200, 400])
@pytest.mark.parametrize(
    "make", [samples.realistic, samples.all_good, samples.empty, lambda: samples.big(8, 60)]
)
def test_terminal_fits_the_width_and_loses_no_column(make: Any, width: int) -> None:
    result = make()
    got = printed(result, width)
    for line in got.splitlines():
        assert text.width_of(line) <= max(width, terminal.MIN_WIDTH), line
    for column in model.join(result).columns:
        heads = [
            ln
            for ln in got.splitlines()
            if ln.startswith("Features ") and column.label in ln.split()
        ]
        assert len(heads) == 1, column.label


def test_terminal_color_changes_nothing_but_color() -> None:
    result = samples.realistic()
    colored = printed(result, 100, True)
    assert "\x1b[" in colored
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [ln.rstrip() for ln in plain.splitlines()] == printed(result, 100).splitlines()


def test_terminal_passes_no_control_character_on() -> None:
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", printed(samples.realistic())
    )


def test_terminal_on_a_stream_that_knows_ascii_only() -> None:
    result = samples.realistic()
    result["runs"][0]["id"] = "kérnel-日本"
    result["runs"][0]["kernel"]["suite"] = None
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    report.print_matrix(result, stream, 80, False)
    stream.flush()
    assert b"k\\xe9rnel" in raw.getvalue()


@pytest.mark.parametrize("make", [samples.realistic, samples.all_good, samples.empty, samples.big])
def test_last_line_counts_every_test(make: Any) -> None:
    result = make()
    assert printed(result).splitlines()[-1] == (
        f"{count(result, 'PASS')} passed, {count(result, *BAD)} failed, {count(result, 'SKIP')} "
        f"skipped"
    )


def test_every_failure_and_verdict_is_told() -> None:
    result = samples.realistic()
    got = printed(result, 400)
    for run in result["runs"]:
        for t in run["tests"]:
            if t["result"] in BAD:
                assert re.search(
                    rf"{t['result']} {re.escape(t['group'])}: .*\b{re.escape(t['id'])}\b.* on ", got
                )
        if run["verdict"] not in ("PASS", "FAIL"):
            assert text.clean_line(run["detail"]) in got
            assert text.clean(run["console_tail"][-1])[:40] in got


# --- joining


def test_labels_are_short_and_different() -> None:
    result = samples.all_good()
    assert [c.label for c in model.join(result).columns] == ["5.10", "6.1", "6.12", "7.2"]
    twins = copy.deepcopy(result["runs"][:1]) * 2 + copy.deepcopy(result["runs"][:1])
    twins[0] = copy.deepcopy(twins[0])
    twins[0]["layout"] = "v2"
    labels = [c.label for c in model.join({"runs": twins}).columns]
    assert labels == ["5.10/v2", "5.10/v1-single", "5.10/v1-single#2"]


def test_namesakes_lose_no_result() -> None:
    result = samples.all_good()
    tests = result["runs"][0]["tests"]
    tests.append({**tests[0], "result": "FAIL", "message": "second time"})
    assert printed(result).splitlines()[-1].split(", ")[1] == "1 failed"


def test_odd_results_never_pass() -> None:
    result = samples.all_good()
    result["runs"][0]["verdict"] = "GREAT"
    result["runs"][0]["tests"][0]["result"] = "pass"
    result["runs"][0]["probe"]["features"][0]["usable"] = True
    column = model.join(result).columns[0]
    assert column.verdict == "BROKEN-OUTPUT"
    assert next(iter(column.tests.values())).result == "NOT-RUN"
    assert next(iter(column.features.values())).usable == "unknown"


def test_failures_alike_are_told_once() -> None:
    result = samples.all_good()
    for t in result["runs"][1]["tests"][3:6]:
        t.update(result="FAIL", message="the same cause\nwith more")
    result["runs"][1]["tests"][7].update(result="FAIL", message="")
    result["runs"][1]["tests"][8].update(result="FAIL", message="")
    failures = model.join(result).failures
    assert [len(f.rows) for f in failures] == [3, 1, 1]
    assert printed(result).count("the same cause") == 1


# --- HTML


class Page(HTMLParser):
    VOID = {"meta", "br", "input", "img", "link", "hr", "path"}
    OPTIONAL = {"th"}  # list heads leave out </th>, as HTML allows

    def __init__(self, source: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.external: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")
            if name in ("src", "srcset", "action", "data"):
                self.external.append(value or "")
        if tag not in self.VOID | self.OPTIONAL:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.OPTIONAL:
            assert self.stack and self.stack.pop() == tag, tag


@pytest.mark.parametrize("make", [samples.realistic, samples.all_good, samples.empty, samples.big])
def test_html_is_whole_and_self_contained(make: Any) -> None:
    page = Page(html.render_html(make()))
    assert not page.stack
    assert len(page.ids) == len(set(page.ids))
    assert not page.external
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert not {"img", "link", "iframe", "object"} & page.tags
    assert not any(name.startswith("on") for name in page.attributes)


def test_html_lets_nothing_hostile_through() -> None:
    source = html.render_html(samples.realistic())
    assert source.count("<script>") == 1 and source.count("</script>") == 1
    assert "alert(1)&lt;/script&gt;" in source
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", source)
    source.encode("utf-8")


def test_html_big_stays_small() -> None:
    assert len(html.render_html(samples.big(8, 400))) < 700_000


def test_html_tells_every_failure() -> None:
    result = samples.realistic()
    source = html.render_html(result)
    for run in result["runs"]:
        for t in run["tests"]:
            if t["result"] in BAD:
                assert f"<code>{t['id']}</code>" in source
                assert text.clean(t["message"].split("<")[0]) in source
        assert not run["kernel"]["sha256"] or run["kernel"]["sha256"] in source


# --- JUnit


@pytest.mark.parametrize("make", [samples.realistic, samples.all_good, samples.empty, samples.big])
def test_junit_counts(make: Any) -> None:
    result = make()
    source = junit.render_junit(result)
    assert not re.search("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", source)
    root = ET.fromstring(source.encode("utf-8"))
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        cases = suite.findall("testcase")
        for name, tag in (
            ("tests", None),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert int(suite.get(name)) == sum(
                tag is None or c.find(tag) is not None for c in cases
            )
        for case in cases:
            assert case.get("name") and case.get("classname") and float(case.get("time")) >= 0
            assert sum(case.find(t) is not None for t in ("failure", "error", "skipped")) <= 1
    names = [(c.get("classname"), c.get("name")) for c in root.iter("testcase")]
    assert len(names) == len(set(names))
    failures = [c for c in root.iter("testcase") if c.find("failure") is not None]
    assert len(failures) == count(result, "FAIL")


def test_junit_is_red_exactly_when_something_is() -> None:
    def red(result: dict[str, Any]) -> bool:
        root = ET.fromstring(junit.render_junit(result))
        return int(root.get("failures")) + int(root.get("errors")) > 0

    assert not red(samples.all_good())
    for verdict in ("FAIL", "NO-BOOT", "PANIC", "TIMEOUT", "BROKEN-OUTPUT"):
        result = samples.all_good()
        result["runs"][2].update(verdict=verdict, detail="why")
        assert red(result), verdict
    for outcome in (*BAD, "NOT-RUN"):
        result = samples.all_good()
        result["runs"][2]["tests"][5].update(result=outcome, message="why")
        assert red(result), outcome


def test_junit_panic_is_one_error_with_the_console() -> None:
    root = ET.fromstring(junit.render_junit(samples.realistic()))
    case = next(c for c in root.iter("testcase") if c.get("classname") == "bsp-panics.kernel")
    assert case.find("error").get("type") == "PANIC"
    assert "Kernel panic" in case.find("system-out").text
    suites = [s for s in root if s.get("name").startswith("bsp-panics: ")]
    assert sum(int(s.get("errors")) for s in suites) == 1


def test_a_kernel_that_was_not_run_is_told_everywhere() -> None:
    result = samples.all_good()
    result["problems"] = ["debian-7.2: cannot be <fetched>: no network"]
    assert check.check_document(result, "matrix-1.schema.json") is None
    assert "Not run\n  debian-7.2: cannot be <fetched>" in printed(result)
    assert "1 of 5 kernels not as required: debian-7.2 not run" in printed(result)
    assert "1 of 5 kernels not as required" in html.render_html(result)
    assert "debian-7.2: cannot be &lt;fetched&gt;" in html.render_html(result)
    root = ET.fromstring(junit.render_junit(result))
    assert root.get("errors") == "1"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "All 4 kernels are as required"),
        (2, "All 4 kernels passed, but recommended features are missing"),
        (3, "All 4 kernels passed, but not everything could be determined"),
    ],
)
def test_the_summary_says_no_more_than_the_status(status: int, words: str) -> None:
    result = {**samples.all_good(), "exit_status": status}
    assert printed(result).splitlines()[-2] == words
    assert f">{words}</h1>" in html.render_html(result)


# --- anything at all


@pytest.mark.parametrize("seed", range(40))
def test_any_valid_document_renders(seed: int) -> None:
    document = documents(random.Random(seed))
    assert check.check_document(document, "matrix-1.schema.json") is None
    everything(document)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_documents_render(seed: int) -> None:
    """render_all never loses a long run's result over a field that is odd."""
    rng = random.Random(seed)
    document = samples.document(samples.realistic()["runs"][3:6], 1)
    for _ in range(6):
        document = mutated(document, rng)
    everything(document)


@pytest.mark.parametrize(
    "document", [None, [], {}, 7, "x", {"runs": 3}, {"runs": [None, 3, [], {"tests": [None, {}]}]}]
)
def test_no_document_renders(document: Any) -> None:
    everything(document)


def everything(document: Any) -> None:
    for width in (40, 97):
        got = printed(document, width, color=False)
        assert all(text.width_of(ln) <= width for ln in got.splitlines())
        assert re.fullmatch(r"\d+ passed, \d+ failed, \d+ skipped", got.splitlines()[-1])
    page = Page(html.render_html(document))
    assert not page.stack and all(ln[1:] in page.ids for ln in page.links)
    ET.fromstring(junit.render_junit(document).encode("utf-8"))
    # NaN is not equal to itself, hence the text.
    again = cli.render_json(document)
    assert cli.render_json(json.loads(again)) == again


# --- the verb


@pytest.fixture
def in_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def test_default_is_the_last_matrix(in_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = report.render_all(samples.realistic(), in_dir / "out" / "reports")
    assert sorted(p.name for p in paths.values()) == [
        "matrix.html",
        "matrix.json",
        "matrix.txt",
        "matrix.xml",
    ]
    assert report.main([]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "150 passed, 4 failed, 10 skipped"


@pytest.mark.parametrize(
    ("kind", "start"),
    [("html", "<!DOCTYPE html>"), ("junit", "<?xml "), ("json", "{"), ("terminal", "Seaworthy ")],
)
def test_formats(in_dir: Path, capfd: pytest.CaptureFixture[str], kind: str, start: str) -> None:
    (in_dir / "r.json").write_text(cli.render_json(samples.realistic()))
    assert report.main(["--format", kind, "r.json"]) == 0
    to_stdout = capfd.readouterr().out
    assert to_stdout.startswith(start)
    assert report.main(["--format", kind, "--output", "x.out", "r.json"]) == 0
    assert (in_dir / "x.out").read_text().startswith(start)
    assert report.main(["--format", kind, "--output", "sub/", "r.json"]) == 0
    assert [p.name for p in (in_dir / "sub").iterdir()] == [cli.FILES[kind]]
    assert sorted(p.name for p in in_dir.iterdir()) == ["r.json", "sub", "x.out"]


def test_output_names_the_format(in_dir: Path) -> None:
    (in_dir / "r.json").write_text(cli.render_json(samples.all_good()))
    for name, start in (
        ("a.html", "<!DOCTYPE"),
        ("a.xml", "<?xml"),
        ("a.json", "{"),
        ("a.txt", "Seaworthy"),
    ):
        assert report.main(["--output", name, "r.json"]) == 0
        assert (in_dir / name).read_text().startswith(start)


def test_json_round_trip(in_dir: Path) -> None:
    paths = report.render_all(samples.realistic(), in_dir)
    assert cli.load_result(paths["json"]) == samples.realistic()
    before = {k: p.read_bytes() for k, p in paths.items()}
    report.render_all(cli.load_result(paths["json"]), in_dir)
    assert {k: p.read_bytes() for k, p in paths.items()} == before


def with_schema(name: str) -> str:
    return json.dumps({**samples.all_good(), "schema": name})


WHOLE = cli.render_json(samples.all_good())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory; `seaworthy matrix` writes it"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"kernel\n", "is not JSON: line 1, column 1"),
        (WHOLE[:-40].encode(), "ends in the middle"),
        (WHOLE[:2000].encode(), ""),
        (b"\xff\xfe{}", "byte 0 is not UTF-8"),
        (b"\x7fELF\x02\x01", "is not JSON"),
        (b"[1]", 'has no "schema"'),
        (b"{}", 'has no "schema"'),
        (b'{"schema": 7}', 'has no "schema"'),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b"[" * 100000, "is not JSON"),
        (
            with_schema("seaworthy.probe/1").encode(),
            "holds seaworthy.probe/1; this needs seaworthy.matrix/1",
        ),
        (with_schema("seaworthy.matrix/2").encode(), "render it with the version that wrote it"),
        (with_schema("seaworthy.matrix/x").encode(), "reads seaworthy.matrix/1"),
        (
            b'{"schema": "seaworthy.matrix/1"}',
            'does not follow seaworthy.matrix/1: $: the field "tool" is missing',
        ),
    ],
)
def test_bad_input_is_one_message_and_status_3(
    in_dir: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, message: str
) -> None:
    if content is not None:
        (in_dir / "r.json").write_bytes(content)
    for arguments in ([], ["--format", "html", "--output", "page.html"], ["--output", "all/"]):
        assert report.main([*arguments, "r.json"]) == 3
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("seaworthy report: r.json: ") and message in said.err
        assert said.err.count("\n") == 1
    assert [p.name for p in in_dir.iterdir()] == ([] if content is None else ["r.json"])


@pytest.mark.parametrize(
    "arguments", [["--format", "pdf"], ["--nonsense"], ["a", "b"], ["--output"], ["--form", "html"]]
)
def test_usage(in_dir: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert report.main(arguments) == 64
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert report.main(["--help"]) == 0
    assert "Exit status" in capsys.readouterr().out


def test_unwritable_output(in_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (in_dir / "r.json").write_text(WHOLE)
    (in_dir / "file").write_text("")
    for target in ("none/x.html", "file/x.html", "file/"):
        assert report.main(["--format", "html", "--output", target, "r.json"]) == 3
        said = capsys.readouterr().err
        assert "cannot be written" in said and said.count("\n") == 1
    assert sorted(p.name for p in in_dir.iterdir()) == ["file", "r.json"]


def test_a_full_disk_leaves_the_old_report(in_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (in_dir / "x.html").write_text("old")

    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli.os, "replace", full)
    with pytest.raises(OSError):
        cli.write_file(in_dir / "x.html", "new")
    assert [p.name for p in in_dir.iterdir()] == ["x.html"] and (
        in_dir / "x.html"
    ).read_text() == "old"


def test_devices_are_written_to_and_links_followed(in_dir: Path) -> None:
    (in_dir / "r.json").write_text(WHOLE)
    (in_dir / "real.html").write_text("old")
    (in_dir / "link.html").symlink_to("real.html")
    os.mkfifo(in_dir / "fifo")
    reader = os.open(in_dir / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    try:
        cli.write_file(in_dir / "fifo", "through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO((in_dir / "fifo").stat().st_mode)
    assert report.main(["--output", "link.html", "r.json"]) == 0
    assert (in_dir / "link.html").is_symlink() and (in_dir / "real.html").read_text().startswith(
        "<!DOCTYPE"
    )


def run_alone(arguments: list[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    code = (
        f"import sys; sys.path[:0] = [{str(HARNESS)!r}]; from seaworthy.report import main; "
        "sys.exit(main(sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-B", "-c", code, *arguments],
        capture_output=True,
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    )


def test_no_locale(in_dir: Path) -> None:
    """No locale, no terminal: bytes that are not ASCII must not stop it, and no colour appears."""
    result = samples.realistic()
    result["runs"][0]["detail"] = "kérnel"
    (in_dir / "r.json").write_text(cli.render_json(result))
    for kind in cli.RENDERERS:
        done = run_alone(
            ["--format", kind, str(in_dir / "r.json")],
            LC_ALL="C",
            PYTHONCOERCECLOCALE="0",
            PYTHONUTF8="0",
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("environment", "color"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_color_only_where_wanted(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], color: bool
) -> None:
    monkeypatch.delenv("TERM")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in printed(samples.all_good(), 80, True)) is color
    assert "\x1b" not in printed(samples.all_good(), 80, False)
