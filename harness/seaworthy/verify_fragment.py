# SPDX-License-Identifier: GPL-2.0-only
"""Does a fragment stick? The kernel's own olddefconfig says what becomes of each option; the tree's
Kconfig files say why one was dropped, and what to add for it to stick, which is then tried."""

from __future__ import annotations

import difflib
import gzip
import io
import json
import lzma
import os
import platform
import re
import stat
import subprocess
import sys
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO

from . import kconfig_tree, kernel_source
from .errors import EXIT_FAIL, EXIT_OK, HarnessError, os_reason

SCHEMA = "seaworthy.fragment-check/1"
TARGETS = ("defconfig", "tinyconfig", "allnoconfig")
_DEPTH, _ROUNDS, _BUDGET = 8, 5, 20000
_TEXT_MAX = 16 << 20
_TRI = {"n": 0, "m": 1, "y": 2}
_NAMES = "nmy"


@dataclass
class Condition:
    """A part of a condition that does not hold: the sub-expression, its symbols, and for those
    that are off why they are."""

    expression: str
    symbols: dict[str, str]
    because: list[Reason] = field(default_factory=list)


@dataclass
class Reason:
    """Why a symbol has not the value that it should have."""

    symbol: str
    value: str
    text: str
    where: str = ""
    conditions: list[Condition] = field(default_factory=list)


@dataclass
class Option:
    """One option of the fragment, and what became of it."""

    symbol: str
    wanted: str
    got: str
    state: str  # "stuck", "dropped", "changed", "no-such-symbol"
    fragment: str = ""
    reason: Reason | None = None
    add: dict[str, str] = field(default_factory=dict)
    sticks_then: bool | None = None  # None: there is nothing to add


@dataclass
class Check:
    version: str
    arch: str
    base: str
    options: list[Option]
    warnings: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        return EXIT_OK if all(o.state == "stuck" for o in self.options) else EXIT_FAIL


# ---- fragments ------------------------------------------------------------------------------------

def _text(path: Path) -> str:
    """A file as text; what gzip and xz have packed is told by its first bytes, not by its name."""
    data = _bounded(sys.stdin.buffer) if str(path) == "-" else _regular(path)
    if data.startswith(b"\x1f\x8b"):
        data = _bounded(gzip.GzipFile(fileobj=io.BytesIO(data)))
    elif data.startswith(b"\xfd7zXZ\0"):
        data = _bounded(lzma.LZMAFile(io.BytesIO(data)))
    return data.decode("utf-8", errors="replace")


def _bounded(stream: IO[bytes]) -> bytes:
    data = stream.read(_TEXT_MAX + 1)
    if len(data) > _TEXT_MAX:
        raise HarnessError(f"more than {_TEXT_MAX >> 20} MB: this is no Kconfig fragment")
    return data


def _regular(path: Path) -> bytes:
    """O_NONBLOCK: a named pipe must not be waited for, not even to be opened."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    with open(fd, "rb") as stream:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise HarnessError("this is no regular file: give a file, or - for standard input")
        return _bounded(stream)


def _shown(text: object) -> str:
    """For a terminal: what is not printable might move its cursor."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def _reason(error: Exception) -> str:
    """gzip.BadGzipFile is an OSError without an errno."""
    return os_reason(error) if isinstance(error, OSError) and error.errno else (
        f"damaged or cut off: {error}")


def read_fragments(paths: Iterable[Path]) -> dict[str, tuple[str, str]]:
    """Symbol: (value, where it stands). Later ones win, as in merge_config.sh."""
    options: dict[str, tuple[str, str]] = {}
    for path in paths:
        try:
            text = _text(path)
        except HarnessError as error:
            raise HarnessError(f"cannot read the fragment {_shown(path)}: {error}") from error
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            raise HarnessError(f"cannot read the fragment {_shown(path)}: {_reason(error)}") from error
        for number, line in enumerate(text.splitlines(), 1):
            found = kernel_source.parse(line)
            if not found and line.strip() and not line.lstrip().startswith("#"):
                raise HarnessError(f"{_shown(path)}, line {number} is neither CONFIG_X=..., nor "
                                   f"\"# CONFIG_X is not set\", nor a comment: {_shown(line.strip()[:60])}")
            for symbol, value in found.items():
                options.pop(symbol, None)
                options[symbol] = (value, f"{path}:{number}")
    if not options:
        raise HarnessError("the fragment sets nothing: there is nothing to verify")
    return options


