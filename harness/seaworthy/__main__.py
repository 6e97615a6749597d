# SPDX-License-Identifier: GPL-2.0-only
"""The host-side verbs: `seaworthy matrix`, `report` and `kernel` start this."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from typing import NoReturn

from . import kernel_verb, matrix, report
from .errors import EXIT_UNKNOWN, EXIT_USAGE, HarnessError

EPILOG = ("Exit status: 0 as required, 1 something required is missing or failed, 2 degraded, "
          "3 could not be determined, 64 usage error.")


class Parser(argparse.ArgumentParser):
    """argparse ends with 2 on a usage error, which means `degraded` here."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; `{self.prog} --help` tells more", file=sys.stderr)
        raise SystemExit(EXIT_USAGE)


def parser() -> Parser:
    top = Parser(prog="seaworthy", allow_abbrev=False, epilog=EPILOG)
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for name, module, text in (
        ("matrix", matrix, "Boot kernels in QEMU, probe and test each, print the matrix."),
        ("kernel", kernel_verb, "List and fetch the kernels of the catalogue."),
    ):
        verb = verbs.add_parser(name, help=text, description=text, epilog=EPILOG,
                                allow_abbrev=False)
        module.add_arguments(verb)
        verb.set_defaults(main=module.main)
    verbs.add_parser("report", help="Render a result again.", add_help=False)
    return top


def main(argv: list[str]) -> int:
    if argv and argv[0] == "report":
        return report.main(argv[1:])
    args = parser().parse_args(argv)
    try:
        return int(args.main(args))
    except HarnessError as error:
        print(f"seaworthy {args.verb}: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print(f"seaworthy {args.verb}: interrupted", file=sys.stderr)
        return EXIT_UNKNOWN
    except Exception as error:  # Python would end with 1, and that is a verdict
        traceback.print_exception(error)
        print(f"seaworthy {args.verb}: internal error, please report it: {type(error).__name__}: "
              f"{error}", file=sys.stderr)
        return EXIT_UNKNOWN


def run(argv: list[str]) -> int:
    """main(), and the certainty that what it printed got there: Python's own flush, at its very
    end, comes after the status is settled."""
    try:
        try:
            status = main(argv)
        except SystemExit as leaving:  # argparse: --help, usage errors
            status = leaving.code if isinstance(leaving.code, int) else EXIT_UNKNOWN
        sys.stdout.flush()
        return status
    except OSError as error:
        print(f"seaworthy: cannot write to standard output: {error.strerror}", file=sys.stderr)
        # What is still in the buffer is lost; let the interpreter not try once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), 1)
        return EXIT_UNKNOWN


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
