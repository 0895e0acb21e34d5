"""The compiled half of the core: every `@core` function through numba, from the same text.

The only module with numba code.  The originals are never touched: each function is copied over
a new globals dict in which the names of other core functions mean their compiled twins.  A
machine is passed as the address of a table (address, entries) with one row per column over the
bytes of its `Block`, so the interpreted and the compiled view of one state can be held at once;
reading a column gives a signed 64-bit int whatever its storage type (two 8-bit values would
otherwise be added unsigned, and mixed with signed ones become floats).

`compiled()` gives the `Engine`; the machine code is kept in the user's cache folder under a
hash of everything it depends on.
"""

import ctypes
import operator
import os
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from types import FunctionType
from typing import Any, Final

from linuxmm.core import CORE_FUNCTIONS
from linuxmm.errors import ModelBug, Skipped
from linuxmm.state.block import Block
from linuxmm.state.layout import COLUMNS
from linuxmm.state.rules import Rules

try:
    import llvmlite
    import numba
    import numpy
    from llvmlite import ir
    from numba.core import cgutils, codegen, types
    from numba.core.dispatcher import Dispatcher
    from numba.core.extending import intrinsic, lower_builtin, register_model
    from numba.core.datamodel import models
    from numba.core.imputils import lower_getattr_generic
    from numba.core.typing.templates import (
        AbstractTemplate,
        AttributeTemplate,
        infer_getattr,
        infer_global,
        signature,
    )
except ImportError as error:
    raise Skipped(
        f"compiled runs need NumPy and numba ({error}); install them with "
        "pip install 'linuxmm[fast]', or run interpreted"
    ) from error
