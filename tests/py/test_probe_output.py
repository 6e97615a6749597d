# SPDX-License-Identifier: GPL-2.0-only
"""The renderings of the probe: KTAP, Markdown, narrow terminals, --explain, --diff, and broken outputs."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from test_probe import ESCAPE, EXE, READY, ROOT, config, features, on_terminal, probe, valid

sys.path.insert(0, str(ROOT / "harness"))
from seaworthy import ktap  # noqa: E402

DIFF_SCHEMA = json.loads((ROOT / "harness/seaworthy/schema/probe-diff-1.schema.json").read_text())
PROFILES = ["application-container", "system-container", "systemd-container", "lxc", "docker",
            "kubernetes-node", "rootless", "checkpoint-restore", "waydroid"]


@pytest.fixture
def poor(tmp_path: Path) -> Path:
    """A configuration with much missing: a must, a should and a may of most profiles."""
    text = READY
    for symbol in ("PID_NS", "VETH", "MEMCG", "POSIX_MQUEUE"):
        text = text.replace(f"CONFIG_{symbol}=y", f"# CONFIG_{symbol} is not set")
    return config(tmp_path, "6.6.1", text, "poor")


# ---- KTAP ---------------------------------------------------------------------------------------


def check_ktap(text: str, document: dict[str, Any]) -> None:
    """Every feature and profile is a result that says what the JSON says."""
    root = ktap.read(text.encode())
    assert root.all_damage() == []
    want = [f["id"] for f in document["features"]]
    want += [f"profile.{p['id']}" for p in document["profiles"]]
    assert [n.name for n in root.children] == want
    assert root.plan == len(want)
    nodes = {n.name: n for n in root.children}
    for feature in document["features"]:
        node = nodes[feature["id"]]
        assert node.ok == (feature["usable"] != "no"), feature
        assert (node.directive == "SKIP") == (feature["usable"] == "unknown"), feature
        assert node.directive == "" or node.reason
    for profile in document["profiles"]:
        node = nodes[f"profile.{profile['id']}"]
        assert node.ok == (profile["verdict"] != "not-ready")
        assert (node.directive == "SKIP") == (profile["verdict"] == "unknown")
        assert node.plan == len(node.children) > 0
        failed = [c for c in node.children if not c.ok]
        skipped = [c for c in node.children if c.directive == "SKIP"]
        missing = profile["missing"]
        assert len(failed) == sum(m["level"] == "must" and m["usable"] == "no" for m in missing)
        assert len(failed) + len(skipped) == len(missing)
        assert bool(failed) == (not node.ok), "a parent fails if, and only if, a child fails"


def test_ktap_says_what_json_says(poor: Path) -> None:
    args = ("--config", poor, "--profile", "all", "--format")
    check_ktap(probe(*args, "ktap").out, probe(*args, "json").document)


def test_ktap_of_nothing_known_is_all_skips(tmp_path: Path) -> None:
    path = tmp_path / "defconfig"
    path.write_text("CONFIG_SYSVIPC=y\nCONFIG_MODULES=y\nCONFIG_NET=y\nCONFIG_PID_NS=y\n")
    run = probe("--config", path, "--format", "ktap")
    assert run.status == 3
    check_ktap(run.out, probe("--config", path, "--format", "json").document)


def test_ktap_of_the_running_kernel_is_whole() -> None:
    root = ktap.read(probe("--format", "ktap").out.encode())
    assert root.all_damage() == []
    assert root.plan == len(root.children) > 60


@pytest.fixture(scope="session")
def kunit_parser() -> Any:
    """The kernel's own reader of KTAP, out of the source package that the build needs anyway."""
    place = ROOT / "out" / "kunit"
    names = ("kunit_parser.py", "kunit_printer.py")
    if not all((place / n).is_file() for n in names):
        place.mkdir(parents=True, exist_ok=True)
        left = set(names)
        with tarfile.open("/usr/src/linux-source-6.1.tar.xz", mode="r|xz") as tar:
            for member in tar:
                if member.name.startswith("linux-source-6.1/tools/testing/kunit/") and \
                        Path(member.name).name in left:
                    source = tar.extractfile(member)
                    assert source
                    half = place / f"{Path(member.name).name}.{os.getpid()}"
                    half.write_bytes(source.read())
                    half.rename(place / Path(member.name).name)
                    left.discard(Path(member.name).name)
                    if not left:
                        break
    sys.path.insert(0, str(place))
    return importlib.import_module("kunit_parser")


