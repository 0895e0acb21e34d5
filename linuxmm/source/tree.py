# SPDX-License-Identifier: GPL-2.0-or-later
"""A source tree as C: functions, structs, constants, wherever they are defined.

Files are parsed when they are asked for.  An index says which header defines what; it is made
once, with a text search, and never leaves the tree.
"""

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from linuxmm.source.cfile import CFile, read_c
from linuxmm.source.defined import Elsewhere
from linuxmm.source.names import digest_of, index_of, names_digest
from linuxmm.source.parser import c_parser, has, parts
from linuxmm.source.untranslatable import Untranslatable

if TYPE_CHECKING:
    from tree_sitter import Node

HEADERS: Final = (
    "include/linux",
    "include/linux/sched",
    "mm",
    "include/asm-generic",
    "include/uapi/linux",
    "include/uapi/asm-generic",
    "arch/x86/include/asm",
)
# What a line of a header defines: a macro, a struct, typedefs, a constant in an enum.
_DEFINED: Final = re.compile(
    r"\n(?:#[ \t]*define[ \t]+(\w+)"
    r"|(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)\s*\{"
    r"|typedef\b[^;{}()]*\b(\w+)(?:\[\w*\])?;"
    r"|\}\s*(\w+)\s*;"
    r"|[ \t]+([A-Z][A-Z0-9_]+)(?=[ \t]*(?:[=,\n]|/\*)))"
)
_DIRECTIVES: Final = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
# Headers that x86-64 does not include though they lie beside its own: those of 32 bits.
_OF_32_BITS: Final = re.compile(r"arch/x86/include/asm/\w+(?:-[23]level|_32)(?:_\w+)?\.h")
_INLINE: Final = re.compile(r"inline\b([^;{}()]{1,200})\(")


class Texts(Protocol):
    """Where the texts of a tree come from: a folder, a commit, a patched folder."""

    def text(self, path: str) -> str | None:
        """The text of a file; None when it is not there."""

    def headers(self, folder: str) -> list[str]:
        """The .h files of a folder, sorted, not below it."""


@runtime_checkable
class Stamped(Protocol):
    """Texts of which it can be seen that they are as they were, without reading them."""

    def stamp(self, folders: Collection[str]) -> str:
        """Another word once a header of the folders is another one; "" when nobody can say."""


