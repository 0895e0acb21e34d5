# SPDX-License-Identifier: GPL-2.0-or-later
"""Units done by the workers of a Dask scheduler: the one module that knows Dask (extra `sweep`).

Only bytes travel.  A worker that dies costs the unit that it was at, which the scheduler gives to
another one.  A worker with another linuxmm is named and gets nothing more.
"""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, Final

from linuxmm.errors import InputError, MissingExtra, Skipped, one_line
from linuxmm.spread.doing import do
from linuxmm.spread.unit import answer, build, done, failed, name_of, version_said

Say = Callable[[str], None]
Dask = Any  # of Dask: it is not typed, and may not be here
WAIT_S: Final = "10s"  # for a scheduler to answer
MOST_LOST: Final = 5


def worked(tasks: Sequence[bytes], address: str, say: Say) -> Iterator[tuple[int, bytes]]:
    """What comes of each task, with its place, as soon as it is known.

    Raises: InputError for a scheduler that does not answer, or has none but wrong workers.
    """
    client = _client(address)
    try:
        yield from _Run(client, tasks, address, say).answers()
    finally:
        client.close(timeout=1)


def _client(address: str) -> Dask:
    try:
        dask = import_module("distributed")
    except ImportError:
        raise MissingExtra("--scheduler needs Dask", "sweep", "distributed") from None
    for name in ("distributed", "tornado.application", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said by us
    try:
        return dask.Client(address, timeout=WAIT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        why = one_line(str(error) or type(error).__name__, 120)
        raise InputError(f"no scheduler answers at {one_line(address, 200)}: {why}") from None


class _Run:
    """Tasks on their way."""

    def __init__(self, client: Dask, tasks: Sequence[bytes], address: str, say: Say) -> None:
        self.client, self.tasks, self.address, self.say = client, tasks, address, say
        self.token = os.urandom(4).hex()
        self.refused: set[str] = set()
        self.only: list[str] | None = None  # workers that may do them; None: all, also later ones
        self.lost: Counter[int] = Counter()  # places: how often nobody knew what to do with them

    def answers(self) -> Iterator[tuple[int, bytes]]:
        as_completed = import_module("distributed").as_completed
        self._look()
        places = {self._submit(place): place for place in range(len(self.tasks))}
        running = as_completed(list(places), loop=self.client.loop)
        for future in running:
            place = places.pop(future)
            data = self._came(future, place)
            if data is None and self.lost[place] < MOST_LOST:
                self.lost[place] += 1
                self._look()
                again = self._submit(place)
                places[again] = place
                running.add(again)
            else:
                yield place, data or self._failed(place, "no worker knows what to do with it")

    def _submit(self, place: int) -> Dask:
        key = f"linuxmm-{name_of(self.tasks[place])}-{self.token}-{self.lost[place]}"
        return self.client.submit(do, self.tasks[place], key=key, pure=False, workers=self.only)

    def _came(self, future: Dask, place: int) -> bytes | None:
        """What came of a task; None where the worker could not know what to do with it."""
        if future.status == "finished":
            data: bytes = future.result()
            found = answer(data, name_of(self.tasks[place]))
            return None if found is None or found.refused else data
        if future.status in ("cancelled", "lost"):
            raise InputError(
                f"the scheduler at {one_line(self.address, 200)} has gone; what is done is kept"
            )
        error = future.exception()
        if type(error).__name__ == "KilledWorker":
            return self._failed(place, "the workers that were at it died: is there enough memory?")
        return None  # it has no linuxmm, or one without `do`

    def _failed(self, place: int, why: str) -> bytes:
        error = failed(Skipped(why))
        return done(name_of(self.tasks[place]), "failed", [error.code, error.said])

    def _look(self) -> None:
        """Which workers are of our version?  Those that are not are named once."""
        said: dict[str, Any] = self.client.run(build, on_error="return")
        wrong = {who: theirs for who, theirs in said.items() if theirs != build()}
        for who in sorted(wrong.keys() - self.refused):
            theirs = wrong[who]
            has = f"build {theirs}" if isinstance(theirs, str) else "none that can be asked"
            self.say(f"the worker {one_line(who, 100)} is refused: here is {version_said()}, "
                     f"there is {one_line(has, 100)}")  # fmt: skip
        self.refused |= wrong.keys()
        if wrong:
            self.only = [who for who in said if who not in wrong]
        if said and len(wrong) == len(said):
            raise InputError(
                f"the scheduler at {one_line(self.address, 200)} has no worker of this version"
            )
