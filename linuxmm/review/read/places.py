# SPDX-License-Identifier: GPL-2.0-or-later
"""Which site of a kernel a place of a patch is: by file, function, and where there are several."""

from linuxmm.kernels import Kernel, SiteRule, load, names
from linuxmm.review.expression import lookup_calls
from linuxmm.review.patch import FileDiff
from linuxmm.review.read.part import NotUnderstood, Part
from linuxmm.review.tree import Tree
from linuxmm.state.sites import SITES


def file_of(site: str) -> str:
    """The file of a site's name."""
    return site.partition(":")[0]


class Places:
    """The sites of a kernel by the places of a patch (and of a source tree, if there is one)."""

    def __init__(self, base: Kernel, tree: Tree | None) -> None:
        self.base, self.tree = base, tree
        self.index = {alias: rule for rule in base.sites for alias in rule.aliases}
        self.index.update((rule.site, rule) for rule in base.sites)
        self.files = {file_of(name) for name in SITES if name} | {file_of(n) for n in self.index}
        self.parts: list[Part] = []
        self.shown: dict[tuple[int, str], list[int]] = {}

    def is_modelled(self, file: FileDiff) -> bool:
        """Has this file a site?"""
        return file.path in self.files or file.old_path in self.files

    def site_at(self, part: Part, function: str | None, line: int) -> SiteRule:
        """The base's rule of the site at a place of the file.  Raises: NotUnderstood."""
        if not self.is_modelled(part.file):
            raise NotUnderstood("a lookup in a file without a site")
        if self.tree is not None:
            function = self.function_in_tree(part, line) or function
        if function is None:
            raise NotUnderstood("which function it is in cannot be told without --tree")
        if function not in part.functions:
            part.functions.append(function)
        found = self.candidates(part.file, function)
        if not found:
            raise NotUnderstood(f"{function} has no site in {self.base.name}")
        rule = found[0] if len(found) == 1 else self.nth(part, function, line, found)
        if rule.absent:
            text = f"{rule.site} does not exist in {self.base.name}{self.who_has(rule.site)}"
            part.against(rule.site, text)
            raise NotUnderstood(text)
        return rule

    def who_has(self, site: str) -> str:
        """The built-in kernels that have a site which this one lacks, in words."""
        having = [name for name in names() if not load(name).site(site).absent]
        if len(having) < 2:
            return f"; {having[0]} has it" if having else ""
        return f"; {', '.join(having[:-1])} and {having[-1]} have it"

    def candidates(self, file: FileDiff, function: str) -> list[SiteRule]:
        """The sites of a function, in the order of their lookups."""
        found: dict[str, SiteRule] = {}
        for path in (file.path, file.old_path):
            for suffix in ("", "#2", "#3"):
                rule = self.index.get(f"{path}:{function}{suffix}")
                if rule is None:
                    break
                found.setdefault(rule.site, rule)
        return list(found.values())

    def nth(self, part: Part, function: str, line: int, found: list[SiteRule]) -> SiteRule:
        """Which of several sites of a function stands on this line of the old file."""
        calls = self.calls_in_tree(part, function)
        if calls is None:
            calls = self.calls_in_hunks(part, function)
        else:
            line += self.shift(part)
        if len(calls) != len(found):
            raise NotUnderstood(
                f"{function} has {len(found)} sites: which one it is cannot be told without --tree"
            )
        at = [n for n, number in enumerate(calls) if number <= line]
        if not at:
            raise NotUnderstood(f"which site of {function} it is cannot be told")
        return found[at[-1]]

    def calls_in_hunks(self, part: Part, function: str) -> list[int]:
        """The old lines of all lookups in a function, as far as the hunks show them."""
        key = (id(part.file), function)
        if key not in self.shown:
            lines = {
                s.number
                for p in self.parts
                if p.file is part.file
                for s in p.old
                if s.function == function and lookup_calls(s.tokens)
            }
            self.shown[key] = sorted(lines)
        return self.shown[key]

    # --- with the source tree --------------------------------------------------------------

    def function_in_tree(self, part: Part, line: int) -> str | None:
        """The function of a line of the hunk, from the source tree."""
        if self.tree is None or not line:
            return None
        shift = self.tree.shift(part.file.old_path, part.hunk)
        return None if shift is None else self.tree.function_at(part.file.old_path, line + shift)

    def shift(self, part: Part) -> int:
        """How many lines further down than the hunk says its text stands in the tree."""
        shift = self.tree.shift(part.file.old_path, part.hunk) if self.tree else None
        return shift or 0

    def calls_in_tree(self, part: Part, function: str) -> list[int] | None:
        """The lines of all lookups in a function, from the source tree."""
        if self.tree is None or self.tree.shift(part.file.old_path, part.hunk) is None:
            return None
        return self.tree.call_lines(part.file.old_path, function)
