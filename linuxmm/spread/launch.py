# SPDX-License-Identifier: GPL-2.0-or-later
"""The launcher: units to whoever does them, answers in order, finished ones from the shelf."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from linuxmm.errors import InputError, Skipped
from linuxmm.spread import cluster, local
from linuxmm.spread.kept import Shelf
from linuxmm.spread.unit import Answer, Unit, answer

Far = Callable[[int, int], None]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Launcher:
    """Who does units: `jobs` processes beside us, or the workers of a scheduler at an address.

    `say`: told in a sentence what the run does not end with.
    """

    jobs: int = 0
    scheduler: str = ""
    say: Say = print

    def answers(self, units: Sequence[Unit], far: Far | None = None) -> Iterator[Answer]:
        """The answer of each unit, in their order; far(done, all): how many are there.

        Raises: InputError for a scheduler that is not there, or workers of another version only.
        """
        shelf = Shelf()
        found: dict[int, Answer] = {}
        for place, unit in enumerate(units):
            known = shelf.find(unit)
            if known is not None:
                found[place] = known
        left = [place for place in range(len(units)) if place not in found]
        for place in left:
            shelf.want(units[place])
        given, there = 0, len(found)
        for data, place in self._done([units[place].data for place in left], left):
            answered = answer(data, units[place].name)
            if answered is None or answered.refused:
                raise Skipped(f"{units[place].what}: no answer of this linuxmm came back")
            if answered.failed is None:
                shelf.keep(units[place], data)
            found[place] = answered
            there += 1
            if far is not None:
                far(there, len(units))
            while given in found:
                yield found.pop(given)
                given += 1
        while given < len(units):
            yield found.pop(given)
            given += 1
        shelf.tidy()

    def _done(self, tasks: Sequence[bytes], places: list[int]) -> Iterator[tuple[bytes, int]]:
        if not tasks:
            return
        if self.scheduler:
            answers = cluster.worked(tasks, self.scheduler, self.say)
        else:
            answers = local.worked(tasks, self.jobs)
        for nr, data in answers:
            yield data, places[nr]


def launcher(jobs: int, scheduler: str, say: Say) -> Launcher | None:
    """Who does the units that a person asked for; None: nobody but this process.

    Raises: InputError for both at once.
    """
    if jobs and scheduler:
        raise InputError(
            "--jobs is for this machine, --scheduler for its workers: give one of them"
        )
    return Launcher(jobs, scheduler, say) if jobs or scheduler else None
