# SPDX-License-Identifier: GPL-2.0-or-later
"""A unit of work as a file, and what came of it as another.

In:   {"schema": "linuxmm/unit/1", "build": B, "work": W, "what": "for people", "given": ...}
Out:  {"schema": "linuxmm/unit-done/1", "build": B, "unit": NAME, "gave": ...}
      or, in place of "gave", "failed": [exit code, sentence] or "refused": sentence

B is a digest of every text of linuxmm that decides what a unit gives: one that was made by another
version is refused, and what another version gave is not used.  NAME is a digest of the file in.
"""

import json
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Final

from linuxmm.errors import InputError, LinuxmmError, ModelBug, NotModelled, Skipped
from linuxmm.version import __version__

SCHEMA: Final = "linuxmm/unit/1"
SCHEMA_DONE: Final = "linuxmm/unit-done/1"
# work -> the function that does it: text of the values given in, text of those it gives out
WORK: Final = {
    "walk": "linuxmm.explore.units:walked",
    "choices": "linuxmm.explore.units:choices_judged",
    "flips": "linuxmm.explore.units:flips_judged",
    "scope-flips": "linuxmm.explore.scope.units:flipped",
    "review": "linuxmm.review.away:reviewed",
    "judge": "linuxmm.validate.units:judged",
}
_DECIDE: Final = (".py", ".toml", ".h", ".c", ".sh")
_ERRORS: Final = {e.exit_code: e for e in (InputError, NotModelled, Skipped, ModelBug)}


@cache
def build() -> str:
    """A digest of the texts of this linuxmm."""
    digest, package = blake2b(digest_size=8), Path(__file__).parents[1]
    for path in sorted(package.rglob("*")):
        if path.suffix in _DECIDE and path.is_file():
            name = path.relative_to(package).as_posix()
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def version_said() -> str:
    """This linuxmm, as a person tells it from another."""
    return f"linuxmm {__version__}, build {build()}"


@dataclass(frozen=True)
class Unit:
    """Which work, on what.  `what`: in words; `given`: its values, as `plain.py` writes them."""

    work: str
    what: str
    given: str

    @cached_property
    def data(self) -> bytes:
        """The file."""
        said = {"schema": SCHEMA, "build": build(), "work": self.work, "what": self.what}
        return json.dumps({**said, "given": self.given}).encode()

    @cached_property
    def name(self) -> str:
        """What it is kept under."""
        return name_of(self.data)


@dataclass(frozen=True)
class Failed:
    """What we broke or do not know in one piece: the exit code and the sentence of its error."""

    code: int
    said: str

    def error(self) -> LinuxmmError:
        """The error, to be raised where it is told."""
        return _ERRORS.get(self.code, ModelBug)(self.said)


def failed(error: Exception) -> Failed:
    """The failure of an error; what is none of ours is a bug."""
    if isinstance(error, LinuxmmError):
        return Failed(error.exit_code, str(error) or type(error).__name__)
    return Failed(ModelBug.exit_code, f"a bug of linuxmm: {type(error).__name__}: {error}")


def name_of(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def done(name: str, key: str, value: object) -> bytes:
    """The file that comes of a unit."""
    said = {"schema": SCHEMA_DONE, "build": build(), "unit": name, key: value}
    return json.dumps(said).encode()


@dataclass(frozen=True)
class Answer:
    """What came back: `gave` as the unit's work writes it, or why there is nothing."""

    gave: str = ""
    failed: Failed | None = None
    refused: str = ""


def answer(data: bytes, name: str) -> Answer | None:
    """The answer in a file, None when it is none of this unit or of another version."""
    try:
        said = json.loads(data)
        if said["schema"] != SCHEMA_DONE or said["unit"] != name:
            return None
        if "refused" in said:
            return Answer(refused=str(said["refused"]))
        if said["build"] != build():
            return None
        if "gave" in said:
            return Answer(gave=str(said["gave"]))
        code, sentence = said["failed"]
        return Answer(failed=Failed(int(code), str(sentence)))
    except (ValueError, KeyError, TypeError):
        return None