# ---- expressions over what became of the configuration ----------------------------------------------

class Explainer:
    """Values come from the .config that the kernel's own tool wrote, the structure from the tree."""

    def __init__(self, tree: kconfig_tree.Tree, values: dict[str, str]) -> None:
        self.tree, self.values = tree, values
        self.lib = kconfig_tree._library()
        self._budget = _BUDGET
        self._told: set[str] = set()

    def text_value(self, symbol: Any) -> str:
        if symbol.is_constant or symbol.name not in self.tree.symbols:
            return str(symbol.name)
        if symbol.name in self.values:
            return self.values[symbol.name].strip('"')
        return "n" if self.tree.symbols[symbol.name].type in ("bool", "tristate") else ""

    def value(self, expr: Any) -> int:
        lib = self.lib
        if not isinstance(expr, tuple):
            if isinstance(expr, lib.Choice):
                return 2
            return _TRI.get(self.text_value(expr), 0) if (
                expr.is_constant or expr.name in self.tree.symbols) else 0
        if expr[0] == lib.AND:
            return min(self.value(expr[1]), self.value(expr[2]))
        if expr[0] == lib.OR:
            return max(self.value(expr[1]), self.value(expr[2]))
        if expr[0] == lib.NOT:
            return 2 - self.value(expr[1])
        return 2 if self._compare(expr) else 0

    def _compare(self, expr: Any) -> bool:
        lib, left, right = self.lib, self.text_value(expr[1]), self.text_value(expr[2])
        if expr[0] in (lib.EQUAL, lib.UNEQUAL):
            return (left == right) == (expr[0] == lib.EQUAL)
        try:
            order = int(left, 0) - int(right, 0)
        except ValueError:
            order = (left > right) - (left < right)
        return bool({lib.LESS: order < 0, lib.LESS_EQUAL: order <= 0, lib.GREATER: order > 0,
                     lib.GREATER_EQUAL: order >= 0}[expr[0]])

    def conjuncts(self, expr: Any) -> list[Any]:
        if isinstance(expr, tuple) and expr[0] == self.lib.AND:
            return self.conjuncts(expr[1]) + self.conjuncts(expr[2])
        return [expr]

    def symbols_of(self, expr: Any) -> list[str]:
        if not isinstance(expr, tuple):
            name = getattr(expr, "name", None)
            return [name] if name in self.tree.symbols else []
        found: list[str] = []
        for part in expr[1:]:
            found += [n for n in self.symbols_of(part) if n not in found]
        return found

    def now(self, name: str) -> str:
        return self.text_value(self.tree.kconf.syms[name])

    def prompts(self, name: str) -> list[Any]:
        """The conditions of a symbol's prompts: where one holds, the symbol can be chosen."""
        return [node.prompt[1] for node in self.tree.kconf.syms[name].nodes if node.prompt]

    def selects(self, name: str) -> list[tuple[str, Any]]:
        """Who selects the symbol, and on what condition."""
        return [(s, condition) for s in dict.fromkeys(x.value for x in self.tree.symbols[name].selected_by)
                for target, condition in self.tree.kconf.syms[s].selects if target.name == name]

    # ---- why

    def why(self, name: str, wanted: str, seen: tuple[str, ...] = ()) -> Reason:
        """Why the symbol has not the value. Each symbol is explained once for an option."""
        self._told = {name} if not seen else self._told | {name}
        row, need = self.tree.symbols[name], _TRI.get(wanted, 2)
        reason = Reason(name, self.now(name), "", row.where[0])
        if _TRI.get(wanted, 2) < _TRI.get(self.now(name), 0) and row.type in ("bool", "tristate"):
            reason.text = self._held_up(name, wanted)
            return reason
        prompts = self.prompts(name)
        if not prompts:
            by = [s.value for s in row.selected_by]
            reason.text = ("it cannot be chosen (no prompt); "
                           + (f"it is selected by {', '.join(by[:6])}{' and others' if by[6:] else ''}"
                              if by else "only its default sets it"))
            for selector, condition in self.selects(name)[:3] if len(seen) < _DEPTH else []:
                if selector not in self._told and self.value(self.tree.kconf.syms[selector]) == 0:
                    reason.conditions.append(Condition(
                        f"{selector} (selects {name})", {selector: self.now(selector)},
                        [self.why(selector, "y", (*seen, name))]))
                for unmet in self._unmet((condition,), 1, seen, name):
                    unmet.expression += f" (on which {selector} selects {name})"
                    reason.conditions.append(unmet)
            for value, condition in self.tree.kconf.syms[name].defaults:
                if not by and self.value(value) < need or self.value(condition) < need:
                    reason.conditions += self._unmet((value, condition), need, seen, name)
            return reason
        best = max(prompts, key=lambda c: (self.value(c), -len(self.symbols_of(c))))
        if self.value(best) == 0 or (row.type == "tristate" and self.value(best) < need):
            reason.text = f"depends on {self._text(best)}"
            reason.conditions = self._unmet((best,), need if row.type == "tristate" else 1, seen, name)
        elif row.choice and need:
            chosen = [s.name for s in self.tree.kconf.syms[name].choice.syms
                      if self.now(s.name) == "y" and s.name != name]
            reason.text = f"it is one of a choice, and {', '.join(chosen) or 'another'} is chosen"
        elif wanted == "m" and self.now("MODULES") == "n":
            reason.text = "m needs MODULES, which is off"
        else:
            reason.text = "can be set"
        return reason

    def _held_up(self, name: str, wanted: str) -> str:
        lib = self.lib
        by = [s for s, condition in self.selects(name)
              if min(self.value(self.tree.kconf.syms[s]), self.value(condition)) > _TRI[wanted]]
        if by:
            return f"selected by {', '.join(by[:6])}{' and others' if by[6:] else ''}"
        shown = max((self.value(c) for c in self.prompts(name)), default=0)
        if wanted == "m" and self.tree.symbols[name].type == "bool":
            return "it is a bool: it cannot be a module"
        if wanted == "m" and self.now("MODULES") != "y":
            return "modules are off (MODULES), so that m becomes y"
        if not shown:
            best = self.prompts(name)
            return "its default holds, since it cannot be chosen" + (
                f": that needs {lib.expr_str(best[0])}" if best else " (no prompt)")
        return f"became {self.now(name)}"

    def _text(self, expr: Any) -> str:
        parts = dict.fromkeys(self._expr(c) for c in self.conjuncts(expr))
        return " && ".join(p for p in parts if p != "y") or "y"

    def _expr(self, expr: Any) -> str:
        text = str(self.lib.expr_str(expr))
        return f"({text})" if isinstance(expr, tuple) and expr[0] == self.lib.OR else text

    def _unmet(self, exprs: tuple[Any, ...], need: int, seen: tuple[str, ...], name: str
               ) -> list[Condition]:
        found: dict[str, Condition] = {}
        for expr in exprs:
            for part in self.conjuncts(expr):
                text = self._expr(part)
                if self.value(part) >= need or text in found:
                    continue
                names = self.symbols_of(part)
                condition = Condition(text, {n: self.now(n) for n in names})
                for other in names[:6]:
                    if (other not in self._told and len(seen) < _DEPTH
                            and self.now(other) in ("n", "m") and not self._negated(part)):
                        condition.because.append(self.why(other, "y", (*seen, name)))
                found[text] = condition
        return list(found.values())

    def _negated(self, expr: Any) -> bool:
        return isinstance(expr, tuple) and expr[0] == self.lib.NOT

    # ---- what to add

    def remedy(self, name: str, wanted: str) -> dict[str, str] | None:
        """The fewest options that let the symbol have the value, without the symbol itself."""
        self._budget = _BUDGET
        found = self._raise(name, _TRI.get(wanted, 2), ()) if wanted != "n" else self._lower(name, ())
        if found is not None and wanted == "m" and self.now("MODULES") == "n":
            modules = self._raise("MODULES", 2, ())
            found = None if modules is None else {**found, **modules, "MODULES": "y"}
        if found:
            found.pop(name, None)
        return found or None

    def _raise(self, name: str, need: int, stack: tuple[str, ...]) -> dict[str, str] | None:
        row = self.tree.symbols.get(name)
        self._budget -= 1
        if not row or name in stack or len(stack) > 24 or self._budget < 0:
            return None
        if row.type not in ("bool", "tristate"):
            return self._any(self.prompts(name), 1, (*stack, name))
        if stack and _TRI.get(self.now(name), 0) >= need:
            return {}
        limit = need if row.type == "tristate" else 1
        ways = []
        for condition in self.prompts(name):
            way = self._satisfy(condition, limit, (*stack, name))
            if way is not None:
                can_be = self.value(condition) if row.type == "tristate" and not way else 2
                ways.append({**way, name: _NAMES[max(need, 1) if can_be == 1 else 2]})
        if not ways:
            for selector, condition in self.selects(name)[:40]:
                way = self._merge(self._raise(selector, need, (*stack, name)),
                                  self._satisfy(condition, limit, (*stack, name)))
                if way is not None:
                    ways.append(way)
            for value, condition in self.tree.kconf.syms[name].defaults:
                way = self._both(value, condition, limit, (*stack, name))
                if way is not None:
                    ways.append(way)
        return min(ways, key=len) if ways else None

    def _lower(self, name: str, stack: tuple[str, ...]) -> dict[str, str] | None:
        row = self.tree.symbols.get(name)
        self._budget -= 1
        if not row or name in stack or len(stack) > 24 or self._budget < 0:
            return None
        if _TRI.get(self.now(name), 0) == 0:
            return {}
        found: dict[str, str] = {}
        for selector, condition in self.selects(name):
            if self.value(self.tree.kconf.syms[selector]) and self.value(condition):
                way = self._lower(selector, (*stack, name))
                if way is None:
                    return None
                found.update(way)
        if self.prompts(name):
            way = self._any(self.prompts(name), 1, (*stack, name))
            return None if way is None else {**found, **way, name: "n"}
        return found or None

    def _any(self, exprs: list[Any], need: int, stack: tuple[str, ...]) -> dict[str, str] | None:
        ways = [w for w in (self._satisfy(e, need, stack) for e in exprs) if w is not None]
        return min(ways, key=len) if ways else None

    def _both(self, left: Any, right: Any, need: int, stack: tuple[str, ...]) -> dict[str, str] | None:
        one = self._satisfy(left, need, stack)
        return self._merge(one, self._satisfy(right, need, stack) if one is not None else None)

    @staticmethod
    def _merge(one: dict[str, str] | None, two: dict[str, str] | None) -> dict[str, str] | None:
        """Both at once, unless one wants on what the other wants off."""
        if one is None or two is None:
            return None
        if any(two.get(k, v) == "n" != v or v == "n" != two.get(k, v) for k, v in one.items()):
            return None
        return {**one, **two}

    def _satisfy(self, expr: Any, need: int, stack: tuple[str, ...]) -> dict[str, str] | None:
        lib = self.lib
        if self.value(expr) >= need:
            return {}
        if not isinstance(expr, tuple):
            return None if getattr(expr, "is_constant", True) else self._raise(expr.name, need, stack)
        if expr[0] == lib.AND:
            return self._both(expr[1], expr[2], need, stack)
        if expr[0] == lib.OR:
            return self._any([expr[1], expr[2]], need, stack)
        if expr[0] == lib.NOT:
            return self._deny(expr[1], stack)
        if expr[0] in (lib.EQUAL, lib.UNEQUAL) and not expr[1].is_constant:
            value, equal = self.text_value(expr[2]), expr[0] == lib.EQUAL
            if value == "n":
                return self._lower(expr[1].name, stack) if equal else self._raise(expr[1].name, 1, stack)
            if equal and value in ("m", "y"):
                return self._raise(expr[1].name, _TRI[value], stack)
        return None

    def _deny(self, expr: Any, stack: tuple[str, ...]) -> dict[str, str] | None:
        """Make it n, so that its negation is y."""
        lib = self.lib
        if self.value(expr) == 0:
            return {}
        if not isinstance(expr, tuple):
            return None if getattr(expr, "is_constant", True) else self._lower(expr.name, stack)
        if expr[0] == lib.OR:
            one, two = self._deny(expr[1], stack), self._deny(expr[2], stack)
            return None if one is None or two is None else {**one, **two}
        if expr[0] == lib.AND:
            ways = [w for w in (self._deny(e, stack) for e in expr[1:]) if w is not None]
            return min(ways, key=len) if ways else None
        if expr[0] == lib.NOT:
            return self._satisfy(expr[1], 2, stack)
        flipped = {lib.EQUAL: lib.UNEQUAL, lib.UNEQUAL: lib.EQUAL}.get(expr[0])
        return self._satisfy((flipped, *expr[1:]), 2, stack) if flipped is not None else None


