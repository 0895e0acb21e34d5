# SPDX-License-Identifier: GPL-2.0-or-later
"""What a record may say: only words that the code of a site honours, and all that it asks."""

from linuxmm.errors import KernelError, nearest
from linuxmm.kernels.document import Document, Keys
from linuxmm.kernels.honoured import ERRNO, HONOURED, is_honoured
from linuxmm.kernels.record import Kernel, SiteRule
from linuxmm.state.behaviours import BEHAVIOURS
from linuxmm.state.flags import FOLL_FLAGS, SITE_FLAGS, WALK_FLAGS
from linuxmm.state.sites import SITES
from linuxmm.state.vocabulary import BODY_LOOKUPS, CONFIGS, PREDICATES


# --- one site ---
def check_honoured(doc: Document, keys: Keys, rule: SiteRule) -> None:
    """A word that the code of this site would read and ignore is an error, not a rule."""
    _check_lock(doc, keys, rule)
    honours = HONOURED.get(rule.site)
    if honours is None:
        return
    for _, lookup in rule.lookup:
        if lookup not in honours.lookups:
            raise _ignored(doc, (*keys, "lookup"), lookup, honours.lookups)
    if not is_honoured(honours.refused, rule.refused):
        raise _ignored(doc, (*keys, "refused"), rule.refused, honours.refused)
    for test in rule.tests:
        if not is_honoured(honours.gives, test.gives):
            raise _ignored(doc, (*keys, "tests"), test.gives, honours.gives)
        if test.put and (not honours.holds_reference or rule.uses("folio_walk")):
            raise doc.error((*keys, "tests"), "no reference is held at this site: nothing to put")
        if test.unless and test.unless not in honours.contexts:
            raise _ignored(doc, (*keys, "tests"), test.unless, honours.contexts)


def _check_lock(doc: Document, keys: Keys, rule: SiteRule) -> None:
    """`get` and `end` are what is done with a page of folio_walk_start, and FW_ flags are its."""
    walks = rule.uses("folio_walk")
    names = [name for name, bit in SITE_FLAGS.items() if rule.flags & bit]
    for name in names:
        if (name in WALK_FLAGS) != walks:
            right = "folio_walk" if name in WALK_FLAGS else "follow_page"
            said = f"{name} is a flag of {right}, which is not used"
            raise doc.error((*keys, "flags"), said, name)
    if walks:
        return
    if rule.get or rule.end:
        field = "get" if rule.get else "end"
        raise doc.error((*keys, field), f'"{field}" needs the lookup folio_walk')
    if any(test.end for test in rule.tests):
        raise doc.error((*keys, "tests"), '"end" needs the lookup folio_walk: no lock is held')


def _ignored(doc: Document, keys: Keys, word: str, words: tuple[str, ...]) -> KernelError:
    valid = ", ".join("an errno" if entry == ERRNO else entry for entry in words)
    hint = f"valid here: {valid}" if valid else "its code has no place for one"
    return doc.error(keys, f'"{word}" would be ignored at this site; {hint}')


# --- the whole record ---
def check_complete(doc: Document, kernel: Kernel) -> None:
    """A loaded kernel answers every question: nothing is left to a default."""
    have = {
        "config": [name for name, _ in kernel.config],
        "behaviour": [name for name, _ in kernel.behaviours],
        "predicate": [name for name, _ in kernel.predicates],
        "site": [rule.site for rule in kernel.sites],
    }
    need = {
        "config": CONFIGS,
        "behaviour": tuple(BEHAVIOURS),
        "predicate": PREDICATES,
        "site": SITES[1:],
    }
    for what, names in need.items():
        for name in names:
            if name not in have[what]:
                raise doc.error((what,), f'kernel "{kernel.name}" has no {what} "{name}"')
    _check_bodies(doc, kernel)
    _check_uses(doc, kernel)


def _check_bodies(doc: Document, kernel: Kernel) -> None:
    """A body that builds on another needs that one to exist."""
    names = [body.name for body in kernel.lookups]
    for body in kernel.lookups:
        if body.of is not None and body.of not in names:
            message = f'lookup "{body.name}" is of "{body.of}", which kernel "{kernel.name}" lacks'
            raise doc.error(("lookup", body.name), message)


def _check_uses(doc: Document, kernel: Kernel) -> None:
    """A site uses only lookups and flags that this kernel has."""
    bodies = [body.name for body in kernel.lookups]
    known = sum(FOLL_FLAGS[name] for name, _ in kernel.foll) | sum(WALK_FLAGS.values())
    for rule in kernel.sites:
        keys = ("site", rule.site)
        used = rule.flags
        for mask, lookup in rule.lookup:
            used |= mask
            if lookup in BODY_LOOKUPS and lookup not in bodies:
                hint = nearest(lookup, bodies)
                message = f'site "{rule.site}" uses lookup "{lookup}"'
                raise doc.error(keys, f'{message}, which kernel "{kernel.name}" lacks{hint}')
        if used & ~known:
            names = [name for name, bit in FOLL_FLAGS.items() if bit & used & ~known]
            message = f'site "{rule.site}" uses {names[0]}'
            raise doc.error(keys, f'{message}, which kernel "{kernel.name}" lacks')
