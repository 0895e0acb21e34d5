# SPDX-License-Identifier: GPL-2.0-or-later
"""The version, as `linuxmm --version` and the reports say it."""

from typing import Final

__version__: Final = "0.1.0"
