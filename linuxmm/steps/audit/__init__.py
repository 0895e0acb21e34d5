# SPDX-License-Identifier: GPL-2.0-or-later
"""Promises about states as core functions: what a compiled search asks of every state.

`census.py` counts from the page tables up, `broken.py` compares and says which promises a state
breaks, as bits.  What is said of a broken one (of which page, how many) is `promises/`, whose
answer is the same by test; what only that can look at is left out: `broken.py:LOOKED_AT`.
"""
