# SPDX-License-Identifier: GPL-2.0-only
"""Check a JSON document against a JSON Schema: the part of draft 7 that our schemas use.

Reports must render on a machine that has nothing but Python, and a message for people has to
say where and what in one line; hence not the jsonschema package. Tests hold the two against
each other.
"""
from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

SCHEMA_DIR = Path(__file__).resolve().parent.parent / "schema"

_TYPES: dict[str, Any] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "integer": lambda v: not isinstance(v, bool)
    and (isinstance(v, int) or (isinstance(v, float) and v.is_integer())),
}

# Keywords that say nothing about validity, and those that are handled with another one.
_SILENT = {
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "definitions",
    "examples",
    "default",
}


class UnsupportedSchema(ValueError):
    """The schema uses a keyword that this checker does not know: it must not look valid."""


@lru_cache(maxsize=None)
def _schema_file(name: str) -> dict[str, Any] | None:
    path = SCHEMA_DIR / name
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _equal(a: Any, b: Any) -> bool:
    """JSON equality: true is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(a[k], b[k]) for k in a)
    return bool(a == b)


def _brief(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=True)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _resolve(ref: str, root: dict[str, Any]) -> tuple[dict[str, Any] | bool, dict[str, Any]]:
    name, _, pointer = ref.partition("#")
    if name:
        loaded = _schema_file(name)
        if loaded is None:
            raise UnsupportedSchema(f"the schema file {name} is not installed")
        root = loaded
    node: Any = root
    for part in pointer.split("/")[1:]:
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node, root


def _check_object(
    value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], where: str
) -> str | None:
    for name in schema.get("required", ()):
        if name not in value:
            return f'{where}: the field "{name}" is missing'
    properties = schema.get("properties", {})
    extra = schema.get("additionalProperties", True)
    for name, item in value.items():
        rule = properties.get(name, extra)
        problem = _check(item, rule, root, f"{where}.{name}")
        if problem:
            return problem
    return None


def _check_array(
    value: list[Any], schema: dict[str, Any], root: dict[str, Any], where: str
) -> str | None:
    if len(value) < schema.get("minItems", 0):
        return f"{where}: {len(value)} entries, at least {schema['minItems']} expected"
    if len(value) > schema.get("maxItems", len(value)):
        return f"{where}: {len(value)} entries, at most {schema['maxItems']} expected"
    if schema.get("uniqueItems"):
        for i, item in enumerate(value):
            if any(_equal(item, other) for other in value[:i]):
                return f"{where}[{i}]: {_brief(item)} is there twice"
    items = schema.get("items", True)
    for i, item in enumerate(value):
        problem = _check(item, items, root, f"{where}[{i}]")
        if problem:
            return problem
    return None


def _check_scalar(value: Any, schema: dict[str, Any], where: str) -> str | None:
    if _TYPES["number"](value):
        if "minimum" in schema and not value >= schema["minimum"]:
            return f"{where}: {_brief(value)} is less than {schema['minimum']}"
        if "maximum" in schema and not value <= schema["maximum"]:
            return f"{where}: {_brief(value)} is more than {schema['maximum']}"
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            return f"{where}: is empty" if not value else f"{where}: {_brief(value)} is too short"
        if len(value) > schema.get("maxLength", len(value)):
            return f"{where}: {_brief(value)} is too long"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return f"{where}: {_brief(value)} does not have the form {schema['pattern']}"
    return None


def _combine(value: Any, schema: dict[str, Any], root: dict[str, Any], where: str) -> str | None:
    for rule in schema.get("allOf", ()):
        problem = _check(value, rule, root, where)
        if problem:
            return problem
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            problems = [_check(value, rule, root, where) for rule in schema[keyword]]
            good = problems.count(None)
            if good == 0:
                # The alternative that got furthest is the one that was meant; null rarely is.
                meant = [
                    p
                    for p, rule in zip(problems, schema[keyword])
                    if p and rule != {"type": "null"}
                ]
                return max(meant, key=lambda p: len(p.partition(": ")[0])) if meant else problems[0]
            if keyword == "oneOf" and good > 1:
                return f"{where}: {_brief(value)} fits {good} alternatives, one expected"
    if "not" in schema and _check(value, schema["not"], root, where) is None:
        return f"{where}: {_brief(value)} is not allowed"
    if "if" in schema:
        branch = "then" if _check(value, schema["if"], root, where) is None else "else"
        return _check(value, schema.get(branch, True), root, where)
    return None


_KNOWN = _SILENT | {
    "$ref",
    "type",
    "enum",
    "const",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
}


def _check(
    value: Any, schema: dict[str, Any] | bool, root: dict[str, Any], where: str
) -> str | None:
    if schema is True:
        return None
    if schema is False:
        return f"{where}: unknown field"
    if "$ref" in schema:  # draft 7: what stands beside $ref is ignored
        target, root = _resolve(schema["$ref"], root)
        return _check(value, target, root, where)
    unknown = schema.keys() - _KNOWN
    if unknown:
        raise UnsupportedSchema(f"keyword {sorted(unknown)[0]!r} in a schema")
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(_TYPES[t](value) for t in types):
            return f"{where}: {_brief(value)} where {' or '.join(types)} is expected"
    if "const" in schema and not _equal(value, schema["const"]):
        return f"{where}: {_brief(value)} where {_brief(schema['const'])} is expected"
    if "enum" in schema and not any(_equal(value, e) for e in schema["enum"]):
        return f"{where}: {_brief(value)} is none of {', '.join(map(_brief, schema['enum']))}"
    problem = _check_scalar(value, schema, where)
    if problem is None and isinstance(value, dict):
        problem = _check_object(value, schema, root, where)
    if problem is None and isinstance(value, list):
        problem = _check_array(value, schema, root, where)
    return problem or _combine(value, schema, root, where)


def check_document(document: Any, schema_name: str) -> str | None:
    """None where the document follows the schema file, else what is wrong first, and where."""
    schema = _schema_file(schema_name)
    if schema is None:
        raise UnsupportedSchema(f"the schema file {schema_name} is not installed")
    return _check(document, schema, schema, "$")
