# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel does by its own rules on each path of a search, kept from review to review.

Where the text of a patch runs, two kernels have the same rules, and a step that enters none of the
functions that run as text is the core's on both.  What it came to is noted here, under the steps
that led there, with the functions of the core that it entered; a later search makes again only
what enters a function that is text then.  Nothing is said of a path on which text ran, unless
it left the very state that the core had left there.

An entry is JSON with a digest of itself, in our cache folder, named by all that decides what it
says: every text of linuxmm, and the rules.  Reading makes promises that were broken
(`promises/record.py:Violation`), numbers and texts of it, and nothing else; one that cannot be
read is none.
"""

import json
import re
from dataclasses import astuple, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from linuxmm.cache import cache_folder, mark_used, prune, write_whole
from linuxmm.errors import Skipped
from linuxmm.explore.pair import KernelPair
from linuxmm.promises.record import Violation
from linuxmm.spread.unit import build

SCHEMA: Final = "linuxmm/walk/1"
KEPT: Final = 8
MAX_ENTRY: Final = 64 << 20
MAX_WAYS: Final = 400_000  # a search of all set-ups has some 40,000
NOWHERE: Final = -1  # the row of a state of which nothing is kept
ROOTS: Final = -2  # what the rows of set-ups at their start come behind
_NAME: Final = re.compile(r"[0-9a-f]{24}\.json")


@dataclass(frozen=True)
class Went:
    """What some steps came to, and all that a search notes of it.

    entered: functions of the core that a text could have stood for (module:name); steps: how many
    were counted; lost: what was not modelled, as often as it was counted; ends: nothing comes
    behind it.
    """

    entered: tuple[str, ...] = ()
    steps: int = 0
    lost: tuple[str, ...] = ()
    visited: tuple[int, ...] = ()
    met: tuple[int, ...] = ()
    broken: tuple[Violation, ...] = ()
    ends: bool = False


@dataclass(frozen=True)
class Way:
    """Steps behind others: what they came to, and the state they left.

    state: its digest, counters apart; whole: of all that a run goes on from.  Both are empty
    where nobody goes on.
    """

    went: Went
    state: bytes = b""
    whole: str = ""


@dataclass
class Walk:
    """Rows of ways, each behind an earlier one; a row is named by its place."""

    ways: list[Way] = field(default_factory=list)
    behind: dict[tuple[int, str], int] = field(default_factory=dict)
    path: Path | None = None  # where it is kept
    known: int = 0  # ways that lie there already

    def find(self, row: int, word: str) -> int:
        """The row of the steps `word` behind a row; NOWHERE: nobody has made them."""
        return self.behind.get((row, word), NOWHERE)

    def add(self, row: int, word: str, way: Way) -> int:
        """A new row; NOWHERE when there are too many."""
        if len(self.ways) >= MAX_WAYS:
            return NOWHERE
        self.ways.append(way)
        self.behind[row, word] = len(self.ways) - 1
        return len(self.ways) - 1

    def start(self, setup: str) -> int:
        """The row of a set-up before its first step."""
        found = self.find(ROOTS, setup)
        return self.add(ROOTS, setup, Way(Went())) if found == NOWHERE else found

    def keep(self) -> None:
        """Write it, if there is something new; nothing is said when it cannot be."""
        del self.ways[len(self.behind) :]  # one that was interrupted while it was added
        if self.path is not None and len(self.ways) > self.known:
            body = _text(self)
            write_whole(self.path, f"{body}\n{_digest(body)}")
            prune(self.path.parent, _NAME, KEPT)
            self.known = len(self.ways)


_known: dict[str, Walk] = {}  # of this process, by name


def walk_of(pair: KernelPair) -> Walk:
    """What is kept of this pair of kernels, whose texts alone may differ."""
    rules = pair.after.replace(text=None).digest()
    name = _digest(json.dumps([SCHEMA, build(), rules, pair.before.name, pair.after.name]))
    if name not in _known:
        _known[name] = _kept(name)
    return _known[name]


def forget() -> None:
    """What this process knows; what is kept stays."""
    _known.clear()


def _kept(name: str) -> Walk:
    try:
        path = cache_folder("walked") / f"{name}.json"
    except (Skipped, OSError):  # no folder that is ours alone
        return Walk()
    walk = _read(path)
    if walk is None:
        return Walk(path=path)
    mark_used(path)
    walk.path, walk.known = path, len(walk.ways)
    return walk


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


# --- entries -------------------------------------------------------------------------------------
def _text(walk: Walk) -> str:
    """The walk as JSON; what many ways came to stands there once."""
    place: dict[Went, int] = {}
    for way in walk.ways:
        place.setdefault(way.went, len(place))
    said = [
        [row, word, place[way.went], way.state.hex(), way.whole]
        for (row, word), way in zip(walk.behind, walk.ways, strict=True)
    ]
    return json.dumps({"schema": SCHEMA, "went": [astuple(each) for each in place], "ways": said})


def _read(path: Path) -> Walk | None:
    """The walk of an entry, if it is one."""
    try:
        if path.lstat().st_size > MAX_ENTRY:
            return None
        body, _, check = path.read_text("utf-8").rpartition("\n")
        if check != _digest(body):
            return None
        entry = json.loads(body)
        return _walk(entry) if entry["schema"] == SCHEMA else None
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None


def _walk(entry: dict[str, Any]) -> Walk:  # Any: looked at here
    went = [_went(*each) for each in entry["went"]]
    walk = Walk()
    for row, word, place, state, whole in entry["ways"]:
        if not (isinstance(row, int) and isinstance(word, str) and isinstance(place, int)):
            raise TypeError("no way")
        way = Way(went[place], bytes.fromhex(str(state)), str(whole))
        if (row, word) in walk.behind or not ROOTS <= row < len(walk.ways):
            raise ValueError("a way behind none")
        walk.behind[row, word] = len(walk.ways)
        walk.ways.append(way)
    return walk


def _went(
    entered: list[str],
    steps: int,
    lost: list[str],
    visited: list[int],
    met: list[int],
    broken: list[tuple[str, str, str, str, bool]],
    ends: bool,
) -> Went:
    said = tuple(Violation(*each) for each in broken)
    return Went(tuple(entered), steps, tuple(lost), tuple(visited), tuple(met), said, ends)
