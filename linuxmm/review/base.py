# SPDX-License-Identifier: GPL-2.0-or-later
"""Which built-in kernel a patch was made for: the one that its context fits best.

best_base(mail.load("split-v1.mail").patches).name    # "v5.17-coherent"
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from linuxmm.errors import PatchError
from linuxmm.kernels import DEFAULT_BASE, DEFAULT_KERNEL, Kernel, canonical, load, names
from linuxmm.kernels.marks import LATER, ONLY, is_told, marks
from linuxmm.review.patch import Patch
from linuxmm.review.read import Prepared, prepare, read_prepared
from linuxmm.review.reading import Reading
from linuxmm.review.tree import Tree
from linuxmm.state.sites import SITES

MAX_PATCHES: Final = 1000  # of a series, those whose text is searched for modelled files
MAX_READ: Final = 30  # of those, the ones that are read
ENOUGH: Final = 10  # patches that say something: the rest of a series cannot outvote them
MAX_SAID: Final = 2
MAX_EVIDENCE: Final = 12
FEW: Final = 4
FITS, AGREES, MARK, CONTRADICTS = 4, 1, 2, -4
_WORD: Final = re.compile(r"[A-Za-z_]\w{4,}")
_FILES: Final = tuple(dict.fromkeys(name.partition(":")[0] for name in SITES if name))
_PLACES: Final = ("mm/", "fs/proc/", "include/linux/")


@dataclass(frozen=True, slots=True)
class Choice:
    """The kernel that the context fits best, and why.

    ``tie``: ``also`` fit as well.  ``poor``: nothing of the patch could be compared, or some of
    it fits no built-in kernel.  ``scores`` are points, best first.  A tree speaks before the patch.
    """

    name: str
    evidence: tuple[str, ...]
    tie: bool
    poor: bool
    also: tuple[str, ...]
    scores: tuple[tuple[str, int], ...]
    by: str = "context"  # or "tree": what was asked


@dataclass(slots=True)
class _Candidate:
    """One kernel while a series is read on it, and what spoke for and against it."""

    kernel: Kernel
    built_in: str
    words: frozenset[str]
    foreign: frozenset[str]
    last: Reading | None = None
    score: int = 0
    fits: int = 0
    contradicts: int = 0
    agreed: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)


def best_base(patches: Iterable[Patch], default: str = DEFAULT_BASE) -> Choice:
    """The built-in kernel that the first patches of a series fit best; one for all of them.

    A patch whose diff is broken says nothing here.
    """
    candidates = [_candidate(name) for name in names()]
    later: dict[str, None] = {}
    every: frozenset[str] = frozenset()
    said = read = 0
    for n, patch in enumerate(patches):
        if n >= MAX_PATCHES or read >= MAX_READ or said >= ENOUGH:
            break
        if not any(name in patch.diff for name in (*_FILES, "include/linux/mm.h")):
            continue
        try:
            found = prepare(patch)
        except PatchError:
            continue
        read += 1
        words = _old_words(found)
        every |= words
        later |= dict.fromkeys(sorted(words & frozenset(LATER.split())))
        judged = [_judge(each, found, words) for each in candidates]
        said += any(judged)
    told = [each for each in candidates if is_told(each.built_in, every)]
    return _choice(told, tuple(later), default)


def base_of(tree: Tree, default: str = DEFAULT_BASE) -> Choice | None:
    """The built-in kernel whose names the text of a tree has; None where it has none of them."""
    words: set[str] = set()
    for path in _FILES:
        words.update(_WORD.findall(tree.text(path) or ""))
    told = [name for name in names() if is_told(name, frozenset(words))]
    candidates = [_candidate(name) for name in told]
    for each in candidates:
        own, foreign = words & each.words, words & each.foreign
        each.score = len(own) - len(foreign)
        each.agreed = [f"its text has {_names(own)} of {each.built_in}"] if own else []
        each.against = [f"it has {_names(foreign)} which that has not"] if foreign else []
    order = sorted(candidates, key=lambda each: (-each.score, each.built_in != default))
    best = order[0]
    later = sorted(words & frozenset(LATER.split()))
    if len(later) < FEW:  # stable kernels take a name or two of later ones
        later = []
    if not best.agreed:
        return None
    evidence = [*best.agreed, *best.against]
    evidence += [f"it has {_names(later)} which no built-in kernel has"] if later else []
    also = tuple(each.built_in for each in order[1:] if each.score == best.score)
    return Choice(
        best.built_in,
        tuple(evidence),
        tie=bool(also),
        poor=bool(later) or best.score <= 0,
        also=also,
        scores=tuple((each.built_in, each.score) for each in order),
        by="tree",
    )


def _names(words: Iterable[str]) -> str:
    found = sorted(words)
    return found[0] if len(found) == 1 else f"{found[0]} and {len(found) - 1} more names"


def _candidate(name: str) -> _Candidate:
    """A built-in kernel with its words, and the words that only others have."""
    own = marks(name)
    every = frozenset(word for words in ONLY.values() for word in words.split())
    return _Candidate(load(name), name, own, every - own)


def _old_words(found: Prepared) -> frozenset[str]:
    """The words of the old text of a patch, in the parts of the kernel that are modelled."""
    words: set[str] = set()
    for part in found.parts:
        if part.file.old_path.startswith(_PLACES):
            words.update(_WORD.findall(part.hunk.section))
            for line in part.hunk.lines:
                if line.kind != "+":
                    words.update(_WORD.findall(line.text))
    return frozenset(words)


def _judge(each: _Candidate, found: Prepared, words: frozenset[str]) -> bool:
    """Reads one patch on a kernel and counts what speaks for it; did anything?"""
    before = (each.score, len(each.agreed), len(each.against))
    reading = read_prepared(found, each.kernel, on=each.last)
    for hunk in reading.hunks:
        if hunk.fit.word == "fits":
            changes = hunk.kind in ("site", "lookup", "flag")
            each.score += FITS if changes else AGREES
            each.fits += 1
            each.agreed += [
                text.replace(f" of {reading.base.name} ", " ") for text in hunk.fit.evidence
            ]
        elif hunk.fit.word == "contradicts":
            each.score += CONTRADICTS
            each.contradicts += 1
            each.against += hunk.fit.evidence
    own, foreign = sorted(words & each.words), sorted(words & each.foreign)
    each.score += MARK * (len(own) - len(foreign))
    each.agreed += [f"its context has {word}" for word in own]
    each.against += [f"its context has {word}, which {each.built_in} has not" for word in foreign]
    each.last = reading
    return before != (each.score, len(each.agreed), len(each.against))


def _choice(candidates: list[_Candidate], later: tuple[str, ...], default: str) -> Choice:
    """The best of the candidates, and what is said of it."""
    is_silent = not any((*each.agreed, *each.against) for each in candidates)
    first = canonical(DEFAULT_KERNEL) if is_silent else default  # a patch of today, most likely
    order = sorted(candidates, key=lambda each: (-each.score, each.built_in != first))
    best = order[0]
    also = tuple(each.built_in for each in order[1:] if each.score == best.score)
    evidence = [] if is_silent else _evidence(best, order[1:])
    if is_silent:
        evidence.append("nothing of it tells the built-in kernels apart")
    elif also:
        evidence.append(f"{' and '.join(also)} fit{'s' if len(also) == 1 else ''} as well")
    evidence += [f"its context has {word}, which no built-in kernel has" for word in later]
    return Choice(
        best.built_in,
        tuple(evidence[:MAX_EVIDENCE]),
        tie=bool(also),
        poor=is_silent or bool(best.against) or bool(later),
        also=also,
        scores=tuple((each.built_in, each.score) for each in order),
    )


def _evidence(best: _Candidate, others: list[_Candidate]) -> list[str]:
    """Why it is this kernel and none of the others; what speaks against it, too."""
    evidence = [f"{_hunks(best.fits, 'fit')} {best.built_in}"]
    if best.contradicts:
        evidence[0] += f", {_hunks(best.contradicts, 'contradict')} it"
    shared = {text for each in others if each.score == best.score for text in each.agreed}
    shared |= {text for each in others[:1] for text in each.agreed}
    evidence += [text for text in dict.fromkeys(best.agreed) if text not in shared][:MAX_SAID]
    evidence += [*dict.fromkeys(best.against)][:MAX_SAID]
    for each in others:
        if each.against and each.score < best.score:
            evidence.append(f"not {each.built_in}: {each.against[0]}")
    return evidence


def _hunks(count: int, verb: str) -> str:
    return f"1 hunk {verb}s" if count == 1 else f"{count} hunks {verb}"
