# SPDX-License-Identifier: GPL-2.0-only
"""The verb `kernel`: list the catalogue, fetch into the cache, verify a fragment."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from typing import TextIO

from . import kernel_source, kernels, verify_fragment
from .errors import EXIT_OK, EXIT_UNKNOWN, HarnessError
from .signals import interruptible


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="kernel_verb", metavar="list|fetch|verify-fragment", required=True)
    for name, text in (("list", "the catalogue, and what is cached"),
                       ("fetch", "fetch the newest version of each into the cache")):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument("glob", nargs="?", help="only kernels whose id matches")
    text = ("Merge Kconfig fragments into a configuration, let the kernel source's own olddefconfig "
            "decide, and name every option that was dropped, why, and what to add for it to stick.")
    verb = verbs.add_parser("verify-fragment", help="does a Kconfig fragment stick?",
                            description=text)
    verb.add_argument("--source", required=True, metavar="TREE",
                      help="kernel source: a directory, a tarball, or one of "
                      + ", ".join(p.name for p in kernel_source.PACKAGES))
    verb.add_argument("--arch", help="ARCH (default: that of the configuration, else this machine's)")
    verb.add_argument("--config", default="defconfig", metavar="BASE",
                      help="a configuration file (.gz and .xz as well), or defconfig (default), "
                      "tinyconfig, allnoconfig")
    verb.add_argument("--format", choices=("text", "json"), default="text")
    verb.add_argument("fragments", nargs="+", type=Path, metavar="FRAGMENT",
                      help="a file, or - for standard input")


def main(args: argparse.Namespace, stdout: TextIO = sys.stdout, stderr: TextIO = sys.stderr) -> int:
    stop = threading.Event()
    if args.kernel_verb == "verify-fragment":
        with interruptible(stop), kernel_source.opened(args.source, stop) as source:
            result = verify_fragment.verify(source, args.arch, args.config, args.fragments, stop)
        write = verify_fragment.write_json if args.format == "json" else verify_fragment.write_text
        write(result, stdout)
        return result.status
    cache = kernels.Cache(say=lambda text: print(text, file=stderr, flush=True), stop=stop)
    rows = kernels.select(args.glob)
    if args.kernel_verb == "list":
        for row in rows:
            found = cache.versions(row)
            state = found[0].name if found else "not fetched"
            print(f"{row.id:<26}  {row.suites[0]:<20}  {row.layout:<10}  {state}", file=stdout)
        print(f"cache: {cache.root}", file=stdout)
        return EXIT_OK
    with interruptible(stop):
        return _fetch(cache, rows, stdout, stderr)


def _fetch(cache: kernels.Cache, rows: list[kernels.Row], stdout: TextIO, stderr: TextIO) -> int:
    status = EXIT_OK
    for row in rows:
        if cache.stop.is_set():
            print("seaworthy kernel: interrupted", file=stderr)
            return EXIT_UNKNOWN
        try:
            kernel = cache.get(row, refresh=True)
            print(f"{row.id}: {kernel.package} {kernel.package_version}", file=stdout)
        except HarnessError as error:
            print(f"seaworthy kernel: {row.id}: {error}", file=stderr)
            status = EXIT_UNKNOWN
    return status
