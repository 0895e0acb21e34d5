# SPDX-License-Identifier: GPL-2.0-or-later
"""Edits of kernel C that nothing can notice here, each with the reason (`reasons/`)."""

from typing import Final

from linuxmm.explore.reasons.collapse import COLLAPSE
from linuxmm.explore.reasons.decided import DECIDED
from linuxmm.explore.reasons.huge import HUGE
from linuxmm.explore.reasons.never_here import NEVER_HERE
from linuxmm.explore.reasons.not_modelled import NOT_MODELLED
from linuxmm.explore.reasons.record import Reason
from linuxmm.explore.reasons.unseen import UNSEEN
from linuxmm.source.edits import Edit

REASONS: Final[tuple[Reason, ...]] = (
    *HUGE,
    *NOT_MODELLED,
    *NEVER_HERE,
    *COLLAPSE,
    *DECIDED,
    *UNSEEN,
)


def reason_of(edit: Edit, line: str) -> Reason | None:
    """The reason listed for this edit of a line."""
    return next((reason for reason in REASONS if reason.names(edit, line)), None)
