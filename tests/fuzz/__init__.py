# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzz targets: what others write, mutated, through the code that reads it.

    make fuzz SECONDS=600 TARGET=mails          a target is a module of `targets/`
    python -m tests.fuzz --replay mails FILE    one input again, with its traceback

Every input is a function of target, seed and number.  Whatever it is, the answer is a value or an
error that names what is wrong; another exception, 5 s of CPU time, 1 GiB or a dead process is a
*find* and its input is kept.
"""
