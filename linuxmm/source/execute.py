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
from types import FunctionType
from typing import Final

from linuxmm.arch.x86 import pgtable
from linuxmm.kernels import Kernel
from linuxmm.kernels.record import Text
from linuxmm.source import adapt, adapt_ksm, adapt_pmd, twins
from linuxmm.source.border import border
from linuxmm.source.config import config_of
from linuxmm.source.enter import CALLED, MAX_ENTRIES, OWN_ARGUMENTS, Entry
from linuxmm.source.kept import kept
from linuxmm.source.load import load
from linuxmm.source.marked import Where, with_marks
from linuxmm.source.notes import noting
from linuxmm.source.program import Program, Trap
from linuxmm.source.pytext import TRANSLATED, code_of
from linuxmm.source.tree import SourceTree, Texts
from linuxmm.source.twins import TWINS, Twin
from linuxmm.state import behaviours, constants, flags, layout, sites, vocabulary
from linuxmm.state.constants import EVENT_ENDLESS, EVENT_OOPS
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITES
from linuxmm.steps.rebind import CoreCopy, Function

# What stands between texts and core: it calls the copy too, or twins behind it would not be text.
BETWEEN: Final = tuple(
    function
    for module in (adapt, adapt_ksm, adapt_pmd, twins)
    for function in vars(module).values()
    if isinstance(function, FunctionType) and function.__module__ == module.__name__
)


def core_constants() -> dict[str, int]:
    """Constants of the core by name."""
    return {
        name: value
        for module in (pgtable, layout, vocabulary, sites, behaviours, flags, constants)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int)
    }


def _endless(version: "Version") -> int:
    """The trap of a function that is called again and again."""
    twin, file = version.twin, version.program.tree.file(version.twin.path)
    line = file.functions[twin.name].start_point[0] + 1 if file is not None else 1
    why = "is called again and again, and the caller never ends"
    return version.program.trap(twin.path, line, twin.name, why, "dry")


@dataclass(frozen=True)
class Version:
    """One text of a twin: the function, and the program that it was translated in."""

    twin: Twin
    program: Program
    text: str  # its Python, and that of all it calls

    def entry(self, ours: Function, takes: int, marked: bool, most: int) -> Entry:
        """How the core comes to it; takes: how many arguments the text has."""

        def other_shape(passed: int) -> int:
            why = f"takes {takes} arguments here, and the model has {passed} for it"
            return self.program.trap(self.twin.path, 1, self.twin.name, why, "missing")

        assert isinstance(ours, FunctionType)
        return Entry(self.twin, ours, takes, _endless(self), other_shape, marked, most)


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
    most: int = MAX_ENTRIES  # a step that comes to text more often never ends
    went: Counter[tuple[int, bool]] = field(default_factory=Counter)  # of common conditions

    @cached_property
    def digest(self) -> str:
        said = "\0".join(self.versions[place].text for place in sorted(self.versions))
        return blake2b(said.encode(), digest_size=8).hexdigest()

    @cached_property
    def replaces(self) -> frozenset[str]:
        return frozenset(version.twin.ours for version in self.versions.values())

    @cached_property
    def step(self) -> Function:
        step, scope = self.bound(self._counted)

        def noted(m: State, k: Rules, *arguments: int) -> int:
            scope["k"] = k
            return step(m, k, *arguments)

        return noted

    def bound(
        self, entered: Callable[[str, FunctionType], Function]
    ) -> tuple[Function, dict[str, object]]:
        """A core that comes to the texts, and the scope in which it does (`enter.py`).

        entered: what is called in the place of a function of the core, by place.
        """
        copy = CoreCopy(BETWEEN)
        scope: dict[str, object] = {"__builtins__": {}, "k": None, **CALLED}
        copy.bind(scope)
        loaded: dict[int, dict[str, FunctionType]] = {}
        texts = []
        for n, (place, version) in enumerate(self.versions.items()):
            key = id(version.program)
            if key not in loaded:
                program = with_marks(version.program, self.noted)
                loaded[key] = load(program, self._binding(copy))
            function = scope[f"text_{n}"] = loaded[key][version.twin.name]
            entry = version.entry(
                copy.named(version.twin.ours),
                function.__code__.co_argcount - OWN_ARGUMENTS,
                place in self.marked,
                self.most,
            )
            texts.append(entry.text(n))
        exec(code_of("\n\n\n".join(texts)), scope)
        for n, (place, version) in enumerate(self.versions.items()):
            enter = scope[f"enter_{n}"]
            assert isinstance(enter, FunctionType)
            copy.replace(copy.named(version.twin.ours), entered(place, enter))
        return copy.step, scope

    def _counted(self, place: str, enter: FunctionType) -> Function:
        """What is called in the core's place, its calls counted."""
        calls = self.calls
        calls.setdefault(place, 0)

        def counted(*arguments: object) -> int:
            calls[place] += 1
            found: int = enter(*arguments)
            return found

        return counted

    def _binding(self, copy: CoreCopy) -> Callable[[dict[str, object]], None]:
        """The names of the core mean the copy; `reached` and its like take notes."""

        def bind(scope: dict[str, object]) -> None:
            copy.bind(scope)
            scope.update(noting(self.seen, self.went))

        return bind

    def said(self, trap: int) -> str:
        found = self._trap(trap)
        return str(found[1]) if found else f"trap {trap}"

    def fatal(self, trap: int) -> tuple[int, int] | None:
        found = self._trap(trap)
        if found is None or found[1].kind == "missing":
            return None
        event = EVENT_ENDLESS if found[1].kind == "dry" else EVENT_OOPS
        return event, SITES.index(found[0].twin.site)

    def overrun(self, error: IndexError) -> tuple[tuple[int, int], str] | None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        code = trace.tb_frame.f_code if trace is not None else None
        if code is None or not code.co_filename.startswith(TRANSLATED):
            return None
        for version in self.versions.values():
            twin = version.twin
            for path, name in version.program.reached(twin.path, twin.name):
                if code.co_name == f"c_{name}":
                    said = f"{path}: {name}: an index is outside of all that there is"
                    return (EVENT_OOPS, SITES.index(twin.site)), said
        return None

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
        return Executed({**self.versions, **taken}, frozenset(taken), most=self.most)


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
            function = copy.copy(ours)
            assert isinstance(function, FunctionType)
            copy.replace(ours, self._counted(place, function))
        return copy.step


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
