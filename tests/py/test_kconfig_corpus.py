# SPDX-License-Identifier: GPL-2.0-only
"""The configuration reader and the table of symbols against real kernel configurations.

The corpus (72 configurations of kernels 2.6.25 to 7.2 with an index.tsv) is too large for the
source tree. SEAWORTHY_DATA names the directory that holds it; otherwise it is looked for in
../shared/data beside the repository. The table's own consistency is tested without it.
"""

from __future__ import annotations

import csv
import json
import lzma
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEVER = 0xFFFFFFFF

# What index.tsv calls an architecture, as the kernel's arch/ does.
ARCH = {"i386": "x86", "x86_64": "x86", "ppc": "powerpc", "ppc64": "powerpc",
        "ppc64le": "powerpc", "mipsel": "mips", "riscv64": "riscv"}

# A symbol outside its mainline range: vendors port back, and carry files forward unrefreshed.
VENDOR = {
    ("alarm-config-arm-4.4.63-1", "BFQ_GROUP_IOSCHED"): "BFQ as a patch, before 4.12",
    ("alarm-config-arm64-3.18.0-12", "IPVLAN"): "backport",
    ("alarm-config-arm-4.4.63-1", "IOSCHED_BFQ"): "BFQ as a patch, before 4.12",
    ("pmos-samsung_nevisp-arm-3.0.101", "IOSCHED_BFQ"): "BFQ as a patch, before 4.12",
    ("armbian-odroidc4_legacy-arm64-4.9.224", "CGROUP_BPF"): "backport",
    ("armbian-sun8i_default-arm-3.4.111", "FW_LOADER_USER_HELPER"): "backport",
    ("armbian-odroidc4_legacy-arm64-4.9.224", "WIREGUARD"): "as a patch, before 5.6",
    ("armbian-odroidxu4_dev-arm-5.5.1", "WIREGUARD"): "as a patch, before 5.6",
    ("armbian-vim_dev-arm64-5.3.9", "WIREGUARD"): "as a patch, before 5.6",
    ("unifreq-config_4.4.184_rockchip64-arm64-4.4.182", "WIREGUARD"): "as a patch, before 5.6",
    ("armbian-thead_legacy-riscv64-5.10.113", "KCMP"): "stable 5.10 has it",
    ("cachyos-config-x86_64-5.10.74", "KCMP"): "stable 5.10 has it",
    ("pmos-petitboot_motorola_smi-i386-5.10.158", "KCMP"): "stable 5.10 has it",
    ("pmos-samsung_nevisp-arm-3.0.101", "ANDROID_BINDER_IPC"): "Android's, outside mainline from 2.6.33 to 3.2",
    ("pmos-samsung_nevisp-arm-3.0.101", "ASHMEM"): "Android's, outside mainline before 3.3",
    ("pmos-samsung_nevisp-arm-3.0.101", "F2FS_FS"): "backport",
    ("pmos-ouya_ouya_mainline-arm-5.0.0.3", "IO_URING"): "what became 5.1",
    ("unifreq-config_4.4.184_rockchip64-arm64-4.4.182", "HAVE_EBPF_JIT"): "backport",
    ("armbian-pine64_dev-arm64-4.7.0", "DEVPTS_MULTIPLE_INSTANCES"): "went between 4.7-rc1 and 4.7",
}

# Still there in 7.2, but offered only where another symbol is set, which no late configuration here does.
NOT_LATE = {
    "RT_GROUP_SCHED_DEFAULT_DISABLED": "RT_GROUP_SCHED",
}


@dataclass(frozen=True)
class Config:
    path: Path
    arch: str
    release: str

    @property
    def stem(self) -> str:
        return self.path.name.removesuffix(".config.xz")


def version(text: str) -> int:
    parts = [min(int(p), 255) for p in re.match(r"\d+(\.\d+){0,2}", text)[0].split(".")]
    parts += [0] * (3 - len(parts))
    return parts[0] << 16 | parts[1] << 8 | parts[2]


def corpus() -> list[Config]:
    given = os.environ.get("SEAWORTHY_DATA")
    data = Path(given) if given else ROOT.parent / "shared" / "data"
    if not given and not data.is_dir():
        data = ROOT.parent.parent / "shared" / "data"
    index = data / "configs" / "index.tsv"
    if not index.is_file():
        if given:
            pytest.fail(f"SEAWORTHY_DATA={given}, but there is no {index}")
        pytest.skip(f"no corpus of configurations: {index} is not there and SEAWORTHY_DATA is not set")
    with index.open() as f:
        return [Config(index.parent / r["file"], ARCH.get(r["arch"], r["arch"]), r["version"])
                for r in csv.DictReader(f, delimiter="\t")]


def libraries() -> list[str]:
    """What the product is linked with."""
    return re.search(r"^LIBS\s*:=\s*(.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split()


@pytest.fixture(scope="session")
def dump(tmp_path_factory) -> Path:
    """tests/tools/kconfig-dump.c, built from the product's own sources under the sanitizers."""
    out = tmp_path_factory.mktemp("kconfig") / "kconfig-dump"
    sources = [ROOT / "tests/tools/kconfig-dump.c", *sorted((ROOT / "probe/kconfig").glob("*.c")),
               *sorted((ROOT / "probe/symbols").glob("*.c")), *sorted((ROOT / "lib").glob("*.c"))]
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-O1", "-g", "-D_GNU_SOURCE",
                    "-fsanitize=address,undefined", f"-I{ROOT}", f"-I{ROOT}/lib", f"-I{ROOT}/probe",
                    "-o", out, *sources, *libraries()],
                   check=True, timeout=600)
    return out


