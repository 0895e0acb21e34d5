# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of all operations, by name and by number."""

from typing import Final

from linuxmm.steps import ksm, lru, memory, migrate, proc
from linuxmm.steps.operation import Operation

SYSTEMS: Final = (memory, lru, migrate, ksm, proc)  # by their numbers, as `step` has them
BY_NAME: Final[dict[str, Operation]] = {
    operation.name: operation for system in SYSTEMS for operation in system.OPERATIONS
}
BY_NUMBER: Final[dict[int, Operation]] = {each.number: each for each in BY_NAME.values()}
