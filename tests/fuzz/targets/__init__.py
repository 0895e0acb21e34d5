# SPDX-License-Identifier: GPL-2.0-or-later
"""One module for each place where something of others is read: its seeds, and the way through."""