# ---- history --------------------------------------------------------------------------------------

def history() -> dict[str, dict[str, Any]]:
    """Our table of symbols: when each came, went, and what took its place. C owns it."""
    executable = os.environ.get("SEAWORTHY_EXECUTABLE", "seaworthy")
    try:
        done = subprocess.run([executable, "features", "--format", "json"], capture_output=True,
                              stdin=subprocess.DEVNULL, check=True, timeout=60)
        return {row["name"]: row for row in json.loads(done.stdout).get("symbols", [])}
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}  # the words are poorer then, the verdict is the same


def _elsewhere(tree: kconfig_tree.Tree, symbol: str) -> str:
    """What else is known of a name that the tree has not: other architectures, likely slips."""
    define = re.compile(rf"^\s*(?:menu)?config {re.escape(symbol)}$", re.M)
    arches = {p.relative_to(tree.source).parts[1] for p in tree.source.glob("arch/*/**/Kconfig*")
              if define.search(p.read_text(encoding="utf-8", errors="replace"))}
    if arches:
        return f"; it is one of {', '.join(sorted(arches))}"
    close = difflib.get_close_matches(symbol, tree.symbols, n=2, cutoff=0.85)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _gone(tree: kconfig_tree.Tree, symbol: str, rows: dict[str, dict[str, Any]]) -> str:
    text = f"Linux {tree.version} has no such option for this architecture"
    row = rows.get(symbol)
    if not row:
        return text + _elsewhere(tree, symbol)
    if row.get("until"):
        text += f"; it went with {row['until']}"
    elif row.get("since"):
        text += f"; it came with {row['since']}"
    if row.get("successor"):
        text += f"; {row['successor']} took its place"
    elif row.get("always_on_after"):
        text += "; what it did is always on"
    return text


