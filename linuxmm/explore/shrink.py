# SPDX-License-Identifier: GPL-2.0-or-later
"""Making a witness minimal: no step, page, flag or device can go without losing it.

A witness keeps its signature: the same promise (or the same verb's outcome) at the same site
and page kind, in its last step.
"""

from collections.abc import Callable, Iterator

from linuxmm.errors import ScenarioError
from linuxmm.explore.witness import Witness
from linuxmm.scenario.tree import Step

Words = tuple[str, ...]
MANY = 8  # pages that are not taken away one by one
FIXED_WORDS = 2  # actor and verb (a definition has two more) are never dropped


def shrink(witness: Witness, holds: Callable[[Witness], bool]) -> Witness:
    """The smallest witness that single removals lead to; `holds` says whether it is still one."""
    changed = True
    while changed:
        changed = False
        for smaller in candidates(witness):
            if holds(smaller):
                witness, changed = smaller, True
                break
    return witness


def candidates(witness: Witness) -> Iterator[Witness]:
    """Every scenario that is one removal smaller, biggest removals first."""
    for smaller in _smaller(witness):
        try:
            is_one = bool(smaller.scenario.steps)
        except ScenarioError:
            continue
        if is_one:
            yield smaller


def _smaller(witness: Witness) -> Iterator[Witness]:
    """One removal made, whether or not the rest still makes a scenario."""
    machine, lines, steps = witness.machine, witness.steps, witness.scenario.steps
    for i in reversed(range(len(lines))):
        yield Witness(machine, (*lines[:i], *lines[i + 1 :]))
    for i in reversed(range(len(machine))):
        yield Witness((*machine[:i], *machine[i + 1 :]), lines)
    for i in range(len(lines)):
        for fewer in _fewer_pages(steps, lines, i):
            yield Witness(machine, fewer)
    for i, step in enumerate(steps):
        for words in _shorter(step, tuple(lines[i].split())):
            yield Witness(machine, (*lines[:i], " ".join(words), *lines[i + 1 :]))


def _fewer_pages(steps: tuple[Step, ...], lines: Words, i: int) -> Iterator[Words]:
    """Fewer pages in a mapping or file of more than one.

    Of many one page or half of them, with indices as they are; then one page less, with indices
    moved down, too.
    """
    nr, words = steps[i].nr_pages, lines[i].split()
    if nr > 1 and f"{nr}p" in words:
        for left in (*((1, nr // 2) if nr > MANY else ()), nr - 1):
            fewer = " ".join(f"{left}p" if word == f"{nr}p" else word for word in words)
            yield (*lines[:i], fewer, *lines[i + 1 :])
        later = zip(steps[i + 1 :], lines[i + 1 :], strict=True)
        yield (*lines[:i], fewer, *(_lowered(step, line) for step, line in later))


def _lowered(step: Step, line: str) -> str:
    """The step at the page before, if it is at a single one."""
    index = _index(step)
    return line.replace(index, f"[{int(index[1:-1]) - 1}]") if index not in ("", "[0]") else line


def _index(step: Step) -> str:
    """How the step says which single page of a mapping it is about; empty if it does not."""
    target = step.target
    return f"[{target.start}]" if target and target.nr_pages == 1 else ""


def _shorter(step: Step, words: Words) -> Iterator[Words]:
    """The step with one word less, one repetition less, or at all pages instead of one."""
    first = FIXED_WORDS + 2 * bool(step.name)
    for i in range(first, len(words)):
        yield (*words[:i], *words[i + 1 :])
    if step.record.number == "optional" and step.number > 1:
        yield (*words[:-1], str(step.number - 1))
    index = _index(step)
    if index and any(word.endswith(index) for word in words):
        yield tuple(word.removesuffix(index) for word in words)
