# SPDX-License-Identifier: GPL-2.0-only
"""Verdicts of all profiles over real configurations, checked by what must hold among them."""

from __future__ import annotations

import lzma
import re
from pathlib import Path
from typing import Any

import pytest
from test_probe import data_dir, features, probe

DATA = data_dir()
pytestmark = pytest.mark.skipif(DATA is None, reason="the corpus of configurations is not there (SEAWORTHY_DATA)")
FIT = ("ready", "degraded")


@pytest.fixture(scope="module")
def corpus() -> dict[str, dict[str, Any]]:
    """One result a file, all profiles judged."""
    assert DATA
    files = probe("--config", DATA / "configs", "--profile", "all", "--format", "json").document["files"]
    results = {f["name"].removesuffix(".config.xz"): f["result"] for f in files
               if f["name"].endswith(".config.xz")}
    assert len(results) >= 70
    assert all(results.values())
    return results


def verdicts(result: dict[str, Any]) -> dict[str, str]:
    return {p["id"]: p["verdict"] for p in result["profiles"]}


def missing(result: dict[str, Any], profile: str, level: str) -> list[dict[str, Any]]:
    [found] = [p for p in result["profiles"] if p["id"] == profile]
    return [m for m in found["missing"] if m["level"] == level]


def text_of(name: str) -> str:
    assert DATA
    return lzma.open(DATA / "configs" / f"{name}.config.xz", "rt", errors="replace").read()


def test_old_kernels_carry_nothing(corpus: dict[str, dict[str, Any]]) -> None:
    old = [r for r in corpus.values() if str(r["subject"]["version"]).startswith("2.6.")]
    assert len(old) >= 5
    for result in old:
        assert set(verdicts(result).values()) == {"not-ready"}, result["subject"]


@pytest.mark.parametrize("family", ["cachyos-", "chimera-stable-x86_64", "linuxkit-", "armbian-vim", "alarm-config-arm64-7"])
def test_kernels_that_carry_docker_every_day(corpus: dict[str, dict[str, Any]], family: str) -> None:
    """These are shipped for, or known to run, Docker and Kubernetes: a "not ready" would be false."""
    members = [n for n in corpus if n.startswith(family)]
    assert members
    for name in members:
        found = verdicts(corpus[name])
        for profile in ("application-container", "system-container", "docker", "kubernetes-node", "lxc"):
            assert found[profile] in FIT, (name, profile, missing(corpus[name], profile, "must"))


# What the first needs at must, the second's musts are part of; at must and should, for the strict ones.
IMPLIES = [("system-container", "application-container"), ("lxc", "system-container"),
           ("docker", "application-container"), ("kubernetes-node", "application-container"),
           ("systemd-container", "system-container"), ("waydroid", "application-container")]


@pytest.mark.parametrize(("strong", "weak"), IMPLIES)
def test_what_carries_more_carries_less(corpus: dict[str, dict[str, Any]], strong: str, weak: str) -> None:
    seen = 0
    for name, result in corpus.items():
        found = verdicts(result)
        if found[strong] in FIT:
            seen += 1
            assert found[weak] in FIT, (name, missing(result, weak, "must"))
    assert seen or strong == "waydroid"


def test_ready_for_docker_is_ready_for_an_application(corpus: dict[str, dict[str, Any]]) -> None:
    ready = [n for n, r in corpus.items() if verdicts(r)["docker"] == "ready"]
    assert len(ready) >= 10
    for name in ready:
        assert verdicts(corpus[name])["application-container"] == "ready", name


# A reading of our own, by plain patterns, of what makes a use impossible whatever else is there.
IMPOSSIBLE = {
    "docker": ["VETH", "BRIDGE", "NET_NS", "PID_NS", "POSIX_MQUEUE"],
    "lxc": ["PID_NS", "UTS_NS", "NET_NS", "CGROUPS"],
    "kubernetes-node": ["CPUSETS", "PID_NS", "NET_NS"],
    "rootless": ["USER_NS", "NET_NS"],
    "checkpoint-restore": ["CHECKPOINT_RESTORE"],
}


