# SPDX-License-Identifier: GPL-2.0-or-later
"""Translated text as functions: the names that it may use, and nothing else."""

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import FunctionType
from typing import Final

from linuxmm.source.border import Border, border
from linuxmm.source.program import Program

# Where a name of the border is looked for, the nearest first.
MODULES: Final = (
    "source.words",
    "source.runtime",
    "source.adapt",
    "source.adapt_ksm",
    "source.adapt_pmd",
    "state.constants",
    "state.layout",
    "state.rules",
    "state.vocabulary",
    "state.behaviours",
    "state.flags",
    "state.sites",
    "arch.x86.pgtable",
    "mm.page",
    "mm.stack",
    "mm.vma",
    "mm.rmap",
    "mm.sites",
    "mm.swap",
    "mm.swapfile",
    "mm.vmscan.isolate",
    "mm.vmscan.reclaim",
    "mm.mlock.page",
    "mm.memory.rss",
    "mm.memory.vm_fault",
    "mm.memory.nonpresent",
    "mm.memory.lookup",
    "mm.memory.fault",
    "mm.memory.fork",
    "mm.memory.pin",
    "mm.madvise.cold",
    "mm.migrate_device",
    "fs.proc.task_mmu.pagemap",
    "fs.proc.task_mmu.numa_maps",
    "mm.pgtable",
    "mm.pagewalk",
    "mm.migrate.misplaced",
    "mm.memory.exclusive",
    "mm.list",
    "mm.memory.wp",
    "mm.migrate.move_pages",
    "mm.gup.follow",
    "mm.gup.allowed",
    "mm.gup.grab",
    "mm.compound",
    "fs.proc.task_mmu.walk",
    "fs.proc.task_mmu.smaps",
    "mm.ksm.age",
    "mm.ksm.scan",
    "mm.swap_state",
    "mm.ksm.stable_node",
    "mm.hmm",
    "mm.unmap",
    "mm.mincore",
    "mm.rmap_migrate",
    "mm.gup.pages",
    "mm.ksm.items",
    "mm.ksm.merge",
    "mm.migrate.folio",
    "mm.ksm.slots",
    "mm.huge_memory.split_page",
    "mm.huge_memory.debugfs",
    "mm.page_tests",
    "mm.mprotect_writable",
    "mm.khugepaged.isolate",
    "mm.khugepaged.pte_mapped",
    "mm.huge_memory.vma",
    "mm.huge_memory.follow",
    "mm.huge_memory.range",
    "mm.huge_memory.split_pmd",
    "mm.memcontrol.charge",
    "mm.mempolicy.queue",
    "mm.ksm.rbtree",
    "mm.ksm.unstable",
    "mm.memcontrol.move",
)
# What the translator itself writes beside words and runtime.
WRITTEN: Final = frozenset(("push", "pop", "list_head", "pmd_word", "named_table"))
_NAME: Final = re.compile(r"(?<![\w.{])[A-Za-z_]\w*")
_WORDS: Final = {"m", "k", "site", "if", "else", "and", "or", "not", "in", "is"}


def names_of(table: Border) -> set[str]:
    """Every name that the texts of a border use."""
    callees = [callee for rows in table.calls.values() for callee in rows]
    texts = [callee.text for callee in callees if callee.kind != "never"]
    texts += [callee.text for callee in table.indirect.values()]
    members = [member for group in table.structs.values() for member in group.values()]
    texts += [text for member in members for text in (member.text, member.store)]
    texts += [member.text for member in (*table.globals.values(), *table.embedded.values())]
    texts += [part for row in table.loops.values() for part in row.values()]
    found = {name for text in texts for name in _NAME.findall(str(text))}
    return found - _WORDS


@cache
def namespace() -> dict[str, object]:
    """What translated functions see.  Raises: ValueError for a name that nothing has."""
    found: dict[str, object] = {"__builtins__": {}}
    modules = [import_module(f"linuxmm.{name}") for name in MODULES]
    for module in modules[:2]:
        found.update({n: v for n, v in vars(module).items() if not n.startswith("_")})
    for name in sorted(names_of(border()) | WRITTEN):
        home = next((module for module in modules if hasattr(module, name)), None)
        if home is None:
            raise ValueError(f"border.toml uses {name}, which no module of the model has")
        found[name] = getattr(home, name)
    return found


def load(
    program: Program, bind: Callable[[dict[str, object]], None] | None = None
) -> dict[str, FunctionType]:
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