# ---- the check ------------------------------------------------------------------------------------

def _same(wanted: str, got: str) -> bool:
    if wanted == got:
        return True
    try:  # hexadecimal numbers are written back in their own way
        return int(wanted, 0) == int(got, 0)
    except ValueError:
        return wanted == '""' and got == "n"


def _judge(tree: kconfig_tree.Tree, options: dict[str, tuple[str, str]], values: dict[str, str]
           ) -> list[Option]:
    judged = []
    for symbol, (wanted, where) in options.items():
        got = values.get(symbol, "n")
        state = "stuck" if _same(wanted, got) else "dropped" if got == "n" else "changed"
        if state != "stuck" and symbol not in tree.symbols:
            state = "no-such-symbol"
        judged.append(Option(symbol, wanted, got, state, where))
    return judged


def check(kbuild: kernel_source.Kbuild, tree: kconfig_tree.Tree, base_name: str, base: str,
          options: dict[str, tuple[str, str]]) -> Check:
    plain = {symbol: value for symbol, (value, _) in options.items()}
    values = kernel_source.parse(kbuild.olddefconfig(kernel_source.merged(base, plain)))
    result = Check(tree.version, kbuild.arch, base_name, _judge(tree, options, values))
    lost = [o for o in result.options if o.state != "stuck"]
    rows = history() if lost else {}
    explainer = Explainer(tree, values)
    for option in lost:
        if option.state == "no-such-symbol":
            option.reason = Reason(option.symbol, "n", _gone(tree, option.symbol, rows))
        else:
            option.reason = explainer.why(option.symbol, option.wanted)
    _remedy(kbuild, tree, base, plain, values, [o for o in lost if o.state != "no-such-symbol"])
    return result


