"""The test of the tests: flip every cell of every site's record; does some scenario notice?

Trails (`trails.py`) that reach a site are replayed on the flipped kernel and compared, step by
step, with what the kernel itself does: results, logged events and broken promises.  A flip is
killed by the first trail on which they differ.  One that no trail notices has survived, unless
`unobservable.py` says why nothing could notice it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from linuxmm.errors import ModelBug, NotModelled
from linuxmm.explore.catalogue import SETUPS
from linuxmm.explore.extra import EXTRA_SETUPS
from linuxmm.explore.flips import CellFlip, cell_flips
from linuxmm.explore.invariants import check_drained, check_state
from linuxmm.explore.trails import Gatherer, Trail, Trails
from linuxmm.explore.walker import Walker
from linuxmm.kernels import Kernel
from linuxmm.kernels.unobservable import LATER, Reason, reason_of
from linuxmm.scenario.outcome import Fields, Result
from linuxmm.scenario.steps_on_model import Snapshot
from linuxmm.scenario.tree import Scenario, Step
from linuxmm.state.rules import Rules, compile_rules
from linuxmm.state.vocabulary import SITES, UNMODELLED_SITES

KILLED, UNOBSERVABLE, WAITING, SURVIVED = "killed", "unobservable", "not modelled", "survived"
Broken = frozenset[tuple[str, str, str]]


@dataclass(frozen=True)
class Fate:
    """What became of one flip: killed by which trail and what, or why nothing can notice."""

    flip: CellFlip
    fate: str
    trail: str = ""
    by: str = ""
    step: str = ""
    reason: Reason | None = None
    tried: int = 0


@dataclass(frozen=True)
class Made:
    """What one step gave and what it broke (`bug`: the model contradicted itself)."""

    result: Result | None
    events: tuple[str, ...] = ()
    broken: Broken = frozenset()
    bug: str = ""


@dataclass
class Baseline:
    """A trail on the kernel itself: every step, the state behind the last one, the probes."""

    made: list[Made]
    state: Snapshot | None
    probes: list[Made] | None = None


def modelled_sites(kernel: Kernel) -> list[str]:
    """The sites of this kernel whose system is modelled, in the order of the records."""
    return [
        rule.site
        for rule in kernel.sites
        if not rule.absent and rule.site not in UNMODELLED_SITES and rule.site in SITES
    ]


def make(walker: Walker, step: Step) -> Made | None:
    """One step and its promises; None when it is not modelled."""
    walker.begin()
    try:
        outcome = walker.step(step)
    except NotModelled:
        return None
    except ModelBug as bug:
        return Made(None, bug=str(bug))
    m, k = walker.machine.block.m, walker.machine.k
    violations = [*walker.broken, *check_state(m, k), *check_drained(walker.machine)]
    broken = frozenset((v.invariant, v.page_kind, v.site) for v in violations)
    events = tuple(f"{event.name} at {event.site}" for event in outcome.events)
    return Made(outcome.result, events, broken)


class Mutator:
    """Flips the cells of one kernel's records, one at a time."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        modifiers: int = 2,
        files: Iterable[Scenario] = (),
        progress: Callable[[int, int, str], None] | None = None,
    ) -> None:
        self.kernel = kernel
        self.rules: Rules = compile_rules(kernel)
        self.modifiers, self.files, self.progress = modifiers, tuple(files), progress
        self._trails: Trails | None = None
        self._baselines: dict[int, Baseline] = {}
        self._starts: dict[int, Snapshot] = {}

    @property
    def trails(self) -> Trails:
        """Gathered when they are first wanted."""
        return self._trails or self.gather()

    def gather(self) -> Trails:
        """Walk through the catalogue: every flip is replayed on what that finds."""
        gatherer = Gatherer(self.kernel, modifiers=self.modifiers, progress=self._gathering)
        self._trails = gatherer.gather((*SETUPS, *EXTRA_SETUPS), self.files)
        return self._trails

    def _gathering(self, done: int, total: int) -> None:
        if self.progress:
            self.progress(done, total, "walking through the catalogue")

    def fates(self, sites: Iterable[str] | None = None) -> list[Fate]:
        """The fate of every cell of these sites (all that are modelled)."""
        return [self.fate(flip) for flip in self.flips(sites)]

    def flips(self, sites: Iterable[str] | None = None) -> list[CellFlip]:
        """Every flip of these sites (all that are modelled)."""
        wanted = list(sites) if sites is not None else modelled_sites(self.kernel)
        return [f for site in wanted for f in cell_flips(self.kernel, self.kernel.site(site))]

    def fate(self, flip: CellFlip) -> Fate:
        """Replay the trails of the flip's site until one differs."""
        trails = self.trails.of(flip.site)
        for _, (trail, step, by) in self.differences(flip, trails):
            return Fate(flip, KILLED, trail.name, by, step)
        reason = reason_of(self.kernel, flip)
        fate = SURVIVED if reason is None else WAITING if reason in LATER else UNOBSERVABLE
        return Fate(flip, fate, reason=reason, tried=len(trails))

    def differences(
        self, flip: CellFlip, trails: Iterable[Trail]
    ) -> Iterator[tuple[int, tuple[Trail, str, str]]]:
        """The trails on which the flip shows, counted: where first, and how."""
        rules = compile_rules(flip.kernel, self.kernel)
        for i, trail in enumerate(trails):
            step, by = self._difference(flip.kernel, rules, trail)
            if by:
                yield i, (trail, step, by)

    # --- one trail ---
    def _difference(self, kernel: Kernel, rules: Rules, trail: Trail) -> tuple[str, str]:
        """The first step that differs and how; empty strings when none does."""
        base = self._baseline(trail)
        walker = Walker(trail.machine, kernel, rules)
        for step, was in zip(trail.steps, base.made, strict=False):
            now = make(walker, step)
            if now is None:
                return "", ""
            if now != was:
                return step_text(step), how(was, now)
        if base.state is None or walker.snapshot().state == base.state.state:
            return "", ""
        for step, was in zip(trail.probes, self._probes(trail, base), strict=False):
            now = make(walker, step)
            if now is None:
                return "", ""
            if now != was:
                return step_text(step), how(was, now)
        return "", ""

    def _baseline(self, trail: Trail) -> Baseline:
        known = self._baselines.get(id(trail))
        if known is None:
            walker = Walker(trail.machine, self.kernel, self.rules)
            made = _make_all(walker, trail.steps)
            whole = len(made) == len(trail.steps)
            known = Baseline(made, walker.snapshot() if whole else None)
            self._baselines[id(trail)] = known
        return known

    def _probes(self, trail: Trail, base: Baseline) -> list[Made]:
        if base.probes is None:
            assert base.state is not None
            walker = Walker(trail.machine, self.kernel, self.rules)
            walker.restore(base.state)
            base.probes = _make_all(walker, trail.probes)
        return base.probes


