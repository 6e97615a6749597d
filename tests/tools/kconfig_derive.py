# SPDX-License-Identifier: GPL-2.0-only
"""How a Kconfig tree declares symbols, simplified for one architecture.

The tree is read as kconfig_tree does: a tool chain that can do everything is assumed, since what a
compiler lacks is no property of the kernel.

What a user cannot change is decided here: a symbol without a prompt that is always on (def_bool y,
or selected by such a one) is y, one that nobody defines or turns on is n. What remains in an
expression can be changed by whoever configures.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import kconfiglib
from kconfiglib import AND, EQUAL, NOT, OR, Choice, Kconfig, Symbol

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness"))

from seaworthy import kconfig_tree  # noqa: E402

# The kernel's arch/ directories that the tables cover; one that a tree lacks is left out.
ARCHS = ("x86", "arm", "arm64", "powerpc", "riscv", "mips", "s390", "loongarch")
SELECTORS_MAX = 8  # more than these are drivers that need a library


@dataclass(frozen=True)
class Decl:
    """One symbol on one architecture of one tree. An expression of "y" is written as ""."""

    tristate: bool
    prompt: bool
    prompt_if: str
    depends: str
    implied: str  # "" never (here "n" is written as "")
    implied_more: bool


GONE = Decl(False, False, "", "n", "", False)


# An expression: "y", "n", a name, or (op, operands...).
Expr = str | tuple


def e_not(a: Expr) -> Expr:
    if a in ("y", "n"):
        return "n" if a == "y" else "y"
    if isinstance(a, tuple) and a[0] == "!":
        return a[1]
    return ("!", a)


def _join(op: str, zero: str, one: str, parts: Iterable[Expr]) -> Expr:
    flat: list[Expr] = []
    for part in parts:
        for p in part[1:] if isinstance(part, tuple) and part[0] == op else (part,):
            if p == zero:
                return zero
            if p != one and p not in flat:
                flat.append(p)
    # Absorption: A && (A || B) is A, A || (A && B) is A.
    other = "|" if op == "&" else "&"
    kept = [p for p in flat if not (isinstance(p, tuple) and p[0] == other
                                    and any(q in flat for q in p[1:]))]
    if not kept:
        return one
    return kept[0] if len(kept) == 1 else (op, *kept)


def e_and(*parts: Expr) -> Expr:
    return _join("&", "n", "y", parts)


def e_or(*parts: Expr) -> Expr:
    return _join("|", "y", "n", parts)


def e_text(e: Expr, outer: str = "") -> str:
    if isinstance(e, str):
        return e
    if e[0] == "!":
        inner = e_text(e[1], "!")
        return f"!{inner}"
    text = {"&": " && ", "|": " || "}[e[0]].join(e_text(p, e[0]) for p in e[1:])
    return f"({text})" if outer else text


def e_names(e: Expr) -> set[str]:
    if isinstance(e, str):
        return set() if e in ("y", "n", "m") else {e}
    return set().union(*(e_names(p) for p in e[1:]))


def read(tree: Path, arch: str) -> Kconfig:
    """Parse a tree for one architecture."""
    return kconfig_tree.load(tree, arch).kconf


@dataclass
class Reader:
    """The declarations of one tree for one architecture."""

    kconf: Kconfig
    fixed: dict[str, str] = field(default_factory=dict)
    needed: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.selects = self._selects()
        self._fix()

    # -- what cannot be changed --------------------------------------------------------------

    def _selects(self) -> dict[str, list[tuple[Symbol, object]]]:
        found: dict[str, list[tuple[Symbol, object]]] = {}
        for sym in self.kconf.unique_defined_syms:
            for node in sym.nodes:
                for target, cond in node.orig_selects:
                    found.setdefault(target.name, []).append((sym, cond))
        return found

    def _fix(self) -> None:
        """To a fixed point: symbols that are y, or n, whatever is chosen."""
        boolean = (kconfiglib.BOOL, kconfiglib.TRISTATE)
        symbols = [s for s in self.kconf.unique_defined_syms if s.orig_type in boolean]
        defined = {s.name for s in symbols}
        for name, sym in self.kconf.syms.items():
            if name not in defined and not sym.nodes:
                self.fixed[name] = "n"
        changed = True
        while changed:
            changed = False
            for sym in symbols:
                if sym.name in self.fixed or sym.choice:
                    continue
                value = self._decided(sym)
                if value:
                    self.fixed[sym.name] = value
                    changed = True

    def _decided(self, sym: Symbol) -> str | None:
        selected = self._selected(sym)
        if "y" in selected:
            return "y"
        nodes = [(self.expr(n.dep), n) for n in sym.nodes]
        can_select = any(s != "n" for s in selected)
        if all(dep == "n" for dep, _ in nodes):
            return None if can_select else "n"
        if any(n.prompt and self.expr(n.prompt[1]) != "n" for _, n in nodes):
            return None
        # The first default that holds is taken.
        for value, cond in self._defaults(sym):
            if cond == "n":
                continue
            if cond == "y" and value == "y" and any(dep == "y" for dep, _ in nodes):
                return "y"
            if cond == "y" and value == "n":
                break
            return None
        return None if can_select else "n"

    def _selected(self, sym: Symbol) -> list[Expr]:
        return [e_and(self.expr(s), self.expr(c)) for s, c in self.selects.get(sym.name, ())]

    def _defaults(self, sym: Symbol) -> list[tuple[Expr, Expr]]:
        return [(self.expr(v), self.expr(c)) for n in sym.nodes for v, c in n.defaults]

    # -- expressions -------------------------------------------------------------------------

    def expr(self, e: object) -> Expr:
        if isinstance(e, tuple):
            op = e[0]
            if op == AND:
                return e_and(self.expr(e[1]), self.expr(e[2]))
            if op == OR:
                return e_or(self.expr(e[1]), self.expr(e[2]))
            if op == NOT:
                return e_not(self.expr(e[1]))
            return self._relation(op, e[1], e[2])
        if isinstance(e, Choice):
            return e_or(*(self.expr(n.dep) for n in e.nodes))
        assert isinstance(e, Symbol)
        if e is self.kconf.y or e is self.kconf.m or e.name in ("y", "m", "MODULES"):
            # "depends on m" only forbids y; MODULES comes of the tristate itself.
            return e.name if e.name == "MODULES" else "y"
        if e is self.kconf.n or e.name == "n":
            return "n"
        if e.is_constant:
            return "y" if e.name else "n"
        return self.fixed.get(e.name, e.name)

    def _relation(self, op: int, left: Symbol, right: Symbol) -> Expr:
        """Only A=y, A=n, A!=n and the like can be said in our syntax; what is left is taken to hold
        (versions of compilers, numbers of pages)."""
        names = {"y", "m", "n"}
        if left.name in names:
            left, right = right, left
        if right.name in names and left.orig_type in (kconfiglib.BOOL, kconfiglib.TRISTATE):
            a = self.expr(left)
            positive = (right.name != "n") == (op == EQUAL)
            return a if positive else e_not(a)
        if right.name in names and left.orig_type == kconfiglib.UNKNOWN:
            return "n" if (right.name != "n") == (op == EQUAL) else "y"
        return "y"

    # -- declarations ------------------------------------------------------------------------

    def decl(self, name: str) -> Decl | None:
        """None: the tree does not define it for this architecture, or it is no bool or tristate."""
        sym = self.kconf.syms.get(name)
        if not sym or not sym.nodes:
            return None
        if sym.orig_type not in (kconfiglib.BOOL, kconfiglib.TRISTATE):
            return None
        fixed = self.fixed.get(name)
        if fixed == "n":
            return Decl(sym.orig_type == kconfiglib.TRISTATE, False, "", "n", "", False)
        depends = self.shorter(e_or(*(self.expr(n.dep) for n in sym.nodes)))
        if fixed == "y":
            return Decl(sym.orig_type == kconfiglib.TRISTATE, False, "", _plain(depends), "y", False)
        shown = [n for n in sym.nodes if n.prompt and self.expr(n.prompt[1]) != "n"]
        visible = self.shorter(e_or(*(self.expr(n.prompt[1]) for n in shown)))
        implied, more = self._implied(sym)
        return Decl(sym.orig_type == kconfiglib.TRISTATE, bool(shown),
                    _plain(_without(visible, depends)) if shown else "", _plain(depends),
                    "" if implied == "n" else e_text(_without(implied, depends)), more)

    def _needs(self, name: str, depth: int = 0) -> set[str]:
        """Symbols that are on wherever this one is, by its dependencies."""
        if name not in self.needed:
            self.needed[name] = set()
            sym = self.kconf.syms.get(name)
            if sym and sym.nodes and depth < 40:
                e = e_or(*(self.expr(n.dep) for n in sym.nodes))
                for part in _conjuncts(e):
                    if isinstance(part, str) and part not in ("y", "n"):
                        self.needed[name] |= {part} | self._needs(part, depth + 1)
        return self.needed[name]

    def shorter(self, e: Expr) -> Expr:
        """A && B is A where A itself depends on B."""
        if isinstance(e, str) or e[0] == "!":
            return e
        parts = [self.shorter(p) for p in e[1:]]
        if e[0] == "|":
            return e_or(*parts)
        implied = set().union(*(self._needs(p) for p in parts if isinstance(p, str)))
        return e_and(*(p for p in parts if p not in implied))

    def _implied(self, sym: Symbol) -> tuple[Expr, bool]:
        reasons: list[Expr] = []
        masked: Expr = "y"  # no earlier default held
        for value, cond in self._defaults(sym):
            if sym.choice:
                break
            reasons.append(e_and(masked, value, cond))
            masked = e_and(masked, e_not(cond))
        selected = [self.shorter(s) for s in dict.fromkeys(self._selected(sym)) if s != "n"]
        selected.sort(key=lambda s: (len(e_text(s)), e_text(s)))
        more = len(selected) > SELECTORS_MAX and "y" not in selected
        if more:
            selected = []
        return self.shorter(e_or(*reasons, *selected)), more


def _conjuncts(e: Expr) -> tuple[Expr, ...]:
    return e[1:] if isinstance(e, tuple) and e[0] == "&" else (e,)


def _without(e: Expr, given: Expr) -> Expr:
    """The condition, where another is known to hold."""
    known = _conjuncts(given)
    if isinstance(e, tuple) and e[0] == "|" and e != given:
        return e_or(*(_without(p, given) for p in e[1:]))
    return "y" if e == given else e_and(*(p for p in _conjuncts(e) if p not in known))


def _plain(e: Expr) -> str:
    """The text of a condition; none for one that always holds."""
    return "" if e == "y" else e_text(e)


def archs_of(tree: Path) -> list[str]:
    return [a for a in ARCHS if (tree / "arch" / a / "Kconfig").is_file()]