def _remedy(kbuild: kernel_source.Kbuild, tree: kconfig_tree.Tree, base: str, plain: dict[str, str],
            values: dict[str, str], lost: list[Option]) -> None:
    """Find what to add, and try it: an answer counts once the kernel's own tool has taken it."""
    for _ in range(_ROUNDS):
        explainer, progress = Explainer(tree, values), False
        for option in lost:
            if option.sticks_then:
                continue
            more = explainer.remedy(option.symbol, option.wanted) or {}
            fresh = {k: v for k, v in more.items() if plain.get(k) != v and option.add.get(k) != v}
            option.add.update(fresh)
            progress |= bool(fresh)
        added = {k: v for option in lost for k, v in option.add.items()}
        if not progress or not added:
            return
        values = kernel_source.parse(kbuild.olddefconfig(
            kernel_source.merged(base, {**plain, **added})))
        for option in lost:
            if option.add:
                option.sticks_then = _same(option.wanted, values.get(option.symbol, "n"))


# ---- output ---------------------------------------------------------------------------------------

def _write_reason(reason: Reason, indent: int, out: TextIO, head: str = "") -> None:
    pad = " " * indent
    print(f"{pad}{head}{reason.text}", file=out)
    for condition in reason.conditions:
        values = ", ".join(f"{k}={v}" for k, v in condition.symbols.items())
        print(f"{pad}  unmet: {condition.expression}{f'  ({values})' if values else ''}", file=out)
        for because in condition.because:
            _write_reason(because, indent + 4, out, f"{because.symbol} ({because.where}): ")


