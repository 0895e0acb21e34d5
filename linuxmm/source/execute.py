# SPDX-License-Identifier: GPL-2.0-or-later
"""Functions of a source tree in place of those of the core that transcribe them.

    before = with_text(load("v6.1"), Folder("linux"))

`before` is a kernel like any other: whoever runs it runs the tree's C where `twins.py` has it, and
the core for the rest.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Final

from linuxmm.arch.x86 import pgtable
from linuxmm.kernels import Kernel
from linuxmm.kernels.record import Text
from linuxmm.mm.page import event, trap
from linuxmm.mm.sites import visit
from linuxmm.source.border import border
from linuxmm.source.config import config_of
from linuxmm.source.kept import kept
from linuxmm.source.load import load
from linuxmm.source.marked import DECIDED, PASSED, REACHED, Where, with_marks
from linuxmm.source.program import Program, Trap
from linuxmm.source.runtime import missing
from linuxmm.source.tree import SourceTree, Texts
from linuxmm.source.twins import TWINS, Twin
from linuxmm.state import constants, layout, vocabulary
from linuxmm.state.constants import EVENT_ENDLESS, EVENT_LOCKS, EVENT_OOPS, TRAP_SOURCE
from linuxmm.state.layout import DIVERGED, MMAP_LOCK, PTE_LOCK, STACK_TOP, State
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import SITES
from linuxmm.steps.rebind import CoreCopy, Function

OWN_ARGUMENTS: Final = 3  # m, k, site
# So often a step comes to text: the largest mapping of a scenario has some thousand pages.
MAX_ENTRIES: Final = 1 << 17


def core_constants() -> dict[str, int]:
    """Constants of the core by name."""
    return {
        name: value
        for module in (pgtable, layout, vocabulary, constants)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int)
    }


def _held(m: State) -> tuple[int, int]:
    """How often mmap_lock and a table's lock were taken and not given back."""
    return m.scratch[MMAP_LOCK], m.scratch[PTE_LOCK]


def _endless(version: "Version") -> int:
    """The trap of a function that is called again and again."""
    twin, file = version.twin, version.program.tree.file(version.twin.path)
    line = file.functions[twin.name].start_point[0] + 1 if file is not None else 1
    why = "is called again and again, and the caller never ends"
    return version.program.trap(twin.path, line, twin.name, why, "dry")


def _takes_rules(function: Function) -> bool:
    """Has a function of the core the rules as its second argument?"""
    return "k" in function.__code__.co_varnames[:2]


class _Running:
    """The step that runs: its rules, for text in the place of what does not take them.

    `entries`: how often it came to text; loops of the core that wait for an answer of text end by
    that.
    """

    def __init__(self) -> None:
        self.rules: Rules | None = None
        self.entries = 0

    def noted(self, step: Function) -> Function:
        def noted(m: State, k: Rules, *arguments: int) -> int:
            self.rules, self.entries = k, 0
            return step(m, k, *arguments)

        return noted

    def without_rules(self, function: Function) -> Function:
        def called(m: State, *arguments: int) -> int:
            return function(m, self.rules, *arguments)

        return called


@dataclass(frozen=True)
class Version:
    """One text of a twin: the function, and the program that it was translated in."""

    twin: Twin
    program: Program
    text: str  # its Python, and that of all it calls

    def other_shape(self, takes: int, passed: int) -> int:
        """The trap for a function that takes other arguments than its pair passes."""
        why = f"takes {takes} arguments here, and the model has {passed} for it"
        return self.program.trap(self.twin.path, 1, self.twin.name, why, "missing")


