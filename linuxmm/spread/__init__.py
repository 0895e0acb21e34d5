# SPDX-License-Identifier: GPL-2.0-or-later
"""Work in units that know nothing of each other: a file in, a file out, each named by its content.

A unit says which work it is and what it is given (`unit.py`), in plain values (`plain.py`).  It is
done by any process that has this linuxmm (`doing.py`): by ours beside us (`local.py`), by workers
of a Dask scheduler anywhere (`cluster.py`), or one file after the other by a batch system
(``python -m linuxmm.spread FILE``).  What was done once is kept (`kept.py`) and not done again.
"""
