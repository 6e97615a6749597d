# SPDX-License-Identifier: GPL-2.0-only
"""kernel verify-fragment, on the real tree of Linux 6.1: what sticks, what does not, and why."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from seaworthy import kconfig_tree, kernel_source, kernels, verify_fragment
from seaworthy.errors import HarnessError

TOOLS = ("make", "gcc", "flex", "bison")


@pytest.fixture(scope="module")
def source(cache: kernels.Cache) -> Path:
    return kernel_source.named("debian-6.1", threading.Event(), cache.root)


@pytest.fixture(scope="module")
def tree(source: Path) -> kconfig_tree.Tree:
    return kconfig_tree.load(source, "x86_64")


@pytest.fixture(scope="module")
def kbuild(source: Path) -> Iterator[kernel_source.Kbuild]:
    with kernel_source.Kbuild(source, "x86_64") as prepared:
        yield prepared


@pytest.fixture(scope="module")
def tiny(kbuild: kernel_source.Kbuild) -> str:
    return kbuild.target("tinyconfig")


@pytest.fixture(autouse=True)
def _executable(executable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAWORTHY_EXECUTABLE", str(executable))


def checked(kbuild: kernel_source.Kbuild, tree: kconfig_tree.Tree, base: str, *lines: str
            ) -> dict[str, verify_fragment.Option]:
    options = {s: (v, "test:1") for s, v in kernel_source.parse("\n".join(lines)).items()}
    result = verify_fragment.check(kbuild, tree, "test", base, options)
    return {o.symbol: o for o in result.options}


def fragment_of(executable: Path, config: str, profile: str) -> dict[str, str]:
    done = subprocess.run([executable, "probe", "--config", "-", "--fragment", profile],
                          input=config, text=True, capture_output=True, check=False, timeout=60)
    assert done.returncode in (0, 1, 2), done.stderr
    return kernel_source.parse(done.stdout)


def verdict(executable: Path, config: str, profile: str) -> int:
    return subprocess.run([executable, "probe", "--config", "-", "--profile", profile], input=config,
                          text=True, capture_output=True, check=False, timeout=60).returncode


@pytest.mark.parametrize("profile", ["application-container", "system-container", "docker"])
def test_from_tinyconfig_to_ready(executable: Path, kbuild: kernel_source.Kbuild,
                                  tree: kconfig_tree.Tree, tiny: str, profile: str) -> None:
    """The whole way: nothing there, a fragment, the kernel's own tool, ready."""
    assert verdict(executable, tiny, profile) == 1
    fragment = fragment_of(executable, tiny, profile)
    options = checked(kbuild, tree, tiny, *(kernel_source.assignment(*x) for x in fragment.items()))
    assert {o.state for o in options.values()} == {"stuck"}, options
    assert verdict(executable, kbuild.olddefconfig(kernel_source.merged(tiny, fragment)), profile) == 0


def test_no_line_is_too_much_for_the_kernel(executable: Path, kbuild: kernel_source.Kbuild,
                                            tree: kconfig_tree.Tree, tiny: str) -> None:
    """Lines that name a dependency too. One kind of line may be: where the base says no to a symbol
    that another line selects, the declarations do not tell a select from a default (remedies.md).
    Every third line, since each asks the kernel's tool; the whole was tried by hand."""
    fragment = fragment_of(executable, tiny, "application-container")
    tried = [s for s in list(fragment)[::3]
             if not {x.value for x in tree.symbols[s].selected_by} & set(fragment)]
    assert len(tried) > 2
    for symbol in tried:
        less = {k: v for k, v in fragment.items() if k != symbol}
        config = kbuild.olddefconfig(kernel_source.merged(tiny, less))
        assert verdict(executable, config, "application-container") != 0, symbol


def test_unmet_dependencies_are_named_to_the_end(kbuild: kernel_source.Kbuild,
                                                 tree: kconfig_tree.Tree, tiny: str) -> None:
    option = checked(kbuild, tree, tiny, "CONFIG_BRIDGE_NETFILTER=m")["BRIDGE_NETFILTER"]
    assert option.state == "dropped" and option.got == "n"
    unmet = {c.expression: c for c in option.reason.conditions}
    assert set(unmet) == {"BRIDGE", "NETFILTER", "INET", "NETFILTER_ADVANCED", "NET"}
    assert unmet["BRIDGE"].symbols == {"BRIDGE": "n"}
    bridge = unmet["BRIDGE"].because[0]
    assert bridge.where.startswith("net/bridge/Kconfig:")
    assert bridge.conditions[0].because[0].text == "can be set"  # NET, the end of the chain
    # Modules are off in tinyconfig, so m needs them as well.
    assert option.add == dict.fromkeys(
        ("NET", "BRIDGE", "NETFILTER", "INET", "NETFILTER_ADVANCED", "MODULES"), "y")
    assert option.sticks_then is True