@pytest.mark.parametrize("profile", sorted(IMPOSSIBLE))
def test_plainly_impossible_is_not_ready(corpus: dict[str, dict[str, Any]], profile: str) -> None:
    hits = 0
    for name, result in corpus.items():
        text = text_of(name)
        lacks = [s for s in IMPOSSIBLE[profile] if not re.search(rf"^CONFIG_{s}=[ym]\s*$", text, re.M)]
        if lacks:
            hits += 1
            assert verdicts(result)[profile] == "not-ready", (name, lacks)
    assert hits


def test_every_missing_condition_is_so_in_the_features(corpus: dict[str, dict[str, Any]]) -> None:
    """Profiles say nothing that the rows do not: yes if one alternative is, no if none is."""
    for name, result in corpus.items():
        rows = {i: f["usable"] for i, f in features(result).items()}
        for profile in result["profiles"]:
            for item in profile["missing"]:
                if item["features"][0].startswith("linux>="):
                    continue
                found = {rows[i] for i in item["features"]}
                assert "yes" not in found, (name, item)
                assert item["usable"] == ("unknown" if "unknown" in found else "no"), (name, item)
            levels = {m["level"] for m in profile["missing"] if m["usable"] == "no"}
            if profile["verdict"] == "degraded":
                assert "must" not in levels and "should" in levels
            if profile["verdict"] == "ready":
                assert not levels & {"must", "should"}


def test_worst_verdict_is_the_status(corpus: dict[str, dict[str, Any]]) -> None:
    for result in corpus.values():
        found = set(verdicts(result).values())
        want = 1 if "not-ready" in found else 3 if "unknown" in found else 2 if "degraded" in found else 0
        assert result["exit_status"] == want


def edited(path: Path, name: str, off: tuple[str, ...]) -> dict[str, Any]:
    """A real configuration with some symbols off, judged by all profiles."""
    text = text_of(name)
    for symbol in off:
        text, count = re.subn(rf"^CONFIG_{symbol}=[ym]$", f"# CONFIG_{symbol} is not set", text, flags=re.M)
        text += "" if count else f"# CONFIG_{symbol} is not set\n"
    file = path / "config"
    file.write_text(text)
    return dict(probe("--config", file, "--profile", "all", "--format", "json").document)


def test_cgroup_versions_are_not_mixed(tmp_path: Path) -> None:
    """Without CGROUP_BPF version 2 has no devices, without MEMCG_V1 version 1 no memory (6.11)."""
    off = ("CGROUP_BPF", "MEMCG_V1", "CPUSETS_V1")
    result = edited(tmp_path, "chimera-stable-x86_64-7.1.8", off)
    found = verdicts(result)
    assert found["kubernetes-node"] == "not-ready"
    assert found["docker"] == "degraded"
    assert found["lxc"] in FIT
    # What is told to be missing is of one version, and missing there.
    for profile in ("docker", "kubernetes-node"):
        told = [m["features"] for level in ("must", "should") for m in missing(result, profile, level)]
        assert told
        assert len({i.split(".")[1] for ids in told for i in ids if i.startswith("cgroup.v")}) == 1
    with_v2 = verdicts(edited(tmp_path, "chimera-stable-x86_64-7.1.8", off[1:]))
    assert with_v2["docker"] == verdicts(edited(tmp_path, "chimera-stable-x86_64-7.1.8", ()))["docker"]


def test_versions_that_programs_refuse(corpus: dict[str, dict[str, Any]]) -> None:
    """Docker asks for 3.10 itself; user namespaces are for everybody since 3.8."""
    seen = 0
    for name, result in corpus.items():
        version = tuple(int(n) for n in str(result["subject"]["version"]).split(".")[:2])
        for profile, since in (("docker", (3, 10)), ("rootless", (3, 8))):
            told = [m for m in missing(result, profile, "must") if m["features"][0].startswith("linux>=")]
            assert bool(told) == (version < since), (name, profile)
            if told:
                seen += 1
                assert verdicts(result)[profile] == "not-ready"
    assert seen >= 10


