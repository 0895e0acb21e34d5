# SPDX-License-Identifier: GPL-2.0-or-later
"""What every act is: a function that writes the lines of a step with a verb, or nothing."""

from collections.abc import Callable

from linuxmm.generate.steps import Steps
from linuxmm.scenario.verbs import Verb

Act = Callable[[Steps, Verb], bool]  # did it write anything?
Words = tuple[tuple[str, int], ...]


def of_whom(process: str, whose: str) -> str:
    """What stands before a name: nothing where it is the process's own."""
    return "" if whose == process else whose + "."


def alone(g: Steps, verb: Verb) -> bool:
    """The verb and nothing else."""
    g.say(f"{g.process()}: {verb.name}")
    return True


def own_range(g: Steps, verb: Verb) -> bool:
    """Pages of the process itself."""
    process = g.process()
    found = g.pages(process)
    if found is not None:
        g.say(f"{process}: {verb.name} {found[3]}")
    return found is not None
