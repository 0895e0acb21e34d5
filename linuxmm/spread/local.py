# SPDX-License-Identifier: GPL-2.0-or-later
"""Units done by processes beside us, each with a thread that feeds it.

A process that dies (killed, out of memory) costs the unit that it was at, which another one begins
again.  The processes end with us, however we end: they read from a pipe that closes then.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import IO, Final

from linuxmm.errors import Skipped
from linuxmm.spread.unit import done, failed, name_of

DEATHS: Final = 3  # of processes, at one unit: the next one would die too
PATIENCE_S: Final = 5.0
LENGTH: Final = 8  # bytes of the number of bytes that follow


class Died(Exception):
    """The process is no more."""


def worked(tasks: Sequence[bytes], jobs: int) -> Iterator[tuple[int, bytes]]:
    """What comes of each task, with its place, as soon as it is known."""
    team = _Team(tasks)
    for _ in range(min(jobs, len(tasks))):
        threading.Thread(target=team.serve, daemon=True).start()
    try:
        for _ in tasks:
            yield team.answers.get()
    finally:
        team.close()


class _Team:
    """What is to be done, what was, and who is at it."""

    def __init__(self, tasks: Sequence[bytes]) -> None:
        self.todo: SimpleQueue[tuple[int, bytes]] = SimpleQueue()
        self.answers: SimpleQueue[tuple[int, bytes]] = SimpleQueue()
        self._workers: set[_Worker] = set()
        self._lock, self._closed = threading.Lock(), False
        for task in enumerate(tasks):
            self.todo.put(task)

    def serve(self) -> None:
        """One thread: a process, and another one when it dies."""
        worker: _Worker | None = None
        while True:
            try:
                place, data = self.todo.get_nowait()
            except Empty:
                break
            died = 0
            while died < DEATHS and not self._closed:
                try:
                    worker = worker or self._new()
                    self.answers.put((place, worker.ask(data)))
                    break
                except Died:
                    self._bury(worker)
                    worker, died = None, died + 1
                except OSError as error:
                    return self._give_up(place, data, error)
            else:
                self._give_up(place, data, _died(died))
        return self._bury(worker)

    def _new(self) -> "_Worker":
        with self._lock:
            if self._closed:
                raise Died
            worker = _Worker()
            self._workers.add(worker)
        return worker

    def _bury(self, worker: "_Worker | None") -> None:
        if worker is not None:
            worker.kill()
            with self._lock:
                self._workers.discard(worker)

    def _give_up(self, place: int, data: bytes, error: Exception) -> None:
        why = failed(error if isinstance(error, Skipped) else Skipped(f"no process: {error}"))
        self.answers.put((place, done(name_of(data), "failed", [why.code, why.said])))

    def close(self) -> None:
        """Nobody waits for what is left."""
        with self._lock:
            self._closed = True
            for worker in self._workers:
                worker.kill()


def _died(times: int) -> Skipped:
    return Skipped(f"the process that was at it died {times} times: is there enough memory?")


class _Worker:
    """A process that answers units."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "linuxmm.spread", "--serve"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout

    def ask(self, data: bytes) -> bytes:
        """Raises: Died."""
        try:
            send(self._in, data)
            found = receive(self._out)
        except (OSError, ValueError):  # ValueError: closed by us
            found = None
        if found is None:
            raise Died
        return found

    def kill(self) -> None:
        """End it: asked first, for it may have a guest to close."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for stream in (self._in, self._out):
            with suppress(OSError):
                stream.close()


def send(stream: IO[bytes], data: bytes) -> None:
    """One message."""
    stream.write(len(data).to_bytes(LENGTH, "big") + data)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None where the other side has gone."""
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        return None
    size = int.from_bytes(head, "big")
    data = stream.read(size)
    return data if len(data) == size else None
