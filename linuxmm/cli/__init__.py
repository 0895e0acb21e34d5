# SPDX-License-Identifier: GPL-2.0-or-later
"""One file per verb: parse the command line, call the library, print; nothing else."""
