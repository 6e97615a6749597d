# SPDX-License-Identifier: GPL-2.0-only
"""`seaworthy report`: render a result again."""
from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from .check import UnsupportedSchema, check_document
from .html import render_html
from .junit import render_junit
from .terminal import print_matrix
from .text import clean_line

SCHEMA, VERSION = "seaworthy.matrix", 1
EXIT_OK, EXIT_UNKNOWN, EXIT_USAGE = 0, 3, 64  # lib/sw_exit.h
FILES = {
    "html": "matrix.html",
    "junit": "matrix.xml",
    "json": "matrix.json",
    "terminal": "matrix.txt",
}


class BadResult(Exception):
    """The result cannot be used; the text says what, where, and what to do."""


def render_json(result: dict[str, Any]) -> str:
    # ASCII only: lone surrogates (bytes that were not UTF-8) survive as escapes.
    return json.dumps(result, indent=1, ensure_ascii=True) + "\n"


def render_terminal(result: dict[str, Any], width: int = 100) -> str:
    stream = io.StringIO()
    print_matrix(result, stream, width, False)
    return stream.getvalue()


RENDERERS = {
    "html": render_html,
    "junit": render_junit,
    "json": render_json,
    "terminal": render_terminal,
}


def write_file(path: Path, text: str) -> None:
    """All of it or nothing: a reader never sees half a report."""
    path = path.resolve()  # through a link, not over it
    if path.exists() and not path.is_file():  # /dev/stdout, a FIFO: never to be replaced by a file
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as f:
            f.write(text)
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as f:
            f.write(text)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def render_all(result: dict[str, Any], out_dir: Path) -> dict[str, Path]:
    """Write every report into out_dir (made if need be): matrix.json, .html, .xml, .txt.

    Renders whatever it is given, as far as it can be read; raises OSError where it cannot write.
    Returns the paths by format.
    """
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    paths = {}
    for kind in ("json", "html", "junit", "terminal"):  # the result itself first
        paths[kind] = out_dir / FILES[kind]
        write_file(paths[kind], RENDERERS[kind](result))
    return paths


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def parse_result(text: str, name: str) -> dict[str, Any]:
    """The document in text, checked; BadResult with one message where it is none."""
    if not text.strip():
        raise BadResult(f"{name}: is empty; run `seaworthy matrix` again")
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as e:
        at_end = not text[e.pos :].strip() or e.msg.startswith("Unterminated string")
        what = "ends in the middle (truncated?)" if at_end else "is not JSON"
        raise BadResult(f"{name}: {what}: line {e.lineno}, column {e.colno}: {e.msg}") from None
    except (ValueError, RecursionError) as e:
        raise BadResult(f"{name}: is not JSON: {e}") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, str):
        raise BadResult(f'{name}: is JSON, but no result of `seaworthy matrix`: it has no "schema"')
    kind, _, version = schema.partition("/")
    if kind != SCHEMA:
        raise BadResult(
            f"{name}: holds {clean_line(schema)}; this needs {SCHEMA}/{VERSION}, which `seaworthy "
            f"matrix` "
            "writes"
        )
    if version != str(VERSION):
        newer = version.isdecimal() and len(version) < 9 and int(version) > VERSION
        raise BadResult(
            f"{name}: holds {clean_line(schema)}, and this Seaworthy reads {SCHEMA}/{VERSION}"
            + ("; render it with the version that wrote it" if newer else "")
        )
    try:
        problem = check_document(document, "matrix-1.schema.json")
    except UnsupportedSchema as e:
        raise BadResult(f"{name}: cannot be checked: {e}; reinstall Seaworthy") from None
    except RecursionError:
        problem = "$: nested too deeply"
    if problem:
        raise BadResult(f"{name}: does not follow {schema}: {clean_line(problem)}")
    return document


def load_result(path: Path) -> dict[str, Any]:
    """Read and check a result; BadResult with one message where it cannot be used."""
    name = clean_line(path)
    try:
        if path.exists() and not path.is_dir() and not path.is_file():
            raise BadResult(f"{name}: is a device, a pipe or a socket; give a file")
        data = path.read_bytes()
    except OSError as e:
        hint = "; `seaworthy matrix` writes it" if isinstance(e, FileNotFoundError) else ""
        raise BadResult(f"{name}: cannot be read: {e.strerror}{hint}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise BadResult(f"{name}: is not JSON: byte {e.start} is not UTF-8") from None
    return parse_result(text, name)


def default_result() -> Path:
    """Where `seaworthy matrix` writes without --output."""
    from ..matrix import default_output  # it imports this package

    return default_output() / FILES["json"]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(
            EXIT_USAGE, f"seaworthy report: {message}; `seaworthy report --help` tells more\n"
        )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="seaworthy report",
        allow_abbrev=False,
        description="Render the result of `seaworthy matrix` again.",
        epilog="Exit status: 0 rendered (whatever the result says), 3 the result cannot be used "
        "or the report not be written, 64 usage error.",
    )
    parser.add_argument(
        "--format",
        choices=sorted(RENDERERS),
        default=None,
        help="what to make (default: by the name of --output, else terminal)",
    )
    parser.add_argument(
        "--output",
        metavar="FILE|DIR",
        default=None,
        help="where to (default: standard output); a directory without --format gets every report",
    )
    parser.add_argument(
        "result",
        metavar="RESULT.json",
        type=Path,
        nargs="?",
        default=default_result(),
        help=f"the result (default: that of the last matrix, {default_result()})",
    )
    return parser


def _format_of(output: Path | None) -> str:
    suffix = output.suffix.lower() if output else ""
    return {".html": "html", ".htm": "html", ".xml": "junit", ".json": "json"}.get(
        suffix, "terminal"
    )


def _render(args: argparse.Namespace, result: dict[str, Any]) -> None:
    output = Path(args.output) if args.output not in (None, "-") else None
    if output is not None and (output.is_dir() or args.output.endswith(os.sep)):
        if args.format is None:
            for path in render_all(result, output).values():
                print(path)
            return
        output.mkdir(parents=True, exist_ok=True)
        output = output / FILES[args.format]
    kind = args.format or _format_of(output)
    if output is not None:
        write_file(output, RENDERERS[kind](result))
    elif kind == "terminal":
        width = shutil.get_terminal_size((100, 24)).columns
        print_matrix(result, sys.stdout, width, sys.stdout.isatty())
    else:
        text = RENDERERS[kind](result)
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


def main(argv: list[str]) -> int:
    """The verb `report`; argv without the verb itself. Returns the exit status."""
    try:
        args = _parser().parse_args(argv)
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else EXIT_USAGE
    try:
        _render(args, load_result(args.result))
    except BadResult as e:
        print(f"seaworthy report: {e}", file=sys.stderr)
        return EXIT_UNKNOWN
    except BrokenPipeError:
        # The reader has seen enough; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), sys.stdout.fileno())
        return EXIT_OK
    except OSError as e:
        where = f"{clean_line(e.filename)}: " if e.filename else ""
        print(f"seaworthy report: {where}cannot be written: {e.strerror}", file=sys.stderr)
        return EXIT_UNKNOWN
    return EXIT_OK
