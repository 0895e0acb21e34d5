# SPDX-License-Identifier: GPL-2.0-or-later
"""A scope as a file: what there is, what may be done, how deep.

    schema = 1
    title = "a page of device memory, shared after fork"
    machine = ["coherent0 256M"]
    setup = ["P0: a = mmap 1p", "P0: write a 0x11"]
    actions = ["P0: P1 = fork", "{P0,P1}: write a {0x22,0x33}", "coherent0: migrate {P0,P1}.a"]
    depth = 6

Lines are those of the scenario language; `{x,y}` in an action stands for one action with each.
"""

import os
from dataclasses import dataclass
from itertools import product
from typing import Final

from linuxmm.errors import KernelError, nearest
from linuxmm.kernels.document import Document, clip, read_document

FOLDER: Final = os.path.dirname(os.path.realpath(__file__))
FIELDS: Final = ("schema", "title", "machine", "setup", "actions", "depth", "states")
MOST_ACTIONS: Final = 200
MOST_DEPTH: Final = 1000
MOST_STATES: Final = 20_000_000
DEPTH: Final = 100  # of a file that names none: as deep as there are new states
STATES: Final = 300_000


@dataclass(frozen=True)
class Scope:
    """What is searched: lines of the scenario language, and the bounds.

    machine: beside two nodes; depth: actions behind the set-up; states: as many are kept.
    """

    name: str
    title: str
    machine: tuple[str, ...]
    setup: tuple[str, ...]
    actions: tuple[str, ...]
    depth: int
    states: int
    file: str
    text: str


def names() -> list[str]:
    """The scopes that come with linuxmm."""
    files = sorted(os.listdir(FOLDER))
    return [name.removesuffix(".toml") for name in files if name.endswith(".toml")]


def load_scope(text: str) -> Scope:
    """The scope of a name, or of a file (a slash, or the ending .toml).  Raises: KernelError."""
    if text in names():
        return _parsed(read_document(os.path.join(FOLDER, f"{text}.toml"), f"{text}.toml"), text)
    if "/" in text or text.endswith(".toml"):
        name = os.path.splitext(os.path.basename(text))[0]
        return _parsed(read_document(text, text), name)
    close = nearest(text[:100], names())
    raise KernelError(f'there is no scope "{clip(text)}"{close}; there are: {", ".join(names())}')


def _parsed(doc: Document, name: str) -> Scope:
    doc.check_fields((), doc.data, FIELDS)
    for needed in ("schema", "setup", "actions"):
        if needed not in doc.data:
            raise doc.error((needed,), f'a scope needs "{needed}"')
    if doc.integer(("schema",), doc.data["schema"]) != 1:
        raise doc.error(("schema",), "this linuxmm reads scopes of schema 1")
    actions = [line for text in _lines(doc, "actions") for line in expanded(text)]
    if not 0 < len(actions) <= MOST_ACTIONS:
        raise doc.error(
            ("actions",), f"{len(actions)} actions; 1 to {MOST_ACTIONS} can be searched"
        )
    return Scope(
        name,
        doc.string(("title",), doc.data.get("title", name)),
        tuple(_lines(doc, "machine")),
        tuple(_lines(doc, "setup")),
        tuple(dict.fromkeys(actions)),
        _number(doc, "depth", DEPTH, MOST_DEPTH),
        _number(doc, "states", STATES, MOST_STATES),
        doc.file,
        doc.text,
    )


def _lines(doc: Document, key: str) -> list[str]:
    return doc.strings((key,), doc.data.get(key, []))


def _number(doc: Document, key: str, default: int, most: int) -> int:
    number = doc.integer((key,), doc.data.get(key, default))
    if not 0 < number <= most:
        raise doc.error((key,), f'"{key}" is from 1 to {most}')
    return number


def expanded(text: str) -> list[str]:
    """`{P0,P1}: write a {1,2}` as four lines, in their order."""
    parts: list[list[str]] = []
    while (start := text.find("{")) >= 0 and (end := text.find("}", start)) >= 0:
        parts += [[text[:start]], text[start + 1 : end].split(",")]
        text = text[end + 1 :]
    chosen = product(*parts, [text])
    return [line for line, _ in zip(map("".join, chosen), range(MOST_ACTIONS + 1), strict=False)]