def test_ktap_is_read_by_the_kernels_own_parser(poor: Path, kunit_parser: Any) -> None:
    args = ("--config", poor, "--profile", "all", "--format")
    document = probe(*args, "json").document
    text = probe(*args, "ktap").out
    result = kunit_parser.parse_run_tests(text.splitlines())
    counts = result.counts if hasattr(result, "counts") else result.test.counts
    assert counts.errors == 0
    assert counts.crashed == 0
    failed = sum(f["usable"] == "no" for f in document["features"])
    failed += sum(m["level"] == "must" and m["usable"] == "no"
                  for p in document["profiles"] for m in p["missing"])
    assert counts.failed == failed > 0
    root = ktap.read(text.encode())
    assert counts.passed + counts.failed + counts.skipped == sum(1 for _ in root.leaves())


# ---- Markdown -----------------------------------------------------------------------------------


def cells(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def check_tables(text: str) -> int:
    """In each block of table lines, all have as many cells as the head."""
    tables, width = 0, 0
    for line in text.splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        if not width:
            tables += 1
            width = cells(line)
        assert cells(line) == width, line
        assert line.endswith("|"), line
    return tables


def test_markdown_is_made_of_whole_tables(poor: Path) -> None:
    text = probe("--config", poor, "--profile", "docker", "--profile", "lxc", "--format", "markdown").out
    assert check_tables(text) >= 8
    assert text.count("## Verdicts") == 1
    assert "| Docker | **not-ready** |" in text
    assert "CONFIG\\_PID\\_NS=y" in text or "`CONFIG_PID_NS=y`" in text


def test_markdown_shows_hostile_texts_as_they_are(tmp_path: Path) -> None:
    evil = tmp_path / "a|b`c``d <script>*x*_y_ @all #1"
    evil.write_text(config(tmp_path, "6.6.1-`|x|<b>").read_text())
    text = probe("--config", evil, "--format", "markdown").out
    check_tables(text)
    assert "<script>" not in re.sub(r"(`+)(?!`).*?[^`]\1(?!`)", "", text)
    assert "<b>" not in re.sub(r"(`+)(?!`).*?[^`]\1(?!`)", "", text)


# ---- terminals ----------------------------------------------------------------------------------


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("columns", [20, 24, 40, 59, 60, 80, 200])
def test_nothing_is_lost_on_a_narrow_terminal(poor: Path, columns: int) -> None:
    args = ("--config", str(poor), "--profile", "docker", "--profile", "lxc")
    document = probe(*args, "--format", "json").document
    text = squeezed(ESCAPE.sub("", on_terminal(columns, {"TERM": "xterm"}, "--all", *args)))
    for feature in document["features"]:
        assert squeezed(feature["id"]) in text
        assert squeezed(feature["title"]) in text, feature
        assert squeezed(feature["remedy"] or "") in text, feature
    for profile in document["profiles"]:
        for missing in profile["missing"]:
            assert squeezed(missing["impact"]) in text, missing
    for conflict in document["conflicts"]:
        assert squeezed(conflict["advice"]) in text


def test_remedies_of_unknown_rows_are_told_when_narrow(tmp_path: Path) -> None:
    """Without a right, or under a filter, a row is '?' and its remedy the most important word."""
    lines = on_terminal(40, {"TERM": "dumb"}, "--all")
    document = probe("--format", "json").document
    text = squeezed(lines)
    for feature in document["features"]:
        if feature["usable"] == "unknown" and feature["remedy"]:
            assert squeezed(feature["remedy"]) in text, feature


def test_default_text_is_short_and_begins_with_the_verdicts(poor: Path, tmp_path: Path) -> None:
    ready = probe("--config", config(tmp_path, "6.6.1")).out
    assert ready.index("Verdicts") < ready.index("Features by area")
    total = len(probe("--config", poor, "--format", "json").document["features"])
    assert len(ready.splitlines()) < 70 < total / 3
    text = probe("--config", poor).out
    assert text.index("Verdicts") < text.index("Missing or in doubt") < text.index("Features by area")
    assert "a container sees, and can kill, the processes of the others (ns.pid)" in text


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "x\033[31mred"
    path.write_text(config(tmp_path, "6.6.1").read_text())
    assert "\033" not in probe("--config", path).out


# ---- profiles and conflicts ---------------------------------------------------------------------


def test_all_profiles_at_once(poor: Path) -> None:
    document = valid(probe("--config", poor, "--profile", "all", "--format", "json").document)
    assert [p["id"] for p in document["profiles"]] == PROFILES
    assert document["other_profiles"] == []
    for profile in document["profiles"]:
        for missing in profile["missing"]:
            assert missing["source"], missing


def test_other_profiles_do_not_decide(poor: Path, tmp_path: Path) -> None:
    document = valid(probe("--config", config(tmp_path, "6.6.1"), "--format", "json").document)
    assert [p["id"] for p in document["other_profiles"]] == PROFILES[2:]
    assert any(p["verdict"] == "not-ready" for p in document["other_profiles"])
    assert document["exit_status"] == 0


def test_conflicts_are_told_when_both_sides_are_judged(tmp_path: Path) -> None:
    path = config(tmp_path, "6.6.1", READY + "CONFIG_RT_GROUP_SCHED=y\n")
    both = ("--config", path, "--profile", "docker", "--profile", "lxc")
    document = valid(probe(*both, "--format", "json").document)
    found = {c["id"]: c for c in document["conflicts"]}
    assert found["rt-group-sched"]["here"] == "CONFIG_RT_GROUP_SCHED=y"
    assert "docker" in found["rt-group-sched"]["wanted_by"]
    for text in (probe(*both).out, probe(*both, "--format", "markdown").out):
        assert "Real-time group scheduling" in text
        assert "leave it off unless" in text
    alone = probe("--config", path, "--profile", "docker", "--format", "json").document
    assert "rt-group-sched" not in {c["id"] for c in alone["conflicts"]}


# ---- --explain ----------------------------------------------------------------------------------


def test_explain_knows_symbols_and_users(tmp_path: Path) -> None:
    path = config(tmp_path, "6.6.1")
    run = probe("--config", path, "--explain", "cgroup.v1.memory")
    for words in ("CGROUP_MEM_RES_CTLR", "until before 3.6", "CONFIG_MEMCG: =y here", "c255a458055e",
                  "Kubernetes node (must)", "Control groups, version 1 or 2", "lxc-checkconfig"):
        assert words in re.sub(r"\s+", " ", run.out), run.out
    document = valid(probe("--config", path, "--explain", "cgroup.v1.memory", "--format", "json").document)
    assert {h["symbol"] for h in document["explain"]["history"]} >= {"MEMCG", "CGROUP_MEM_RES_CTLR"}
    assert {n["profile"] for n in document["explain"]["needed_by"]} >= {"lxc", "docker"}
    assert check_tables(probe("--explain", "ns.pid", "--format", "markdown").out)


# ---- --diff -------------------------------------------------------------------------------------


def diff(*args: str | Path, **kwargs: Any) -> tuple[int, dict[str, Any]]:
    run = probe("--diff", *args, "--format", "json", **kwargs)
    assert run.err == ""
    document = run.document
    jsonschema.validate(document, DIFF_SCHEMA)
    assert document["exit_status"] == run.status
    return run.status, document


def changes(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f["id"]: f for f in document["features"]}


def without(text: str, symbol: str) -> str:
    return text.replace(f"CONFIG_{symbol}=y", f"# CONFIG_{symbol} is not set")


def test_diff_of_the_same_is_empty(tmp_path: Path) -> None:
    path = config(tmp_path, "6.6.1")
    status, document = diff(path, path)
    assert status == 0
    assert document["features"] == []
    assert document["same"] == len(probe("--format", "json", verb="features").document["features"])


def test_diff_names_the_line_to_blame(tmp_path: Path) -> None:
    a = config(tmp_path, "6.6.1", name="a")
    b = config(tmp_path, "6.6.1", without(READY, "PID_NS"), "b")
    status, document = diff(a, b)
    assert status == 1
    row = changes(document)["ns.pid"]
    assert row["change"] == "lost"
    assert row["lines"] == [{"symbol": "PID_NS", "a": "y", "b": "n"}]
    verdicts = {p["id"]: (p["a"], p["b"]) for p in document["profiles"]}
    assert verdicts["application-container"] == ("ready", "not-ready")
    text = probe("--diff", a, b).out
    assert "CONFIG_PID_NS=y in A, CONFIG_PID_NS is not set in B" in text
    assert "set CONFIG_PID_NS=y" in text
    assert check_tables(probe("--diff", a, b, "--format", "markdown").out) >= 3
    # The other way round nothing is worse.
    status, document = diff(b, a)
    assert status == 0
    assert changes(document)["ns.pid"]["change"] == "gained"


def test_diff_blames_the_version_where_no_line_differs(tmp_path: Path) -> None:
    a = config(tmp_path, "6.6.1", name="a")
    b = config(tmp_path, "3.2.1", name="b")
    row = changes(diff(a, b)[1])["ns.cgroup"]
    assert row["change"] == "lost"
    assert row["lines"] == []
    assert "came with 4.6" in row["b"]["why"]


def test_diff_counts_only_what_a_use_needs(tmp_path: Path) -> None:
    a = config(tmp_path, "6.6.1", name="a")
    b = config(tmp_path, "6.6.1", without(READY, "VETH"), "b")
    assert diff(a, b, "--profile", "application-container")[0] == 0
    assert diff(a, b, "--profile", "system-container")[0] == 2
    assert diff(a, b, "--profile", "docker")[0] == 1
    assert diff(a, b)[0] == 1


def test_diff_of_what_cannot_be_told(tmp_path: Path) -> None:
    a = config(tmp_path, "6.6.1", name="a")
    b = tmp_path / "defconfig"
    b.write_text("CONFIG_SYSVIPC=y\nCONFIG_MODULES=y\nCONFIG_NET=y\nCONFIG_PID_NS=y\n")
    status, document = diff(a, b)
    assert status == 3
    assert changes(document)["ns.uts"]["change"] == "unclear"


def test_diff_takes_results_configurations_and_standard_input(tmp_path: Path) -> None:
    a = config(tmp_path, "6.6.1", name="a")
    b = config(tmp_path, "6.6.1", without(READY, "VETH").replace("BRIDGE=y", "BRIDGE=m"), "b")
    result = tmp_path / "result.json"
    result.write_text(probe("--config", a, "--format", "json").out)
    want = changes(diff(a, b)[1])
    assert want["net.bridge"]["change"] == "changed"
    assert want["net.bridge"]["lines"] == [{"symbol": "BRIDGE", "a": "y", "b": "m"}]
    assert changes(diff(result, b)[1]) == want
    assert changes(diff("-", b, input=result.read_bytes())[1]) == want
    assert changes(diff(a, "-", input=b.read_bytes())[1]) == want


def test_diff_of_the_running_kernel_and_its_own_result(tmp_path: Path) -> None:
    """The same kernel twice: what may differ is what others do meanwhile, never a use's must."""
    result = tmp_path / "result.json"
    result.write_text(probe("--format", "json").out)
    status, document = diff(result, "running")
    assert document["a"]["live"] and document["b"]["live"]
    assert status == 0
    for row in document["features"]:
        assert row["a"]["configured"] == row["b"]["configured"], row


@pytest.mark.parametrize(("args", "words"), [
    (("a",), "--diff takes two names"),
    (("a", "b", "c"), "--diff takes two names"),
    (("-", "-"), "only one side from standard input"),
    (("a", "b", "--config", "c"), "exclude each other"),
    (("a", "b", "--format", "ktap"), "not ktap"),
])
def test_diff_usage(args: tuple[str, ...], words: str) -> None:
    run = probe("--diff", *args)
    assert run.status == 64
    assert words in run.err
    assert run.err.count("\n") == 1


@pytest.mark.parametrize(("text", "words"), [
    (b"{", "line 1"),
    (b"", "empty"),
    (b"{\"schema\": \"seaworthy.matrix/1\"}", "no result of seaworthy probe"),
    (b"{\"schema\": \"seaworthy.probe/1\"}", "without \"features\""),
    (b"[" * 100000, ""),
    (b"{\"a\":" * 100000, ""),
    (b"{\"schema\": \"seaworthy.probe/1\", \"subject\": {}, \"features\": [{\"id\": \"ns.pid\"}]}",
     "ns.pid"),
    (b"{\"schema\": \"seaworthy.probe/1\", \"features\": []}", "without \"subject\""),
    (b"{\"schema\": \"seaworthy.probe/1\", \"subject\": {}, \"features\": [7, null, [], {}]}", "no feature"),
    (b"Dear reader,\nthis is a letter.\n", ""),
])
def test_diff_refuses_what_is_no_result(tmp_path: Path, text: bytes, words: str) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(text)
    run = probe("--diff", config(tmp_path, "6.6.1"), bad)
    assert run.status == 3
    assert run.out == ""
    assert run.err.count("\n") == 1
    assert str(bad) in run.err
    assert words in run.err


# ---- outputs that go nowhere --------------------------------------------------------------------

FORMATS = ("text", "json", "ktap", "markdown")


@pytest.mark.parametrize("form", FORMATS)
def test_full_disk_is_status_3(poor: Path, form: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([EXE, "probe", "--config", poor, "--format", form], stdout=full,
                              stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 3
    assert b"No space left" in done.stderr


@pytest.mark.parametrize("form", FORMATS)
def test_reader_that_went_away_is_status_3(poor: Path, form: str) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run([EXE, "probe", "--config", poor, "--format", form], stdout=write,
                              stderr=subprocess.PIPE, timeout=60)
    finally:
        os.close(write)
    assert done.returncode == 3
    assert b"Broken pipe" in done.stderr


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_standard_descriptors(poor: Path, closed: tuple[int, ...]) -> None:
    """Nothing crashes; without a standard output the verdict has no reader, and 3 says so."""
    redirections = "".join(f" {fd}{'<' if fd == 0 else '>'}&-" for fd in closed)
    done = subprocess.run(["sh", "-c", f'exec "$0" probe --config "$1"{redirections}', EXE, poor],
                          capture_output=True, timeout=60)
    assert done.returncode == (3 if 1 in closed else 1)


def test_schema_of_every_kind_of_result(poor: Path) -> None:
    for args in (("ns.*",), ("--no-live",), ("--config", poor), ("--explain", "net.veth"),
                 ("--config", poor, "--profile", "all")):
        run = probe(*args, "--format", "json")
        assert valid(run.document)["exit_status"] == run.status
        assert features(run.document)
