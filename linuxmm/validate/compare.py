"""Model and real kernel side by side: every observable of every step, masked ones counted.

What differs between kernels without being wrong stands in MASKS, as data with its reason.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from linuxmm.errors import NotModelled
from linuxmm.scenario.expect import atom_possible
from linuxmm.scenario.outcome import (
    AnyOf,
    Atom,
    Fields,
    Flags,
    PageView,
    PerPage,
    Result,
    Single,
    Word,
)
from linuxmm.scenario.steps_on_model import OnModel, start
from linuxmm.scenario.tree import Extent, Scenario, Step
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.host import PageRow, Played
from linuxmm.validate.procfs import frame, letters

_WORD: Final = (1 << 64) - 1


@dataclass(frozen=True)
class Mask:
    """Part of an observable that is not compared: which, when and why.

    `keys`: fields of a report, flags of a page, letters of pagemap, or `same_as` of a picture;
    none: whole atoms.  `without`: only where this ability is missing.  `after`: only once these
    steps were made, in this order (``mprotect *``: with any words).  `beside`,
    `not_beside`: only on pages with or without this flag.
    `model`, `kernel`: only where the one or the other says this.
    """

    verbs: tuple[str, ...]
    keys: tuple[str, ...]
    reason: str
    without: str = ""
    after: tuple[str, ...] = ()
    beside: str = ""
    model: str = ""
    kernel: str = ""
    not_beside: str = ""


_UNSHARE: Final = "since 6.2 KSM pages break up by an unsharing fault, whose copy is clean"
_TLB: Final = "clear_refs leaves the TLB alone: the accessed bit comes back some time later"
_AGES: Final = "the multi-generational LRU ages pages in its own way"
MASKS: Final[tuple[Mask, ...]] = (
    # what this kernel was built without, or does not show us
    Mask(("pagemap",), ("D",), "no soft-dirty tracking in this kernel", "soft_dirty"),
    Mask(("smaps",), ("sd",), "no soft-dirty tracking in this kernel", "soft_dirty"),
    Mask(("pages",), ("same_as",), "pagemap hides the frame numbers", "pfn"),
    Mask(("kpageflags",), ("ACTIVE", "REFERENCED"), _AGES, "classic_lru"),
    Mask(("numa_maps",), ("active",), _AGES, "classic_lru"),
    # what others than the scenario have a hand in
    Mask(
        ("kpageflags",),
        ("REFERENCED", "ACTIVE"),
        "the zero page is one for the whole machine",
        beside="ZERO_PAGE",
    ),
    Mask(
        ("kpageflags",),
        ("MAPPEDTODISK", "PRIVATE", "PRIVATE_2", "OWNER_PRIVATE", "ERROR", "IDLE"),
        "set by the file system that read the page (fs/ext4/readpage.c), not modelled",
        not_beside="ANON",
    ),
    Mask(("smaps",), ("Referenced",), _TLB, after=("clear_refs*",)),
    Mask(("kpageflags",), ("REFERENCED", "ACTIVE"), _TLB, after=("clear_refs*",)),
    Mask(("smaps",), ("THPeligible", "ProtectionKey"), "depends on settings and on the CPU"),
    Mask(
        ("status",),
        (
            "VmPeak", "VmSize", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData",
            "VmStk", "VmExe", "VmLib", "VmPTE", "HugetlbPages",
        ),
        "counts the worker's own memory too",
    ),
    Mask(
        ("vmstat",),
        ("numa_hint_faults", "numa_hint_faults_local", "numa_pages_migrated", "numa_pte_updates"),
        "counts every process of the machine: NUMA balancing scans them all",
    ),
    # where later kernels differ from 6.1
    Mask(("smaps",), ("KSM",), "a line that 6.1 does not have"),
    Mask(
        ("smaps",),
        ("Referenced",),
        "since 6.9 MADV_PAGEOUT leaves the accessed bit of what stays",
        "pageout_makes_old",
        after=("madvise MADV_PAGEOUT",),
    ),
    Mask(
        ("move_pages",),
        (),
        "6.12 and later find pages without access",
        "query_passes_prot_none",
        after=("mprotect none",),
        model="-ENOENT",
    ),
    Mask(
        ("move_pages",),
        (),
        "later kernels say -ENOENT of an empty entry (folio_walk), 6.1 -EFAULT (FOLL_DUMP)",
        "query_faults_on_hole",
        model="-EFAULT",
        kernel="-ENOENT",
    ),
    Mask(
        ("smaps",),
        ("ac",),
        "since 6.5 mprotect gives back the account of an area that was never touched",
        "account_stays",
        after=("mprotect *",),
    ),
    Mask(
        ("smaps",),
        ("Pss_Dirty", "Private_Clean", "Private_Dirty", "Shared_Clean", "Shared_Dirty"),
        _UNSHARE,
        after=("madvise MADV_MERGEABLE", "madvise MADV_UNMERGEABLE"),
    ),
    Mask(
        ("numa_maps",),
        ("dirty", "mapped"),
        _UNSHARE,
        after=("madvise MADV_MERGEABLE", "madvise MADV_UNMERGEABLE"),
    ),
    Mask(
        (
            "kpagecount", "kpageflags", "(pagemap)", "(frame)", "pages", "pagemap", "ksm", "smaps",
            "numa_maps", "move_pages",
        ),
        (),
        "6.1 leaves KSM pages without access merged; later kernels find them (break_ksm)",
        "query_passes_prot_none",
        after=("madvise MADV_MERGEABLE", "mprotect none", "madvise MADV_UNMERGEABLE"),
    ),
)  # fmt: skip


# --- what was compared ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Difference:
    """An observable that the model and the kernel give differently."""

    scenario: str
    line: int
    step: str
    observable: str
    model: str
    host: str

    def text(self) -> str:
        where = f"{self.scenario}:{self.line}: {self.step}: {self.observable}"
        return f"{where}: model {self.model}, kernel {self.host}"


@dataclass
class Score:
    """How many observables were compared, agreed, were masked; steps and files left out."""

    agreed: Counter[str] = field(default_factory=Counter)  # by verb
    masked: Counter[str] = field(default_factory=Counter)  # by reason
    skipped: Counter[str] = field(default_factory=Counter)  # steps, by reason
    undecided: Counter[str] = field(default_factory=Counter)  # scenarios, by reason
    differences: list[Difference] = field(default_factory=list)
    scenarios: int = 0
    steps: int = 0

    @property
    def compared(self) -> int:
        return sum(self.agreed.values()) + len(self.differences)

    def text(self) -> str:
        """The scoreboard."""
        lines = [
            f"{self.scenarios} scenarios, {self.steps} steps played; observables: "
            f"{self.compared} compared, {sum(self.agreed.values())} agree, "
            f"{sum(self.masked.values())} masked; {sum(self.skipped.values())} steps skipped"
        ]
        lines.append("  agree by verb: " + ", ".join(f"{v} {n}" for v, n in _sorted(self.agreed)))
        for what, counts in (
            ("masked", self.masked),
            ("steps skipped", self.skipped),
            ("scenarios undecided", self.undecided),
        ):
            lines += [f"  {what}: {n:5} {reason}" for reason, n in _sorted(counts)]
        lines += [f"  DIFFERS {difference.text()}" for difference in self.differences]
        return "\n".join(lines)


def _sorted(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


# --- the model's side -----------------------------------------------------------------------------
def play_on_model(scenario: Scenario, kernel: str = "v6.1") -> Iterator[Played]:
    """The steps on the model, with all mapped pages after each; may raise NotModelled."""
    model = start(scenario.machine, kernel)
    sizes: dict[tuple[str, str], int] = {}
    for step in scenario.steps:
        outcome = model.step(step)
        if step.verb == "mmap" and (step.by, step.name) in model.bindings.mappings:
            sizes[step.by, step.name] = step.nr_pages or (
                step.target.nr_pages if step.target else 0
            )
        elif step.verb == "fork":
            sizes.update({(step.name, n): nr for (p, n), nr in sizes.items() if p == step.by})
        yield Played(step, outcome, _look(model, sizes))


def _look(model: OnModel, sizes: dict[tuple[str, str], int]) -> tuple[PageRow, ...]:
    """What pagemap shows of every mapping, without a trace in the model."""
    before = model.snapshot()
    rows = []
    for (process, name), nr_pages in sizes.items():
        if process not in model.bindings.tasks:
            continue
        extent = Extent("mapping", process, name, 0, nr_pages, nr_pages)
        results = model.execute(Step(0, "", process, "pagemap", target=extent))
        words = [word & _WORD for result in results for word in result.out]
        shown, frames = tuple(map(letters, words)), tuple(map(frame, words))
        rows.append(PageRow(process, name, shown, frames))
    model.restore(before)
    return tuple(rows)


# --- side by side ---------------------------------------------------------------------------------
class Comparison:
    """Compares step by step and keeps the score."""

    def __init__(self, abilities: Abilities, score: Score) -> None:
        self.score = score
        self.masks = [mask for mask in MASKS if not mask.without or not abilities.has(mask.without)]
        self.active: dict[str, list[Mask]] = {}
        self.made: list[str] = []

    def _history(self, step: Step) -> None:
        """Which masks the steps so far call for."""
        self.made.append(" ".join((step.verb, *step.words)))
        self.active.clear()
        for mask in self.masks:
            if not mask.after or _in_order(mask.after, self.made):
                for verb in mask.verbs:
                    self.active.setdefault(verb, []).append(mask)

    def scenario(self, scenario: Scenario, host: Sequence[Played]) -> None:
        """One scenario that the host has played, as far as the model knows it."""
        self.score.scenarios += 1
        self.made = []
        try:
            for theirs, ours in zip(host, play_on_model(scenario), strict=True):
                self.score.steps += 1
                self.step(scenario.file or scenario.name, ours, theirs)
        except NotModelled as error:
            self.score.undecided[str(error)] += 1

    def step(self, file: str, model: Played, host: Played) -> None:
        """One step: its result, then all mapped pages."""
        step = model.step
        self._history(step)
        spots = [*self._result(step.verb, model.outcome.result, host.outcome.result)]
        spots += self._pages(model.pages, host.pages)
        name = f"{step.actor}: {step.label or step.verb}" if step.actor else step.verb
        for verb, observable, ours, theirs in spots:
            if self._is_masked(verb, "", model=ours, kernel=theirs):
                continue
            if ours == theirs:
                self.score.agreed[verb] += 1
            else:
                self.score.differences.append(
                    Difference(file, step.line, name, observable, ours, theirs)
                )

    # --- results ------------------------------------------------------------------------------
    def _result(
        self, verb: str, ours: Result, theirs: Result
    ) -> Iterator[tuple[str, str, str, str]]:
        """(verb, observable, model, kernel), one for each atom that is compared."""
        if isinstance(ours, Single) and isinstance(theirs, Single):
            yield verb, "result", *self._pair(verb, ours.atom, theirs.atom)
        elif isinstance(ours, Fields) and isinstance(theirs, Fields):
            yield from self._fields(verb, ours, theirs)
        elif (
            isinstance(ours, PerPage)
            and isinstance(theirs, PerPage)
            and ours.nr_pages() == theirs.nr_pages()
        ):
            if verb == "move_pages":
                yield verb, "return value", *self._pair(verb, ours.ret, theirs.ret)
            for i, (a, b) in enumerate(zip(ours.atoms(), theirs.atoms(), strict=True)):
                yield verb, f"page {i}", *self._pair(verb, a, b)
        else:
            yield verb, "result", ours.text(), theirs.text()

    def _fields(
        self, verb: str, ours: Fields, theirs: Fields
    ) -> Iterator[tuple[str, str, str, str]]:
        keys = dict.fromkeys([key for key, _ in (*ours.items, *theirs.items)])
        for key in keys:
            if self._is_masked(verb, key):
                continue
            a, b = ours.get(key), theirs.get(key)
            if b is None and verb in ("smaps", "status", "ksm"):
                self.score.masked[f"{verb} {key}: this kernel has no such line"] += 1
            elif a is None or b is None:
                yield verb, key, a.text() if a else "absent", b.text() if b else "absent"
            else:
                yield verb, key, *self._pair(verb, a, b)

    def _is_masked(
        self,
        verb: str,
        key: str,
        *,
        beside: Sequence[str] = (),
        model: str = "",
        kernel: str = "",
    ) -> bool:
        """Is this key (none: the whole atom) masked; counts it then."""
        for mask in self.active.get(verb, ()):
            here = key in mask.keys if key else not mask.keys
            fits = not mask.beside or mask.beside in beside
            fits = fits and (not mask.not_beside or mask.not_beside not in beside)
            fits = fits and mask.kernel in ("", kernel)
            if here and fits and mask.model in ("", model):
                what = f"{verb} {key}" if key else verb
                self.score.masked[f"{what}: {mask.reason}"] += 1
                return True
        return False

    def _pair(self, verb: str, ours: Atom, theirs: Atom) -> tuple[str, str]:
        """Both as text, without what is masked; equal where the kernel's is a possible one."""
        theirs = self._unmasked(verb, theirs)
        if isinstance(ours, AnyOf):
            ours = AnyOf(tuple(self._unmasked(verb, option) for option in ours.options))
            text = theirs.text() if atom_possible(ours, theirs) else ours.text()
            return text, theirs.text()
        return self._unmasked(verb, ours).text(), theirs.text()

    def _unmasked(self, verb: str, atom: Atom) -> Atom:
        """The atom without its masked parts, which are counted."""
        if isinstance(atom, Flags):
            names = atom.names
            return Flags(tuple(n for n in names if not self._is_masked(verb, n, beside=names)))
        if isinstance(atom, PageView) and atom.same_as >= 0 and self._is_masked(verb, "same_as"):
            return replace(atom, same_as=-1)
        if isinstance(atom, Word) and verb == "pagemap":
            return Word(self._letters(atom.word))
        return atom

    def _letters(self, word: str) -> str:
        if word == "none":
            return word
        return "".join(c for c in word if not self._is_masked("pagemap", c)) or "none"

    # --- all pages ------------------------------------------------------------------------------
    def _pages(
        self, ours: Sequence[PageRow], theirs: Sequence[PageRow]
    ) -> Iterator[tuple[str, str, str, str]]:
        """Letters of every page, and which pages anywhere have one frame."""
        if not theirs:
            return
        host = {(row.process, row.name): row for row in theirs}
        model = {(row.process, row.name): row for row in ours}
        for key in dict.fromkeys([*model, *host]):
            a, b = model.get(key), host.get(key)
            if a is None or b is None:
                there = ["there" if row else "gone" for row in (a, b)]
                yield "(pagemap)", ".".join(key), there[0], there[1]
                continue
            for i, (x, y) in enumerate(zip(a.letters, b.letters, strict=True)):
                yield "(pagemap)", f"{'.'.join(key)}[{i}]", self._letters(x), self._letters(y)
        if any(number for row in theirs for number in row.frames):
            yield from _same_frames(model, host)