def test_negation_is_met_by_turning_off(kbuild: kernel_source.Kbuild, tree: kconfig_tree.Tree,
                                        tiny: str) -> None:
    """NR_CPUS can be chosen where MAXSMP is off."""
    base = kernel_source.merged(tiny, {"SMP": "y", "MAXSMP": "y", "DEBUG_KERNEL": "y",
                                       "CPUMASK_OFFSTACK": "y"})
    option = checked(kbuild, tree, base, "CONFIG_NR_CPUS=4")["NR_CPUS"]
    assert option.state == "changed" and option.got == "8192"
    assert [c.expression for c in option.reason.conditions] == ["!MAXSMP"]
    assert option.add == {"MAXSMP": "n"} and option.sticks_then


def test_each_kind_of_loss(kbuild: kernel_source.Kbuild, tree: kconfig_tree.Tree, tiny: str) -> None:
    options = checked(
        kbuild, tree, tiny, "CONFIG_MEMCG_SWAP=y", "CONFIG_ARM64_MTE=y", "CONFIG_OVERLAYFS=y",
        "CONFIG_LLC=y", "# CONFIG_X86 is not set", "CONFIG_TTY=y", 'CONFIG_LOCALVERSION="-x"',
        "# CONFIG_NO_SUCH_THING is not set", "CONFIG_USER_NS=m")
    state = {name: option.state for name, option in options.items()}
    assert state == {
        "MEMCG_SWAP": "no-such-symbol", "ARM64_MTE": "no-such-symbol",
        "OVERLAYFS": "no-such-symbol", "LLC": "dropped", "X86": "changed", "TTY": "stuck",
        "LOCALVERSION": "stuck", "NO_SUCH_THING": "stuck", "USER_NS": "dropped"}
    text = {name: option.reason.text for name, option in options.items() if option.reason}
    assert "went with 6.1" in text["MEMCG_SWAP"] and "MEMCG && SWAP" in text["MEMCG_SWAP"]
    assert text["ARM64_MTE"].endswith("it is one of arm64")
    assert "OVERLAY_FS" in text["OVERLAYFS"]
    assert text["LLC"].startswith("it cannot be chosen (no prompt); it is selected by")
    assert options["LLC"].sticks_then and "BRIDGE" in options["LLC"].add
    assert "cannot be chosen" in text["X86"] and not options["X86"].add


def test_selected_option_cannot_be_off(kbuild: kernel_source.Kbuild, tree: kconfig_tree.Tree,
                                       tiny: str) -> None:
    base = kernel_source.merged(tiny, {"CGROUPS": "y", "MEMCG": "y"})
    option = checked(kbuild, tree, base, "# CONFIG_EVENTFD is not set")["EVENTFD"]
    assert option.state == "changed" and option.reason.text == "selected by MEMCG"
    assert option.add == {"MEMCG": "n"} and option.sticks_then


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_packed_base_of_another_version(source: Path, tiny: str, tmp_path: Path, pack: Any) -> None:
    base, fragment = tmp_path / "config.packed", tmp_path / "a.fragment"
    base.write_bytes(pack(tiny.replace(" 6.1.", " 5.10.").encode()))
    fragment.write_text("CONFIG_CGROUPS=y\n")
    result = verify_fragment.verify(source, "x86_64", str(base), [fragment], threading.Event())
    assert [o.state for o in result.options] == ["stuck"]
    assert len(result.warnings) == 1 and "of Linux 5.10." in result.warnings[0]


@pytest.mark.parametrize(("head", "tree", "warned"), [
    ("# Linux/x86 6.1.5 Kernel Configuration", "6.1.192", False),
    ("# Linux/x86 6.10.5 Kernel Configuration", "6.1.192", True),
    ("# Linux kernel version: 2.6.32", "2.6.32", False),
    ("# Linux kernel version: 2.6.32", "2.6.36.4", True),
    ("# a fragment", "6.1.192", False)])
def test_version_of_the_base_is_compared(head: str, tree: str, warned: bool) -> None:
    assert bool(verify_fragment.version_warning("base", f"#\n{head}\n", tree)) == warned


# ---- the command ------------------------------------------------------------------------------------

