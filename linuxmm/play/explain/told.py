# SPDX-License-Identifier: GPL-2.0-or-later
"""What was said against pages in one step, with the names that a scenario has for them."""

from collections.abc import Sequence
from inspect import signature
from typing import Any, Final

from linuxmm.errors import InputError
from linuxmm.machine import Machine
from linuxmm.mm.page import page_to_pfn
from linuxmm.play.bindings import Bindings
from linuxmm.play.explain.looks import LOOKS, Asked, Look, Said
from linuxmm.play.explain.refusals import REFUSALS
from linuxmm.play.page_state import all_pages
from linuxmm.scenario.outcome import PageState, Reason
from linuxmm.scenario.tree import Step
from linuxmm.scenario.verbs.record import FORMS
from linuxmm.scenario.words import DAEMONS
from linuxmm.state.layout import SIZE_V
from linuxmm.steps.rebind import CoreCopy, Function
from linuxmm.uapi import PAGE_SHIFT

NOTHING: Final = "nothing changed: no VMA, no entry, no count or flag of a page"
AS_A_WHOLE: Final = "the call fails, and no test of a page that is followed here refused one"
Areas = tuple[tuple[int, ...], ...]
Names = dict[tuple[str, int, int], list[str]]  # ("pfn", pfn, 0) or ("addr", mm, addr) -> pages


class Explainer:
    """Runs a machine on a copy of the core whose decisions are noted, step by step.

    Raises: InputError for a kernel that executes C, which no copy of the core says anything of.
    """

    def __init__(self, machine: Machine) -> None:
        if machine.kernel.text is not None:
            raise InputError(
                f"{machine.kernel.name} executes C of a tree: reasons are those of the model's own "
                "functions"
            )
        self._machine = machine
        self._said: list[tuple[Said, int, int]] = []  # with the pfn or the mm
        self._before: Names = {}
        self._pages: list[PageState] = []
        self._areas: Areas = ()
        core = CoreCopy()
        for function, look in (*LOOKS, *REFUSALS):
            core.replace(function, self._noted(core.copy(function), look))
        machine.step_with(core.step)

    def begin(self, bindings: Bindings) -> None:
        """Before a step: what its pages are called now."""
        self._said.clear()
        self._pages = all_pages(self._machine, bindings)
        self._areas = areas_of(self._machine)
        self._before = names_of(self._machine, self._pages, bindings)

    def told(self, bindings: Bindings, step: Step, failed: bool = False) -> tuple[Reason, ...]:
        """After it: each reason once, with all its pages; `failed`: its answer is an errno."""
        pages_now = all_pages(self._machine, bindings)
        after = names_of(self._machine, pages_now, bindings)
        found: dict[tuple[str, str, str], dict[str, None]] = {}
        for said, pfn, mm in self._said:
            pages = found.setdefault((said.where, said.why, said.test), {})
            name = self._name(said, pfn, mm, after, step)
            if name:
                pages[name] = None
        reasons = tuple(Reason(tuple(pages), *key) for key, pages in found.items())
        changed = pages_now != self._pages or areas_of(self._machine) != self._areas
        if not reasons and failed:
            return (Reason((), "", AS_A_WHOLE),)
        if reasons or changed or not _acts(step):
            return reasons
        return (Reason((), "", NOTHING),)

    def _noted(self, function: Function, look: Look) -> Function:
        """The function, its answers looked at."""

        names = list(signature(function).parameters)

        def called(*args: Any) -> int:
            result = function(*args)
            given = dict(zip(names, args, strict=True))
            m, k = given.pop("m"), given.pop("k", self._machine.k)
            said = look(Asked(m, k, self._machine.kernel, given, result))
            if said is not None:
                pfn = page_to_pfn(m, said.page) if said.page > 0 else 0
                self._said.append((said, pfn, m.vma_mm[said.vma] if said.vma else 0))
            return result

        return called

    def _name(self, said: Said, pfn: int, mm: int, after: Names, step: Step) -> str:
        """What the step's own process calls the page, else who has it first."""
        key = ("pfn", pfn, 0) if pfn else ("addr", mm, said.addr)
        names = self._before.get(key) or after.get(key) or []
        process = step.target.process if step.target else step.process or step.by
        own = [name for name in names if name.startswith(f"{process}.")]
        return (own or names or [""])[0]


def _acts(step: Step) -> bool:
    """Is it for pages that there are, and no mere look at them?"""
    verb = step.record
    looks = FORMS[verb.form].looks or verb.form == "values"
    asks = verb.form == "status" and not step.nodes
    return not (verb.makes or looks or asks) and bool(
        (step.target and step.target.kind == "mapping") or step.actor in DAEMONS
    )


def areas_of(machine: Machine) -> Areas:
    """Every VMA: whose, from where to where, with which flags."""
    m = machine.block.m
    columns = m.vma_mm, m.vma_start, m.vma_end, m.vma_flags
    return tuple(tuple(column[v] for column in columns) for v in range(1, m.used[SIZE_V]))


def names_of(machine: Machine, pages: Sequence[PageState], bindings: Bindings) -> Names:
    """What each pfn and each address is called, and where each mapping begins."""
    found: Names = {}
    m = machine.block.m
    for state in pages:
        mm = m.task_mm[bindings.tasks[state.process]]
        addr = bindings.base(state.process, state.name) + (state.index << PAGE_SHIFT)
        found.setdefault(("addr", mm, addr), []).append(state.page)
        if state.pfn:
            found.setdefault(("pfn", state.pfn, 0), []).append(state.page)
    for extent in bindings.story.extents():  # where a VMA begins nothing need be mapped
        mm = m.task_mm[bindings.tasks.get(extent.process, 0)]
        page = f"{extent.process}.{extent.name}[0]"
        found.setdefault(("addr", mm, bindings.address(extent)), [page])
    return found
