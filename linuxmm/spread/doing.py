# SPDX-License-Identifier: GPL-2.0-or-later
"""Doing a unit: bytes in, bytes out, in whatever process it has come to."""

import json
import platform
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Final, TypeVar

from linuxmm.errors import InputError, one_line
from linuxmm.spread.unit import SCHEMA, WORK, Failed, build, done, failed, name_of, version_said

T = TypeVar("T")
U = TypeVar("U")
ANOTHER: Final = "has another version"


def do(data: bytes) -> bytes:
    """What comes of the unit in `data`; it fails with a sentence, never with an exception."""
    name = name_of(data)
    try:
        said = _unit(data)
        if said["build"] != build():
            return done(name, "refused", f"{one_line(platform.node())} has {version_said()}")
        module, _, function = WORK[said["work"]].partition(":")
        return done(name, "gave", getattr(import_module(module), function)(said["given"]))
    except Exception as error:  # whatever it is: it costs this unit, and is told where it matters
        why = failed(error)
        return done(name, "failed", [why.code, why.said])


def _unit(data: bytes) -> dict[str, Any]:
    """What the file says.  Raises: InputError for what is no unit."""
    try:
        said = json.loads(data)
        if said["schema"] != SCHEMA or said["work"] not in WORK or "build" not in said:
            raise ValueError(f"schema {said['schema']}, work {said['work']}")
        return {**said}
    except (ValueError, KeyError, TypeError) as why:
        raise InputError(f"is no unit of work of this linuxmm: {one_line(str(why), 100)}") from None


def piecewise(work: Callable[[T], U], pieces: Iterable[T]) -> tuple[U | Failed, ...]:
    """What each piece gives: one that fails costs no other its result."""

    def attempted(piece: T) -> U | Failed:
        try:
            return work(piece)
        except Exception as error:
            return failed(error)

    return tuple(map(attempted, pieces))