def run(executable: Path, *args: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([executable, "kernel", "verify-fragment", *map(str, args)],
                          capture_output=True, text=True, check=False, timeout=600,
                          env={**os.environ, **env})


def listing(tree: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (s.st_mtime_ns, s.st_size) for p in tree.rglob("*") for s in (p.lstat(),)}


def test_tree_that_was_built_in_is_left_alone(executable: Path, source: Path, repo: Path,
                                              tmp_path: Path) -> None:
    """kbuild refuses O= for it; a copy of what configuring needs serves. Nothing is written to it,
    and nothing is left elsewhere."""
    built, temp, fragment = tmp_path / "built", tmp_path / "tmp", tmp_path / "a.fragment"
    kernel_source.copy_for_configuration(source, built)
    (built / ".config").write_text("CONFIG_OLD=y\n")
    (built / "include/config").mkdir(parents=True)
    (built / "scripts/kconfig/lexer.lex.c").write_text("#error stale\n")
    temp.mkdir()
    fragment.write_text("CONFIG_VETH=y\n# a comment\nCONFIG_CGROUPS=y\n")
    before = listing(built)
    done = run(executable, "--source", built, "--arch", "arm64", "--config", "tinyconfig",
               "--format", "json", fragment, TMPDIR=str(temp), MAKEFLAGS="-n", ARCH="vax",
               KCONFIG_ALLCONFIG="/nonexistent")
    assert done.returncode == 1, done.stderr
    assert listing(built) == before and not list(temp.iterdir())
    result = json.loads(done.stdout)
    schema = "harness/seaworthy/schema/fragment-check-1.schema.json"
    jsonschema.validate(result, json.loads((repo / schema).read_text()))
    assert (result["arch"], result["status"]) == ("arm64", 1)
    states = {o["symbol"]: o["state"] for o in result["options"]}
    assert states == {"VETH": "dropped", "CGROUPS": "stuck"}
    assert result["options"][0]["fragment"] == f"{fragment}:1"


def test_condition_of_a_select_is_named_and_tried(executable: Path, source: Path) -> None:
    """ARM selects ARCH_SUPPORTS_HUGETLBFS if ARM_LPAE; the fragment comes from standard input."""
    done = subprocess.run([executable, "kernel", "verify-fragment", "--source", source, "--arch", "arm",
                           "--format", "json", "-"], input="CONFIG_HUGETLBFS=y\n", text=True,
                          capture_output=True, check=False, timeout=600)
    assert done.returncode == 1, done.stderr
    option = json.loads(done.stdout)["options"][0]
    assert option["fragment"] == "-:1" and "ARM_LPAE (on which ARM selects" in json.dumps(option)
    assert option["add"] == {"ARM_LPAE": "y"} and option["sticks_then"]


def test_text_of_the_command(kbuild: kernel_source.Kbuild, tree: kconfig_tree.Tree, tiny: str) -> None:
    options = {"VETH": ("y", "my.fragment:7")}
    out = io.StringIO()
    verify_fragment.write_text(verify_fragment.check(kbuild, tree, "tinyconfig", tiny, options), out)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("Linux 6.1.") and lines[0].endswith("0 of 1 options stick")
    assert "CONFIG_VETH=y: dropped (my.fragment:7)" in lines
    assert [ln.strip() for ln in lines[-3:]] == ["CONFIG_NET=y", "CONFIG_NETDEVICES=y",
                                                 "CONFIG_NET_CORE=y"]
    assert "    add (tried: it sticks then):" in lines


@pytest.mark.parametrize(("args", "status", "words"), [
    (["--source", "debian-1.0", "F"], 64, "neither a directory or tarball nor one of debian-5.10"),
    (["F"], 64, "--source"),
    (["--source", "EMPTY", "F"], 3, "is not a kernel source"),
    (["--source", "EMPTY", "/nonexistent/f"], 3, "cannot read the fragment"),
    (["--source", "EMPTY", "BAD"], 3, "line 2 is neither"),
    (["--source", "EMPTY", "COMMENT"], 3, "sets nothing"),
    (["--source", "EMPTY", "--config", "/nonexistent/c", "F"], 3, "cannot read the base"),
    (["--source", "EMPTY", "--config", "CUT", "F"], 3, "damaged or cut off"),
    (["--source", "BAD", "F"], 3, "cannot take a kernel source out of")])
def test_bad_input(executable: Path, tmp_path: Path, args: list[str], status: int, words: str) -> None:
    files = {"F": "CONFIG_VETH=y\n", "BAD": "CONFIG_A=y\nVETH=y\n", "COMMENT": "# nothing\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "CUT").write_bytes(gzip.compress(b"CONFIG_A=y\n" * 99)[:-12])
    done = run(executable, *(tmp_path / a if a in (*files, "EMPTY", "CUT") else a for a in args))
    assert done.returncode == status and words in done.stderr, done.stderr
    assert not done.stdout and "Traceback" not in done.stderr


def test_lacking_tools_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for tool in ("make", "gcc"):
        (tmp_path / tool).symlink_to("/bin/true")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HarnessError, match="apt-get install flex bison"):
        kernel_source.Kbuild(tmp_path, "x86_64")


def test_interrupted_leaves_nothing(executable: Path, source: Path, tmp_path: Path) -> None:
    temp, fragment = tmp_path / "tmp", tmp_path / "a.fragment"
    temp.mkdir()
    fragment.write_text("CONFIG_VETH=y\n")
    command: Any = [executable, "kernel", "verify-fragment", "--source", source, "--config",
                    "tinyconfig", fragment]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "TMPDIR": str(temp)}) as process:
        while process.poll() is None and not list(temp.glob("seaworthy-kbuild-*/out/.log")):
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 3 and "interrupted" in errors
    assert not list(temp.iterdir())


def test_merge_is_as_merge_config_does() -> None:
    base = "# head\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_AB=m\n"
    assert kernel_source.merged(base, {"B": "y", "A": "n"}) == (
        "# head\nCONFIG_AB=m\nCONFIG_B=y\n# CONFIG_A is not set\n")


def test_later_fragment_wins(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("CONFIG_A=y\nCONFIG_B=y\n")
    two.write_text("# CONFIG_A is not set\n")
    assert verify_fragment.read_fragments([one, two]) == {
        "B": ("y", f"{one}:2"), "A": ("n", f"{two}:1")}
