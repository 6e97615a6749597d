# SPDX-License-Identifier: GPL-2.0-only
"""The Kconfig tree of a kernel source: every symbol, with what it depends on and what it selects.

kconfiglib (Debian's python3-kconfiglib) does the parsing. It was last released in 2020 and does
not know three words that kernels have learnt since; each can be said in the older language, and
lines are translated as they are read:

    modules                in `config MODULES` (6.1 has it, 5.10 `option modules`)
    transitional           a symbol without a prompt that is read, not written (7.2; not in 6.12)
    depends on A if B      A || B=n (7.2; not in 6.12)

The kernel's own scripts/kconfig is the authority on what a configuration becomes; this tells why.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import EXIT_USAGE, HarnessError

# The kernel's directory below arch/ for names that ARCH may have (Makefile and scripts/subarch.include).
SRCARCH = {
    "i386": "x86", "x86_64": "x86", "amd64": "x86", "armhf": "arm", "armel": "arm",
    "aarch64": "arm64", "sparc32": "sparc", "sparc64": "sparc", "parisc64": "parisc",
    "riscv32": "riscv", "riscv64": "riscv", "ppc": "powerpc", "ppc64": "powerpc",
    "ppc64le": "powerpc", "ppc64el": "powerpc", "mipsel": "mips", "mips64": "mips",
    "mips64el": "mips", "loongarch64": "loongarch", "s390x": "s390",
}

_RELATION = re.compile(r'[\w"$()]+\s*(?:!=|<=|>=|=|<|>)\s*(?:"[^"]*"|\w+)|\b[A-Za-z0-9_]+\b')
_CONDITIONAL = re.compile(r"^(?P<head>\s+depends on )(?P<what>[^#\n]*?)\s+if\s+(?P<cond>[^#\n]+)")
_CONFIG = re.compile(r"^\s*(?:menu)?config\s+(\w+)")


def srcarch(arch: str) -> str:
    """"arm64" for "aarch64": the directory below arch/."""
    return SRCARCH.get(arch, arch)


def kernel_version(source: Path) -> str:
    """"6.1.192", as the tree's Makefile says."""
    try:
        text = (source / "Makefile").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise HarnessError(f"{source} is not a kernel source: cannot read its Makefile: "
                           f"{error.strerror}") from error
    parts = [re.search(rf"^{key} *= *(\d+) *$", text, re.M)
             for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    if not parts[0] or not parts[1]:
        raise HarnessError(f"{source} is not a kernel source: its Makefile gives no version")
    return ".".join(part[1] for part in parts if part)


@dataclass(frozen=True)
class Conditional:
    """A prompt, a default or a select with its condition; "y" where there is none."""

    value: str
    condition: str


@dataclass(frozen=True)
class Symbol:
    """One symbol, over all places that define it."""

    name: str
    type: str  # "bool", "tristate", "string", "int", "hex", "unknown"
    prompts: tuple[Conditional, ...]
    depends: str  # direct dependencies, those of surrounding menus and ifs in them; "y": none
    selects: tuple[Conditional, ...]
    implies: tuple[Conditional, ...]
    defaults: tuple[Conditional, ...]
    selected_by: tuple[Conditional, ...]  # the selecting symbol, and the condition of its select
    choice: bool  # one of a choice
    transitional: bool  # read from old configurations, never written (6.18)
    where: tuple[str, ...]  # "init/Kconfig:970"


@dataclass
class Tree:
    """A parsed tree. kconf is kconfiglib's object, for those that evaluate."""

    source: Path
    version: str
    arch: str
    srcarch: str
    symbols: dict[str, Symbol]
    kconf: Any = field(repr=False)


def translate(text: str) -> tuple[str, list[str]]:
    """One Kconfig file in the language that kconfiglib knows, and its transitional symbols."""
    lines, transitional, name, in_help, help_indent = [], [], "", False, 0
    for line in text.splitlines():
        word = line.strip()
        indent = len(line.expandtabs()) - len(line.expandtabs().lstrip())
        if in_help and word:
            help_indent = help_indent or indent
            in_help = 0 < help_indent <= indent
        if in_help:
            pass
        elif word == "help":
            in_help, help_indent = True, 0
        elif match := _CONFIG.match(line):
            name = match[1]
        elif word == "modules":
            line = line.replace("modules", "option modules")
        elif word == "transitional":
            transitional.append(name)
            line = ""
        elif match := _CONDITIONAL.match(line):
            # As expr_trans_compare() of scripts/kconfig/expr.c: each symbol of B against n.
            cond = _RELATION.sub(
                lambda m: m[0] if re.search("[=<>]", m[0]) or m[0] in "ymn" else m[0] + "!=n",
                match["cond"].strip())
            line = f"{match['head']}({match['what']}) || !({cond})"
        lines.append(line)
    return "\n".join(lines) + "\n", transitional


def _library() -> Any:
    try:
        return importlib.import_module("kconfiglib")
    except ImportError as error:
        raise HarnessError("reading a Kconfig tree needs kconfiglib: apt-get install "
                           "python3-kconfiglib") from error


def _assume(_kconf: Any, _name: str, command: str) -> str:
    """$(shell,...) of a tool chain that can do everything: nothing of the machine is asked, so
    that the same tree reads the same everywhere."""
    command = command.strip()
    question = re.fullmatch(r"\{ *(?P<what>.*?);? *\} *>/dev/null 2>&1 && echo \"?(?P<yes>\w*)\"? "
                            r"\|\| echo \"?(?P<no>\w*)\"?", command, re.S)
    if question and re.search(r"grep -q (?:clang|LLD)\b", question["what"]):
        return question["no"]  # CC_IS_CLANG and LD_IS_LLD, as 5.10 asks
    if question and not question["what"].startswith("test "):
        return question["yes"]
    for script, answer in (("/cc-version.sh", "GCC 140200"), ("/gcc-version.sh", "140200"),
                           ("/as-version.sh", "GNU 24400"), ("/ld-version.sh", "BFD 24400"),
                           ("/pahole-version.sh", "130"), ("/rustc-version.sh", "108500"),
                           ("/rustc-llvm-version.sh", "190000"), ("/min-tool-version.sh", "0"),
                           ("/clang-version.sh", "0"), ("/lld-version.sh", "0")):
        if script in command:
            return answer
    if question or command.startswith(("set -- ", "expr ", "echo ")):
        # A question about strings, not about tools: the shell knows.
        done = subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        return done.stdout.strip()
    return "0"  # numbers and texts that only defaults of invisible symbols use


def _ignore(_kconf: Any, _name: str, *_args: str) -> str:
    return ""


# kconfiglib imports this module by the name in KCONFIG_FUNCTIONS and lets it replace functions.
functions = {"shell": (_assume, 1, 1), "error-if": (_ignore, 2, 2)}


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def load(source: Path, arch: str, *, ask_tools: bool = False,
         environment: dict[str, str] | None = None) -> Tree:
    """Read the tree of one architecture (the name as in ARCH= or the directory below arch/).

    ask_tools: $(cc-option,...) and the like ask this machine's compiler, as a build would;
    otherwise everything that a tool chain may be asked for is taken to be there.
    """
    lib = _library()
    version = kernel_version(source)
    directory = srcarch(arch)
    if not (source / "arch" / directory / "Kconfig").is_file():
        known = sorted(p.parent.name for p in source.glob("arch/*/Kconfig"))
        raise HarnessError(f"{source} has no architecture {arch}; it has {', '.join(known)}",
                           EXIT_USAGE)
    transitional: set[str] = set()

    class Reader(lib.Kconfig):  # type: ignore[misc, name-defined]
        def _open(self, filename: str, mode: str) -> io.StringIO:
            with open(filename, mode, encoding="utf-8", errors="replace") as file:
                text, found = translate(file.read())
            transitional.update(found)
            return io.StringIO(text)

    values = {
        "srctree": str(source), "SRCARCH": directory, "KERNELVERSION": version,
        "ARCH": ("i386" if arch == "i386" else "x86_64") if directory == "x86" else directory,
        "CC": "gcc", "HOSTCC": "gcc", "HOSTCXX": "g++", "LD": "ld", "AR": "ar", "NM": "nm",
        "OBJCOPY": "objcopy", "AWK": "awk", "RUSTC": "rustc", "BINDGEN": "bindgen",
        "PAHOLE": "pahole", "CC_VERSION_TEXT": "gcc", "CONFIG_": "CONFIG_", "SUBARCH": "x86",
        "HEADER_ARCH": "x86", "KCONFIG_FUNCTIONS": "kconfigfunctions" if ask_tools else __name__,
        **(environment or {}),
    }
    # Some symbols are selected by more than a thousand others, and the library descends one frame
    # for each.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 50000))
    try:
        with _environment(values):
            kconf = Reader("Kconfig", warn=False, warn_to_stderr=False)
    except (lib.KconfigError, OSError, RecursionError) as error:
        raise HarnessError(f"cannot read the Kconfig tree of {source} for {arch}: {error}") from error
    selectors = _selectors(lib, kconf)
    symbols = {s.name: _symbol(lib, s, transitional, selectors) for s in kconf.unique_defined_syms}
    return Tree(source, version, arch, directory, symbols, kconf)


def _selectors(lib: Any, kconf: Any) -> dict[str, tuple[Conditional, ...]]:
    found: dict[str, list[Conditional]] = {}
    for symbol in kconf.unique_defined_syms:
        for target, condition in symbol.selects:
            found.setdefault(target.name, []).append(
                Conditional(symbol.name, lib.expr_str(condition)))
    return {name: tuple(selects) for name, selects in found.items()}


def _symbol(lib: Any, symbol: Any, transitional: set[str],
            selectors: dict[str, tuple[Conditional, ...]]) -> Symbol:
    text = lib.expr_str

    def conditionals(pairs: list[tuple[Any, Any]]) -> tuple[Conditional, ...]:
        return tuple(Conditional(text(value), text(condition)) for value, condition in pairs)

    prompts = tuple(Conditional(node.prompt[0], text(node.prompt[1]))
                    for node in symbol.nodes if node.prompt)
    return Symbol(
        symbol.name, lib.TYPE_TO_STR[symbol.orig_type], prompts, text(symbol.direct_dep),
        conditionals(symbol.selects), conditionals(symbol.implies), conditionals(symbol.defaults),
        selectors.get(symbol.name, ()), symbol.choice is not None, symbol.name in transitional,
        tuple(f"{node.filename}:{node.linenr}" for node in symbol.nodes))


def main(argv: list[str]) -> int:
    """kconfig_tree SOURCE ARCH SYMBOL...: print symbols as they were read, for people."""
    tree = load(Path(argv[0]), argv[1])
    print(f"{tree.version} {tree.srcarch}: {len(tree.symbols)} symbols")
    for name in argv[2:]:
        print(tree.symbols.get(name, f"{name}: not in this tree"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
