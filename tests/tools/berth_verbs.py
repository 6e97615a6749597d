# SPDX-License-Identifier: GPL-2.0-only
"""docs/verbs.md from docs/verbs.tsv, which says what LXC's programs take, and from --help of every verb:
`berth_verbs.py EXECUTABLE` writes it anew."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
DATA = TOP / "docs/verbs.tsv"
TABLE = TOP / "docs/verbs.md"
HEAD = """\
# The verbs

Each is called as `berth VERB` or, with LXC's exit statuses, as `lxc-VERB`; berth(1) tells what they do. The first two
columns of options are those of the programs of that name in LXC 0.8 and LXC 5, `-` where there is none, beside the
options that all share; ours are what `--help` says. The last column gives the reason for each that we do not have. Made
from `docs/verbs.tsv` by `tests/tools/berth_verbs.py`, and checked by a test.

| verb | options of LXC 0.8 | of LXC 5 | ours | not ours, and why |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Verb:
    name: str
    lxc_08: list[str]
    lxc_5: list[str]
    reasons: str
    exists_08: bool
    exists_5: bool

    @property
    def explained(self) -> list[str]:
        """Options that the reasons name before each colon."""
        return [word for part in self.reasons.split(";") for word in part.partition(":")[0].split()]


def read_data() -> dict[str, Verb]:
    verbs = {}
    for line in DATA.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, old, new, reasons = line.split("\t")
        words = [[] if text in ("-", "none") else text.split() for text in (old, new)]
        verbs[name] = Verb(name, words[0], words[1], reasons, old != "-", new != "-")
    return verbs


def run(executable: Path, *args: str) -> str:
    done = subprocess.run([executable, "berth", *args], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def our_verbs(executable: Path) -> list[str]:
    text = run(executable, "--help").partition("Verbs:\n")[2].partition("\n\n")[0]
    return sorted(line.split()[0] for line in text.splitlines())


def our_options(executable: Path, verb: str) -> list[str]:
    text = run(executable, verb, "--help").partition("Options:\n")[2]
    return [word for line in text.splitlines()
            for word in re.findall(r"(?<![\w-])--?[A-Za-z0-9][\w-]*", line[:29].partition("=")[0])]


def common_options(executable: Path) -> list[str]:
    """Those that all share: of the verb that has no others."""
    return our_options(executable, "version")


def cell(words: list[str], exists: bool = True) -> str:
    return " ".join(f"`{word}`" for word in words) if words else "none" if exists else "-"


def make(executable: Path) -> str:
    data, common = read_data(), common_options(executable)
    out = HEAD
    for name in our_verbs(executable):
        verb = data[name]
        ours = [word for word in our_options(executable, name) if word not in common or word in verb.lxc_08 + verb.lxc_5]
        out += (f"| {name} | {cell(verb.lxc_08, verb.exists_08)} | {cell(verb.lxc_5, verb.exists_5)} | {cell(ours)} | "
                f"{verb.reasons or ''} |\n")
    return out + f"\nAll share {', '.join(f'`{word}`' for word in common)}, and `-n`, `--name` where there is a container.\n"


def main() -> int:
    TABLE.write_text(make(Path(sys.argv[1])), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
