# SPDX-License-Identifier: GPL-2.0-or-later
"""From a patch (mail, mbox, diff) or a source tree to rules.

``mail`` finds the patches in a text, ``patch`` reads their diffs strictly, ``read`` turns
the change into rules and a new kernel, ``tree`` reads call sites out of C sources.

The package is callable: ``linuxmm.review("patch.mail")`` is ``linuxmm.api.review``.  An attribute
of a package that is one of its subpackages, too, is whichever was bound last, so both are one.
"""

import sys
from importlib import import_module
from types import ModuleType


class _Callable(ModuleType):
    """This package, called: the review of a patch."""

    def __call__(self, *args: object, **keywords: object) -> object:
        return import_module("linuxmm.api").review(*args, **keywords)


sys.modules[__name__].__class__ = _Callable
