# SPDX-License-Identifier: GPL-2.0-only
"""Documents at random: whatever a schema allows, and valid ones with one thing changed."""
from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).resolve().parent.parent.parent / "harness" / "seaworthy" / "schema"

_TEXTS = [
    "",
    "x",
    "ns.pid",
    "two\nlines\n",
    "\x1b[31m",
    "</script>",
    "]]>",
    "\x00",
    "\udcff",
    "日本語",
    "\u202e",
    "a" * 3000,
    "&amp;",
    "'\"`",
    "%s{0}$title",
    "\t",
    " ",
    "\r",
    "../..",
    "#",
    "e\u0301" * 50,
]
# Strings of the shapes that the schemas' patterns ask for.
_SHAPED = [
    "2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05.678+00:00",
    "vmlinuz",
    "0" * 64,
    "0123456789abcdef" * 4,
    "kernel",
    "runtime/berth",
    "runtime/<b>",
    "000001ffffffffff",
    "CAP_SYS_ADMIN",
    "EINVAL",
    "v1",
    "6.1.170",
    "cgroup.v1.devices",
    "boot-parameter",
]


def _load(name: str) -> dict[str, Any]:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


class _Generator:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def resolve(self, schema: Any, root: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        while isinstance(schema, dict) and "$ref" in schema:
            name, _, pointer = schema["$ref"].partition("#")
            root = _load(name) if name else root
            schema = root
            for part in pointer.split("/")[1:]:
                schema = schema[part]
        return schema, root

    def text(self, schema: dict[str, Any]) -> str:
        if "pattern" in schema:
            fit = [t for t in _TEXTS + _SHAPED if re.search(schema["pattern"], t)]
            assert fit, f"_SHAPED needs a string for the pattern {schema['pattern']}"
            return self.rng.choice(fit)
        choices = [
            t
            for t in _TEXTS
            if schema.get("minLength", 0) <= len(t) <= schema.get("maxLength", 1 << 30)
        ]
        return self.rng.choice(choices)

    def number(self, schema: dict[str, Any], whole: bool) -> Any:
        low, high = schema.get("minimum", -1000), schema.get("maximum", 10**9)
        choices = [low, high, low + (high - low) // 2]
        return self.rng.choice(choices if whole else choices + [float(low) + 0.125])

    def value(self, schema: Any, root: dict[str, Any], depth: int = 0) -> Any:
        schema, root = self.resolve(schema, root)
        if schema is True or schema == {}:
            return self.rng.choice([None, 1, "x", [], {}])
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                return self.value(self.rng.choice(schema[keyword]), root, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        kinds = schema.get("type", "object")
        kind = self.rng.choice(kinds) if isinstance(kinds, list) else kinds
        if kind == "object":
            return self.object(schema, root, depth)
        if kind == "array":
            most = schema.get("maxItems", 4)
            count = self.rng.randint(min(schema.get("minItems", 0), most), most)
            return [self.value(schema.get("items", True), root, depth + 1) for _ in range(count)]
        if kind == "string":
            return self.text(schema)
        return (
            {"null": None, "boolean": self.rng.random() < 0.5}.get(kind)
            if kind in ("null", "boolean")
            else self.number(schema, kind == "integer")
        )

    def object(self, schema: dict[str, Any], root: dict[str, Any], depth: int) -> dict[str, Any]:
        result = {}
        for name, rule in schema.get("properties", {}).items():
            if name in schema.get("required", ()) or self.rng.random() < 0.7:
                result[name] = self.value(rule, root, depth + 1)
        for name in schema.get("required", ()):
            result.setdefault(name, None)
        if schema.get("additionalProperties", True) is True and self.rng.random() < 0.2:
            result["a_later_field"] = self.rng.choice([None, 3, ["x"], {"y": []}])
        return result


def documents(rng: random.Random) -> dict[str, Any]:
    """A document that matrix-1.schema.json allows."""
    schema = _load("matrix-1.schema.json")
    return _Generator(rng).value(schema, schema)


def _places(value: Any) -> list[tuple[Any, Any]]:
    found = []
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in items:
        found.append((value, key))
        found += _places(item)
    return found


def mutated(document: Any, rng: random.Random) -> Any:
    """A copy with one thing changed, removed or added; it may or may not be valid."""
    document = copy.deepcopy(document)
    places = _places(document)
    if not places:
        return document
    holder, key = rng.choice(places)
    act = rng.randrange(4)
    if act == 0:
        del holder[key]
    elif act == 1 and isinstance(holder, dict):
        holder["later_field"] = rng.choice([1, "x", None])
    else:
        holder[key] = rng.choice(
            [
                None,
                True,
                False,
                0,
                1,
                -1,
                2.5,
                1e300,
                float("inf"),
                "",
                "x",
                "yes",
                "PASS",
                [],
                {},
                ["x"],
                [None],
                {"a": 1},
                [[]],
                "\udcff\x00",
                10**40,
                "a" * 500,
            ]
        )
    return document
