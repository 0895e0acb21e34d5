/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way in: steps one after the other until a trap.  STEP, TRAP_CODE and the like are the
 * program's.  Gives how many were made; below 0: the failure, of which linuxmm_failed tells. */
__attribute__((noinline)) static word linuxmm_steps(const struct state *m, const struct rules *k,
                                                    const word *ops, word count, word *results)
{
    for (word i = 0; i < count; i++, ops += 9) {
        results[i] = STEP(m, k, ops[0], ops[1], ops[2], ops[3], ops[4], ops[5], ops[6], ops[7],
                          ops[8]);
        if (m->scratch[TRAP_CODE] != TRAP_NONE)
            return i + 1;
    }
    return count;
}

__attribute__((visibility("default"))) word linuxmm_walk(const struct state *m,
                                                         const struct rules *rules,
                                                         const word *ops, word count,
                                                         word *results)
{
    k = rules;
    if (__builtin_setjmp(failed_to))
        return -failed_how;
    return linuxmm_steps(m, rules, ops, count, results);
}

/* The promises that a state breaks, as bits; AUDIT drains its batches on the way. */
__attribute__((visibility("default"))) word linuxmm_audit(const struct state *m,
                                                          const struct rules *rules)
{
    k = rules;
    if (__builtin_setjmp(failed_to))
        return -failed_how;
    return AUDIT(m, rules);
}

__attribute__((visibility("default"))) const char *linuxmm_failed(void)
{
    return failed_at;
}
