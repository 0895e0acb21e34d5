/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every emitted core begins with: words, Python's arithmetic on them, failures.
 * Nothing of a C library is needed.  Failures leave the whole walk. */
typedef long long word;
typedef unsigned long long uword;

_Static_assert(sizeof(word) == 8 && sizeof(int) == 4 && sizeof(void *) == 8, "64-bit machine");

enum {
    FAIL_ROW = 1,
    FAIL_VALUE,
    FAIL_ZERO,
    FAIL_SHIFT,
    FAIL_UNSET,
    FAIL_END,
    FAIL_RANGE,
    FAIL_LEFT,
};

static _Thread_local void *failed_to[5];
static _Thread_local const char *failed_at;
static _Thread_local word failed_how;

__attribute__((noreturn, noinline, cold)) static word fail(word how, const char *at)
{
    failed_how = how;
    failed_at = at;
    __builtin_longjmp(failed_to, 1);
}

/* Words of the results (m->out) that may not be empty: a search has better to do than to clear all
 * of them for the few that an operation writes. */
static _Thread_local word results_end;

static inline word touched(word row)
{
    if (row >= results_end)
        results_end = row + 1;
    return row;
}

static inline word in_rows(word row, word rows, const char *at)
{
    return __builtin_expect((uword)row >= (uword)rows, 0) ? fail(FAIL_ROW, at) : row;
}

/* Cells of the rules that were read, where a search wants to know (explore/watch.py): a row of
 * NOTED_CELLS for each column of state/rules.py:WATCHED. */
enum { NOTED_COLUMNS = 7, NOTED_CELLS = 128 };
__attribute__((visibility("default"))) unsigned char linuxmm_noted[NOTED_COLUMNS][NOTED_CELLS];

/* Functions that were entered, by their number in linuxmm_functions. */
enum { MOST_FUNCTIONS = 4096 };
__attribute__((visibility("default"))) unsigned char linuxmm_entered[MOST_FUNCTIONS];

static inline word noted(word column, word row)
{
    linuxmm_noted[column][row] = 1;
    return row;
}

static inline word fits_int(word value, const char *at)
{
    return __builtin_expect(value != (int)value, 0) ? fail(FAIL_VALUE, at) : value;
}

static inline word fits_unsigned_char(word value, const char *at)
{
    return __builtin_expect(value != (unsigned char)value, 0) ? fail(FAIL_VALUE, at) : value;
}

/* a // b and a % b: towards minus infinity; -1 apart, for the machine traps on MIN / -1 */
static inline word floor_div(word a, word b, const char *at)
{
    if (b == 0)
        return fail(FAIL_ZERO, at);
    if (b == -1)
        return (word)(0 - (uword)a);
    return a / b - (a % b != 0 && (a ^ b) < 0);
}

static inline word floor_mod(word a, word b, const char *at)
{
    if (b == 0)
        return fail(FAIL_ZERO, at);
    if (b == -1)
        return 0;
    return a % b + ((a % b != 0 && (a ^ b) < 0) ? b : 0);
}

static inline word shift_left(word a, word by, const char *at)
{
    if (by < 0)
        return fail(FAIL_SHIFT, at);
    return by > 63 ? 0 : (word)((uword)a << by);
}

static inline word shift_right(word a, word by, const char *at)
{
    if (by < 0)
        return fail(FAIL_SHIFT, at);
    return a >> (by > 63 ? 63 : by);
}

static inline word least(word a, word b)
{
    return b < a ? b : a;
}

static inline word most(word a, word b)
{
    return b > a ? b : a;
}

static inline word absolute(word a)
{
    return a < 0 ? (word)(0 - (uword)a) : a;
}

/* how often range(start, stop, by) goes round */
static inline uword rounds(word start, word stop, word by, const char *at)
{
    if (by > 0)
        return start < stop ? ((uword)stop - (uword)start - 1) / (uword)by + 1 : 0;
    if (by == 0)
        return (uword)fail(FAIL_RANGE, at);
    return start > stop ? ((uword)start - (uword)stop - 1) / (0 - (uword)by) + 1 : 0;
}
