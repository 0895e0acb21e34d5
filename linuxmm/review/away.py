# SPDX-License-Identifier: GPL-2.0-or-later
"""A review of a series in units: one patch on top of those before it, x a tree.

A unit is given the whole mail: it reads all patches, translates those before its own, and searches
for its own alone.  What it gives is what the search found; how the patch was read the other side
knows itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, Final, NoReturn

from linuxmm.errors import InputError, ModelBug
from linuxmm.explore.judge import Judged
from linuxmm.explore.plainly import PLAIN
from linuxmm.review.findings import Finding
from linuxmm.review.run import Change, Review, changes_of
from linuxmm.source.folder import content_of
from linuxmm.spread.launch import Launcher
from linuxmm.spread.unit import Failed, Unit

FOUND: Final = (
    "findings", "choices", "rules", "untouched", "undecided", "bounds", "functions", "agreement",
)  # fmt: skip


def reviews(
    launcher: Launcher, found: Sequence[Change], data: bytes, file: str, base: str, tree: str
) -> Iterator[Review | Failed]:
    """The review of each change of these bytes, in their order."""
    given = (data.decode("latin-1"), file, base, tree, content_of(tree) if tree else "")
    units = [Unit("review", one.title, PLAIN.text((*given, nr))) for nr, one in enumerate(found)]
    for change, answer in zip(found, launcher.answers(units), strict=True):
        assert change.prepare is not None
        prepared = change.prepare()
        if answer.failed is not None:
            yield answer.failed
        else:
            held = dict(zip(FOUND, PLAIN.value(answer.gave), strict=True))
            yield replace(prepared, **held)


# --- where a unit is done -------------------------------------------------------------------------
def reviewed(given: str) -> str:
    """One patch of a mail."""
    text, file, base, tree, content, nr = PLAIN.value(given)
    found = _series(text, file, base, tree, content)
    for change in found[:nr]:
        assert change.prepare is not None
        change.prepare()
    review = found[nr].review(None)
    return PLAIN.text(tuple(_closed(getattr(review, name)) for name in FOUND))


@lru_cache(maxsize=1)
def _series(text: str, file: str, base: str, tree: str, content: str) -> list[Change]:
    """Raises: InputError where another tree lies here."""
    if tree and content_of(tree) != content:
        raise InputError("is not what the others have under this path", file=tree)
    return changes_of(text.encode("latin-1"), file, base, tree)


@dataclass(frozen=True)
class Elsewhere:
    """The text of a kernel that only the process has which made it."""

    digest: str

    def __getattr__(self, name: str) -> NoReturn:
        raise ModelBug(f"a text of another process was asked for its {name}")


def _closed(value: Any) -> Any:
    """The value with nothing in it that only this process has: witnesses made, texts left out."""
    if isinstance(value, Judged):
        executed = value.pair is not None and value.pair.after.text is not None
        return Judged(value.verdict, value.why, given=value.witness) if executed else value
    if isinstance(value, Finding):
        part = value.part
        if part is not None and part.text is not None:
            return replace(value, part=part.replace(text=Elsewhere(part.text.digest)))
        return value
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(map(_closed, value))
    if is_dataclass(value) and hasattr(value, "judged") and not isinstance(value, type):
        return replace(value, **{f.name: _closed(getattr(value, f.name)) for f in fields(value)})
    return value