@dataclass(frozen=True, eq=False)
class Executed:
    """Some twins as text (`kernels.record.Text`).

    marked: twins whose text is another one in the kernel that this one is held against: a step
    that comes to one may part the two.  noted: functions of whose text another form runs, which
    notes the places that it comes to (`marked.py`) in `seen`.
    """

    versions: Mapping[str, Version]  # by place
    marked: frozenset[str] = frozenset()
    noted: Mapping[Where, str] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)  # how often each ran
    seen: set[int] = field(default_factory=set)
    went: Counter[tuple[int, bool]] = field(default_factory=Counter)  # of common conditions

    @cached_property
    def digest(self) -> str:
        said = "\0".join(self.versions[place].text for place in sorted(self.versions))
        return blake2b(said.encode(), digest_size=8).hexdigest()

    @cached_property
    def step(self) -> Function:
        copy, running = CoreCopy(), _Running()
        loaded: dict[int, dict[str, Function]] = {}
        for place, version in self.versions.items():
            key = id(version.program)
            if key not in loaded:
                program = with_marks(version.program, self.noted)
                loaded[key] = load(program, self._binding(copy))
            function = loaded[key][version.twin.name]
            ours = copy.named(version.twin.ours)
            entered = self._entered(place, version, function, running)
            if _takes_rules(ours):
                copy.replace(ours, entered)
            else:
                copy.replace(ours, running.without_rules(entered))
        return running.noted(copy.step)

    def _binding(self, copy: CoreCopy) -> Callable[[dict[str, object]], None]:
        """The names of the core mean the copy; `reached` and its like take notes."""

        def bind(scope: dict[str, object]) -> None:
            copy.bind(scope)
            scope[REACHED], scope[DECIDED], scope[PASSED] = self.seen.add, decided, passed

        def decided(number: int, value: int) -> int:
            self.seen.add(number if value else number + 1)
            return value

        def passed(number: int, value: int) -> int:
            went[number, bool(value)] += 1
            return value

        went = self.went

        return bind

    def _entered(
        self, place: str, version: Version, function: Function, running: _Running
    ) -> Function:
        calls, marks, twin = self.calls, place in self.marked, version.twin
        site, endless = SITES.index(twin.site), _endless(version)
        takes = function.__code__.co_argcount - OWN_ARGUMENTS
        calls.setdefault(place, 0)

        def entered(m: State, k: Rules, *arguments: int) -> int:
            calls[place] += 1
            running.entries += 1
            if running.entries > MAX_ENTRIES:
                trap(m, TRAP_SOURCE, endless)
                raise OverflowError(f"{twin.name} is called without end")  # out of the core's loop
            if site:
                visit(m, site, 0)
            if marks:
                m.scratch[DIVERGED] = 1
                m.diverged_site[site] = m.diverged_site[site] + 1
            top, held = m.scratch[STACK_TOP], _held(m)
            passed = arguments if twin.passed is None else twin.passed(m, arguments)
            if len(passed) != takes:  # another release's
                m.scratch[STACK_TOP] = top
                return missing(m, version.other_shape(takes, len(passed)))
            m.scratch[PTE_LOCK] = m.scratch[PTE_LOCK] + twin.unlocks  # by the core's caller
            result = function(m, k, site, *passed)
            if twin.returned is not None:
                result = twin.returned(m, k, passed, result)
            m.scratch[STACK_TOP] = top
            if _held(m) != held:
                event(m, EVENT_LOCKS, site, 0, 0)
            return result

        return entered

    def said(self, trap: int) -> str:
        found = self._trap(trap)
        return str(found[1]) if found else f"trap {trap}"

    def fatal(self, trap: int) -> tuple[int, int] | None:
        found = self._trap(trap)
        if found is None or found[1].kind == "missing":
            return None
        event = EVENT_ENDLESS if found[1].kind == "dry" else EVENT_OOPS
        return event, SITES.index(found[0].twin.site)

    def _trap(self, number: int) -> tuple[Version, Trap] | None:
        for version in self.versions.values():
            trap = version.program.traps.get(number)
            twin = version.twin
            if trap and (trap.path, trap.function) in version.program.reached(twin.path, twin.name):
                return version, trap
        return None

    def differing(self, other: Text) -> list[str]:
        assert isinstance(other, Executed)
        both = self.versions.keys() & other.versions.keys()
        return sorted(p for p in both if self.versions[p].text != other.versions[p].text)

    def with_(self, other: Text, places: Iterable[str]) -> "Executed":
        assert isinstance(other, Executed)
        taken = {place: other.versions[place] for place in places if place in other.versions}
        return Executed({**self.versions, **taken}, frozenset(taken))


@dataclass(frozen=True, eq=False)
class Counted(Executed):
    """The core alone; `calls`: how often each function that has a twin was called."""

    @cached_property
    def digest(self) -> str:
        return "counted"

    @cached_property
    def step(self) -> Function:
        copy = CoreCopy()
        for place, version in self.versions.items():
            ours = copy.named(version.twin.ours)
            copy.replace(ours, self._counted(place, copy.copy(ours)))
        return copy.step

    def _counted(self, place: str, function: Function) -> Function:
        calls = self.calls
        calls.setdefault(place, 0)

        def counted(*arguments: object) -> int:
            calls[place] += 1
            return function(*arguments)

        return counted


def translated(
    tree: SourceTree, touched: frozenset[str] | None = None, twins: Iterable[Twin] = TWINS
) -> dict[str, Version]:
    """The twins that a tree has, by place.

    touched: what is executed whatever the border says; None: what a judge executes (`as_text`).
    """
    sites = {site: number for number, site in enumerate(SITES) if site}
    twins = list(twins)
    wanted = border().as_text if touched is None else touched
    program = Program(
        tree,
        touched=wanted & border().calls.keys(),  # of all other names it makes no difference
        sites=sites,
        core=core_constants(),
    )
    program = kept(program, [(twin.path, twin.name) for twin in twins])
    return {
        twin.place: Version(twin, program, program.text_of(twin.path, twin.name))
        for twin in twins
        if (twin.path, twin.name) in program.texts
    }


def with_text(kernel: Kernel, texts: Texts, twins: Iterable[Twin] = TWINS) -> Kernel:
    """A record that runs a tree's text wherever it can."""
    tree = SourceTree(texts, config_of(kernel))
    return kernel.replace(text=Executed(translated(tree, twins=twins)))
