# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernels that tests run on, and kernels with one cell changed, which something must notice."""

from dataclasses import replace

import pytest

from linuxmm.kernels import Kernel, SiteRule, Test, load

BASE, SPLIT, LANDED = KERNELS = ("v5.17-coherent", "split-v1", "v6.1")
EVERY_KERNEL = pytest.mark.parametrize("kernel", KERNELS)


def with_test(kernel: str, site: str, test: Test) -> Kernel:
    """One test more at one site, before the others."""
    base = load(kernel)
    rule = base.site(site)
    return base.with_site(replace(rule, tests=(test, *rule.tests)))


def without_test(kernel: str, site: str, refuse: str) -> Kernel:
    """One test less at one site."""
    base = load(kernel)
    rule = base.site(site)
    tests = tuple(test for test in rule.tests if test.refuse != refuse)
    assert tests != rule.tests
    return base.with_site(replace(rule, tests=tests))


def with_tests(kernel: Kernel, site: str, *, without: str = "", first: str = "") -> Kernel:
    """The site no longer refuses `without`, or refuses `first` before everything else."""
    rule: SiteRule = kernel.site(site)
    tests = tuple(test for test in rule.tests if test.refuse != without)
    if first:
        put = rule.lookup[-1][1] == "follow_page"
        tests = (Test(first, rule.refused or "skip", put, ""), *tests)
    return kernel.with_site(replace(rule, tests=tests))


def behaving(kernel: Kernel, name: str, word: str) -> Kernel:
    """Another word for one behaviour."""
    pairs = tuple((n, word if n == name else w) for n, w in kernel.behaviours)
    return kernel.replace(behaviours=pairs)
