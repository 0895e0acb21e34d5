# SPDX-License-Identifier: GPL-2.0-or-later
"""Every state within a scope: all programs that its actions make, on one kernel.

A scope is data (`record.py`, the files beside it): a machine, a set-up, actions, a depth.  Its
actions become operations of the core (`lowered.py`), the compiled search goes through all states
that they reach (`steps/search.py`), a sample of its transitions is made again interpreted
(`sample.py`), and what it finds broken becomes differences as any search's (`found.py`).
"""
