# SPDX-License-Identifier: GPL-2.0-only
"""probe --fragment: what it prints closes the gap, and nothing of it is too much."""

from __future__ import annotations

import json
import lzma
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from seaworthy import kernel_source

ROOT = Path(__file__).resolve().parents[2]
DATA = next((p for p in (Path(os.environ.get("SEAWORTHY_DATA", "/nonexistent")),
                         ROOT.parent / "shared/data", ROOT.parent.parent / "shared/data")
             if (p / "configs/index.tsv").is_file()), None)
HEAD = """\
#
# Automatically generated file; DO NOT EDIT.
# Linux/{arch} {version} Kernel Configuration
#
"""
# Enough of what every full configuration mentions, so that the rest is off and not unknown.
_ON = """64BIT X86 MMU PRINTK BUG FUTEX EPOLL SIGNALFD TIMERFD EVENTFD SHMEM AIO BLOCK SMP MULTIUSER
NAMESPACES TTY PROC_FS SYSFS BASE_FULL HAS_IOMEM CRC32 STRIP_ASM_SYMS"""
_OFF = """SWAP SYSVIPC CGROUPS EXPERT NET SLOB KPROBES MODULES TMPFS PRINTK_TIME DEBUG_FS MAGIC_SYSRQ
DEBUG_KERNEL"""
BODY = "".join([f"CONFIG_{s}=y\n" for s in _ON.split()]
               + [f"# CONFIG_{s} is not set\n" for s in _OFF.split()])


