# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot be said in the model's words."""


class Untranslatable(Exception):
    """One sentence about what; where it stands is added by who catches it."""
