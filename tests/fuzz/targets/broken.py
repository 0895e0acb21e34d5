# SPDX-License-Identifier: GPL-2.0-or-later
"""No target of `make fuzz`: it fails in each way that is a find, for the test of the driver."""

import os
from typing import Final

from linuxmm.errors import InputError
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    what = data.lstrip(b"#")
    if what.startswith(b"good"):
        return
    if what.startswith(b"refused"):
        raise InputError("is refused", file="x", line=1)
    if what.startswith(b"raises"):
        raise IndexError(what)
    if what.startswith(b"spins"):
        while True:
            pass
    if what.startswith(b"grows"):
        bytearray(2 << 30)
    if what.startswith(b"dies"):
        os.abort()


SEEDS: Final = [b"good", b"refused", b"raises", b"spins", b"grows", b"dies"]
TARGET: Final = Target(lambda: SEEDS, run, [b"#"], most_seconds=0.1)
