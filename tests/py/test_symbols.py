# SPDX-License-Identifier: GPL-2.0-only
"""The tables of Kconfig symbols against the Kconfig trees of kernels, and against configurations.

tests/data/kconfig-trees.tsv is what four trees define, derived by tests/tools/symbols-refresh; so the
trees themselves (hundreds of megabytes) are not needed here. The history table is hand-written and
must agree with it. The declarations are derived from the same trees; that they say what Kconfig does
is tested on real configurations, which Kconfig wrote.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from test_kconfig_corpus import ROOT, corpus, dump, run, version  # noqa: F401

TOOLS = ROOT / "tests/tools"
LIST = ROOT / "tests/data/kconfig-trees.tsv"
ARCHS = {"x86", "arm", "arm64", "powerpc", "riscv", "mips", "s390", "loongarch"}

# Trees are of stable kernels and of a distribution, which add and take away a little.
STABLE = {
    ("KCMP", "5.10"): "bfe3911a9107 of 5.12, ported back to stable 5.10",
}

# Where a configuration and the declarations of mainline differ, and why the configuration can.
VENDOR_DECLARATIONS = {
    ("*", "BPF_LIRC_MODE2"): "RC_CORE=y, where it is a module there: declarations cannot say =y",
    ("armbian-thead_legacy-riscv64-5.10.113", "*"): "a vendor's riscv, far ahead of 5.10",
    ("chimera-stable-riscv64-6.14.5", "DEBUG_INFO_SPLIT"): "its compiler lacks it",
    ("pmos-postmarketos_mainline-riscv64-7.2.0", "DEBUG_INFO_SPLIT"): "its compiler lacks it",
}


@pytest.fixture(scope="module")
def trees() -> dict[str, dict[str, str]]:
    """Symbol -> tree -> "all", "none" or the architectures that define it."""
    lines = [ln for ln in LIST.read_text().splitlines() if not ln.startswith("#")]
    _, *versions = lines[0].split("\t")
    assert versions == ["5.10", "6.1", "6.12", "7.2"]
    return {name: dict(zip(versions, cells, strict=True))
            for name, *cells in (ln.split("\t") for ln in lines[1:])}


@pytest.fixture(scope="module")
def history(dump: Path) -> dict[str, list[dict]]:  # noqa: F811
    table: dict[str, list[dict]] = {}
    for row in run(dump, "-t"):
        table.setdefault(row["name"], []).append(row)
    return table


@pytest.fixture(scope="module")
def decls(dump: Path) -> dict[str, list[dict]]:  # noqa: F811
    table: dict[str, list[dict]] = {}
    for row in run(dump, "-D"):
        table.setdefault(row["name"], []).append(row)
    return table


def declared(decls: dict[str, list[dict]], name: str, ver: int, arch: str) -> dict | None:
    for row in decls.get(name, []):
        if row["since"] <= ver < row["until"] and (
                row["archs"] is None or f" {arch} " in row["archs"]):
            return row
    return None


def test_every_symbol_was_looked_up(trees: dict, history: dict) -> None:
    missing = sorted(set(history) - set(trees))
    assert not missing, f"run make symbols-refresh: {missing} are not in {LIST.name}"


def test_history_agrees_with_the_trees(trees: dict, history: dict) -> None:
    wrong, used = [], set()
    for name, rows in history.items():
        for tree, archs in trees.get(name, {}).items():
            there = any(r["since"] <= version(tree) < r["until"] for r in rows)
            if there == (archs != "none"):
                continue
            if (name, tree) in STABLE:
                used.add((name, tree))
            else:
                wrong.append(f"{name}: {tree} {'has it' if archs != 'none' else 'does not have it'}")
    assert not wrong
    assert used == set(STABLE), "an exception that nothing needs any more"


def test_sources_are_given(history: dict, decls: dict) -> None:
    """A commit, or a file, or a version: never an empty word."""
    source = re.compile(r"\b[0-9a-f]{12}\b|Kconfig|never in mainline|\b\d\.\d+")
    assert not [n for n, rows in history.items() for r in rows if not source.search(r["source"])]
    # Derived rows have none; a row by hand is older than the oldest tree, and has.
    for name, rows in decls.items():
        for row in rows:
            if row["until"] <= version("5.10"):
                assert row["source"] and source.search(row["source"]), name
            else:
                assert row["source"] is None, name


def test_limits_of_architectures_agree_with_the_trees(dump: Path, decls: dict) -> None:  # noqa: F811
    wrong = []
    for limit in run(dump, "-l"):
        if limit["arch"] not in ARCHS:
            continue
        for tree in ("5.10", "6.1", "6.12", "7.2"):
            row = declared(decls, limit["symbol"], version(tree), limit["arch"])
            cannot = row is not None and row["depends"] == "n"
            if row and cannot != (version(tree) < limit["since"]):
                wrong.append((limit, tree, row))
    assert not wrong


def test_no_two_declarations_hold_at_once(decls: dict) -> None:
    for name, rows in decls.items():
        for i, a in enumerate(rows):
            for b in rows[i + 1:]:
                if a["since"] < b["until"] and b["since"] < a["until"]:
                    both = [set((r["archs"] or " ".join(ARCHS)).split()) for r in (a, b)]
                    assert not both[0] & both[1], (name, a, b)


def test_declarations_agree_with_real_configurations(dump: Path) -> None:  # noqa: F811
    """What is set can be; what can be chosen is mentioned; what is implied is on."""
    wrong, used = [], set()
    configs = corpus()
    checked = [c for c in configs if version(c.release) >= version("2.6.32")]
    assert len(checked) > 60
    for seen in run(dump, "-d", *(c.path for c in checked)):
        stem = Path(seen["file"]).name.removesuffix(".config.xz")
        for key in ((stem, seen["name"]), (stem, "*"), ("*", seen["name"])):
            if key in VENDOR_DECLARATIONS:
                used.add(key)
                break
        else:
            wrong.append((stem, seen["name"], seen["what"], seen["depends"]))
    assert not wrong
    assert used == set(VENDOR_DECLARATIONS), "an exception that nothing needs any more"


# ---- the tool -------------------------------------------------------------------------------------

TOY = """
config ALWAYS
	def_bool y

