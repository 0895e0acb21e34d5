# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a file see a macro that another one defines?  Asked by `#ifdef`; nothing is run.

An architecture says which of its functions stand in the place of the generic ones by defining
their names (`#define pmd_young pmd_young`), and the generic header asks for these.
"""

import re
from collections.abc import Callable
from typing import Final

from linuxmm.source.text import Prepared, prepare

MAX_INCLUDED: Final = 200  # files that one file names, which are looked into
_ARCH: Final = "arch/x86/include/"  # what generic headers ask for, they include first
# What a compiler defines: not known here, or what no kernel is built with.
_OF_COMPILER: Final[dict[str, bool | None]] = {
    "__GNUC_PATCHLEVEL__": None,
    **dict.fromkeys(("__clang__", "__clang_major__", "__clang_minor__"), False),
    **dict.fromkeys(("__CHECKER__", "__INTEL_COMPILER", "__GENKSYMS__", "__ASSEMBLY__"), False),
    **dict.fromkeys(("__SANITIZE_ADDRESS__", "__SANITIZE_THREAD__"), False),
}
_INCLUDE: Final = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:<([\w./-]+)>|"([\w./-]+)")', re.M)


class Elsewhere:
    """The macros of one tree, by the files that define them.

    text: what a file of the tree holds; headers_of: those that seem to define a name.
    """

    def __init__(
        self,
        config: frozenset[str],
        text: Callable[[str], str | None],
        headers_of: Callable[[str], list[str]],
    ) -> None:
        self.config, self.text, self.headers_of = config, text, headers_of
        self.read: dict[str, Prepared | None] = {}  # None: it is being read
        self._included: dict[str, frozenset[str]] = {}

    def defines(self, name: str, near: str) -> bool | None:
        """Does a file that `near` includes define the macro?  None: nobody knows."""
        if name in _OF_COMPILER:
            return _OF_COMPILER[name]
        places = [path for path in self.headers_of(name) if path != near]
        places = [path for path in places if self._is_included(path, near)]
        said = [self._defines(path, name) for path in places]
        return True if True in said else None if None in said else False

    def _defines(self, path: str, name: str) -> bool | None:
        found = self._file(path)
        if found is None or name in found.doubtful:
            return None
        return name in found.macros

    def _file(self, path: str) -> Prepared | None:
        if path not in self.read:
            self.read[path] = None
            text = self.text(path) or ""
            self.read[path] = prepare(text, self.config, lambda name: self.defines(name, path))
        return self.read[path]

    def _is_included(self, path: str, near: str) -> bool:
        """By the file itself, or by one that it includes."""
        if path.startswith(_ARCH):
            return True
        first = self._includes(near)
        return path in first or any(path in self._includes(each) for each in first)

    def _includes(self, path: str) -> frozenset[str]:
        """The files that a file names, wherever they may be."""
        if path not in self._included:
            folder = path.rpartition("/")[0]
            found = _INCLUDE.findall(self.text(path) or "")[:MAX_INCLUDED]
            self._included[path] = frozenset(
                f"include/{angle}" if angle else f"{folder}/{quoted}" for angle, quoted in found
            )
        return self._included[path]
