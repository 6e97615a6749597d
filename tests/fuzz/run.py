# SPDX-License-Identifier: GPL-2.0-only
"""Run the fuzzing targets over corpora made from the tests' own samples, and say what came of it.

    run.py DIRECTORY                fuzz each for FUZZ_SECONDS (60)
    run.py --brief DIRECTORY        every seed once and a fixed number of mutations: the same every time

DIRECTORY holds the targets (make builds them there), and gets corpora, logs and what crashes. An input
that crashes a target is to become a unit test; until then the file is the way to see it again:
DIRECTORY/fuzz_image FILE.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import samples

BRIEF_RUNS = 1500
TRAPS = b"""CONFIG_A=y
CONFIG_A=m
# CONFIG_A is not set
CONFIG_B=maybe\r
 CONFIG_C=y
CONFIG_D is not set
#CONFIG_E is not set
CONFIG_F=y # why
CONFIG_G="a # \\" = string"
CONFIG_H=0x1f
CONFIG_I=n
<<<<<<< ours
# Linux kernel version: 2.6.36
# Linux/arm64 5.15.0-1037- Kernel Configuration
CONFIG_MODULES=n
"""
EXPRESSIONS = ("y", "!USER_NS", "MEMCG || CGROUP_MEM_RES_CTLR", "(NF_TABLES && NFT_NAT) || !IP_NF_NAT", "A && (B",
               "MEMCG_SWAP && !n", "4.19 && DEVPTS_MULTIPLE_INSTANCES")


def image_seeds(to: Path, _executable: Path) -> None:
    samples.CODE, samples.DATA = 100, 100
    for sample in samples.samples():
        (to / sample.name).write_bytes(sample.make())
    (to / "no-config").write_bytes(samples.zimage("gzip", False))


def config_seeds(to: Path, _executable: Path) -> None:
    (to / "config").write_bytes(samples.config())
    (to / "traps").write_bytes(TRAPS)
    (to / "both").write_bytes(samples.config("x86", "4.15-rc5") + TRAPS)
    (to / "old").write_bytes(samples.config().replace(b"Linux/arm 6.6.1 Kernel Configuration",
                                                      b"Linux kernel version: 2.6.36"))
    (to / "marked").write_bytes(b"\xef\xbb\xbf" + samples.config() + bytes(40))


def expression_seeds(to: Path, executable: Path) -> None:
    done = subprocess.run([executable, "features", "--format", "json"], check=True, capture_output=True, timeout=120)
    rows = {k["expr"] for f in json.loads(done.stdout)["features"] for k in f["kconfig"] if k["expr"]}
    for i, expr in enumerate(sorted(rows | set(EXPRESSIONS))):
        (to / f"expr-{i}").write_bytes(expr.encode() + b"\n" + (samples.config() if i % 4 == 0 else TRAPS))


SEEDS: dict[str, Callable[[Path, Path], None]] = {
    "fuzz_config": config_seeds, "fuzz_image": image_seeds, "fuzz_expr": expression_seeds,
}
MAX_LEN = {"fuzz_image": 60_000, "fuzz_config": 20_000, "fuzz_expr": 4_000}


def fuzz(target: Path, brief: bool) -> bool:
    """One target. True if nothing was found."""
    home = target.parent
    seeds, grown, crashes = (home / kind / target.name for kind in ("seeds", "corpus", "crashes"))
    for directory in (seeds, grown, crashes):
        directory.mkdir(parents=True, exist_ok=True)
    stamp = seeds.parent / f"{target.name}.made"
    if not stamp.exists() or stamp.stat().st_mtime < max(Path(f).stat().st_mtime for f in (__file__, samples.__file__)):
        SEEDS[target.name](seeds, home.parent / "seaworthy")
        stamp.touch()
    seconds = int(os.environ.get("FUZZ_SECONDS", "60"))
    log = home / f"{target.name}.log"
    # What a run finds goes into the first directory: a brief one starts from the same seeds each time.
    with log.open("wb") as out, tempfile.TemporaryDirectory(dir=home) as scratch:
        argv = [target, "-print_final_stats=1", f"-max_len={MAX_LEN[target.name]}", "-rss_limit_mb=2048",
                "-timeout=60", f"-artifact_prefix={crashes}/", "-verbosity=1",
                *(["-seed=1", f"-runs={BRIEF_RUNS}"] if brief else [f"-max_total_time={seconds}"]),
                scratch if brief else grown, seeds]
        done = subprocess.run([*map(str, argv)], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              check=False, timeout=seconds + 1800)
    text = log.read_text(errors="replace")
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    coverage = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", text)
    cov, features, inputs = coverage[-1] if coverage else ("?", "?", "?")
    print(f"  {target.name:<12} {runs[1] if runs else '?':>9} runs, coverage {cov} edges, {features} features, "
          f"{inputs} inputs: {'nothing found' if not done.returncode else 'FAILED'}", flush=True)
    if done.returncode:
        found = re.findall(r"Test unit written to (\S+)", text)
        print("    " + "\n    ".join([*text.splitlines()[-12:], *found]), file=sys.stderr)
    return not done.returncode and runs is not None and int(runs[1]) > 0


def main() -> int:
    brief = "--brief" in sys.argv[1:]
    words = [w for w in sys.argv[1:] if w != "--brief"]
    if len(words) != 1:
        print("usage: run.py [--brief] DIRECTORY", file=sys.stderr)
        return 64
    targets = [Path(words[0]).resolve() / name for name in SEEDS]
    return 0 if all([fuzz(t, brief) for t in targets]) else 1


if __name__ == "__main__":
    sys.exit(main())
