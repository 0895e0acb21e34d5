# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of `linuxmm inspect` and `linuxmm why`."""
