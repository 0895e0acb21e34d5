# SPDX-License-Identifier: GPL-2.0-or-later
"""What kernel functions have on their stack: structs and arrays, as words of m.stack.

The kernel passes pointers to them (`struct vm_fault *vmf`, `int *rss`): here an index, 0 is null.
A step begins with an empty stack.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.state.layout import STACK_TOP, State

NULL: Final = 0


@core
def push(m: State, nr: int) -> int:
    """A struct or array of `nr` words, which hold anything."""
    first = m.scratch[STACK_TOP] + 1
    m.scratch[STACK_TOP] = first + nr - 1
    return first


@core
def pop(m: State, first: int) -> int:
    """The function that pushed `first` returns: it goes, with what was pushed after it."""
    m.scratch[STACK_TOP] = first - 1
    return 0
