"""Model and real kernel side by side: every observable of every step, masked ones counted.

What differs between kernels without being wrong stands in MASKS, as data with its reason.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from linuxmm.play.matrix import system_of
from linuxmm.scenario.expect import atom_possible
from linuxmm.scenario.format import step_text
from linuxmm.scenario.outcome import (
    AnyOf,
    Atom,
    Fields,
    Flags,
    PageState,
    PageView,
    PerPage,
    Result,
    Single,
    Word,
)
from linuxmm.scenario.tree import Step
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.hidden import PTE_BITS, hidden_pairs
from linuxmm.validate.played import PageRow, Played
from linuxmm.validate.score import Difference, Score
from linuxmm.validate.states import (
    AGED,
    AGED_IN_TLB,
    ANYWHERE,
    APART,
    COPIED,
    LEFT_MERGED,
    LEFT_ZERO,
    NO_ACCESS,
    Marks,
    Page,
)

Spot = tuple[str, int, str, str, str]  # verb, page, observable, model, kernel


@dataclass(frozen=True)
class Mask:
    """Part of an observable that is not compared: which, when and why.

    `keys`: fields of a report, flags of a page, letters of pagemap, or `same_as` of a picture;
    none: whole atoms.  `without`: only where this ability is missing.  `state`: only of pages (or
    reports of areas with a page) in this state (``states.py``), and only where the two differ.
    `beside`, `not_beside`: only on pages with or without this flag.
    `model`, `kernel`: only where the one or the other says this.  `differs`: the report is then
    about another area.
    """

    verbs: tuple[str, ...]
    keys: tuple[str, ...]
    reason: str
    without: str = ""
    state: str = ""
    beside: str = ""
    model: str = ""
    kernel: str = ""
    not_beside: str = ""
    differs: str = ""  # the whole report, but only where this field of it differs
    explains: bool = False  # only what differs; a state always explains, no more

    def holds(self, differs: bool, here: Collection[str]) -> bool:
        """Does it hold for something that differs or not, of pages in these states?"""
        if self.state and self.state not in here:
            return False
        return differs or not (self.state or self.explains)


SHOWS_MERGING: Final = (
    "kpagecount", "kpageflags", "(pagemap)", "(frame)", "pages", "pagemap", "ksm", "smaps",
    "numa_maps", "move_pages",
)  # fmt: skip
NOT_TOLD: Final = {  # why a kernel's report may lack a line
    **dict.fromkeys(("smaps", "status", "ksm"), "this kernel has no such line"),
    "vmstat": "compaction or NUMA balancing may have migrated pages of others meanwhile",
}
_UNSHARE: Final = "since 6.2 KSM pages break up by an unsharing fault, whose copy is clean"
_TLB: Final = "clear_refs leaves the TLB alone: the accessed bit comes back some time later"
_MERGES: Final = "later kernels merge areas that 6.1 leaves apart (mm/vma.c: an anon_vma and none)"
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
    Mask(("smaps",), ("Referenced",), _TLB, state=AGED_IN_TLB),
    Mask(("kpageflags",), ("REFERENCED", "ACTIVE"), _TLB, state=AGED_IN_TLB),
    Mask(("(pte)",), ("accessed",), _TLB, state=AGED_IN_TLB),
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
        ("status",),
        ("VmSwap",),
        "waits in each task for its 64th fault (mm/memory.c:check_sync_rss_stat), the worker's too",
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
        state=AGED,
    ),
    Mask(
        ("move_pages",),
        (),
        "6.12 and later find pages without access",
        "query_passes_prot_none",
        state=NO_ACCESS,
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
    Mask(("smaps",), (), _MERGES, "halves_stay_apart", differs="Size"),
    Mask(("numa_maps",), (), _MERGES, "halves_stay_apart", state=APART),
    Mask(
        ("smaps",),
        ("ac",),
        "since 6.5 mprotect gives back the account of an area that was never touched",
        "account_stays",
        not_beside="wr",
        explains=True,
    ),
    Mask(
        ("smaps",),
        ("Pss_Dirty", "Private_Clean", "Private_Dirty", "Shared_Clean", "Shared_Dirty"),
        _UNSHARE,
        state=COPIED,
    ),
    Mask(
        ("numa_maps",),
        ("dirty", "mapped"),
        _UNSHARE,
        state=COPIED,
    ),
    Mask(
        SHOWS_MERGING,
        (),
        "6.1 leaves KSM pages without access merged; later kernels find them (break_ksm)",
        "query_passes_prot_none",
        state=LEFT_MERGED,
    ),
    Mask(
        SHOWS_MERGING,
        (),
        "6.1 forgets which zero pages KSM has put there; later kernels break them up too",
        "zero_pages_stay",
        state=LEFT_ZERO,
    ),
)  # fmt: skip


# --- side by side ---------------------------------------------------------------------------------
class Comparison:
    """Compares step by step and keeps the score."""

    def __init__(self, abilities: Abilities, score: Score) -> None:
        self.score = score
        self.active: dict[str, list[Mask]] = {}
        self.use(mask for mask in MASKS if not mask.without or not abilities.has(mask.without))
        self.kinds: dict[Page, str] = {}  # of the pages that were mapped last
        self.marks: dict[Page, set[str]] = {}  # states of pages after the step
        self.here: set[str] = set()  # states of what is being compared
        self.file, self.system = "", "other"
        self.now = Step(0, "", "", "")

    def use(self, masks: Iterable[Mask]) -> None:
        """These masks from now on."""
        self.active.clear()
        for mask in masks:
            for verb in mask.verbs:
                self.active.setdefault(verb, []).append(mask)

    def scenario(self, file: str, ours: Sequence[Played], theirs: Sequence[Played]) -> None:
        """The steps of one scenario, as far as both sides have made them."""
        self.score.scenarios += 1
        self.kinds = {}
        for model, kernel in zip(ours, theirs, strict=False):
            self.score.steps += 1
            self.step(file, model, kernel)

    def step(self, file: str, model: Played, kernel: Played) -> None:
        """One step: its result, what was logged, then all mapped pages."""
        step = model.step
        self.marks = _by_page(model.marks)
        before, self.kinds = self.kinds, self._kinds(model)
        self.file, self.now = file, step
        self.system = system_of(step) or "other"
        met = {**before, **self.kinds}
        for verb, page, observable, *pair in self._result(
            step.verb, model.outcome.result, kernel.outcome.result
        ):
            self._add(verb, observable, *pair, kind=_kind_of(met, step, page))
        self.here = set()
        ours = ",".join(sorted({event.name for event in model.outcome.events}))
        theirs = ",".join(sorted({event.name for event in kernel.outcome.events}))
        self._add("(events)", "events", ours or "none", theirs or "none")
        for verb, key, observable, *pair in self._pages(model.pages, kernel.pages):
            self._add(verb, observable, *pair, kind=met.get(key, ""))
        if kernel.hidden is not None and model.hidden is not None:
            for key, what, *pair in self._hidden(model.hidden, kernel.hidden):
                name = f"{key[0]}.{key[1]}[{key[2]}] {what}"
                self._add(f"({what})", name, *pair, kind=met.get(key, ""))

    def late(self, names: Sequence[str]) -> None:
        """What was logged when everything ended: nothing on a correct kernel."""
        self.here = set()
        self._add("(events)", "events at the end", "none", ",".join(sorted(set(names))) or "none")

    def _kinds(self, model: Played) -> dict[Page, str]:
        return {(p.process, p.name, p.index): p.kind for p in model.hidden or ()}

    def _add(self, verb: str, observable: str, ours: str, theirs: str, *, kind: str = "") -> None:
        """One observable more, unless it is masked."""
        agrees = ours == theirs
        if self._is_masked(verb, "", not agrees, model=ours, kernel=theirs):
            return
        self.score.add(verb, self.system, kind, agrees)
        if not agrees:
            step = self.now
            text = f"{step.label}: {step_text(step)}" if step.label else step_text(step)
            self.score.differences.append(
                Difference(self.file, step.line, text, observable, ours, theirs, verb)
            )

    # --- results ------------------------------------------------------------------------------
    def _result(self, verb: str, ours: Result, theirs: Result) -> Iterator[Spot]:
        """One for each atom that is compared; page -1: it is about the whole extent."""
        self.here = self._states(-1)
        if isinstance(ours, Single) and isinstance(theirs, Single):
            yield verb, -1, "result", *self._pair(verb, ours.atom, theirs.atom)
        elif isinstance(ours, Fields) and isinstance(theirs, Fields):
            yield from self._fields(verb, ours, theirs)
        elif (
            isinstance(ours, PerPage)
            and isinstance(theirs, PerPage)
            and ours.nr_pages() == theirs.nr_pages()
        ):
            if verb == "move_pages":
                yield verb, -1, "return value", *self._pair(verb, ours.ret, theirs.ret)
            for i, (a, b) in enumerate(zip(ours.atoms(), theirs.atoms(), strict=True)):
                self.here = self._states(i)
                yield verb, i, f"page {i}", *self._pair(verb, a, b)
        else:
            yield verb, -1, "result", ours.text(), theirs.text()

    def _fields(self, verb: str, ours: Fields, theirs: Fields) -> Iterator[Spot]:
        keys = dict.fromkeys([key for key, _ in (*ours.items, *theirs.items)])
        if self._is_of_another_area(verb, ours, theirs):
            return
        for key in keys:
            a, b = ours.get(key), theirs.get(key)
            if self._is_masked(verb, key, a != b):
                continue
            if b is None and verb in NOT_TOLD:
                self.score.masked[f"{verb} {key}: {NOT_TOLD[verb]}"] += 1
            elif a is None or b is None:
                yield verb, -1, key, a.text() if a else "absent", b.text() if b else "absent"
            else:
                yield verb, -1, key, *self._pair(verb, a, b)

    def _is_of_another_area(self, verb: str, ours: Fields, theirs: Fields) -> bool:
        """Is the report masked as a whole, because of the field in which it differs?"""
        for mask in self.active.get(verb, ()):
            if mask.differs and ours.get(mask.differs) != theirs.get(mask.differs):
                self.score.masked[f"{verb}: {mask.reason}"] += len(ours.items)
                return True
        return False

    def _states(self, page: int) -> set[str]:
        """States of one page of the step's extent, or (-1) of all pages of its mapping."""
        extent, found = self.now.target, set(self.marks.get(ANYWHERE, ()))
        if extent is None or extent.kind != "mapping":
            return found
        if page >= 0:
            return found | self.marks.get((extent.process, extent.name, extent.start + page), set())
        mapping = (extent.process, extent.name)
        return found.union(*(m for spot, m in self.marks.items() if spot[:2] == mapping))

    def _is_masked(
        self,
        verb: str,
        key: str,
        differs: bool,
        *,
        beside: Sequence[str] = (),
        model: str = "",
        kernel: str = "",
    ) -> bool:
        """Is this key (none: the whole atom) masked; counts it then."""
        for mask in self.active.get(verb, ()):
            here = key in mask.keys if key else not mask.keys
            here = here and not mask.differs and mask.holds(differs, self.here)
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
        if isinstance(ours, AnyOf):
            theirs = self._unmasked(verb, theirs, theirs)
            ours = AnyOf(tuple(self._unmasked(verb, option, theirs) for option in ours.options))
            text = theirs.text() if atom_possible(ours, theirs) else ours.text()
            return text, theirs.text()
        a, b = self._unmasked(verb, ours, theirs), self._unmasked(verb, theirs, ours)
        return a.text(), b.text()

    def _unmasked(self, verb: str, atom: Atom, other: Atom) -> Atom:
        """The atom without its masked parts, which are counted; `other`: of the other side."""
        if isinstance(atom, Flags):
            names, others = atom.names, other.names if isinstance(other, Flags) else ()
            masked = {n for n in names if self._is_masked(verb, n, n not in others, beside=names)}
            return Flags(tuple(name for name in names if name not in masked))
        if isinstance(atom, PageView) and atom.same_as >= 0:
            if self._is_masked(verb, "same_as", atom != other):
                return replace(atom, same_as=-1)
        if isinstance(atom, Word) and verb == "pagemap":
            return Word(self._letters(atom.word))
        return atom

    def _letters(self, word: str) -> str:
        if word == "none":
            return word
        return "".join(c for c in word if not self._is_masked("pagemap", c, False)) or "none"

    # --- all pages ------------------------------------------------------------------------------
    def _pages(
        self, ours: Sequence[PageRow], theirs: Sequence[PageRow]
    ) -> Iterator[tuple[str, Page, str, str, str]]:
        """Letters of every page, and which pages anywhere have one frame."""
        if not theirs:
            return
        host = {(row.process, row.name): row for row in theirs}
        model = {(row.process, row.name): row for row in ours}
        for key in dict.fromkeys([*model, *host]):
            a, b = model.get(key), host.get(key)
            self.here = set(self.marks.get(ANYWHERE, ()))
            if a is None or b is None:
                there = ["there" if row else "gone" for row in (a, b)]
                yield "(pagemap)", (*key, 0), ".".join(key), there[0], there[1]
                continue
            for i, (x, y) in enumerate(zip(a.letters, b.letters, strict=True)):
                name = f"{'.'.join(key)}[{i}]"
                yield "(pagemap)", (*key, i), name, self._letters(x), self._letters(y)
        if any(number for row in theirs for number in row.frames):
            yield from _same_frames(model, host)

    def _hidden(
        self, ours: Sequence[PageState], theirs: Sequence[PageState]
    ) -> Iterator[tuple[Page, str, str, str]]:
        """What only the kernel sees of every page that is mapped on either side."""
        model = {(p.process, p.name, p.index): p for p in ours}
        real = {(p.process, p.name, p.index): p for p in theirs}
        for key in dict.fromkeys([*model, *real]):
            a, b = model.get(key), real.get(key)
            if a is None or b is None:
                yield key, "mapped", str(a is not None), str(b is not None)
                continue
            self.here = self.marks.get(key, set()) | self.marks.get(ANYWHERE, set())
            ages = bool((a.pte ^ b.pte) & PTE_BITS["accessed"])
            vague = "accessed" if self._is_masked("(pte)", "accessed", ages) else ""
            for what, x, y in hidden_pairs(a, b, vague):
                yield key, what, x or "none", y or "none"


