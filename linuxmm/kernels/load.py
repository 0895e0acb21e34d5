# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels by name or path: the built-in records and anybody's own."""

import os
from functools import cache
from typing import Final

from linuxmm.errors import KernelError, nearest
from linuxmm.kernels.document import MAX_WORD, Document, clip, parse_document, read_document
from linuxmm.kernels.parse import parse_kernel
from linuxmm.kernels.record import Kernel

MAX_CHAIN = 8
_FOLDER = os.path.dirname(os.path.realpath(__file__))
_BUILT_IN = ("v5.17-coherent", "split-v1", "debian-6.1", "debian-6.12", "v6.18", "v7.1")
# The records say their aliases too (a test compares): here, so that a name needs no file read.
ALIASES = {"v6.1": "debian-6.1", "v6.12": "debian-6.12"}
DEFAULT_KERNEL: Final = "v6.1"  # whose rules are meant where none is named
DEFAULT_BASE: Final = "v5.17-coherent"  # what a patch applies to when its context does not say


def names() -> list[str]:
    """The built-in kernels, oldest first (aliases left out)."""
    return list(_BUILT_IN)


def short_names() -> list[str]:
    """The built-in kernels, oldest first, by their alias where they have one."""
    aliases = {name: alias for alias, name in ALIASES.items()}
    return [aliases.get(name, name) for name in _BUILT_IN]


def canonical(name: str) -> str:
    """The built-in name that an alias stands for; any other text as it is."""
    return ALIASES.get(name, name)


def load(name_or_path: str | os.PathLike[str]) -> Kernel:
    """The kernel of that built-in name, alias or file.  Raises: KernelError."""
    text = os.fspath(name_or_path)
    if canonical(text) in _BUILT_IN:
        return _built_in(canonical(text))
    return _load_file(_own_file(text, "", None), text, ())


def load_text(text: str, name: str) -> Kernel:
    """The kernel that the text of a rule file describes, on its base.  Raises: KernelError."""
    doc = parse_document(text, name)
    return parse_kernel(doc, load(doc.string(("base",), doc.data["base"])), name)


@cache
def _built_in(name: str) -> Kernel:
    """A built-in record, read once."""
    path = os.path.join(_FOLDER, f"{name}.toml")
    return _load_file(path, f"linuxmm/kernels/{name}.toml", ())


def _own_file(text: str, folder: str, asked_by: Document | None) -> str:
    """The file that ``text`` names, as seen from ``folder``."""
    path = os.path.join(folder, text)
    if os.path.exists(path):
        return path
    hint = nearest(text[:MAX_WORD], [*_BUILT_IN, *ALIASES])
    what = "no kernel or file has the name" if asked_by is None else "unknown base"
    if asked_by is None:
        raise KernelError(f'{what} "{clip(text)}"{hint}')
    raise asked_by.error(("base",), f'{what} "{clip(text)}"{hint}')


def _load_file(path: str, file: str, chain: tuple[str, ...]) -> Kernel:
    """The kernel in a file; ``chain`` are the files that led to it by ``base``."""
    doc = read_document(path, file)
    if "aliases" in doc.data and os.path.dirname(os.path.realpath(path)) != _FOLDER:
        raise doc.error(("aliases",), "only a built-in record can have aliases")
    base = _base(doc, path, (*chain, os.path.realpath(path)))
    return parse_kernel(doc, base, os.path.splitext(os.path.basename(path))[0])


def _base(doc: Document, path: str, chain: tuple[str, ...]) -> Kernel | None:
    """The kernel that a file is based on, None for a record of its own."""
    if "base" not in doc.data:
        return None
    text = doc.string(("base",), doc.data["base"])
    if canonical(text) in _BUILT_IN:
        base_path = os.path.join(_FOLDER, f"{canonical(text)}.toml")
    else:
        base_path = _own_file(text, os.path.dirname(path), doc)
    if os.path.realpath(base_path) in chain:
        raise doc.error(("base",), f'base "{text}" leads back to this file: a cycle')
    if len(chain) >= MAX_CHAIN:
        raise doc.error(("base",), f"more than {MAX_CHAIN} records on top of each other")
    if canonical(text) in _BUILT_IN:
        return load(text)
    return _load_file(base_path, base_path, chain)
