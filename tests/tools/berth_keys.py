# SPDX-License-Identifier: GPL-2.0-only
"""What documentation says of the keys of a configuration, made from the one table of them:
`berth_keys.py EXECUTABLE` writes the list in berth.conf(5) and docs/configuration-keys.md anew."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MANUAL = TOP / "docs/man/berth.conf.5"
TABLE = TOP / "docs/configuration-keys.md"
BEGIN, END = '.\\" begin keys\n', '.\\" end keys\n'
HEAD = """\
# The keys of a configuration

Made from the table in `runtime/lxc/lxc_keys.c` by `tests/tools/berth_keys.py`; berth.conf(5) tells the same. Old and new
names may stand in one file. *Since* is the LXC release that first had the key, 0.8 standing for that one and those
before, *ours* for Berth's own. A refused key is an error wherever it asks for something; nothing is ever ignored.

| LXC 0.8 | LXC 1.0 to 2.0 | today | since | value | Berth | what it does, or what to do instead |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Key:
    name: str
    old: str
    since: str
    value: str
    status: str
    text: str

    def manual(self) -> list[str]:
        former = "0.8" if self.since == "0.8" else "before 2.1"
        names = f"\\fB{self.name}\\fR" + (f" ({former}: \\fB{self.old}\\fR)" if self.old != "-" else "")
        head = f"{names} = \\fI{self.value}\\fR" + (" [refused]" if self.status == "refused" else "")
        return [".TP", head.replace("-", "\\-"), self.text.replace("-", "\\-") + "."]

    def row(self) -> str:
        old = f"`{self.old}`" if self.old != "-" else f"`{self.name}`"
        first = self.since == "0.8"
        # A release of 1 or 2.0 is older than the renaming of 2.1.
        middle = self.since != "ours" and (first or float(self.since) < 2.1)
        cells = [old if first else "", old if middle else "",
                 "" if self.since == "ours" else f"`{self.name}`", self.since,
                 self.value, self.status, self.text]
        if self.since == "ours":
            cells[5] = f"`{self.name}`"
        return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |\n"


def keys(executable: Path) -> list[Key]:
    done = subprocess.run([executable, "berth", "config"], capture_output=True, text=True, check=True)
    return [Key(*line.split("\t")) for line in done.stdout.splitlines()]


def manual(text: str, table: list[Key]) -> str:
    """The manual page with its list of keys made anew."""
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    lines = [line for key in table for line in key.manual()]
    return text[:start] + "".join(f"{line}\n" for line in lines) + text[end:]


def document(table: list[Key]) -> str:
    return HEAD + "".join(key.row() for key in table)


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: berth_keys.py EXECUTABLE", file=sys.stderr)
        return 64
    table = keys(Path(sys.argv[1]))
    MANUAL.write_text(manual(MANUAL.read_text(encoding="utf-8"), table), encoding="utf-8")
    TABLE.write_text(document(table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
