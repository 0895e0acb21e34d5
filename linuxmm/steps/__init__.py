# SPDX-License-Identifier: GPL-2.0-or-later
"""Operations by system: each module numbers its own and sends each to its entry point."""
