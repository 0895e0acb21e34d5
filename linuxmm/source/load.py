"""Translated text as functions: the names that it may use, and nothing else."""

import re
from collections.abc import Callable
from functools import cache
from types import FunctionType, ModuleType
from typing import Final

import linuxmm.arch.x86.pgtable
import linuxmm.fs.proc.task_mmu.numa_maps
import linuxmm.fs.proc.task_mmu.pagemap
import linuxmm.fs.proc.task_mmu.smaps
import linuxmm.fs.proc.task_mmu.walk
import linuxmm.mm.gup.follow
import linuxmm.mm.gup.grab
import linuxmm.mm.list
import linuxmm.mm.madvise.cold
import linuxmm.mm.memory.exclusive
import linuxmm.mm.memory.fault
import linuxmm.mm.memory.fork
import linuxmm.mm.memory.lookup
import linuxmm.mm.memory.nonpresent
import linuxmm.mm.memory.rss
import linuxmm.mm.memory.vm_fault
import linuxmm.mm.memory.wp
import linuxmm.mm.migrate.misplaced
import linuxmm.mm.migrate.move_pages
import linuxmm.mm.migrate_device
import linuxmm.mm.mlock.page
import linuxmm.mm.page
import linuxmm.mm.pagewalk
import linuxmm.mm.pgtable
import linuxmm.mm.rmap
import linuxmm.mm.sites
import linuxmm.mm.stack
import linuxmm.mm.swap
import linuxmm.mm.swapfile
import linuxmm.mm.vma
import linuxmm.mm.vmscan.isolate
import linuxmm.mm.vmscan.reclaim
import linuxmm.source.adapt
import linuxmm.source.runtime
import linuxmm.source.words
import linuxmm.state.constants
import linuxmm.state.layout
import linuxmm.state.rules
import linuxmm.state.vocabulary
from linuxmm.source.border import Border, border
from linuxmm.source.program import Program

MODULES: Final[tuple[ModuleType, ...]] = (
    linuxmm.source.words,
    linuxmm.source.runtime,
    linuxmm.source.adapt,
    linuxmm.state.constants,
    linuxmm.state.layout,
    linuxmm.state.rules,
    linuxmm.state.vocabulary,
    linuxmm.arch.x86.pgtable,
    linuxmm.mm.page,
    linuxmm.mm.stack,
    linuxmm.mm.vma,
    linuxmm.mm.rmap,
    linuxmm.mm.sites,
    linuxmm.mm.swap,
    linuxmm.mm.swapfile,
    linuxmm.mm.vmscan.isolate,
    linuxmm.mm.vmscan.reclaim,
    linuxmm.mm.mlock.page,
    linuxmm.mm.memory.rss,
    linuxmm.mm.memory.vm_fault,
    linuxmm.mm.memory.nonpresent,
    linuxmm.mm.memory.lookup,
    linuxmm.mm.memory.fault,
    linuxmm.mm.memory.fork,
    linuxmm.mm.madvise.cold,
    linuxmm.mm.migrate_device,
    linuxmm.fs.proc.task_mmu.pagemap,
    linuxmm.fs.proc.task_mmu.numa_maps,
    linuxmm.mm.pgtable,
    linuxmm.mm.pagewalk,
    linuxmm.mm.migrate.misplaced,
    linuxmm.mm.memory.exclusive,
    linuxmm.mm.list,
    linuxmm.mm.memory.wp,
    linuxmm.mm.migrate.move_pages,
    linuxmm.mm.gup.follow,
    linuxmm.mm.gup.grab,
    linuxmm.fs.proc.task_mmu.walk,
    linuxmm.fs.proc.task_mmu.smaps,
)
_NAME: Final = re.compile(r"(?<![\w.{])[A-Za-z_]\w*")
_WORDS: Final = {"m", "k", "site", "if", "else", "and", "or", "not", "in", "is"}


def names_of(table: Border) -> set[str]:
    """Every name that the texts of a border use."""
    callees = [callee for rows in table.calls.values() for callee in rows]
    texts = [callee.text for callee in callees if callee.kind != "never"]
    texts += [callee.text for callee in table.indirect.values()]
    texts += [member.text for members in table.structs.values() for member in members.values()]
    texts += [member.text for member in (*table.globals.values(), *table.embedded.values())]
    texts += [part for row in table.loops.values() for part in row.values()]
    found = {name for text in texts for name in _NAME.findall(str(text))}
    return found - _WORDS


@cache
def namespace() -> dict[str, object]:
    """What translated functions see.  Raises: ValueError for a name that nothing has."""
    found: dict[str, object] = {"__builtins__": {}}
    for module in (linuxmm.source.words, linuxmm.source.runtime):
        found.update({n: v for n, v in vars(module).items() if not n.startswith("_")})
    for name in sorted(names_of(border()) | {"push", "pop", "list_head"}):
        home = next((module for module in MODULES if hasattr(module, name)), None)
        if home is None:
            raise ValueError(f"border.toml uses {name}, which no module of the model has")
        found[name] = getattr(home, name)
    return found


def load(
    program: Program, bind: Callable[[dict[str, object]], None] | None = None
) -> dict[str, Callable[..., int]]:
    """The translated functions by their C names; `bind` may give its names other meanings."""
    scope = dict(namespace())
    if bind is not None:
        bind(scope)
    for code in program.compiled():
        exec(code, scope)
    return {
        name[2:]: value
        for name, value in scope.items()
        if name.startswith("c_") and isinstance(value, FunctionType)
    }
