# SPDX-License-Identifier: GPL-2.0-or-later
"""mremap(2): areas that grow, shrink and move with their entries.  Source: mm/mremap.c."""
