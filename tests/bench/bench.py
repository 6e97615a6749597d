# SPDX-License-Identifier: GPL-2.0-only
"""What Seaworthy costs, beside what others cost, in one run: `make bench`.

Every figure is CPU time (user and system) of one process and what it waited for. The contestants of a
section take turns, so that whatever else the machine does hits them alike: read the ratios, not the
milliseconds. A section is a function with @section; it gets a Bench and prints through it, and what
it returns goes into out/bench.json.

    bench.py [--data DIRECTORY] [--rounds N] [--json FILE] [SECTION...]
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIVE_GOAL = 0.10  # of lxc-checkconfig's CPU time
LIVE_FLOORS = 3.5  # where the goal is out of reach: times what the trials' own system calls take alone
CONFIG_MS = 3.0  # each configuration
TIMEOUT_S = 600


@dataclass(frozen=True)
class Cost:
    cpu_ms: float
    peak_kb: int
    faults: int
    status: int


@dataclass
class Bench:
    """What sections share: how to measure, where things are, and what failed to be as it must."""

    seaworthy: Path
    spawn: Path
    data: Path | None
    scratch: Path
    rounds: int
    missed: list[str] = field(default_factory=list)

    def once(self, argv: list[str]) -> Cost:
        done = subprocess.run([self.spawn, "1", *argv], capture_output=True, text=True, check=True,
                              timeout=TIMEOUT_S, stdin=subprocess.DEVNULL)
        user, system, peak, faults, status = map(int, done.stdout.split())
        if status == 127:
            raise RuntimeError(f"{argv[0]} could not be started")
        return Cost((user + system) / 1000, peak, faults, status)

    def race(self, contestants: dict[str, list[str]], rounds: int | None = None) -> dict[str, list[Cost]]:
        """All of them in turn, so many times."""
        seen: dict[str, list[Cost]] = {name: [] for name in contestants}
        for _ in range(rounds or self.rounds):
            for name, argv in contestants.items():
                seen[name].append(self.once(argv))
        return seen

    def must(self, ok: bool, words: str) -> None:
        print(f"  {'ok' if ok else 'MISSED'}: {words}")
        if not ok:
            self.missed.append(words)


Section = Callable[[Bench], dict]
SECTIONS: dict[str, Section] = {}


def section(name: str) -> Callable[[Section], Section]:
    def add(run: Section) -> Section:
        SECTIONS[name] = run
        return run
    return add


def cpu(costs: list[Cost]) -> list[float]:
    return [c.cpu_ms for c in costs]


def spread(values: list[float]) -> dict[str, float]:
    return {"min": round(min(values), 3), "median": round(statistics.median(values), 3),
            "max": round(max(values), 3)}


def table(rows: list[tuple[str, list[float]]], against: str | None = None) -> None:
    """Name, minimum, median, maximum in ms, and the ratio of medians to that of AGAINST."""
    base = next((statistics.median(v) for n, v in rows if n == against), None)
    print(f"  {'CPU ms':<44}{'min':>9}{'median':>9}{'max':>9}{'ratio' if base else '':>9}")
    for name, values in rows:
        s = spread(values)
        ratio = f"{s['median'] / base:9.3f}" if base else ""
        print(f"  {name:<44}{s['min']:9.2f}{s['median']:9.2f}{s['max']:9.2f}{ratio}")


# ---- others' checkers -------------------------------------------------------------------------------

def installed_or_unpacked(bench: Bench, package: str, path: str) -> Path | None:
    """A file of a Debian package: installed, or unpacked from it, so that nothing of it is started."""
    if Path("/", path).is_file():
        return Path("/", path)
    at = bench.scratch / package
    at.mkdir(exist_ok=True)
    if shutil.which("apt-get") and not (at / path).is_file():
        subprocess.run(["apt-get", "download", "-qq", package], cwd=at, check=False, timeout=TIMEOUT_S,
                       capture_output=True, stdin=subprocess.DEVNULL)
        for deb in at.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", deb, at], check=False, timeout=TIMEOUT_S, capture_output=True)
    return at / path if (at / path).is_file() else None


def lxc_checkconfig(bench: Bench) -> list[str] | None:
    script = installed_or_unpacked(bench, "lxc", "usr/bin/lxc-checkconfig")
    return [str(script)] if script else None


def check_config_sh(bench: Bench) -> list[str] | None:
    script = installed_or_unpacked(bench, "docker.io", "usr/share/docker.io/contrib/check-config.sh")
    return ["bash", str(script)] if script else None


# ---- sections ---------------------------------------------------------------------------------------

BARE = "its dearest system calls alone (bare.c)"
# Kind of bare.c -> what a line of strace -f has of such a call; the first that fits counts.
CALLS = {
    "vfork": r"\bclone\(.*CLONE_VFORK|\bvfork\(",
    "fork": r"\b(?:clone3?|fork)\((?!.*CLONE_THREAD)",
    "mount": r"\bmount\(\S+ \S+ \"\w",
    "cgroup": r"\bmkdir(?:at)?\(.*\"[^\"]*seaworthy-probe-",
    "bpf": r"\bbpf\(BPF_(?:PROG_LOAD|MAP_CREATE)",
    "link": r"\bsendto\(.*(?:RTM_NEWLINK.*NLM_F_CREATE|nlmsg_type=0x10 .*NLM_F_ACK\|0x600)",
    "netlink": r"\bsend(?:to|msg)\(.*nlmsg_len",
    "file": r"\bopenat\(.*\"/(?:proc|sys)/",
    "socket": r"\bsocket\(",
}
SPACES = {f"new{k}": f"CLONE_NEW{k.upper()}" for k in ("ns", "net", "user", "uts", "ipc", "pid", "cgroup", "time")}


def calls(bench: Bench, argv: list[str]) -> dict[str, int]:
    """How often the command makes each kind of call, those that fail left out."""
    trace = bench.scratch / "trace"
    subprocess.run(["strace", "-f", "-o", trace, *argv], check=False, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL,
                   capture_output=True)
    count = dict.fromkeys([*CALLS, *SPACES], 0)
    for line in trace.read_text(errors="replace").splitlines():
        if " = -1 " in line or " resumed>" in line:
            continue
        kind = next((k for k, pattern in CALLS.items() if re.search(pattern, line)), None)
        if kind:
            count[kind] += 1
        if re.search(r"\b(?:unshare|clone3?)\(", line):
            for space, flag in SPACES.items():
                count[space] += bool(re.search(rf"\b{flag}\b", line))
    return count


def bare(bench: Bench, argv: list[str]) -> dict[str, list[str]]:
    """The same calls without a probe around them, for a floor."""
    if os.geteuid() or not shutil.which("strace"):
        print("  no floor: counting the system calls of a probe takes root and strace")
        return {}
    count = calls(bench, argv)
    print(f"  calls: {', '.join(f'{n} {k}' for k, n in count.items())}")
    return {BARE: [str(build(bench.scratch, "bare")), *(f"{k}={n}" for k, n in count.items())]}


@section("live")
def live(bench: Bench) -> dict:
    """The running kernel: a full live probe beside lxc-checkconfig, which tries nothing."""
    checker = lxc_checkconfig(bench)
    if not checker:
        bench.must(False, "lxc-checkconfig could not be had (Debian package lxc): nothing to compare with")
        return {}
    ours = [str(bench.seaworthy), "probe"]
    rows = json.loads(subprocess.run([bench.seaworthy, "features", "--format", "json"], check=True,
                                     capture_output=True, timeout=TIMEOUT_S).stdout)["features"]
    features = len(rows)
    seen = bench.race({"lxc-checkconfig": checker, "seaworthy probe": ours,
                       "seaworthy probe, each row alone": ["env", "SEAWORTHY_SESSIONS=none", *ours],
                       "seaworthy probe --no-live": [*ours, "--no-live"], **bare(bench, ours)})
    table([(n, cpu(c)) for n, c in seen.items()], "lxc-checkconfig")
    # Round by round, since the machine changes under the feet of all.
    paired = {name: statistics.median(a / b for a, b in zip(cpu(costs), cpu(seen["lxc-checkconfig"]), strict=True))
              for name, costs in seen.items()}
    ratio = paired["seaworthy probe"]
    if BARE in paired:
        print(f"  floor: these calls alone take {paired[BARE]:.3f} of lxc-checkconfig's CPU time, the probe "
              f"{ratio / paired[BARE]:.1f} times as much as they")
    text = subprocess.run(checker, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
                          stdin=subprocess.DEVNULL).stdout
    items = len(re.findall(r": (?:enabled|missing|required)", text)) or 1
    each, theirs = (statistics.median(cpu(seen[n])) / count for n, count in
                    (("seaworthy probe", features), ("lxc-checkconfig", items)))
    print(f"  {features} features, {each:.3f} ms each; lxc-checkconfig {items} items, {theirs:.3f} ms each: "
          f"ratio {each / theirs:.3f}")
    if ratio > LIVE_GOAL:
        print(f"  the goal is not reached: a live probe takes {ratio:.3f} of lxc-checkconfig's CPU time, not {LIVE_GOAL}")
    floor = paired.get(BARE, 0) * LIVE_FLOORS
    bench.must(ratio <= max(LIVE_GOAL, floor), f"a live probe takes no more than {LIVE_GOAL} of lxc-checkconfig's "
               f"CPU time or {LIVE_FLOORS} times its bare system calls' ({max(LIVE_GOAL, floor):.3f}); it is {ratio:.3f}")
    return {"ratio": round(ratio, 4), "floor": round(paired.get(BARE, 0), 4), "features": features, "each_ratio": round(each / theirs, 4),
            **{n: spread(cpu(c)) for n, c in seen.items()}}


@section("configs")
def configs(bench: Bench) -> dict:
    """The corpus of real configurations, one process each, plain and as it is kept (.xz)."""
    if not bench.data:
        print("  no corpus: give --data or SEAWORTHY_DATA (a directory with configs/index.tsv)")
        return {}
    files = corpus(bench.data)
    plain = bench.scratch / "plain"
    plain.mkdir()
    unxz = build(bench.scratch, "unxz", "-llzma")
    best: dict[str, dict[str, float]] = {}
    names = ("plain", ".xz", "liblzma", "xz -dc", "start")
    rounds = max(5, bench.rounds // 3)
    for path in files:
        text = plain / path.name.removesuffix(".xz")
        text.write_bytes(lzma.open(path).read())
        probe = [str(bench.seaworthy), "probe", "--config"]
        seen = bench.race({"plain": [*probe, str(text)], ".xz": [*probe, str(path)],
                           "liblzma": [str(unxz), str(path)], "xz -dc": ["xz", "-dc", str(path)],
                           "start": [str(bench.seaworthy), "--version"]}, rounds)
        # The least is what the work takes; the rest is what the machine did meanwhile.
        best[path.name] = {n: min(cpu(seen[n])) for n in names}
    print(f"  {len(files)} configurations, a process each; of each the least of {rounds} runs")
    table([("judged, plain text", [b["plain"] for b in best.values()]),
           ("judged, as found (.xz)", [b[".xz"] for b in best.values()]),
           ("unpacked by liblzma, and nothing else", [b["liblzma"] for b in best.values()]),
           ("xz -dc", [b["xz -dc"] for b in best.values()]),
           ("seaworthy --version: starting and ending", [b["start"] for b in best.values()])],
          "unpacked by liblzma, and nothing else")
    over = {n: b for n, b in best.items() if b[".xz"] >= CONFIG_MS}
    beyond = statistics.median([b[".xz"] / b["liblzma"] for b in best.values()])
    bench.must(all(b["plain"] < CONFIG_MS for b in best.values()),
               f"every configuration is judged in less than {CONFIG_MS} ms as plain text; the most is "
               f"{max(b['plain'] for b in best.values()):.2f}")
    print(f"  as .xz {len(best) - len(over)} of {len(best)} are; of the others liblzma alone takes "
          f"{min((b['liblzma'] for b in over.values()), default=0):.2f} to "
          f"{max((b['liblzma'] for b in over.values()), default=0):.2f} ms")
    together = corpus_at_once(bench, files, plain, unxz)
    others(bench, [plain / p.name.removesuffix(".xz") for p in files])
    return {"files": len(files), "xz_ratio": round(beyond, 3), "over": len(over), "together": together,
            **{n: spread([b[n] for b in best.values()]) for n in names}}


def corpus_at_once(bench: Bench, files: list[Path], plain: Path, unxz: Path) -> dict[str, dict[str, float]]:
    """All of them judged by one process: what each takes on average when there are many."""
    packed = bench.scratch / "packed"
    packed.mkdir()
    for path in files:
        (packed / path.name).symlink_to(path.resolve())
    probe = [str(bench.seaworthy), "probe", "--config"]
    seen = bench.race({"plain text": [*probe, str(plain)], "as found (.xz)": [*probe, str(packed)],
                       "as found (.xz), --format json": [*probe, str(packed), "--format", "json"],
                       "liblzma alone": [str(unxz), *map(str, files)]})
    each = {n: [c / len(files) for c in cpu(costs)] for n, costs in seen.items()}
    print(f"  all {len(files)} in one process, for each of them")
    table(list(each.items()), "liblzma alone")
    for name in ("plain text", "as found (.xz)"):
        least = min(each[name])
        bench.must(least < CONFIG_MS, f"the corpus, {name}, is judged in less than {CONFIG_MS} ms each; "
                   f"it is {least:.2f}")
    return {n: spread(v) for n, v in each.items()}


def others(bench: Bench, files: list[Path]) -> None:
    """A few configurations, small to large, in today's checkers too."""
    files = sorted(files, key=lambda p: p.stat().st_size)
    lxc, moby = lxc_checkconfig(bench), check_config_sh(bench)
    for path in (files[0], files[len(files) // 2], files[-1]):
        argvs = {"seaworthy": [str(bench.seaworthy), "probe", "--config", str(path)]}
        if lxc:
            argvs["lxc-checkconfig"] = ["env", f"CONFIG={path}", *lxc]
        if moby:
            argvs["check-config.sh"] = [*moby, str(path)]
        print(f"  {path.name}, {path.stat().st_size // 1024} KB")
        table([(n, cpu(c)) for n, c in bench.race(argvs, 3).items()], "seaworthy")


@section("sizes")
def sizes(bench: Bench) -> dict:
    """The executable, and the peak of memory (VmHWM)."""
    found: dict[str, object] = {"executable": bench.seaworthy.stat().st_size}
    print(f"  executable                 {bench.seaworthy.stat().st_size / 1024:9.0f} KB")
    if shutil.which("size"):
        out = subprocess.run(["size", bench.seaworthy], check=True, capture_output=True, text=True,
                             timeout=TIMEOUT_S).stdout
        for name, value in zip(("text", "data", "bss"), map(int, out.splitlines()[1].split()[:3]), strict=True):
            found[name] = value
            print(f"  {name:<26} {value / 1024:9.0f} KB")
    argvs = {"--version": ["--version"], "probe (live)": ["probe"]}
    if bench.data:
        largest = max(corpus(bench.data), key=lambda p: len(lzma.open(p).read()))
        argvs[f"probe --config {largest.name}"] = ["probe", "--config", str(largest)]
    for name, argv in argvs.items():
        peak = max(c.peak_kb for c in bench.race({name: [str(bench.seaworthy), *argv]}, 3)[name])
        found[f"peak {name}"] = peak * 1024
        print(f"  peak of {name:<52} {peak:6} KB")
    return found


# ---- running ----------------------------------------------------------------------------------------

def corpus(data: Path) -> list[Path]:
    with (data / "configs" / "index.tsv").open() as f:
        return [data / "configs" / row["file"] for row in csv.DictReader(f, delimiter="\t")]


def find_data(given: str | None) -> Path | None:
    given = given or os.environ.get("SEAWORTHY_DATA")
    tries = [Path(given)] if given else [ROOT.parent / "shared/data", ROOT.parent.parent / "shared/data"]
    for path in tries:
        if (path / "configs" / "index.tsv").is_file():
            return path
    if given:
        sys.exit(f"bench: there is no configs/index.tsv in {given}")
    return None


def build(scratch: Path, name: str, *libraries: str) -> Path:
    out = scratch / name
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-static", "-o", out, ROOT / f"tests/bench/{name}.c",
                    *libraries], check=True, timeout=TIMEOUT_S)
    return out


def describe_machine() -> None:
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    print(f"{model[1] if model else os.uname().machine}, {os.cpu_count()} CPUs, Linux {os.uname().release}, load "
          f"{os.getloadavg()[0]:.1f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="directory with configs/index.tsv (default: SEAWORTHY_DATA, ../shared/data)")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)}; default: all")
    args = parser.parse_args()
    if unknown := set(args.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    seaworthy = Path(os.environ.get("SEAWORTHY_EXECUTABLE", ROOT / "out" / "seaworthy"))
    if not seaworthy.is_file():
        sys.exit(f"bench: {seaworthy} is not built: run make")
    found = {}
    with tempfile.TemporaryDirectory(prefix="seaworthy-bench-") as scratch:
        bench = Bench(seaworthy, build(Path(scratch), "spawn"), find_data(args.data), Path(scratch), args.rounds)
        describe_machine()
        for name in args.sections or SECTIONS:
            print(f"\n{name}: {SECTIONS[name].__doc__}", flush=True)
            found[name] = SECTIONS[name](bench)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")
    for words in bench.missed:
        print(f"bench: missed: {words}", file=sys.stderr)
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
