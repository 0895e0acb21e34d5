# SPDX-License-Identifier: GPL-2.0-or-later
"""A document held against its published schema, and spoilt so that the schema has to refuse it.

The published schemas are open, for a reader of tomorrow's output; here they are closed: an
object whose keys are named has no other key, so that none stays unpublished.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest

from linuxmm.cli.schema import FOLDER

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema: make test installs it")

KEPT: Final = 2  # elements of a list, and keys of a map, that are spoilt
NO_VALUE: Final = [[None]]  # of no output's type
MAPS: Final = ("hunks",)  # their keys are words, some of which are keys elsewhere
WORDS: Final = (  # keys whose values are words of a fixed list
    "verdict", "fate", "on", "status", "extent", "fit", "is", "word", "side", "class", "rests_on",
    "schema", "bound",
)  # fmt: skip


def closed(schema: Any) -> Any:
    """The schema without the freedom to have more keys than are named."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and schema.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


def schema_of(verb: str) -> Any:
    return json.loads((FOLDER / f"{verb}.json").read_text())


@cache
def validator(verb: str, line: str = "") -> Any:
    """Of the document; `line`: of this kind of line of its jsonl."""
    schema = closed(schema_of(verb))
    if line:
        schema = {"$ref": f"#/$defs/{line}", "$defs": schema["$defs"]}
    return jsonschema.Draft202012Validator(schema)


def check(verb: str, document: Any, line: str = "") -> None:
    """Raises: jsonschema.ValidationError of the deepest place that is wrong."""
    error = jsonschema.exceptions.best_match(validator(verb, line).iter_errors(document))
    if error is not None:
        raise error


def objects(schema: Any) -> Iterator[Any]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


@cache
def keys_of(verb: str) -> tuple[frozenset[str], frozenset[str]]:
    """The keys that the schema names; of them those that may be left out somewhere."""
    tables = [one for one in objects(schema_of(verb)) if isinstance(one.get("properties"), dict)]
    named = {key for one in tables for key in one["properties"]}
    free = {
        key for one in tables for key in one["properties"] if key not in one.get("required", ())
    }
    return frozenset(named), frozenset(free)


def small(value: Any, named: frozenset[str]) -> Any:
    """A part of the document that has all of its shapes in it."""
    if isinstance(value, list):
        return [small(one, named) for one in value[:KEPT]]
    if isinstance(value, dict):
        others = [key for key in value if key not in named][:KEPT]
        return {k: small(v, named) for k, v in value.items() if k in named or k in others}
    return value


def spoils(
    holder: Any, named: frozenset[str], free: frozenset[str], of: object = ""
) -> Iterator[str]:
    """Spoils what it was given in one place after the other, and says how; then mends it."""
    if not isinstance(holder, list | dict):
        return
    for key in range(len(holder)) if isinstance(holder, list) else list(holder):
        value = holder[key]
        for how, wrong in (("is of another type", NO_VALUE), ("is no such word", "no such word")):
            if how == "is of another type" or (isinstance(value, str) and key in WORDS):
                holder[key] = wrong
                yield f"{key} {how}"
        holder[key] = value
        if isinstance(holder, dict) and of not in MAPS and key in named - free:
            whole = dict(holder)
            del holder[key]
            yield f"{key} is gone"
            holder.clear()
            holder.update(whole)
        for how in spoils(value, named, free, key):
            yield f"{key}: {how}"
    if isinstance(holder, dict) and named & holder.keys():
        holder["unpublished"] = 1
        yield "has a key that is not published"
        del holder["unpublished"]


def check_strictly(verb: str, document: Any, line: str = "") -> None:
    """It is what its schema says, and nothing that is a little otherwise would be."""
    check(verb, document, line)
    named, free = keys_of(verb)
    part, judge = small(document, named), validator(verb, line)
    check(verb, part, line)
    passed = [how for how in spoils(part, named, free) if judge.is_valid(part)]
    assert not passed, f"the schema of {verb} takes it although: {passed}"
    assert part == small(document, named)
