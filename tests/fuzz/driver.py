# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a target: a worker at a time, the next one where the last did not survive."""

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from os.path import relpath
from pathlib import Path
from typing import Final

from tests.fuzz.target import ROOT, Find, target

KEPT: Final = ROOT / ".fuzz"  # ignored by git
WHY: Final = {
    -signal.SIGPROF: "too much CPU time in",
    -signal.SIGALRM: "waits for 60 s in",
}
ALL: Final = sys.maxsize
FOREVER: Final = float(1 << 40)


@dataclass
class Figures:
    """What a run of a target came to."""

    name: str
    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_input: int = 0
    peak_kb: int = 0
    finds: dict[str, int] = field(default_factory=dict)  # by kind: how many
    kept: dict[str, Path] = field(default_factory=dict)  # by kind: the first one

    def text(self) -> str:
        """One line, and one for each kind of find."""
        line = (
            f"{self.name:10} {self.inputs:8} inputs {self.seconds:6.0f} s "
            f"{sum(self.finds.values()):5} finds   slowest {self.slowest:5.2f} s "
            f"(input {self.slowest_input})   {self.peak_kb >> 10:4} MiB"
        )
        found = (f"  {n} x {kind}: {relpath(self.kept[kind])}" for kind, n in self.finds.items())
        return "\n".join([line, *found])

    def take(self, said: dict[str, float]) -> None:
        """What a worker says at its end."""
        self.peak_kb = max(self.peak_kb, int(said["peak_kb"]))
        if said["slowest"] > self.slowest:
            self.slowest, self.slowest_input = said["slowest"], int(said["slowest_input"])


def fuzz(
    name: str, seed: int, inputs: int = ALL, seconds: float = FOREVER, keep: Path = KEPT
) -> Figures:
    """So many inputs of a target, or as many as there is time for; failing ones are kept."""
    chosen, figures, folder = target(name), Figures(name), keep / name
    began = time.monotonic()
    while figures.inputs < inputs and (left := seconds - (time.monotonic() - began)) > 0:
        for number, find in _worker(figures, seed, (figures.inputs, inputs), left):
            figures.inputs = number + 1
            if find is not None:
                _count(figures, chosen.input(seed, number), find, folder)
    figures.seconds = time.monotonic() - began
    return figures


def _worker(
    figures: Figures, seed: int, inputs: tuple[int, int], seconds: float
) -> Iterator[tuple[int, Find | None]]:
    """(number, find) of each input that one worker ran."""
    words = (figures.name, seed, *inputs, seconds)
    command = [sys.executable, "-m", "tests.fuzz.worker", *map(str, words)]
    number, ended = inputs[0] - 1, False
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        for line in process.stdout or ():
            said = json.loads(line)
            if isinstance(said, int):
                number = said
                yield number, None
            elif "kind" in said:
                yield number, Find(**said)
            else:
                figures.take(said)
                ended = True
        code = process.wait()
        errors.seek(0)
        text = errors.read()
    if not ended and number < inputs[0]:
        raise RuntimeError(f"the worker of {figures.name} did not begin: {text}")
    if not ended:
        yield number, Find(f"{WHY.get(code, f'the process ended with {code}')}{_where(text)}", text)


def _where(text: str) -> str:
    """The innermost place of ours in what faulthandler wrote."""
    found = re.search(rf'File "{re.escape(str(ROOT))}/((?!\.)[^"]+)", line \d+ in (\w+)', text)
    return f" {found[1]} {found[2]}" if found else ""


def _count(figures: Figures, data: bytes, find: Find, folder: Path) -> None:
    """Count a find; the first of a kind is kept, with its traceback beside it."""
    figures.finds[find.kind] = figures.finds.get(find.kind, 0) + 1
    if find.kind not in figures.kept:
        path = folder / sha256(data).hexdigest()[:12]
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.with_suffix(".txt").write_text(f"{find.kind}\n\n{find.details}\n")
        figures.kept[find.kind] = path
