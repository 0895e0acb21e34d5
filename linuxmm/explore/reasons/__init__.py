# SPDX-License-Identifier: GPL-2.0-or-later
"""Why nothing notices some edits of kernel C, by the kind of reason."""
