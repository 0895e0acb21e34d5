# SPDX-License-Identifier: GPL-2.0-or-later
"""Set-ups for executed C alone: states that its rarer lines want, few steps each.

Where rules are compared the records say what a site asks, and `setups.py` has the pages that tell
them apart.  A text may ask anything: of an entry in swap, of a migration under way, of a page whose
only dirty bit is in its entry.  `states.py` has states with a single action behind them,
`stories.py` ends with a look at what came of it, `leaves.py` has huge pages, `watched.py` what
userfaultfd watches; all together they are some thousand steps.
"""

from typing import Final

from linuxmm.explore.corners.leaves import LEAVES
from linuxmm.explore.corners.states import STATES
from linuxmm.explore.corners.stories import STORIES
from linuxmm.explore.corners.watched import WATCHED

CORNERS: Final = (*STATES, *STORIES, *LEAVES, *WATCHED)
