# SPDX-License-Identifier: GPL-2.0-or-later
"""`validate` in units: some scenarios x a kernel image, or x the C of a tree; many guests at once.

A process that does units keeps its guest (its tree, translated) from one to the next.  The image
and the tree are files that the workers must find under the same path with the same content: a
unit is named by that content, and one that meets another fails.
"""

import atexit
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

from linuxmm.errors import InputError
from linuxmm.explore.plainly import PLAIN
from linuxmm.kernels import Kernel
from linuxmm.scenario.tree import Scenario
from linuxmm.source.folder import content_of
from linuxmm.spread.launch import Launcher
from linuxmm.spread.unit import Failed, Unit, failed
from linuxmm.validate.judge import NEAREST, VmJudge
from linuxmm.validate.minimise import make_small
from linuxmm.validate.onsource import SourceJudge
from linuxmm.validate.score import Judging, Score, Verdict
from linuxmm.validate.vm import Image

BATCH: Final = 25  # scenarios of one unit: some seconds of a guest


@dataclass(frozen=True)
class Against:
    """What scenarios are held against.

    on: "vm" or "source"; paths: image, release and modules, or the tree; content: a digest of what
    lies there; kernel: whose rules, None: the nearest; each: functions one by one as well.
    """

    on: Literal["vm", "source"]
    paths: tuple[str, ...]
    content: str
    kernel: Kernel | None
    each: bool = False
    small: bool = True  # make disagreements small


def against_image(image: Image, kernel: Kernel | None, small: bool) -> Against:
    """A kernel image and its modules."""
    paths = (str(image.path), image.release, str(image.modules))
    return Against("vm", paths, _content_of(image), kernel, small=small)


def against_tree(judge: SourceJudge, small: bool) -> Against:
    """The C of a tree, as the judge of this process has translated it."""
    content = content_of(judge.tree)
    return Against("source", (judge.tree,), content, judge.kernel, judge.each, small)


def _content_of(image: Image) -> str:
    digest = blake2b(digest_size=12)
    for path in (image.path, *sorted(image.modules.glob("*.ko"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


# --- where the verb runs --------------------------------------------------------------------------
class UnitJudge:
    """Gives scenarios away in units and keeps the score of all."""

    def __init__(self, launcher: Launcher, against: Against) -> None:
        self.launcher, self.against = launcher, against
        self.score, self.differs = Score(), dict[str, str]()
        self._described: set[str] = set()
        self._entered: set[str] = set()

    def __enter__(self) -> "UnitJudge":
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def describe(self) -> str:
        """What all of them were held against; no word of how long it took or in how many guests."""
        said = "; ".join(sorted(self._described)) or "nothing was played"
        return said.replace(ENTERED, str(len(self._entered)))

    def judge_all(self, scenarios: Iterable[Scenario]) -> Iterator[Verdict]:
        """The verdicts in the order of the scenarios.  Raises: what a unit failed with."""
        batches: list[tuple[Scenario, ...]] = []
        for _, group in groupby(scenarios, lambda scenario: scenario.machine.boot_words):
            every = tuple(group)
            batches += [every[i : i + BATCH] for i in range(0, len(every), BATCH)]
        units = [
            Unit("judge", f"{batch[0].name} and {len(batch) - 1} more", PLAIN.text(
                (self.against, batch)))
            for batch in batches
        ]  # fmt: skip
        for batch, answer in zip(batches, self.launcher.answers(units), strict=True):
            if answer.failed is not None:
                raise answer.failed.error()
            played: Played = PLAIN.value(answer.gave)
            self._described.add(played.described)
            self._entered |= played.entered
            self.differs |= played.differs
            _add(self.score, played.score)
            for scenario, verdict in zip(batch, played.verdicts, strict=True):
                error: Any = verdict.error  # as `_plain` wrote it
                told = error.error() if isinstance(error, Failed) else None
                yield replace(verdict, scenario=scenario, error=told)


def _add(score: Score, more: Score) -> None:
    """What one batch came to, added to what all others did."""
    for name, theirs in vars(more).items():
        mine = getattr(score, name)
        if isinstance(theirs, Counter):
            mine.update(theirs)
        elif isinstance(theirs, int):
            setattr(score, name, mine + theirs)
    for place, came in more.alone.items():
        score.alone.setdefault(place, Counter()).update(came)


# --- where a unit is done -------------------------------------------------------------------------
ENTERED: Final = "{entered}"


@dataclass(frozen=True)
class Played:
    """What came of a batch.  entered: functions of a tree that were called."""

    verdicts: list[Verdict]
    score: Score
    differs: dict[str, str]
    described: str
    entered: frozenset[str]


def judged(given: str) -> str:
    """The scenarios of one unit."""
    values: tuple[Against, tuple[Scenario, ...]] = PLAIN.value(given)
    against, scenarios = values
    judge = _judge(against, scenarios[0].machine.boot_words)
    judge.score.__dict__.update(vars(Score()))
    calls = judge.text.calls if isinstance(judge, SourceJudge) else dict[str, int]()
    if isinstance(judge, SourceJudge) and judge.each:
        judge.score.alone = {place: Counter() for place in judge.text.versions}
    before = dict(calls)
    verdicts = []
    for verdict in judge.judge_all(scenarios):
        judge.score.differences.clear()  # the verdict has its own
        verdicts.append(verdict)
    entered = frozenset(place for place, times in calls.items() if times > before.get(place, 0))
    for verdict in verdicts:
        if against.small and verdict.verdict == "disagree":
            make_small(judge, verdict)
    return PLAIN.text(
        Played([_plain(v) for v in verdicts], judge.score, judge.differs, _said(judge), entered)
    )


def _plain(verdict: Verdict) -> Verdict:
    """Without the scenario, which the other side has, and with an error that can be written."""
    error: Any = failed(verdict.error) if verdict.error is not None else None
    scenario: Any = None
    return replace(verdict, scenario=scenario, error=error)


def _said(judge: Judging) -> str:
    if isinstance(judge, VmJudge):
        release = judge.guest.image.release
        return f"{release} in virtual machines, by the rules of {judge.kernel.name}"
    assert isinstance(judge, SourceJudge)
    return judge.describe_with(ENTERED)


_STACK: Final = ExitStack()
atexit.register(_STACK.close)


@lru_cache(maxsize=1)  # one guest at a time
def _judge(against: Against, words: tuple[str, ...]) -> Judging:
    """Who judges in this process: opened once, closed with it.

    Raises: InputError where another image or tree lies here.
    """
    if against.on == "source":
        _check(against, content_of(against.paths[0]))
        return SourceJudge(against.paths[0], _rules(against), against.each)
    image = Image(Path(against.paths[0]), against.paths[1], Path(against.paths[2]))
    try:
        _check(against, _content_of(image))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=against.paths[0]) from None
    _STACK.close()
    return _STACK.enter_context(VmJudge(image, against.kernel or NEAREST, words))


def _rules(against: Against) -> Kernel:
    assert against.kernel is not None
    return against.kernel


def _check(against: Against, content: str) -> None:
    if content != against.content:
        raise InputError("is not what the others have under this path", file=against.paths[0])