def probe(executable: Path, text: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([executable, "probe", "--config", "-", *args], input=text, text=True,
                          capture_output=True, check=False, timeout=60)


def fragment(executable: Path, text: str, profile: str, *args: str) -> dict[str, Any]:
    done = probe(executable, text, "--fragment", profile, "--format", "json", *args)
    assert done.returncode in (0, 1, 2, 3) and not done.stderr, done.stderr
    return json.loads(done.stdout)


def applied(text: str, result: dict[str, Any]) -> str:
    return kernel_source.merged(text, {line["symbol"]: line["value"]
                                       for line in result["implied"] + result["lines"]})


def open_gaps(result: dict[str, Any]) -> dict[str, str]:
    return {g["features"]: g["remedy"] for g in result["gaps"]}


def corpus() -> list[Path]:
    if not DATA:
        pytest.skip("the corpus of configurations is not here and SEAWORTHY_DATA is not set")
    return sorted((DATA / "configs").glob("*.config.xz"))


def profiles(executable: Path) -> list[str]:
    done = subprocess.run([executable, "features", "--format", "json"], capture_output=True,
                          check=True, timeout=60)
    return [p["id"] for p in json.loads(done.stdout)["profiles"]]


def test_schema_and_text_say_the_same(executable: Path, repo: Path) -> None:
    schema = json.loads((repo / "harness/seaworthy/schema/fragment-1.schema.json").read_text())
    text = HEAD.format(arch="x86", version="6.1.5") + BODY
    result = fragment(executable, text, "lxc")
    jsonschema.validate(result, schema)
    assert result["subject"] == {"release": "6.1.5", "version": "6.1.5", "arch": "x86"}
    printed = probe(executable, text, "--fragment", "lxc").stdout
    assert kernel_source.parse(printed) == {x["symbol"]: x["value"] for x in result["lines"]}
    for line in printed.splitlines():
        assert re.fullmatch(r"|# .*|CONFIG_\w+=[ym]", line), line
    for gap in result["gaps"]:
        assert gap["impact"] in printed


def test_corpus_gap_is_closed(executable: Path) -> None:
    """Applied, what is left is exactly what no configuration closes; for every profile."""
    names, wrong = profiles(executable), []
    for path in corpus():
        text = lzma.open(path, "rt", encoding="utf-8", errors="replace").read()
        for profile in names:
            result = fragment(executable, text, profile)
            after = fragment(executable, applied(text, result), profile)
            left = {f: r for f, r in open_gaps(result).items() if r != "configuration"}
            if after["lines"] or open_gaps(after) != left:
                wrong.append((path.name, profile, after["lines"], open_gaps(after), left))
    assert not wrong, wrong[:3]


def test_corpus_has_no_line_too_much(executable: Path) -> None:
    """Without any one of the lines that features name, something of the profile is missing again."""
    tried = 0
    for path in corpus()[::6]:
        text = lzma.open(path, "rt", encoding="utf-8", errors="replace").read()
        for profile in ("application-container", "docker"):
            result = fragment(executable, text, profile)
            for line in result["lines"]:
                if line["needed_by"]:
                    continue
                less = {**result, "lines": [x for x in result["lines"] if x is not line]}
                after = fragment(executable, applied(text, less), profile)
                assert "configuration" in open_gaps(after).values(), (path.name, profile, line)
                tried += 1
    assert tried > 50


def test_corpus_settings_exist_in_their_version(executable: Path) -> None:
    """No line names a symbol that the version does not have (any more)."""
    done = subprocess.run([executable, "features", "--format", "json"], capture_output=True,
                          check=True, timeout=60)
    history = {s["name"]: s for s in json.loads(done.stdout)["symbols"]}

    def number(version: str | None, missing: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(map(int, version.split("."))) if version else missing

    for path in corpus():
        text = lzma.open(path, "rt", encoding="utf-8", errors="replace").read()
        result = fragment(executable, text, "docker", "--level", "may")
        version = number(result["subject"]["version"], ())
        for line in result["lines"] if version else []:
            if row := history.get(line["symbol"]):
                assert number(row["since"], ()) <= version < number(row["until"], (99,)), (
                    path.name, line, row)


@pytest.mark.parametrize(("version", "has", "has_not"), [
    ("3.4.0", "CGROUP_MEM_RES_CTLR", "MEMCG"), ("3.10.0", "MEMCG", "CGROUP_MEM_RES_CTLR"),
    ("6.12.0", "MEMCG", "MEMCG_V1")])
def test_names_are_of_the_version(executable: Path, version: str, has: str, has_not: str) -> None:
    text = HEAD.format(arch="x86", version=version) + BODY
    symbols = [x["symbol"] for x in fragment(executable, text, "system-container")["lines"]]
    assert has in symbols and has_not not in symbols


def test_module_only_where_it_cannot_be_built_in(executable: Path) -> None:
    """m where a dependency is m and modules can be loaded; y otherwise."""
    text = HEAD.format(arch="x86", version="6.1.5") + BODY
    text = text.replace("# CONFIG_NET is not set", "CONFIG_NET=y\nCONFIG_INET=y\n"
                        "CONFIG_NETFILTER=y\nCONFIG_NETFILTER_ADVANCED=y\nCONFIG_NETFILTER_XTABLES=m\n"
                        "CONFIG_NF_CONNTRACK=m\n# CONFIG_NETFILTER_XT_MATCH_ADDRTYPE is not set")

    def value(subject: str) -> str:
        lines = fragment(executable, subject, "docker")["lines"]
        return next(x["value"] for x in lines if x["symbol"] == "NETFILTER_XT_MATCH_ADDRTYPE")

    modular = text.replace("# CONFIG_MODULES is not set", "CONFIG_MODULES=y")
    assert value(modular) == "m"
    assert value(modular.replace("XTABLES=m", "XTABLES=y")) == "y"


def test_module_that_cannot_be_loaded_is_built_in(executable: Path) -> None:
    text = HEAD.format(arch="x86", version="6.1.5") + BODY.replace(
        "# CONFIG_NET is not set", "CONFIG_NET=y\nCONFIG_NETDEVICES=y\nCONFIG_NET_CORE=y\nCONFIG_VETH=m")
    lines = fragment(executable, text, "lxc")["lines"]
    assert {"symbol": "VETH", "value": "y"}.items() <= next(
        x for x in lines if x["symbol"] == "VETH").items()


def test_what_must_be_off(executable: Path) -> None:
    """User namespaces did not go with XFS before 3.12 (d6970d4b726c)."""
    text = HEAD.format(arch="x86", version="3.10.0") + BODY + "CONFIG_XFS_FS=y\n"
    result = fragment(executable, text, "rootless")
    lines = {x["symbol"]: x["value"] for x in result["lines"]}
    gap = next(g for g in result["gaps"] if "ns.user" in g["features"])
    if gap["remedy"] == "configuration":
        assert lines["USER_NS"] == "y" and lines["XFS_FS"] == "n"
        assert "# CONFIG_XFS_FS is not set\n" in probe(executable, text, "--fragment", "rootless").stdout
    else:
        assert gap["text"]


def test_what_no_configuration_brings(executable: Path) -> None:
    old = fragment(executable, HEAD.format(arch="arm", version="3.0.8") + BODY, "lxc")
    gap = next(g for g in old["gaps"] if "cgroup.v2.pids" in g["features"])
    assert gap["remedy"] == "impossible" and gap["text"].startswith("needs Linux 4.3 or newer")
    assert "CGROUP_PIDS" not in [x["symbol"] for x in old["lines"]]


def test_nothing_missing(executable: Path) -> None:
    text = HEAD.format(arch="x86", version="6.1.5") + BODY
    full = applied(text, fragment(executable, text, "application-container"))
    done = probe(executable, full, "--fragment", "application-container")
    assert done.returncode == 0
    assert [ln[:2] for ln in done.stdout.splitlines()] == ["# ", "# "]
    assert "Nothing is missing" in done.stdout


def test_level_widens(executable: Path) -> None:
    text = HEAD.format(arch="x86", version="6.1.5") + BODY
    gaps = [set(open_gaps(fragment(executable, text, "lxc", "--level", level)))
            for level in ("must", "should", "may")]
    assert gaps[0] < gaps[1] < gaps[2]


def of_corpus(name: str) -> str:
    return next(lzma.open(p, "rt", encoding="utf-8", errors="replace").read()
                for p in corpus() if p.name.startswith(name))


def lines_of(result: dict[str, Any]) -> dict[str, str]:
    return {x["symbol"]: x["value"] for x in result["lines"]}


def test_what_the_configuration_offers_needs_no_declaration(executable: Path) -> None:
    """3.14 has no UIDGID_CONVERTED, and "# CONFIG_USER_NS is not set" says that it can be set."""
    result = fragment(executable, of_corpus("openelec-WeTek_Hub-arm64-3.14.29"), "lxc")
    assert open_gaps(result)["ns.user"] == "configuration"
    assert lines_of(result)["USER_NS"] == "y" and "UIDGID_CONVERTED" not in json.dumps(result)
    assert next(g for g in result["gaps"] if g["features"] == "ns.user")["dependencies_exact"]


def test_user_namespaces_before_3_10_hang_on_what_is_not_known(executable: Path) -> None:
    text = HEAD.format(arch="x86", version="3.8.13") + BODY + "CONFIG_NFSD=y\nCONFIG_CIFS=y\n"
    result = fragment(executable, text, "rootless")
    gap = next(g for g in result["gaps"] if "ns.user" in g["features"])
    assert gap["remedy"] == "unknown" and "UIDGID_CONVERTED" in gap["text"]


@pytest.mark.parametrize("name", ["oe-warpcomm-arm-2.6.36", "pmos-samsung_nevisp-arm-3.0.101"])
def test_net_core_came_with_3_2(executable: Path, name: str) -> None:
    result = fragment(executable, of_corpus(name), "lxc", "--level", "may")
    assert lines_of(result)["VETH"] and "NET_CORE" not in json.dumps(result)


def test_old_netfilter_names_what_masquerading_needs(executable: Path) -> None:
    result = fragment(executable, of_corpus("oe-warpcomm-arm-2.6.36"), "lxc")
    assert {"NETFILTER", "NF_CONNTRACK", "NF_CONNTRACK_IPV4", "IP_NF_IPTABLES", "NF_NAT",
            "IP_NF_TARGET_MASQUERADE"} <= set(lines_of(result))


def test_nat_cannot_be_chosen_from_3_7_to_5_0(executable: Path) -> None:
    result = fragment(executable, of_corpus("pmos-ouya_ouya_mainline-arm-5.0.0"), "lxc")
    assert open_gaps(result)["net.masquerade"] == "configuration"
    assert "NF_NAT" not in lines_of(result) and {"NF_NAT_IPV4", "IP_NF_NAT"} & set(lines_of(result))


def test_plain_prompt_is_chosen(executable: Path) -> None:
    """EXPERIMENTAL was one until 3.8; MMU is one on ARM."""
    text = of_corpus("oe-warpcomm-arm-2.6.36")
    text = kernel_source.merged(text, {"EXPERIMENTAL": "n", "PID_NS": "n"})
    assert lines_of(fragment(executable, text, "lxc"))["EXPERIMENTAL"] == "y"
    text = HEAD.format(arch="arm", version="6.1.5") + BODY.replace("CONFIG_MMU=y", "# CONFIG_MMU is not set")
    result = fragment(executable, text.replace("CONFIG_SHMEM=y\n", ""), "lxc", "--level", "may")
    assert "not for this machine (CONFIG_MMU" not in json.dumps(result)
    assert "MMU" in lines_of(result)


def test_not_for_this_machine_only_where_it_is_proved(executable: Path) -> None:
    text = HEAD.format(arch="arm", version="6.1.5") + BODY
    huge = next(g for g in fragment(executable, text, "docker", "--level", "may")["gaps"]
                if "hugetlb" in g["features"])
    assert huge["remedy"] == "unknown" and "CONFIG_ARM_LPAE=y brings it" in huge["text"]
    old = fragment(executable, of_corpus("oe-atngw100-avr32-2.6.28"), "docker", "--level", "may")
    assert "PAGE_SIZE_LESS_THAN_256KB" not in json.dumps(old)


def test_text_says_what_was_judged_and_marks_once(executable: Path, tmp_path: Path) -> None:
    path = tmp_path / "my.config"
    path.write_text(of_corpus("oe-warpcomm-arm-2.6.36"))
    done = subprocess.run([executable, "probe", "--config", path, "--fragment", "lxc"],
                          capture_output=True, text=True, check=False, timeout=60)
    first, second, *rest = done.stdout.splitlines()
    assert first.endswith(f": the configuration {path}")
    assert second.startswith("# (*) Not all dependencies are known")
    assert not any("dependencies are known" in ln for ln in rest)
    assert any(ln.endswith("(*)") for ln in rest)


def test_sysctl_is_the_remedy(executable: Path) -> None:
    """In a user namespace of our own the limit is ours to set, and nobody else's."""
    script = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$0\" probe --fragment rootless \"$@\""
    done = subprocess.run(["unshare", "-Ur", "sh", "-c", script, executable, "--level", "must"],
                          capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1, done.stderr
    assert ("# sysctl user.max_user_namespaces=N, with N as many as are wanted, such as 10000 (it is 0)"
            in done.stdout.splitlines())
    assert "CONFIG_USER_NS" not in kernel_source.parse(done.stdout)
    # What could not be tried: what was seen, not that it is configured.
    assert "# NOT KNOWN: not tried: this process's own map has not 5 ids to give" in done.stdout
    assert "USER_NS=y" not in done.stdout


def test_report_and_fragment_say_the_same_of_a_sysctl(executable: Path) -> None:
    script = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$0\" probe ns.user --format json"
    done = subprocess.run(["unshare", "-Ur", "sh", "-c", script, executable], capture_output=True,
                          text=True, check=False, timeout=300)
    rows = {f["id"]: f for f in json.loads(done.stdout)["features"]}
    assert "sysctl user.max_user_namespaces=N, with N as many" in json.dumps(rows["ns.user"])


@pytest.mark.parametrize("args", [
    ("--fragment", "nonsense"), ("--fragment", "all"), ("--fragment", "lxc", "--level", "high"),
    ("--fragment", "lxc", "--profile", "docker"), ("--fragment", "lxc", "--explain", "ns.pid"),
    ("--fragment", "lxc", "ns.*"), ("--fragment", "lxc", "--format", "ktap"), ("--fragment",)])
def test_usage(executable: Path, args: tuple[str, ...]) -> None:
    done = probe(executable, "", *args)
    assert done.returncode == 64 and done.stderr.count("\n") == 1 and not done.stdout
