# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario on the model: its steps as operations of the core, made, read and printed."""
