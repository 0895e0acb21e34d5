# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory control groups of cgroup v1: charges, and charges that move.  Source: mm/memcontrol.c."""
