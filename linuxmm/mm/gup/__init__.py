"""get_user_pages and follow_page.  Source: mm/gup.c.

`flags` are FOLL_* bits; `rival_flags` are those that the rival kernel's caller would pass
(they differ only at sites whose records differ).  Pages are returned in m.out.
"""
