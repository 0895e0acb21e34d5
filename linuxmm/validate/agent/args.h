/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of an operation.  Every word of a plan is read here, with the least and the most that
 * it may be; an operation reads all of its words, asks args_refused(), and acts on none before.
 */
#ifndef LINUXMM_ARGS_H
#define LINUXMM_ARGS_H

#include <stdint.h>

#include "limits.h"

struct process;

struct place {
	int64_t map, page, nr;
};

void args_of(char *line);
int args_refused(void);		/* true, and answered, when a word was wrong or one too many */

const char *arg_word(const char *what);
const char *arg_path(void);	/* of what a plan may open or set; PATHS in args.c */
int64_t arg_number(const char *what, int64_t least, int64_t most);
int arg_flag(const char *what);
int arg_list(const char *what, int64_t *into, int most);
int arg_each(const char *what, int64_t *into, int64_t nr);
int args_left(void);
void arg_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct process *arg_process(void);	/* NULL, and answered, when there is none or it is gone */
struct place arg_place(void);		/* mapping, page, pages */
int *arg_file(void);			/* of a file; NULL, and wrong, when none was to be made */

/* Where a place lies in a process: 0 when the mapping could not be made. */
uint64_t address(const struct process *p, const struct place *at);

#endif
