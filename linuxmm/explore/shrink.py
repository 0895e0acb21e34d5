"""Making a witness minimal: no step, page, flag or device can go without losing it.

A witness keeps its signature: the same promise (or the same verb's outcome) at the same site
and page kind, in its last step.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FIXED_WORDS = 2  # actor and verb (a definition has two more) are never dropped


@dataclass(frozen=True)
class Witness:
    """A scenario as the lines of its machine and its steps."""

    machine: tuple[str, ...]
    steps: tuple[str, ...]

    def text(self, name: str, intent: str) -> str:
        """The whole file."""
        lines = ["linuxmm-scenario 1", f"name:    {name}", f"intent:  {intent}", ""]
        if self.machine:
            lines += ["machine:", *(f"  {line}" for line in self.machine), ""]
        lines += ["steps:", *(f"  {line}" for line in self.steps)]
        return "\n".join(lines) + "\n"


def witness_of(text: str) -> Witness:
    """The machine and step lines of a scenario text that we wrote ourselves."""
    part = ""
    machine: list[str] = []
    steps: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            part = line
        elif line.strip():
            (machine if part == "machine:" else steps).append(line.strip())
    return Witness(tuple(machine), tuple(steps))


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
    """Everything that is one removal smaller, biggest removals first."""
    machine, steps = witness.machine, witness.steps
    for i in reversed(range(len(steps))):
        yield Witness(machine, (*steps[:i], *steps[i + 1 :]))
    for i in reversed(range(len(machine))):
        yield Witness((*machine[:i], *machine[i + 1 :]), steps)
    yield from _fewer_pages(witness)
    for i, line in enumerate(steps):
        for shorter in _shorter_lines(line):
            yield Witness(machine, (*steps[:i], shorter, *steps[i + 1 :]))


def _fewer_pages(witness: Witness) -> Iterator[Witness]:
    """One page less in every mapping and file of more than one page, indices moved down."""
    for i, line in enumerate(witness.steps):
        match = re.search(r"\b(\d+)p\b", line)
        if match and int(match[1]) > 1:
            fewer = line[: match.start()] + f"{int(match[1]) - 1}p" + line[match.end() :]
            rest = tuple(re.sub(r"\[(\d+)\]", _lower_index, s) for s in witness.steps[i + 1 :])
            head = witness.steps[:i]
            yield Witness(witness.machine, (*head, fewer, *witness.steps[i + 1 :]))
            yield Witness(witness.machine, (*head, fewer, *rest))


def _lower_index(match: "re.Match[str]") -> str:
    index = max(int(match[1]) - 1, 0)
    return f"[{index}]"


def _shorter_lines(line: str) -> Iterator[str]:
    """The line with one word less, or one repetition less."""
    words = line.split()
    first = 4 if len(words) > 2 and words[2] == "=" else FIXED_WORDS
    for i in range(first, len(words)):
        yield " ".join((*words[:i], *words[i + 1 :]))
    match = re.search(r"\bfull_scan (\d+)$", line)
    if match and int(match[1]) > 1:
        yield line[: match.start(1)] + str(int(match[1]) - 1)
    indexed = re.sub(r"\ba\[\d+\]", "a", line)
    if indexed != line:
        yield indexed