def write_text(result: Check, out: TextIO) -> None:
    lost = [o for o in result.options if o.state != "stuck"]
    print(f"Linux {result.version}, ARCH={result.arch}, base {result.base}: "
          f"{len(result.options) - len(lost)} of {len(result.options)} options stick", file=out)
    for warning in result.warnings:
        print(f"warning: {warning}", file=out)
    for option in lost:
        words = {"dropped": "dropped", "no-such-symbol": "no such option",
                 "changed": f"became {kernel_source.assignment(option.symbol, option.got)}"}
        print(f"\n{kernel_source.assignment(option.symbol, option.wanted)}: {words[option.state]} "
              f"({option.fragment})", file=out)
        if option.reason:
            _write_reason(option.reason, 4, out)
        if not option.add and option.state != "no-such-symbol":
            print("    nothing that can be chosen was found to make it stick", file=out)
        if option.add:
            tried = "tried: it sticks then" if option.sticks_then else "tried: not enough"
            print(f"    add ({tried}):", file=out)
            for symbol, value in option.add.items():
                print(f"        {kernel_source.assignment(symbol, value)}", file=out)


def write_json(result: Check, out: TextIO) -> None:
    json.dump({"schema": SCHEMA, "version": result.version, "arch": result.arch,
               "base": result.base, "status": result.status, "warnings": result.warnings,
               "options": [asdict(o) for o in result.options]}, out, indent=2)
    out.write("\n")


# ---- the verb -------------------------------------------------------------------------------------

def arch_of(text: str) -> str | None:
    """ARCH as the head of a configuration names it: "# Linux/arm64 6.1.192 Kernel Configuration"."""
    match = re.search(r"^# Linux/(\w+) ", text[:4096], re.M)
    return match[1] if match else None


def version_of(text: str) -> str | None:
    """"6.1.192", as the head of a configuration has it (before 3.0 with the architecture elsewhere)."""
    match = re.search(r"^# (?:Linux/\S+ (\d+\.[\w.-]+) |Linux kernel version: (\d+\.[\w.-]+))",
                      text[:4096], re.M)
    return (match[1] or match[2]) if match else None


def version_warning(base: str, text: str, tree: str) -> list[str]:
    """Symbols come and go between versions, and so may what the configuration says."""
    def release(version: str) -> list[str]:
        parts = re.findall(r"\d+", version)
        return parts[:3 if parts[0] == "2" else 2]

    version = version_of(text)
    if not version or release(version) == release(tree):
        return []
    return [f"{base} is a configuration of Linux {version}, and the tree is Linux {tree}: "
            "what sticks here need not stick there"]


def make_arch(name: str) -> str:
    """ARCH= for a name as uname, Debian or the kernel have it; x86_64 and i386 are ARCHs."""
    if name in ("x86_64", "amd64"):
        return "x86_64"
    return "i386" if name in ("i386", "i686") else kconfig_tree.srcarch(name)


def verify(source: Path, arch: str | None, config: str, fragments: list[Path], stop: Any) -> Check:
    options = read_fragments(fragments)
    text = ""
    if config not in TARGETS:
        try:
            text = _text(Path(config))
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            raise HarnessError(f"cannot read the base configuration {config}: {_reason(error)} "
                               f"(or one of {', '.join(TARGETS)})") from error
        if not kernel_source.parse(text):
            raise HarnessError(f"{config} is no kernel configuration (as text, .gz or .xz)")
    name = make_arch(arch or arch_of(text) or platform.machine())
    tree = kconfig_tree.load(source, name)
    with kernel_source.Kbuild(source, name, stop) as kbuild:
        base = text or kbuild.target(config)
        result = check(kbuild, tree, config, base, options)
    result.warnings = version_warning(config, text, tree.version)
    return result
