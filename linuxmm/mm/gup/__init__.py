# SPDX-License-Identifier: GPL-2.0-or-later
"""get_user_pages and follow_page.  Source: mm/gup.c.

`flags` are FOLL_* bits.  Pages are returned in m.out.
"""
