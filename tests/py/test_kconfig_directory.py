# SPDX-License-Identifier: GPL-2.0-only
"""seaworthy probe --config DIRECTORY."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
SEAWORTHY = Path(os.environ.get("SEAWORTHY_EXECUTABLE", ROOT / "out" / "seaworthy"))
SCHEMAS = ROOT / "harness/seaworthy/schema"
sys.path.insert(0, str(ROOT / "tests" / "fuzz"))

import samples  # noqa: E402


def probe(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(SEAWORTHY), "probe", *map(str, words)], check=False, text=True, timeout=120,
                          capture_output=True, stdin=subprocess.DEVNULL)


def documents(directory: Path) -> tuple[dict, int]:
    done = probe("--config", directory, "--format", "json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((SCHEMAS / "probe-list-1.schema.json").read_text()))
    one = json.loads((SCHEMAS / "probe-1.schema.json").read_text())
    for entry in found["files"]:
        if entry["result"]:
            jsonschema.validate(entry["result"], one)
    assert found["exit_status"] == done.returncode
    return found, done.returncode


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    (tmp_path / "config-6.10").write_bytes(samples.config("arm64", "6.10.2"))
    (tmp_path / "config-6.9.xz").write_bytes(samples.pack("xz", samples.config("x86", "6.9.1")))
    (tmp_path / "zImage").write_bytes(samples.zimage("gzip"))
    (tmp_path / "README").write_text("Not a configuration.\n")
    (tmp_path / "initrd.img").write_bytes(samples.pack("zstd", b"070701" + b"0" * 4096))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "config").write_bytes(samples.config())
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "bad\x1b[31mname").write_bytes(b"\x1f\x8b\x08\0" + b"cut")
    return tmp_path


def test_each_file_has_its_line(mixed: Path) -> None:
    done = probe("--config", mixed, "--profile", "system-container", "--profile",
                 "application-container")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["file", "version", "arch", "system-container", "application-container"]
    rows = {line.split()[0]: line.split() for line in lines[1:] if line[0] != " "}
    assert rows["config-6.9.xz"][1:3] == ["6.9.1", "x86"] and len(rows["config-6.9.xz"]) == 5
    assert rows["config-6.10"][1:3] == ["6.10.2", "arm64"]
    assert rows["zImage"][1:3] == [samples.RELEASE, "arm"]
    names = list(rows)
    assert names.index("config-6.9.xz") < names.index("config-6.10"), "sorted as versions are"
    text = " ".join(done.stdout.split())
    assert "README no kernel configuration" in text
    assert "initrd.img this is an initial RAM file system" in text
    assert "sub a directory, which is not entered" in text
    assert "pipe" in rows and "named pipe" in text
    assert "\x1b" not in done.stdout and "ends too early" in text


def test_json_has_one_document_a_file(mixed: Path) -> None:
    found, status = documents(mixed)
    by_name = {f["name"]: f for f in found["files"]}
    assert len(by_name) == len(list(mixed.iterdir()))
    assert by_name["zImage"]["result"]["subject"]["config_format"] == "ARM zImage"
    assert by_name["config-6.10"]["result"] == json.loads(
        probe("--config", mixed / "config-6.10", "--format", "json").stdout)
    assert by_name["README"]["result"] is None
    assert str(mixed) not in by_name["README"]["error"]
    worst = [f["result"]["exit_status"] for f in found["files"] if f["result"]]
    assert status == (1 if 1 in worst else 3)


def test_the_status_is_the_worst(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("Not a configuration.\n")
    assert documents(tmp_path)[1] == 3, "nothing was judged"
    (tmp_path / "config").write_bytes(samples.config())
    assert probe("--config", tmp_path, "ns.uts").returncode == 0, "what is no configuration does not count"
    (tmp_path / "vmlinux").write_bytes(samples.vmlinux(ikconfig=False))
    assert probe("--config", tmp_path, "ns.uts").returncode == 3, "a kernel that could not be judged does"
    (tmp_path / "without").write_bytes(samples.config().replace(b"UTS_NS=y", b"UTS_NS=n"))
    assert probe("--config", tmp_path, "ns.uts").returncode == 1


def test_empty_and_unreadable_directories(tmp_path: Path) -> None:
    done = probe("--config", tmp_path)
    assert (done.returncode, done.stdout) == (3, "The directory is empty.\n")
    assert documents(tmp_path)[0]["files"] == []
    done = probe("--config", tmp_path / "not there")
    assert done.returncode == 3 and "No such file" in done.stderr and done.stdout == ""


def test_explain_wants_one_file(tmp_path: Path) -> None:
    done = probe("--config", tmp_path, "--explain", "ns.uts")
    assert done.returncode == 64 and "is a directory" in done.stderr


@pytest.mark.parametrize("form", ["ktap", "markdown"])
def test_formats_that_are_for_one_file(tmp_path: Path, form: str) -> None:
    (tmp_path / "one").write_bytes(samples.config())
    done = probe("--config", tmp_path, "--format", form)
    assert (done.returncode, done.stdout) == (64, "")
    assert f"--format {form}" in done.stderr and "text or json" in done.stderr and str(tmp_path) in done.stderr


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_narrow_terminal_gets_no_longer_line_than_a_name(tmp_path: Path, columns: int) -> None:
    (tmp_path / "a-rather-long-name-of-a-configuration.config").write_bytes(samples.config("arm64", "6.10.2"))
    (tmp_path / "other").write_text("nothing\n")
    done = subprocess.run([SEAWORTHY, "probe", "--config", tmp_path, "--profile", "all"], capture_output=True,
                          text=True, timeout=60, env={"COLUMNS": str(columns), "PATH": os.environ["PATH"]})
    lines = done.stdout.splitlines()
    assert any("kubernetes-node" in line for line in lines)
    for line in lines:
        # A word alone may be longer than a line.
        assert len(line) <= columns or " " not in line.strip(), line
