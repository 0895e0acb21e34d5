# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers on the command line: of any length, and each with its bounds."""

from argparse import ArgumentTypeError

from linuxmm.errors import one_line

DIGITS = 19  # what fits 64 bits; Python refuses to read more than 4,300
MOST_SHOWN = 40


def is_number(text: str) -> bool:
    """Decimal digits, so few that they can be read."""
    return text.isascii() and text.isdigit() and len(text) <= DIGITS


def whole(text: str, what: str, least: int, most: int) -> int:
    """A whole number within bounds, for argparse's `type`."""
    if not is_number(text) or not least <= int(text) <= most:
        raise ArgumentTypeError(f"{one_line(text, MOST_SHOWN)} is no {what} from {least} to {most}")
    return int(text)