def _make_all(walker: Walker, steps: Iterable[Step]) -> list[Made]:
    """The steps up to the first that is not modelled."""
    made = []
    for step in steps:
        one = make(walker, step)
        if one is None:
            break
        made.append(one)
    return made


def step_text(step: Step) -> str:
    """The step in a few words."""
    return f"{step.actor}: {step.verb}" if step.actor else step.verb


def how(was: Made, now: Made) -> str:
    """In what two runs of a step differ: a promise first, then the result, then the log."""
    if now.bug:
        return f"the model contradicts itself: {now.bug}"
    if now.broken - was.broken:
        return "breaks " + sorted(now.broken - was.broken)[0][0]
    if was.broken - now.broken:
        return "mends " + sorted(was.broken - now.broken)[0][0]
    if was.result != now.result and was.result and now.result:
        return _changed(was.result, now.result)
    return f"logs {', '.join(now.events) or 'nothing'}"


def _changed(was: Result, now: Result) -> str:
    """Two results; of named fields only those that differ."""
    if isinstance(was, Fields) and isinstance(now, Fields):
        old, new = dict(was.items), dict(now.items)
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        was = Fields(tuple((key, old[key]) for key in keys if key in old))
        now = Fields(tuple((key, new[key]) for key in keys if key in new))
    return f"{was.text()} -> {now.text()}"
