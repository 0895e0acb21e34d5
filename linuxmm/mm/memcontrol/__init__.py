# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory control groups: charges, what shows them, those that move.  Source: mm/memcontrol.c."""
