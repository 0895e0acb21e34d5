# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a step did what it did: which test refused which page, and why nothing happened.

A copy of the core runs in whose functions those that decide are noted (`looks.py`); what they said
is told with the names of the scenario (`told.py`).  The model itself knows nothing of it.
"""

from linuxmm.play.explain.told import Explainer

__all__ = ["Explainer"]