def test_what_only_x86_64_has_is_not_missed_elsewhere(corpus: dict[str, dict[str, Any]]) -> None:
    here = 0
    for name, result in corpus.items():
        told = {i for p in result["profiles"] for m in p["missing"] for i in m["features"]}
        found = told & {"security.vsyscall", "checkpoint.compat"}
        assert not found or result["subject"]["arch"] in ("x86", None), name
        here += bool(found)
    assert here


def test_forwarding_is_no_matter_of_a_file(corpus: dict[str, dict[str, Any]]) -> None:
    for name, result in corpus.items():
        rows = features(result)
        told = [m for m in missing(result, "kubernetes-node", "should") if "net.ip_forward" in m["features"]]
        assert bool(told) == (rows["net.ip_forward"]["usable"] != "yes"), name
    assert features(corpus["chimera-stable-x86_64-7.1.8"])["net.ip_forward"]["usable"] == "yes"


def told_rows(text: str) -> set[str]:
    _, _, below = text.partition("Missing or in doubt\n")
    below, _, _ = below.partition("Features by area")
    return set(re.findall(r"^  \S ([a-z0-9_]+\.[a-z0-9_.]+)", below, re.M))


@pytest.mark.parametrize("name", [None, "libreelec-ION-i386-3.2.31", "chimera-stable-x86_64-7.1.8"])
def test_text_tells_only_what_a_judged_use_lacks(name: str | None) -> None:
    assert DATA
    subject = ("--config", DATA / "configs" / f"{name}.config.xz") if name else ()
    for profiles in ((), ("--profile", "lxc")):
        result = probe(*subject, *profiles, "--format", "json").document
        lacked = {i for p in result["profiles"] for m in p["missing"] for i in m["features"]}
        told = told_rows(probe(*subject, *profiles).out)
        assert told <= lacked, told - lacked
        wanted = {i for p in result["profiles"] for m in p["missing"] if m["level"] != "may"
                  for i in m["features"] if features(result)[i]["usable"] != "yes"}
        assert wanted <= told


def test_no_conflict_is_shown_where_the_advice_is_followed(tmp_path: Path) -> None:
    """chimera's has auditing on, no group scheduling of real-time tasks, no helper programs."""
    text = text_of("chimera-stable-x86_64-7.1.8")
    file = tmp_path / "config"
    followed = {"Real-time group scheduling": "RT_GROUP_SCHED", "Hotplug helper program": "UEVENT_HELPER",
                "Firmware by user-space helper": "FW_LOADER_USER_HELPER_FALLBACK"}
    for title, symbol in followed.items():
        assert f"# CONFIG_{symbol} is not set\n" in text
        file.write_text(text)
        shown = probe("--config", file, "--profile", "all").out
        assert title not in shown
        assert title in probe("--config", file, "--profile", "all", "--all").out
        assert "! Auditing" not in shown and "! Control groups, version" not in shown
        file.write_text(text.replace(f"# CONFIG_{symbol} is not set\n", f"CONFIG_{symbol}=y\n"))
        assert f"! {title}" in probe("--config", file, "--profile", "all").out
    file.write_text(text.replace("# CONFIG_UEVENT_HELPER is not set\n",
                                 'CONFIG_UEVENT_HELPER=y\nCONFIG_UEVENT_HELPER_PATH=""\n'))
    assert "Hotplug helper" not in probe("--config", file, "--profile", "all").out
    file.write_text(text.replace("CONFIG_AUDIT=y\n", "# CONFIG_AUDIT is not set\n"))
    assert "! Auditing" in probe("--config", file, "--profile", "all").out
