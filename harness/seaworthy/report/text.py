# SPDX-License-Identifier: GPL-2.0-only
"""Foreign text made harmless. What kernels and containers print may hold anything at all."""
from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

# Cc without TAB and LF, Cs (lone surrogates, from bytes that were not UTF-8), and what changes
# the direction of text (CVE-2021-42574) or breaks lines. Made visible rather than dropped.
_BAD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e"
    "\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
# What a terminal would obey: CSI and OSC sequences and the two-byte escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: the byte itself
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def clean(value: Any) -> str:
    """Text that may be shown: no escape sequences, other control characters as \\xNN."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    text = _ESCAPES.sub("", text).replace("\r\n", "\n")
    return _BAD.sub(_visible, text)


def clean_line(value: Any) -> str:
    """As clean(), and on one line."""
    return " ".join(clean(value).split())


@lru_cache(maxsize=4096)
def _char_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def width_of(text: str) -> int:
    """Columns that text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def cut(text: str, width: int) -> str:
    """text in at most width columns, with "..." or less of it where something went."""
    if width_of(text) <= width:
        return text
    dots = "..."[: max(0, min(3, width))]
    room, kept = width - len(dots), []
    for char in text:
        room -= _char_width(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept) + dots


def pad(text: str, width: int) -> str:
    """text, cut or filled to exactly width columns."""
    text = cut(text, width)
    return text + " " * (width - width_of(text))


def wrap(text: str, width: int, indent: str = "", hanging: str = "") -> list[str]:
    """text's words in lines of at most width columns; textwrap counts characters instead."""
    lines, line, empty = [], indent, True
    for word in text.split():
        while True:
            gap = "" if empty else " "
            if width_of(line) + len(gap) + width_of(word) <= width:
                line, empty = line + gap + word, False
                break
            if not empty:
                lines.append(line)
                line, empty = hanging, True
                continue
            # Longer than a whole line: what fits, at least one character.
            room, n = width - width_of(line), 0
            while n < len(word) and width_of(word[: n + 1]) <= room:
                n += 1
            lines.append(line + word[: max(n, 1)])
            line, word = hanging, word[max(n, 1) :]
            if not word:
                break
    if not empty or not lines:
        lines.append(line)
    return lines


def seconds(value: Any) -> str:
    """A duration for people: 0.8 s, 12 s, 3 min 05 s; "" where there is none."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < 1e12:
        return ""
    if value < 10:
        return f"{value:.1f} s"
    value = round(value)
    if value < 120:
        return f"{value} s"
    if value < 7200:
        return f"{value // 60} min {value % 60:02d} s"
    return f"{value // 3600} h {value % 3600 // 60:02d} min"
