# SPDX-License-Identifier: GPL-2.0-or-later
"""How the core comes to a text: functions of the core's shape that call it, as text themselves.

    def enter_7(m, k, a0, a1, a2):      for mm/memory.c:zap_pte_range, say
        ...
        result = text_7(m, k, SITE, p0, p1, p2, p3)

One text of each, for both modes: it is executed as it is, or becomes C with what it calls.
A function of the core that does not take the rules finds them as the `k` of this scope.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Final

from linuxmm.mm.page import event, trap
from linuxmm.mm.sites import visit
from linuxmm.source import twins
from linuxmm.source.runtime import missing
from linuxmm.source.twins import Twin
from linuxmm.state.constants import EVENT_LOCKS, TRAP_SOURCE
from linuxmm.state.layout import (
    DIVERGED,
    ENTRIES,
    MMAP_LOCK,
    PTE_LOCK,
    STACK_TOP,
    TRAP_CODE,
    State,
)
from linuxmm.state.sites import SITES

OWN_ARGUMENTS: Final = 3  # m, k, site
# So often a step comes to text: the largest mapping of a scenario has some thousand pages.
MAX_ENTRIES: Final = 1 << 17
IN_A_SEARCH: Final = 1 << 12  # its machines are small: the catalogue comes to 2,049


def left(m: State) -> int:
    """Out of the core's loop, which waits for an answer that never comes."""
    raise OverflowError("a function is called without end")


# What the texts below call and name, beside `text_N` and `k`.
CALLED: Final[dict[str, object]] = {
    "event": event, "trap": trap, "visit": visit, "missing": missing, "left": left,
    **{function.__name__: function for function in twins.CALLED},
    "EVENT_LOCKS": EVENT_LOCKS, "TRAP_SOURCE": TRAP_SOURCE, "DIVERGED": DIVERGED,
    "TRAP_CODE": TRAP_CODE,
    "ENTRIES": ENTRIES, "MMAP_LOCK": MMAP_LOCK, "PTE_LOCK": PTE_LOCK, "STACK_TOP": STACK_TOP,
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A pair, and what is known of both functions.

    endless: the trap of a function that is called again and again.  other_shape: the trap of one
    that takes another number of arguments than this.  marked: a step that comes here may part two
    kernels.  most: so often a step may come to texts.
    """

    twin: Twin
    ours: FunctionType
    takes: int
    endless: int
    other_shape: Callable[[int], int]
    marked: bool
    most: int

    def text(self, number: int) -> str:
        """The function that stands in the core's place."""
        names = self.ours.__code__.co_varnames[: self.ours.__code__.co_argcount]
        own = [name for name in names[:2] if name in ("m", "k")]
        given = tuple(f"a{i}" for i in range(len(names) - len(own)))
        lines = [f"def enter_{number}({', '.join([*own, *given])}):"]
        lines += [f"    {line}" for line in (*self._counted(), *self._called(number, given))]
        return "\n".join(lines)

    def _counted(self) -> list[str]:
        lines = [
            "if m.scratch[TRAP_CODE] == TRAP_SOURCE:",  # what comes behind is nothing
            "    return left(m)",
            "m.scratch[ENTRIES] = m.scratch[ENTRIES] + 1",
            f"if m.scratch[ENTRIES] > {self.most}:",
            f"    trap(m, TRAP_SOURCE, {self.endless})",
            "    return left(m)",
        ]
        site = SITES.index(self.twin.site)
        if site:
            lines.append(f"visit(m, {site}, 0)")
        if self.marked:
            lines.append("m.scratch[DIVERGED] = 1")
            lines.append(f"m.diverged_site[{site}] = m.diverged_site[{site}] + 1")
        return lines

    def _called(self, number: int, given: tuple[str, ...]) -> list[str]:
        twin, site = self.twin, SITES.index(self.twin.site)
        values = given if twin.passed is None else twin.passed(given)
        if len(values) != self.takes and twin.later is not None:
            values = twin.later(given)
        if len(values) != self.takes:  # another release's
            return [f"return missing(m, {self.other_shape(len(values))})"]
        passed = tuple(f"p{i}" for i in range(len(values)))
        lines = ["top = m.scratch[STACK_TOP]"]
        lines += ["mmap_lock = m.scratch[MMAP_LOCK]", "pte_lock = m.scratch[PTE_LOCK]"]
        lines += [f"{name} = {value}" for name, value in zip(passed, values, strict=True)]
        if twin.unlocks:  # by the core's caller
            lines.append(f"m.scratch[PTE_LOCK] = pte_lock + {twin.unlocks}")
        lines.append(f"result = text_{number}({', '.join(['m', 'k', str(site), *passed])})")
        if twin.returned is not None:
            lines.append(f"result = {twin.returned(passed)}")
        return [
            *lines,
            "m.scratch[STACK_TOP] = top",
            "if m.scratch[MMAP_LOCK] != mmap_lock or m.scratch[PTE_LOCK] != pte_lock:",
            f"    event(m, EVENT_LOCKS, {site}, 0, 0)",
            "return result",
        ]
