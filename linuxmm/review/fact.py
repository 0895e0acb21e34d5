# SPDX-License-Identifier: GPL-2.0-or-later
"""What a witness shows as one fact: "pin FOLL_WRITE of a shared file mapping: 1 -> -EFAULT".

Its words are those of the scenario: the last step, what it is about, the steps that made that so.
"""

from collections.abc import Iterable
from typing import Final

from linuxmm.explore.replay import StepOfOne
from linuxmm.mm.compound import HPAGE_PMD_NR
from linuxmm.promises import PROMISES
from linuxmm.review.findings import LOOKS
from linuxmm.review.parts import Shown
from linuxmm.scenario.outcome import Atom, Fields, Flags, PerPage, Result, Single
from linuxmm.scenario.tree import Scenario, Step
from linuxmm.scenario.words import MADVICE

MOST_FIELDS: Final = 4
MOST_TEXT: Final = 80
MAPS: Final = ("mmap", "mremap")
FILES: Final = ("file", "memfd_create")
ANON: Final = "anonymous memory"


def fact(shown: Shown) -> str:
    """The fact in one line, however long."""
    steps = shown.witness.scenario.steps
    place = _mapping(shown.witness.scenario)
    what, last = _about(steps, place), _words(steps[-1], shown.witness.steps[-1])
    joined = " of " if steps[-1].target is not None else ", with " if what else ""
    made = [_words(step, line) for step, line in zip(steps, shown.witness.steps, strict=True)]
    history = [words for step, words in zip(steps[:-1], made, strict=False) if _is_told(step)]
    told = [words for words, before in zip(history, ["", *history], strict=False)
            if words != before]  # fmt: skip
    after = f" after {', '.join(told)}" if told else ""
    what = f"untouched {what}" if what == ANON and not history else what
    return f"{last}{joined}{what}{after}: {_changed(shown)}"


def _mapping(scenario: Scenario) -> Step | None:
    """The step that made the mapping which the last step is about, else the first mapping."""
    maps = [step for step in scenario.steps if step.verb in MAPS]
    target = scenario.steps[-1].target
    named = [step for step in maps if target is not None and step.name == target.name]
    return next(iter(named or maps), None)


def _about(steps: tuple[Step, ...], mapping: Step | None) -> str:
    """The mapping in words: whose memory, shared or not."""
    if mapping is None:
        return ""
    shared = "shared " if "shared" in mapping.words else ""
    if mapping.target is not None and mapping.target.kind == "file":
        file = next((s for s in steps if s.name == mapping.target.name and s.verb in FILES), None)
        of = file.record.name.partition("_")[0] if file is not None else "file"  # memfd_create
        of = f"{file.device} file" if file is not None and file.device else of
        return f"a {shared or 'private '}{of} mapping"
    if mapping.device:
        return f"a {shared or 'private '}{mapping.device} mapping"
    kinds = ("hugetlb", "pfnmap", "mixedmap")
    kind = next((word for word in kinds if word in mapping.words), "")
    if kind:
        return f"a {shared or 'private '}{kind} mapping"
    return shared + ANON + (" of 2 MiB" if mapping.nr_pages >= HPAGE_PMD_NR else "")


def _is_told(step: Step) -> bool:
    """Is it part of how the pages came to be as they are?"""
    is_look = step.verb in LOOKS and step.record.system != "fault"  # a read makes one
    return step.verb not in (*MAPS, *FILES) and not is_look


def _words(step: Step, line: str) -> str:
    """A step without who makes it, what it is called and where: its verb and flags."""
    words = line.split()
    words = words[words.index(step.verb) :]
    where = f"{step.target.process}.{step.target.name}" if step.target else ""
    names = (where, step.target.name, step.target.name + "[") if step.target else ()
    left_out = {*step.keys, *(word for word in words if word[:2] == "0x")}  # what is written
    kept = [word for word in words[1:] if word not in left_out and not _names(word, names)]
    actor = "" if step.by or not step.actor else f"{step.actor} "
    advice = MADVICE in step.record.groups and not step.record.remote and kept
    return " ".join(kept) if advice else f"{actor}{' '.join((step.verb, *kept))}"


def _names(word: str, names: Iterable[str]) -> bool:
    return any(word == name or (name and word.startswith(f"{name}[")) for name in names)


# --- what changed ---------------------------------------------------------------------------------
def _changed(shown: Shown) -> str:
    """Results before and after; where they are equal, the promise that only one side keeps."""
    old, new = shown.before.result, shown.after.result
    if old != new:
        return _results(old, new)
    broken = PROMISES[shown.what].broken.format(pages="pages") if shown.what in PROMISES else ""
    if not broken:
        return f"{_logs(shown.before)} -> {_logs(shown.after)}"
    return f"{broken}: {'no longer' if shown.side == 'fixed' else 'new'}"


def _logs(step: StepOfOne) -> str:
    """What the kernel logged."""
    return ", ".join(dict.fromkeys(event.name for event in step.events)) or "logs nothing"


def _results(old: Result, new: Result) -> str:
    if isinstance(old, Fields) and isinstance(new, Fields):
        keys = dict.fromkeys(key for key, _ in (*old.items, *new.items))
        told = [f"{key} {_one(old.get(key), new.get(key))}" for key in keys
                if old.get(key) != new.get(key)]  # fmt: skip
        more = f" and {len(told) - MOST_FIELDS} more" if len(told) > MOST_FIELDS else ""
        return ", ".join(told[:MOST_FIELDS]) + more
    if isinstance(old, PerPage) and isinstance(new, PerPage) and _in_step(old, new):
        runs = zip(old.runs, new.runs, strict=True)
        parts = [(_one(a, b), count) for (a, count), (b, _) in runs if a != b]
        many = len(old.runs) > 1
        return ", ".join(f"{one} (of {count})" if many else one for one, count in parts)
    if isinstance(old, Single) and isinstance(new, Single):
        return _one(old.atom, new.atom)
    text = f"{old.text()} -> {new.text()}"
    return text if len(text) <= MOST_TEXT else "other pages, see below"


def _in_step(old: PerPage, new: PerPage) -> bool:
    """Do the same pages have equal values in both?"""
    return [count for _, count in old.runs] == [count for _, count in new.runs]


def _one(old: Atom | None, new: Atom | None) -> str:
    """One value before and after; of sets of flags what came and went."""
    if isinstance(old, Flags) and isinstance(new, Flags):
        gained = [f"+{name}" for name in new.names if name not in old.names]
        lost = [f"-{name}" for name in old.names if name not in new.names]
        return " ".join((*lost, *gained))
    return f"{old.text() if old else 'nothing'} -> {new.text() if new else 'nothing'}"
