# SPDX-License-Identifier: GPL-2.0-or-later
"""mm/migrate.c: one page (folio), a list of pages (pages), move_pages(2), NUMA misplacement."""
