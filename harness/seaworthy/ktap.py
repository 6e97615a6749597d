# SPDX-License-Identifier: GPL-2.0-only
"""A KTAP reader (Documentation/dev-tools/ktap.rst in the kernel) that is a total function.

Any bytes in, a tree out. What does not fit the format is damage, written on the node where it was
found; lines that are neither are the log, which KTAP allows anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_VERSION = re.compile(r"^(?:KTAP version \d+|TAP version 1[34])\s*$")
_PLAN = re.compile(r"^1\.\.(\d{1,9})(?:\s*#\s*(.*))?$")
_RESULT = re.compile(r"^(ok|not ok)\b(?:\s+(\d{1,9}))?(?:\s+-)?(?:\s+(?!#)(.*?))?\s*$")
_DIRECTIVE = re.compile(r"(?:^|\s)#\s*(SKIP|TODO|XFAIL|TIMEOUT|ERROR)\b:?\s*(.*)$", re.IGNORECASE)
_SUBTEST = re.compile(r"^#\s*Subtest:\s*(.*?)\s*$")
_MAX_DEPTH = 32
_MAX_LOG = 1000  # lines kept for each node


@dataclass
class Node:
    """A test. A leaf has no children; the root has neither number nor result."""

    name: str = ""
    number: int | None = None
    ok: bool | None = None  # None: no result line came
    directive: str = ""  # SKIP, TODO, XFAIL, TIMEOUT or ERROR
    reason: str = ""
    plan: int | None = None
    children: list[Node] = field(default_factory=list)
    log: list[str] = field(default_factory=list)  # of this test: the lines before its result
    damage: list[str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        # Not recursive: depth is bounded by the reader, but callers may build trees of their own.
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack += reversed(node.children)

    def leaves(self) -> Iterator[Node]:
        return (n for n in self.walk() if not n.children and n is not self)

    def all_damage(self) -> list[str]:
        return [f"{n.name}: {d}" if n.name else d for n in self.walk() for d in n.damage]

    @property
    def passed(self) -> bool:
        """By KTAP's rules: a skipped or expected failure does not fail its parent."""
        if self.directive in ("SKIP", "XFAIL", "TODO"):
            return True
        if self.directive in ("TIMEOUT", "ERROR"):
            return False
        return bool(self.ok)


def _level(line: str) -> tuple[int, str]:
    text = line.lstrip(" ")
    return (len(line) - len(text)) // 2, text


class _Reader:
    """Levels[i] is the node whose children stand at indentation i."""

    def __init__(self) -> None:
        self.root = Node()
        self.levels = [self.root]
        # Log lines that wait for the result line that they belong to, by level.
        self.pending: list[list[str]] = [[]]

    def _open(self, level: int) -> bool:
        """Make LEVEL the innermost; a deeper one opens a child that has no result yet."""
        if level > _MAX_DEPTH:
            return False
        while len(self.levels) <= level:
            child = Node(log=self.pending[-1])
            self.pending[-1] = []
            self.levels[-1].children.append(child)
            self.levels.append(child)
            self.pending.append([])
        return True

    def _close(self, level: int) -> Node | None:
        """End what is deeper than LEVEL; the child that stood open directly below, if any."""
        child = None
        while len(self.levels) > level + 1:
            child = self.levels.pop()
            rest = self.pending.pop()
            child.log += rest[: _MAX_LOG - len(child.log)]
            _check_plan(child)
        return child

    def line(self, raw: str) -> None:
        level, text = _level(raw)
        if _VERSION.match(text) or _PLAN.match(text):
            if level > len(self.levels):
                # Nesting goes one step at a time: this is some program's print.
                self._log(raw)
                return
            self._header(level, text)
        elif (result := self._result_match(text)) and level < len(self.levels):
            self._result(level, result)
        elif (subtest := _SUBTEST.match(text)) and self._subtest_level(level):
            self.levels[level].name = self.levels[level].name or subtest[1]
        else:
            self._log(raw)

    @staticmethod
    def _result_match(text: str) -> tuple[bool, int | None, str, str, str] | None:
        directive = _DIRECTIVE.search(text)
        head = text[: directive.start()] if directive else text
        match = _RESULT.match(head)
        if not match:
            return None
        number = int(match[2]) if match[2] else None
        kind, reason = (directive[1].upper(), directive[2].strip()) if directive else ("", "")
        return match[1] == "ok", number, (match[3] or "").strip(), kind, reason

    def _subtest_level(self, level: int) -> bool:
        return 0 < level <= len(self.levels) and self._open(level)

    def _header(self, level: int, text: str) -> None:
        if level < len(self.levels) - 1:
            self._unfinished(level)
        if not self._open(level):
            self._log(text)
            return
        node = self.levels[level]
        if plan := _PLAN.match(text):
            if node.plan is not None:
                node.damage.append(f"a second plan: {text.strip()}")
            node.plan = int(plan[1])
            if plan[2] and (skip := _DIRECTIVE.search("# " + plan[2])):
                node.directive, node.reason = skip[1].upper(), skip[2].strip()

    def _unfinished(self, level: int) -> None:
        child = self._close(level)
        if child:
            child.damage.append("no result line")

    def _result(self, level: int, match: tuple[bool, int | None, str, str, str]) -> None:
        ok, number, name, directive, reason = match
        child = self._close(level)
        parent = self.levels[level]
        if child is None:
            child = Node(log=self.pending[level])
            self.pending[level] = []
            parent.children.append(child)
        else:
            child.log += self.pending[level][: _MAX_LOG - len(child.log)]
            self.pending[level] = []
        if child.name and name and child.name != name:
            child.damage.append(f"its result line names {name}")
        child.name = name or child.name
        child.number, child.ok, child.directive, child.reason = number, ok, directive, reason
        if child.passed and not directive and not all(c.passed for c in child.children):
            child.damage.append("it says ok, but a child failed")
        if number is not None and number != len(parent.children):
            parent.damage.append(
                f"result number {number} where {len(parent.children)} was expected")

    def _log(self, raw: str) -> None:
        if not raw.strip():
            return
        lines = self.pending[-1]
        if len(lines) < _MAX_LOG:
            lines.append(raw.strip())

    def end(self) -> Node:
        for node in self.levels[:0:-1]:
            node.damage.append("no result line")
        self._close(0)
        self.root.log += self.pending[0]
        _check_plan(self.root)
        return self.root


def _check_plan(node: Node) -> None:
    if node.plan is None:
        if node.directive != "SKIP":
            node.damage.append("no plan")
    elif node.plan != len(node.children):
        node.damage.append(f"planned {node.plan}, saw {len(node.children)}")


def read(data: bytes) -> Node:
    """The tree in a KTAP stream; its damage is in all_damage()."""
    reader = _Reader()
    text = data.decode("utf-8", "backslashreplace")
    lines = text.split("\n")
    # A last line without its end may be cut inside a word: "ok 1" of "ok 12".
    cut = lines.pop()
    started = False
    for raw in lines:
        raw = raw.rstrip("\r")
        if not started and _VERSION.match(raw):
            started = True
            continue
        if started:
            reader.line(raw)
        else:
            reader._log(raw)
    root = reader.end()
    if not started:
        root.damage.insert(0, "no KTAP version line")
    if cut:
        root.damage.append(f"the last line has no end: {cut[:80]}")
    return root
