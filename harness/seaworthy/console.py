# SPDX-License-Identifier: GPL-2.0-only
"""What a guest's console tells about its end: which kind of crash, by which line."""

from __future__ import annotations

import re
from dataclasses import dataclass

TAIL_LINES = 40
_MAX_LINE = 400

# The kernel's own words, much the same since 2.6.
_PANIC = re.compile(r"Kernel panic - not syncing: ?(.*)")
_FAULTS = (
    ("oops", re.compile(r"\b(BUG: (?:unable to handle|kernel NULL pointer|kernel paging) .*|"
                        r"Internal error: Oops\b.*|Oops: .*|general protection fault.*)")),
    ("bug", re.compile(r"\b(BUG: .*|kernel BUG at .*)")),
)
_KERNEL = re.compile(r"Linux version (\S+)|^\[ *\d+\.\d{6}\] ", re.MULTILINE)
_NO_ROOT = re.compile(r"Unable to mount root fs|No working init found|Requested init \S+ failed")
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?=]*[A-Za-z]|[()][A-Za-z0-9]|c)")


@dataclass(frozen=True)
class Attribution:
    """KIND is "panic", "oops", "bug", "" (a kernel spoke, nothing amiss), or "silent" (no kernel
    message at all); LINE is the kernel's own words."""

    kind: str
    line: str = ""
    no_root: bool = False  # it panicked because it found no PID 1 to start


def clean(data: bytes) -> str:
    """The console as text: no escape codes, no other control characters, whole lines."""
    text = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n").replace("\r", "\n")
    text = _ESCAPES.sub("", text)
    return "".join(c if c == "\n" or c == "\t" or c.isprintable() else "·" for c in text)


def attribute(data: bytes) -> Attribution:
    """Any bytes in; never more than the console says."""
    text = clean(data)
    kind, line = "", ""
    for name, pattern in _FAULTS:
        if match := pattern.search(text):
            kind, line = name, match[1].strip()[:_MAX_LINE]
            break
    if match := _PANIC.search(text):
        # What came before is the cause; the panic itself often says only that there was one.
        why = match[1].strip()[:_MAX_LINE]
        return Attribution("panic", f"{why}, after: {line}" if line else why,
                           bool(_NO_ROOT.search(text)))
    if kind:
        return Attribution(kind, line)
    return Attribution("" if _KERNEL.search(text) else "silent")


def tail(data: bytes, lines: int = TAIL_LINES) -> list[str]:
    """The last lines that say something."""
    said = [ln.rstrip()[:_MAX_LINE] for ln in clean(data).split("\n") if ln.strip()]
    return said[-lines:]