def run(dump: Path, *args: object) -> list[dict]:
    done = subprocess.run([dump, *map(str, args)], check=True, timeout=600, capture_output=True,
                          text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def loaded(dump: Path) -> list[tuple[Config, dict]]:
    configs = corpus()
    return list(zip(configs, run(dump, *(c.path for c in configs)), strict=True))


def test_every_configuration_loads(loaded: list[tuple[Config, dict]]) -> None:
    assert len(loaded) >= 72
    wrong = []
    for config, seen in loaded:
        if seen["errno"]:
            wrong.append((config.stem, seen["error"]))
            continue
        want = {"version": version(config.release), "arch": config.arch, "format": "xz",
                "complete": True}
        # The index shortens "5.0.0.3"; otherwise the release is the header's, letter by letter.
        if not seen["release"].startswith(config.release):
            wrong.append((config.stem, seen["release"]))
        wrong += [(config.stem, k, seen[k], v) for k, v in want.items() if seen[k] != v]
    assert not wrong


def test_no_symbol_is_mentioned_outside_its_range(dump: Path,
                                                  loaded: list[tuple[Config, dict]]) -> None:
    table: dict[str, list[dict]] = {}
    for row in run(dump, "-t"):
        table.setdefault(row["name"], []).append(row)
    wrong, used = [], set()
    for config, seen in loaded:
        for name in seen["mentions"]:
            rows = table[name]
            if any(row["since"] <= seen["version"] < row["until"] for row in rows):
                continue
            # A row with an empty range is a symbol that only vendors have.
            if rows[0]["since"] == rows[0]["until"] and seen["version"] < rows[0]["since"]:
                continue
            if (config.stem, name) in VENDOR:
                used.add((config.stem, name))
            else:
                wrong.append((config.stem, name, seen["version"] >> 8))
    assert not wrong
    assert used == set(VENDOR), "an exception that nothing needs any more"


def test_ranges_are_as_wide_as_the_corpus_shows(dump: Path,
                                                loaded: list[tuple[Config, dict]]) -> None:
    """A symbol that is still there in 7.2 is mentioned by some configuration of 7.0 or later."""
    seen_late = {name for _, seen in loaded if seen["version"] >= version("7.0")
                 for name in seen["mentions"]}
    still = {row["name"] for row in run(dump, "-t") if row["until"] == NEVER}
    assert still - seen_late == set(NOT_LATE)


def test_values_agree_with_a_plain_reading(loaded: list[tuple[Config, dict]]) -> None:
    """The same values as a regular expression finds: the corpus has no traps in these symbols."""
    values = {"n": 0, "m": 1, "y": 2}
    for config, seen in loaded:
        text = lzma.open(config.path).read().decode("latin-1")
        plain = {name: values[v] for name, v in re.findall(r"^CONFIG_(\w+)=([ymn])\s*$", text, re.M)}
        plain |= {name: 0 for name in re.findall(r"^# CONFIG_(\w+) is not set$", text, re.M)}
        plain |= {name: 0 for name in re.findall(r'^CONFIG_(\w+)="', text, re.M)}
        assert seen["mentions"] == {n: plain[n] for n in seen["mentions"]}, config.stem


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_half_a_configuration_is_not_taken_for_a_whole_one(dump: Path, tmp_path: Path,
                                                           cut: float) -> None:
    files = []
    for config in corpus():
        text = lzma.open(config.path).read()
        files.append(tmp_path / config.stem)
        files[-1].write_bytes(text[:int(len(text) * cut)])
    taken = [Path(seen["file"]).name for seen in run(dump, *files) if seen.get("complete")]
    assert taken == []


def memory_controller(dump: Path, config: Config) -> dict:
    return run(dump, "-e", "MEMCG || CGROUP_MEM_RES_CTLR", config.path)[0]


def test_renamed_symbols_are_followed(dump: Path) -> None:
    """Today's checkers report the memory controller missing before 3.6, under its old name."""
    for config in corpus():
        text = lzma.open(config.path).read().decode("latin-1")
        there = re.search(r"^CONFIG_(MEMCG|CGROUP_MEM_RES_CTLR)=y$", text, re.M) is not None
        seen = memory_controller(dump, config)
        assert seen["state"] == ("builtin" if there else "off"), (config.stem, seen["why"])


def test_private_devpts_is_always_on_from_4_7(dump: Path) -> None:
    for config in corpus():
        if version(config.release) >= version("4.7"):
            seen = run(dump, "-e", "DEVPTS_MULTIPLE_INSTANCES", config.path)[0]
            assert seen["state"] == "builtin", (config.stem, seen["why"])


def test_table_is_what_the_evaluator_sees(dump: Path) -> None:
    table = run(dump, "-t")
    assert [row["name"] for row in table] == sorted(row["name"] for row in table)
    assert all(row["source"] for row in table)
