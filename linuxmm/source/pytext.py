# SPDX-License-Identifier: GPL-2.0-or-later
"""Python that we wrote, as code that a traceback and the emitter of C find again."""

import linecache
from hashlib import blake2b
from types import CodeType
from typing import Final

TRANSLATED: Final = "<translated "


def code_of(text: str) -> CodeType:
    """Python's code of a text, named by what it says.

    Raises: SyntaxError, RecursionError or MemoryError for one that Python has no room for.
    """
    name = f"{TRANSLATED}{blake2b(text.encode(), digest_size=8).hexdigest()}>"
    code = compile(text, name, "exec")
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return code
