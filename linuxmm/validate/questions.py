# SPDX-License-Identifier: GPL-2.0-or-later
"""What kernels do in different ways, asked: small scenarios that a kernel and the model both play.

The last step of each tells.  Where the kernel says otherwise than the model by its rules, an
ability is missing (``abilities.py``): what hangs on it is not compared, or not played.  The rules
that agree with the kernel in most answers are the nearest to it.  No version is asked.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final, NamedTuple, Protocol

from linuxmm.errors import Skipped
from linuxmm.kernels import DEFAULT_KERNEL, Kernel, load, names
from linuxmm.scenario.outcome import Fields, Flags, PerPage, Result
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.answers import split
from linuxmm.validate.model import play
from linuxmm.validate.plan import Place, Plan

_HEAD: Final = "linuxmm-scenario 1\nname: question\nintent: {of}.\n\n"
_BODY: Final = "machine:\n{machine}\n\nsteps:\n{steps}\n"


class Question(NamedTuple):
    """`of`: what it is about.  `word`: is this flag among those that the last step shows?

    `ours`: only where the machine is ours.
    """

    ability: str
    of: str
    steps: tuple[str, ...]
    word: str = ""
    ours: bool = False
    machine: tuple[str, ...] = ()

    @property
    def scenario(self) -> Scenario:
        lines = ("node0 512M", "node1 512M", *self.machine)
        machine, steps = ("\n".join(f"  {line}" for line in part) for part in (lines, self.steps))
        text = (_HEAD + _BODY).format(of=self.of, machine=machine, steps=steps)
        return parse(text.encode(), self.ability)

    def answer(self, result: Result) -> str:
        """In words."""
        if not self.word:
            return result.text()
        has = any(self.word in flags.names for flags in _flags(result))
        return self.word if has else f"no {self.word}"


def _flags(result: Result) -> list[Flags]:
    """Of a field or of the pages."""
    if isinstance(result, Fields):
        return [atom for _, atom in result.items if isinstance(atom, Flags)]
    if isinstance(result, PerPage):
        return [atom for atom in result.atoms() if isinstance(atom, Flags)]
    return []


SCANS_ALL: Final = "pages_volatile=0"
SMART_SCAN: Final = "ksm_scans_all"  # missing: ksmd is told to (Place.smart)
QUESTIONS: Final = (
    Question(
        "query_passes_prot_none",
        "move_pages of a page without access",
        ("P0: a = mmap 1p rw shared anon", "P0: write a 1", "P0: mprotect a none",
         "P0: move_pages a"),
    ),
    Question(
        "query_faults_on_hole",
        "move_pages of a page that was never there",
        ("P0: a = mmap 1p rw private anon", "P0: move_pages a"),
    ),
    Question(
        "populate_passes_holes",
        "smaps behind a hole, after MADV_POPULATE_WRITE",
        ("P0: a = mmap 2p rw private anon", "P0: munmap a[0]",
         "P0: madvise a MADV_POPULATE_WRITE", "P0: smaps a[1] Rss"),
    ),
    Question(
        "account_stays",
        "VmFlags of an untouched area that is no longer writable",
        ("P0: a = mmap 1p rw private anon", "P0: mprotect a none", "P0: smaps a VmFlags"),
        word="ac",
    ),
    Question(
        "pageout_makes_old",
        "smaps of a page that MADV_PAGEOUT left where it is",
        ("P0: a = mmap 1p rw private anon", "P0: write a 1", "drain",
         "P0: madvise a MADV_PAGEOUT", "P0: smaps a Referenced"),
    ),
    Question(
        "own_advice_is_limited",
        "process_madvise of oneself with MADV_DONTFORK",
        ("P0: a = mmap 1p rw private anon", "P0: process_madvise a MADV_DONTFORK"),
    ),
    Question(
        "mremap_of_one_area",
        "mremap of two areas with MREMAP_FIXED",
        ("P0: a = mmap 2p rw private anon", "P0: mprotect a[1] r",
         "P0: b = mremap a 2p MREMAP_MAYMOVE MREMAP_FIXED"),
    ),
    Question(
        "halves_stay_apart",
        "smaps of areas that are alike but for an anon_vma",
        ("P0: a = mmap 2p rw private anon", "P0: mprotect a[0] rwx", "P0: write a[0] 1",
         "P0: mprotect a rw", "P0: smaps a Size"),
    ),
    Question(
        "kpageflags_knows_ksm",
        "kpageflags of an anonymous page that KSM never saw",
        ("P0: a = mmap 1p rw private anon", "P0: write a 1", "P0: kpageflags a"),
        word="KSM",
    ),
    Question(
        "longterm_pins_files",
        "a long-term pin for writing of a shared file mapping",
        ("P0: f = file 1p", "P0: a = mmap f rw shared", "P0: h = pin a FOLL_WRITE FOLL_LONGTERM"),
        ours=True,
    ),
    Question(
        SMART_SCAN,
        "KSM's pages_volatile after more passes over pages of their own contents",
        (
            "P0: a = mmap 6p rw private anon",
            "P0: write a 0x1*2 0x2*2 0x3 0x4",
            "P0: madvise a MADV_MERGEABLE",
            "ksmd: full_scan 5",
            "P0: ksm pages_volatile",
        ),
        ours=True,
        machine=("ksm run = 1",),
    ),
    Question(
        "copies_are_dirty",
        "smaps of pages that KSM was told to give back",
        ("P0: a = mmap 2p rw private anon", "P0: write a 0x5a", "P0: madvise a MADV_MERGEABLE",
         "ksmd: full_scan 3", "P0: madvise a MADV_UNMERGEABLE", "P0: smaps a Private_Dirty"),
        ours=True, machine=("ksm run = 1",),
    ),
    Question(
        "zero_pages_stay",
        "smaps of zero pages of KSM that it was told to give back",
        ("P0: a = mmap 2p rw private anon", "P0: write a 0x0", "P0: madvise a MADV_MERGEABLE",
         "ksmd: full_scan 2", "P0: madvise a MADV_UNMERGEABLE", "P0: smaps a Rss"),
        ours=True, machine=("ksm run = 1", "ksm use_zero_pages = 1"),
    ),
)  # fmt: skip
ASKED: Final = frozenset(question.ability for question in QUESTIONS)
Answers = Mapping[str, str]  # of abilities


class Player(Protocol):
    """Who plays plans."""

    def play(self, plan: Plan) -> None: ...

    def receive(self) -> bytes: ...


def asked(player: Player, place: Place, lacks: Abilities) -> dict[str, str]:
    """What a kernel answers; what it cannot be asked is not there.  Raises: AgentDied."""
    found = {}
    for question in QUESTIONS:
        needs = {step.record.needs for step in question.scenario.steps} - {""}
        if (question.ours and not place.ours) or not all(map(lacks.has, needs)):
            continue
        try:
            plan = Plan(question.scenario, place=place)
            player.play(plan)
            played = plan.outcomes(split(player.receive()[1:]))
        except Skipped:
            continue
        if len(played) == len(plan.planned):
            found[question.ability] = question.answer(played[-1].outcome.result)
    return found


def of_rules(kernel: Kernel) -> dict[str, str]:
    """What the model answers by these rules; what it does not model is not there."""
    found = {}
    for question in QUESTIONS:
        played = play(question.scenario, kernel).played
        if len(played) == len(question.scenario.steps):
            found[question.ability] = question.answer(played[-1].outcome.result)
    return found


@cache
def _of_record(name: str) -> dict[str, str]:
    return of_rules(load(name))


def differing(theirs: Answers, kernel: Kernel) -> dict[str, str]:
    """Ability -> in a sentence what the kernel answers otherwise than these rules."""
    ours = of_rules(kernel)
    return {
        q.ability: f"{q.of}: {theirs[q.ability]} ({kernel.name}: {ours[q.ability]})"
        for q in QUESTIONS
        if q.ability in theirs and theirs[q.ability] != ours.get(q.ability, theirs[q.ability])
    }


def scans_all(kernel: Kernel) -> bool:
    """Does ksmd of these rules look at every page in each pass?"""
    return of_rules(kernel).get(SMART_SCAN, SCANS_ALL) == SCANS_ALL


def nearest(theirs: Answers, among: Iterable[str] = ()) -> str:
    """The built-in record that gives most of these answers; of equals the default.

    Raises: KernelError for a record that cannot be read: another one would judge in its place.
    """
    records = [DEFAULT_KERNEL, *(among or names())]
    return max(records, key=lambda name: _alike(theirs, name))


def _alike(theirs: Answers, name: str) -> int:
    ours = _of_record(name)
    return sum(ours.get(ability) == answer for ability, answer in theirs.items())