config NET
	bool "Networking"

config NEVER_SELECTED
	bool

config HAVE_THING
	bool

config PLATFORM
	def_bool y
	select HAVE_THING if NET

config FILTER
	bool "Filter"
	depends on NET && ALWAYS

if FILTER
config TABLE
	tristate "Table"
	depends on NET
	default y if !EXPERT

config LEGACY
	tristate "Legacy"
	depends on TABLE if NET
	depends on !NEVER_SELECTED
endif

config THING
	bool "Thing"
	depends on HAVE_THING

config GONE
	bool "Gone"
	depends on NEVER_SELECTED

config EXPERT
	bool "Expert"

config QUIET
	bool "Quiet" if EXPERT
	default y

config BROUGHT
	bool

config BRINGER
	bool "Bringer"
	select BROUGHT

choice
	prompt "One of"
	depends on EXPERT
config ONE
	bool "One"
config TWO
	bool "Two"
endchoice
"""


@pytest.fixture(scope="module")
def derive() -> object:
    sys.path.insert(0, str(TOOLS))
    import kconfig_derive
    return kconfig_derive


@pytest.fixture
def reader(derive, tmp_path: Path):
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n")
    (tmp_path / "arch/x86").mkdir(parents=True)
    (tmp_path / "arch/x86/Kconfig").write_text("")
    (tmp_path / "Kconfig").write_text(TOY)
    return derive.Reader(derive.read(tmp_path, "x86"))


@pytest.mark.parametrize(("name", "depends", "prompt", "prompt_if", "implied"), [
    ("ALWAYS", "", False, "", "y"),
    ("FILTER", "NET", True, "", ""),
    ("TABLE", "FILTER", True, "", "!EXPERT"),
    ("LEGACY", "(TABLE || !NET) && FILTER", True, "", ""),
    ("THING", "HAVE_THING", True, "", ""),
    ("HAVE_THING", "", False, "", "NET"),
    ("GONE", "n", False, "", ""),
    ("NEVER_SELECTED", "n", False, "", ""),
    ("QUIET", "", True, "EXPERT", "y"),
    ("BROUGHT", "", False, "", "BRINGER"),
    ("ONE", "EXPERT", True, "", ""),
])
def test_declaration_of(reader, name: str, depends: str, prompt: bool, prompt_if: str,
                        implied: str) -> None:
    d = reader.decl(name)
    assert (d.depends, d.prompt, d.prompt_if, d.implied) == (depends, prompt, prompt_if, implied)


def test_expressions_are_simplified(derive) -> None:
    a, o, n = derive.e_and, derive.e_or, derive.e_not
    assert a("A", "y", "A", a("B", "C")) == ("&", "A", "B", "C")
    assert a("A", "n") == "n" and o("A", "y") == "y" and o() == "n" and a() == "y"
    assert a("A", o("A", "B")) == "A" and o("A", a("A", "B")) == "A"
    assert n(n("A")) == "A" and n("n") == "y"
    assert derive.e_text(a("A", o("B", n("C")), n(o("D", "E")))) == "A && (B || !C) && !(D || E)"


def test_equal_declarations_become_one_row(derive) -> None:
    loader = importlib.machinery.SourceFileLoader("symbols_refresh", str(TOOLS / "symbols-refresh"))
    refresh = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(refresh)
    d = derive.Decl(False, True, "", "NET", "", False)
    e = derive.Decl(False, True, "", "INET", "", False)
    archs = [["x86", "arm"], ["x86", "arm", "loongarch"]]
    same = {(0, "x86"): d, (0, "arm"): d, (1, "x86"): d, (1, "arm"): d, (1, "loongarch"): d}
    assert refresh.rows_of(same, archs) == [(0, 1, ("x86", "arm", "loongarch"), d)]
    other = same | {(1, "arm"): e, (0, "arm"): None}
    assert refresh.rows_of(other, archs) == [
        (0, 0, ("arm",), derive.GONE), (0, 1, ("x86", "loongarch"), d), (1, 1, ("arm",), e)]
    # None of the architectures: the history says so, no row does.
    assert refresh.rows_of({}, archs) == []


def test_refresh_refuses_arguments_it_does_not_know() -> None:
    done = subprocess.run([TOOLS / "symbols-refresh", "--nonsense"], capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.returncode and "--nonsense" in done.stderr


# ---- what the user reads ----------------------------------------------------------------------------

# What every complete configuration mentions at its head and at its end.
SKELETON = """CONFIG_INIT_ENV_ARG_LIMIT=32
CONFIG_SYSVIPC=y
CONFIG_PRINTK=y
CONFIG_BUG=y
CONFIG_BASE_FULL=y
CONFIG_FUTEX=y
# CONFIG_EPOLL is not set
CONFIG_SIGNALFD=y
CONFIG_TIMERFD=y
CONFIG_EVENTFD=y
CONFIG_SHMEM=y
CONFIG_AIO=y
CONFIG_BLOCK=y
CONFIG_HAS_IOMEM=y
CONFIG_HAS_DMA=y
CONFIG_CRC32=y
# CONFIG_CRC16 is not set
CONFIG_PRINTK_TIME=y
CONFIG_FRAME_WARN=1024
# CONFIG_DEBUG_KERNEL is not set
"""


@pytest.mark.parametrize(("header", "lines", "feature", "state", "remedy"), [
    ("arm64 3.14.29", "CONFIG_SECCOMP=y", "security.seccomp_filter", "no-such-symbol",
     "needs Linux 3.19 or newer on arm64"),
    ("arm64 4.4.0", "CONFIG_NET=y\n# CONFIG_SECCOMP is not set", "security.seccomp_filter", "off",
     "set CONFIG_SECCOMP=y (which brings CONFIG_SECCOMP_FILTER) (dependencies as of Linux 5.10)"),
    ("x86 3.10.0", "CONFIG_NAMESPACES=y\nCONFIG_XFS_FS=m", "ns.user", "off",
     "set CONFIG_XFS_FS=n (which CONFIG_USER_NS depends on) and CONFIG_USER_NS=y"),
    ("x86 6.1.0", "CONFIG_MULTIUSER=y\n# CONFIG_NAMESPACES is not set", "ns.pid", "off",
     "set CONFIG_NAMESPACES=y (which CONFIG_PID_NS depends on) and CONFIG_PID_NS=y"),
    ("x86 6.1.0", "CONFIG_NETDEVICES=y\nCONFIG_NET_CORE=y\n# CONFIG_VETH is not set", "net.veth", "off",
     "set CONFIG_VETH=y"),
    ("arm 3.4.111", "CONFIG_SECCOMP=y", "security.seccomp_filter", "no-such-symbol",
     "needs Linux 3.8 or newer on arm"),
    ("x86 3.4.111", "CONFIG_SECCOMP=y", "security.seccomp_filter", "no-such-symbol",
     "needs Linux 3.5 or newer"),
    ("arm 6.12.0", "CONFIG_NAMESPACES=y", "ns.time", "no-such-symbol",
     "needs Linux 6.13 or newer on arm"),
])
def test_remedy_names_what_hides_a_symbol(tmp_path: Path, header: str, lines: str, feature: str,
                                          state: str, remedy: str) -> None:
    path = tmp_path / "config"
    path.write_text(f"#\n# Linux/{header} Kernel Configuration\n#\n{SKELETON}{lines}\n")
    done = subprocess.run([ROOT / "out/seaworthy", "probe", "--config", path, "--format", "json"],
                          capture_output=True, text=True, timeout=60, check=False)
    found = {f["id"]: f for f in json.loads(done.stdout)["features"]}[feature]
    assert (found["configured"]["value"], found["remedy"]) == (state, remedy)
