# SPDX-License-Identifier: GPL-2.0-or-later
"""Translations that were made before, by content: what they were made of is what there is now.

An entry is JSON in our cache folder: the translated functions, and a digest of each file that was
looked into.  It is used when all of them, the names that the headers define, the border, the
configuration and the translator are the same.  Entries are written whole or not at all; one that
cannot be read is none.  What comes from here is executed, therefore the folder is ours alone
(`linuxmm/cache.py`), and nothing here is a pickle.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from re import compile as pattern
from typing import Any, Final

from linuxmm.cache import cache_folder, mark_used, prune, write_whole
from linuxmm.errors import Skipped
from linuxmm.source.program import Place, Program, Trap

SCHEMA: Final = "linuxmm/translation/1"
KEPT: Final = 24
MAX_ENTRY: Final = 16 << 20
MAX_TRIED: Final = 8  # entries of one key, the newest first
_NAME: Final = pattern(r"[0-9a-f]{24}-[0-9a-f]{24}\.json")


def kept(program: Program, wanted: "list[Place]") -> Program:
    """The program with the functions that are wanted, made now or before."""
    folder = _folder()
    key = "" if folder is None else _key(program, wanted)
    if folder is not None:
        for path in _entries(folder, key):
            found = _read(path, program)
            if found is not None:
                mark_used(path)
                return found
    for path_of, name in wanted:
        program.want(path_of, name)
    if folder is not None:
        _write(folder, key, program)
    return program


def _folder() -> Path | None:
    """Where entries lie; None when there is no folder that is ours alone."""
    try:
        return cache_folder("translated")
    except (Skipped, OSError):
        return None


# --- what an entry was made of -------------------------------------------------------------------
@cache
def _translator() -> str:
    """A digest of the translator itself and of the parser."""
    digest = blake2b(digest_size=12)
    for each in sorted(files("linuxmm.source").iterdir(), key=lambda each: each.name):
        if each.name.endswith((".py", ".toml")):
            digest.update(each.name.encode() + b"\0" + each.read_bytes() + b"\0")
    for name in ("tree-sitter", "tree-sitter-c"):
        digest.update(version(name).encode() + b"\0")
    return digest.hexdigest()


def _key(program: Program, wanted: "list[Place]") -> str:
    """What holds for the whole tree: the translator, its words, the names of the headers."""
    said = [
        _translator(),
        program.tree.names_digest(),
        sorted(program.tree.config),
        sorted(program.touched),
        sorted(program.sites.items()),
        sorted(program.core.items()),
        wanted,
    ]
    return _digest(json.dumps(said))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _looked_into(program: Program) -> dict[str, str]:
    """Each file that was looked into, with the digest of its text; "" for one that is not there."""
    found = {}
    for path in sorted(program.tree.looked_into()):
        text = program.tree.text(path)
        found[path] = "" if text is None else _digest(text)
    return found


# --- entries -------------------------------------------------------------------------------------
def _entries(folder: Path, key: str) -> Iterator[Path]:
    """Those of a key, the newest first."""
    with suppress(OSError):
        found = [path for path in folder.iterdir() if path.name.startswith(key)]
        found = [path for path in found if _NAME.fullmatch(path.name)]
        yield from sorted(found, key=_age)[:MAX_TRIED]


def _age(path: Path) -> float:
    try:
        return -path.lstat().st_mtime
    except OSError:
        return 0.0


def _read(path: Path, program: Program) -> Program | None:
    """The program of an entry, if it is one and holds for this tree."""
    try:
        if path.lstat().st_size > MAX_ENTRY:
            return None
        body, _, check = path.read_text("utf-8").rpartition("\n")
        entry = json.loads(body)
        if check != _digest(body) or entry["schema"] != SCHEMA:
            return None
        texts = entry["files"].items()
        if not all(_is_same(program, name, digest) for name, digest in texts):
            return None
        return _program(program, entry)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _is_same(program: Program, path: str, digest: str) -> bool:
    text = program.tree.text(path)
    return digest == ("" if text is None else _digest(text))


def _program(program: Program, entry: dict[str, Any]) -> Program:
    program.texts.update({(path, name): text for path, name, text in entry["texts"]})
    program.traps.update({number: Trap(*said) for number, said in entry["traps"]})
    program.calls.update(
        {(path, name): {(p, n) for p, n in called} for path, name, called in entry["calls"]}
    )
    program.numbers.update(entry["numbers"])
    return program


def _write(folder: Path, key: str, program: Program) -> None:
    """An entry for what was made; without room for it there is none."""
    looked_into = _looked_into(program)
    entry = {
        "schema": SCHEMA,
        "files": looked_into,
        "texts": [[*place, text] for place, text in program.texts.items()],
        "traps": [[number, _said(trap)] for number, trap in program.traps.items()],
        "calls": [[*place, sorted(called)] for place, called in program.calls.items()],
        "numbers": program.numbers,
    }
    body = json.dumps(entry)
    name = f"{key}-{_digest(json.dumps(looked_into))}.json"
    write_whole(folder / name, f"{body}\n{_digest(body)}")
    prune(folder, _NAME, KEPT)


def _said(trap: Trap) -> tuple[str, int, str, str, str]:
    """What makes a trap, in the order of its fields."""
    return trap.path, trap.line, trap.function, trap.why, trap.kind
