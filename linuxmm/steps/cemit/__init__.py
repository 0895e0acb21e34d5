# SPDX-License-Identifier: GPL-2.0-or-later
"""The core as C: `program.emit(roots)` gives one file for functions and all that they call.

What a core function may contain (tests/state/test_core_conventions.py) is what is known here;
anything else is a `ModelBug` that names file and line, never a guess.  Every value is a signed
64-bit word; the order of evaluation is Python's.  Why C, and built how: docs/decisions/0025.
"""