class SourceTree:
    """Texts under a configuration, parsed.

    A tree may lie over another one, of which all but some files are the same: what was parsed
    there is not parsed again.
    """

    def __init__(
        self,
        texts: Texts,
        config: frozenset[str],
        below: "SourceTree | None" = None,
        changed: Collection[str] = (),
    ) -> None:
        self.texts = texts
        self.config = config
        self._below, self._changed = below, frozenset(changed)
        self._names_as_below = False
        self._parser = c_parser()
        self._files: dict[str, CFile | None] = {}
        self._macros = Elsewhere(config, self.text, self._headers_with)

    def file(self, path: str) -> CFile | None:
        """A file, parsed; None when the tree has none of that name."""
        if self._below is not None and path not in self._changed and path not in self._files:
            found = self._below.file(path)
            if self._is_as_below or found is None or self._decides_as(found):
                return found
        if path not in self._files:
            text = self.text(path)
            self._files[path] = None if text is None else self._read(path, text)
        return self._files[path]

    def _read(self, path: str, text: str) -> CFile:
        def elsewhere(name: str) -> bool | None:
            return self._macros.defines(name, path)

        return read_c(path, text, self.config, self._parser, elsewhere)

    @cached_property
    def _is_as_below(self) -> bool:
        """Are the directives of all headers those of the tree below?"""
        headers = [path for path in self._changed if path.endswith(".h")]
        return self._names_as_below or all(
            _DIRECTIVES.findall(self.text(path) or "")
            == _DIRECTIVES.findall((self._below and self._below.text(path)) or "")
            for path in headers
        )

    def _decides_as(self, below: CFile) -> bool:
        """Do the conditions of a file of the tree below hold here as they do there?"""
        asked = below.asked.items()
        return all(self._macros.defines(name, below.path) == known for name, known in asked)

    def with_function(self, path: str, name: str, prepared: str) -> "SourceTree":
        """The same tree with one function of a file otherwise, and nothing else parsed again.

        prepared: its text as the parser gets it, with the lines and columns of the file.
        Raises: InputError when that is no function.
        """
        own = self.file(path)
        assert own is not None
        above = SourceTree(self.texts, self.config, below=self, changed=(path,))
        above._files[path] = own.with_function(name, prepared, self._parser)
        above._names_as_below = True
        return above

    def text(self, path: str) -> str | None:
        """The text of a file as it stands."""
        if self._below is not None and path not in self._changed:
            return self._below.text(path)
        return self.texts.text(path)

    def looked_into(self) -> set[str]:
        """The files that were asked for so far, those that are not there too."""
        below = self._below.looked_into() if self._below is not None else set()
        return {*self._files, *self._macros.read} | below

    def names_digest(self) -> str:
        """Says the same as long as every name is looked for in the same headers."""
        if self._below is None:
            return names_digest(self._stamp, lambda: self._index)
        if self._index is self._below._index:
            return self._below.names_digest()
        return digest_of(self._index)

    def function(self, name: str, near: str) -> "tuple[str, Node] | None":
        """The file and the definition of a function that code in the file `near` would call."""
        for each in self._where(name, near):
            if name in each.functions:
                return each.path, each.functions[name]
        return None

    def struct(self, tag: str, near: str) -> "tuple[str, Node] | None":
        """The file and the definition of a struct or union, by its tag or by its typedef."""
        for each in self._where(tag, near):
            if tag in each.structs:
                return each.path, each.structs[tag]
            body = each.typedefs[tag].child_by_field_name("type") if tag in each.typedefs else None
            if body is not None and body.child_by_field_name("body") is not None:
                return each.path, body
        return None

    def typedef(self, name: str, near: str) -> "tuple[str, Node] | None":
        """The file and the definition of a typedef."""
        for each in self._where(name, near):
            if name in each.typedefs:
                return each.path, each.typedefs[name]
        return None

    def enum_is_signed(self, tag: str, near: str) -> bool:
        """Whether an enum has negative values: it is an int then, else unsigned."""
        for each in self._where(tag, near):
            if tag in each.enums:
                values = (part.child_by_field_name("value") for part in parts(each.enums[tag]))
                return any(value is not None and has(value, "unary_expression") for value in values)
        return False

    def constant_text(self, name: str, near: str) -> tuple[str, str, bool] | None:
        """The file, the text and whether it is an enumerator.

        Raises: Untranslatable where nobody knows whether it is defined.
        """
        for each in self._where(name, near):
            if name in each.enumerators:
                return each.path, each.enumerators[name], True
            if name in each.doubtful:
                raise Untranslatable(f"{name}: {each.path}: {each.doubtful[name]}")
            if name in each.macros and each.macros[name].params is None:
                return each.path, each.macros[name].text, False
        return None

    def macro(self, name: str, near: str) -> "tuple[tuple[str, ...] | None, str] | None":
        """Parameters and text of a macro.

        Raises: Untranslatable where nobody knows whether it is defined.
        """
        for each in self._where(name, near):
            if name in each.doubtful:
                raise Untranslatable(f"{name}: {each.path}: {each.doubtful[name]}")
            if name in each.macros:
                return each.macros[name].params, each.macros[name].text
        return None

    def _where(self, name: str, near: str) -> Iterator[CFile]:
        """The files in which a name may be defined, the nearest first."""
        own = self.file(near)
        if own is not None:
            yield own
        for path in self._headers_with(name):
            if path != near:
                found = self.file(path)
                if found is not None:
                    yield found

    def _headers_with(self, name: str) -> list[str]:
        """The headers that define a name, but for those of another word size."""
        found = self._index.get(name, [])
        if "CONFIG_X86_64" in self.config:
            return [path for path in found if not _OF_32_BITS.fullmatch(path)]
        return found

    @cached_property
    def _index(self) -> dict[str, list[str]]:
        """Name -> headers that define it, in the order of HEADERS."""
        if self._below is not None:
            paths = sorted(path for path in self._changed if path.endswith(".h"))
            if not paths or self._names_as_below:
                return self._below._index
            found = {name: list(places) for name, places in self._below._index.items()}
            for path in paths:
                for name in _defined(self.texts.text(path) or ""):
                    if path not in found.setdefault(name, []):
                        found[name].append(path)
            return found
        return index_of(self._stamp, self._headers)

    @cached_property
    def _stamp(self) -> str:
        return self.texts.stamp(HEADERS) if isinstance(self.texts, Stamped) else ""

    def _headers(self) -> list[tuple[str, list[str]]]:
        """Each header with the names that it defines."""
        paths = dict.fromkeys(path for folder in HEADERS for path in self.texts.headers(folder))
        return [(path, sorted(_defined(self.texts.text(path) or ""))) for path in paths]


def _defined(text: str) -> set[str]:
    """The names that a header seems to define."""
    names = {name for found in _DEFINED.findall(f"\n{text}") for name in found}
    names |= {each.split()[-1].lstrip("*") for each in _INLINE.findall(text) if each.strip()}
    return names - {""}
