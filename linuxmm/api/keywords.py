# SPDX-License-Identifier: GPL-2.0-or-later
"""Keywords of the face: one that there is not is named, with the nearest that there is."""

from collections.abc import Mapping, Sequence

from linuxmm.errors import OutOfRange, WrongArgument, nearest


def refuse_unknown(what: str, unknown: Mapping[str, object], known: Sequence[str]) -> None:
    """Raises: WrongArgument for the first keyword that `what` does not take.

    A type checker sees the same: the keywords that are left are typed `Never`.
    """
    for name in unknown:
        raise WrongArgument(f'{what} takes no "{name}"{nearest(name, list(known))}')


def checked_number(what: str, name: str, value: object, low: int, high: int) -> int:
    """A whole number within bounds.  Raises: WrongArgument, OutOfRange."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongArgument(f"{what}: {name} is a number from {low} to {high}, not {value!r}")
    if not low <= value <= high:
        raise OutOfRange(f"{what}: {name} is a number from {low} to {high}, not {value}")
    return value
