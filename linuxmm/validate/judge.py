"""A scenario on the model and in the virtual machine: what agrees, what differs, what was left out.

The comparison of steps is ``compare.py``'s.  Besides: what the kernel logged, and at the end, with
every per-CPU batch emptied, what only the kernel sees of every page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from linuxmm.arch.x86.pgtable import pte_present
from linuxmm.errors import NotModelled
from linuxmm.explore.invariants import check_settled
from linuxmm.scenario.format import format_scenario, step_text
from linuxmm.scenario.outcome import Event, PageState
from linuxmm.scenario.page_state import page_states
from linuxmm.scenario.steps_on_model import OnModel, start
from linuxmm.scenario.tree import Extent, Scenario, Step
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.compare import MASKS, Comparison, Difference, Score
from linuxmm.validate.guestpart import playable, skipped_whole
from linuxmm.validate.vm import Guest, GuestDied
from linuxmm.validate.wire import read_page, read_played

AGREE: Final = "agree"
DISAGREE: Final = "disagree"
SKIPPED: Final = "skipped"
UNDECIDED: Final = "undecided"
FATAL: Final = "a real kernel does not survive it: a migration entry is left behind"
LATER: Final = "since "  # masks of what later kernels do: 6.1 is the model's own
PTE_BITS: Final = {  # that are compared
    "rw": 1 << 1, "accessed": 1 << 5, "dirty": 1 << 6, "soft-dirty": 1 << 11, "special": 1 << 9,
    "devmap": 1 << 58, "uffd-wp": 1 << 10,
}  # fmt: skip
COMPARED_FLAGS: Final = frozenset(
    ("lru", "active", "swapbacked", "unevictable", "mlocked", "swapcache", "dirty", "referenced",
     "workingset")
)  # fmt: skip
FILE_FLAGS: Final = frozenset(["lru", "swapbacked", "unevictable", "mlocked"])


@dataclass
class Verdict:
    """What came of one scenario."""

    scenario: Scenario
    verdict: str
    reason: str = ""
    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    dropped: int = 0
    seconds: float = 0.0
    small: Scenario | None = None  # the smallest that still differs


def verdict_of(
    scenario: Scenario, score: Score, before: int, had: int, undecided: str = ""
) -> Verdict:
    """What a comparison found, from what the score had before it."""
    compared, differences = score.compared - before, score.differences[had:]
    if undecided:
        return Verdict(scenario, UNDECIDED, undecided, compared, differences)
    verdict = DISAGREE if differences else AGREE if compared else UNDECIDED
    why = "" if compared else "nothing was compared"
    return Verdict(scenario, verdict, why, compared, differences)


def _is_fatal(model: OnModel) -> bool:
    """Is a migration entry left behind, which a real kernel meets with BUG_ON?"""
    broken = check_settled(model.machine)
    return any(v.invariant == "isolated" and "migration entry" in v.text for v in broken)


class Judge:
    """Plays scenarios in one guest, and keeps the score."""

    def __init__(self, guest: Guest, kernel: str = "v6.1") -> None:
        self.guest, self.kernel = guest, kernel
        self.score = Score()
        self.seconds = 0.0
        self.plays = 0

    def judge(self, scenario: Scenario) -> Verdict:
        """Both sides, side by side."""
        why = skipped_whole(scenario)
        if why:
            self.score.undecided[why] += 1
            return Verdict(scenario, SKIPPED, why)
        part = playable(scenario)
        for _, reason in part.dropped:
            self.score.skipped[reason] += 1
        verdict = self._judge(part.scenario)
        verdict.scenario, verdict.dropped = scenario, len(part.dropped)
        return verdict

    def _judge(self, part: Scenario) -> Verdict:
        part = self._as_far_as_modelled(part)
        if not part.steps:
            return Verdict(part, UNDECIDED, "the model knows no step of it")
        try:
            answer = self.guest.ask({"do": "play", "text": format_scenario(part)})
        except GuestDied as died:
            self.score.undecided[str(died)] += 1
            self.guest.close()
            self.guest.boot()
            return Verdict(part, UNDECIDED, str(died))
        if answer.get("fatal"):
            self.score.undecided[answer["fatal"]] += 1
            self.guest.close()
            self.guest.boot()
            return Verdict(part, UNDECIDED, answer["fatal"])
        self.plays += 1
        self.seconds += answer.get("seconds", 0.0)
        verdict = self._compare(part, answer)
        verdict.seconds = answer.get("seconds", 0.0)
        return verdict

    def _as_far_as_modelled(self, part: Scenario) -> Scenario:
        """The steps before the first that the model does not know."""
        model = start(part.machine, self.kernel)
        for i, step in enumerate(part.steps):
            try:
                model.step(step)
                why = FATAL if _is_fatal(model) else ""
            except NotModelled as error:
                why = str(error)
            if why:
                self.score.skipped[why] += len(part.steps) - i
                return replace(part, steps=part.steps[:i])
        return part

    def _compare(self, part: Scenario, answer: dict[str, Any]) -> Verdict:
        before, had = self.score.compared, len(self.score.differences)
        steps = part.steps[: len(answer.get("steps", []))]
        played = [read_played(s, d) for s, d in zip(steps, answer.get("steps", []), strict=True)]
        comparison = Comparison(Abilities(2, (0, 1), "/"), self.score)
        later = [mask for mask in MASKS if mask.reason.startswith(LATER) and not mask.without]
        comparison.masks = [mask for mask in comparison.masks if mask not in later]
        if len(played) == len(part.steps):
            comparison.scenario(part, played)
            self._events(part, played, answer)
            self._hidden(part, [read_page(page) for page in answer["hidden"]])
        undecided = str(answer.get("undecided", ""))
        if undecided:
            self.score.undecided[undecided.splitlines()[-1]] += 1
        return verdict_of(part, self.score, before, had, undecided)

    # --- what the kernel logged -------------------------------------------------------------------
    def _events(self, part: Scenario, played: Sequence[Any], answer: dict[str, Any]) -> None:
        model = start(part.machine, self.kernel)
        for step, theirs in zip(part.steps, played, strict=True):
            ours = sorted({event.name for event in model.step(step).events})
            names = sorted({event.name for event in theirs.outcome.events})
            self._add(part, step, "events", ",".join(ours), ",".join(names))
        late = [Event(*event) for event in answer.get("late", ())]
        if late:
            names = sorted({event.name for event in late})
            self._add(part, part.steps[-1], "events at the end", "", ",".join(names))

    # --- what only the kernel sees ----------------------------------------------------------------
    def _hidden(self, part: Scenario, theirs: list[PageState]) -> None:
        ours = {(p.process, p.name, p.index): p for p in model_pages(part, self.kernel)}
        real = {(p.process, p.name, p.index): p for p in theirs}
        last = part.steps[-1]
        # an emptied TLB is not part of clear_refs: accessed bits come back some time later
        vague = "accessed" if any(s.verb == "clear_refs" for s in part.steps) else ""
        for key in dict.fromkeys([*ours, *real]):
            name = f"{key[0]}.{key[1]}[{key[2]}]"
            a, b = ours.get(key), real.get(key)
            if a is None or b is None:
                self._add(part, last, f"{name} mapped", str(a is not None), str(b is not None))
                continue
            for what, x, y in hidden_pairs(a, b, vague):
                self._add(part, last, f"{name} {what}", x, y)

    def _add(self, part: Scenario, step: Step, what: str, ours: str, theirs: str) -> None:
        kind = what.split()[-1]
        if ours == theirs:
            self.score.agreed[f"({kind})"] += 1
        else:
            name = part.file or part.name
            self.score.differences.append(
                Difference(name, step.line, step_text(step), what, ours or "none", theirs or "none")
            )


def model_pages(part: Scenario, kernel: str) -> Iterator[PageState]:
    """Every mapped page of every living process after the scenario and a drain."""
    model = start(part.machine, kernel)
    sizes: dict[tuple[str, str], int] = {}
    for step in part.steps:
        model.step(step)
        if step.verb == "mmap" and (step.by, step.name) in model.bindings.mappings:
            nr = step.nr_pages or (step.target.nr_pages if step.target else 0)
            sizes[step.by, step.name] = nr
        elif step.verb == "fork":
            sizes.update({(step.name, n): nr for (p, n), nr in sizes.items() if p == step.by})
    model.step(Step(0, "", "", "drain"))
    for (process, name), nr in sizes.items():
        yield from _model_row(model, process, name, nr)


def _model_row(model: OnModel, process: str, name: str, nr: int) -> Iterator[PageState]:
    if process not in model.bindings.tasks:
        return
    step = Step(0, "", process, "pages", target=Extent("mapping", process, name, 0, nr, nr))
    yield from page_states(model.machine, model.bindings, step)


def hidden_pairs(a: PageState, b: PageState, vague: str = "") -> Iterator[tuple[str, str, str]]:
    """(observable, model, kernel) of one page; `vague`: a PTE bit that is not compared."""
    present = bool(pte_present(_signed(b.pte)))
    yield "present", str(bool(pte_present(_signed(a.pte)))), str(present)
    if not present:
        return
    yield "pte", _bits(a.pte, vague), _bits(b.pte, vague)
    if "reserved" in b.flags and not b.kind:
        return  # the zero page is one for the whole machine
    yield "refcount", str(a.refcount), str(b.refcount)
    yield "mapcount", str(a.mapcount), str(b.mapcount)
    flags = COMPARED_FLAGS if "swapbacked" in b.flags else FILE_FLAGS
    yield "flags", _flags(a.flags, flags), _flags(b.flags, flags)


def _signed(pte: int) -> int:
    return pte - (1 << 64) if pte >= 1 << 63 else pte


def _bits(pte: int, vague: str) -> str:
    return ",".join(name for name, bit in PTE_BITS.items() if pte & bit and name != vague)


def _flags(flags: Sequence[str], compared: frozenset[str]) -> str:
    return ",".join(sorted(set(flags) & compared))