def _kind_of(kinds: dict[Page, str], step: Step, page: int) -> str:
    """The kind of one page of the step's extent, or of all of them where they are of one kind."""
    extent = step.target
    if extent is None or extent.kind != "mapping":
        return ""
    if page >= 0:
        return kinds.get((extent.process, extent.name, extent.start + page), "")
    pages = range(extent.start, extent.stop)
    met = {kinds.get((extent.process, extent.name, i), "") for i in pages} - {""}
    return met.pop() if len(met) == 1 else ""


def _by_page(marks: Marks) -> dict[Page, set[str]]:
    found: dict[Page, set[str]] = {}
    for page, mark in marks:
        found.setdefault(page, set()).add(mark)
    return found


Rows = dict[tuple[str, str], PageRow]


def _same_frames(model: Rows, host: Rows) -> Iterator[tuple[str, Page, str, str, str]]:
    """Per present page the first page anywhere with its frame: identities, never numbers."""
    spots = [
        ((*key, i), model[key].frames[i], host[key].frames[i])
        for key in model
        if key in host
        for i in range(len(model[key].frames))
    ]
    ours = _first_with((_spot(page), number) for page, number, _ in spots)
    theirs = _first_with((_spot(page), number) for page, _, number in spots)
    for (page, a, b), x, y in zip(spots, ours, theirs, strict=True):
        if a and b:
            yield "(frame)", page, _spot(page), x, y


def _spot(page: Page) -> str:
    return f"{page[0]}.{page[1]}[{page[2]}]"


def _first_with(spots: Iterable[tuple[str, int]]) -> list[str]:
    """For each place the first one with the same number."""
    first: dict[int, str] = {}
    return [first.setdefault(number, name) if number else "" for name, number in spots]