def _in_order(wanted: Sequence[str], made: Sequence[str]) -> bool:
    """Were these steps made, one after the other (others may stand between)?"""
    rest = iter(made)
    return all(any(_is_step(step, word) for step in rest) for word in wanted)


def _is_step(step: str, word: str) -> bool:
    """Is this the step (``mprotect *``: with any words)?"""
    return step.startswith(word[:-1]) if word.endswith("*") else step == word


Rows = dict[tuple[str, str], PageRow]


def _same_frames(model: Rows, host: Rows) -> Iterator[tuple[str, str, str, str]]:
    """Per present page the first page anywhere with its frame: identities, never numbers."""
    spots = [
        (".".join(key) + f"[{i}]", model[key].frames[i], host[key].frames[i])
        for key in model
        if key in host
        for i in range(len(model[key].frames))
    ]
    ours = _first_with(((name, number) for name, number, _ in spots))
    theirs = _first_with(((name, number) for name, _, number in spots))
    for (name, a, b), x, y in zip(spots, ours, theirs, strict=True):
        if a and b:
            yield "(frame)", name, x, y


def _first_with(spots: Iterable[tuple[str, int]]) -> list[str]:
    """For each place the first one with the same number."""
    first: dict[int, str] = {}
    return [first.setdefault(number, name) if number else "" for name, number in spots]
