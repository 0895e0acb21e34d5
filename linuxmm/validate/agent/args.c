// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "args.h"

/* What a plan may name in a guest: the beginnings of paths. */
static const char *const paths[] = {
	"/proc/sys/", "/sys/kernel/mm/", "/sys/devices/system/node/", "/dev/mmprobe", "/dev/hmm_dmirror", "/dev/zram0",
	"/run/linuxmm-", NULL
};
/* And elsewhere: the folder that the agent was started in, for files that have no name. */
static const char *const only[] = { [ON_HOST] = ".", [ONLY_OWN] = "/dev/null" };

static char *rest;		/* of the line that is being read */
static char wrong[160];		/* the first fault found in it */

void args_of(char *line)
{
	rest = line;
	*wrong = 0;
}

void arg_wrong(const char *format, ...)
{
	va_list list;

	if (*wrong)
		return;
	va_start(list, format);
	vsnprintf(wrong, sizeof(wrong), format, list);
	va_end(list);
}

int args_left(void)
{
	return rest && *rest;
}

int args_refused(void)
{
	if (args_left())
		arg_wrong("more words than it takes: %.40s", rest);
	if (*wrong)
		broken("%s", wrong);
	return *wrong != 0;
}

/* --- words ------------------------------------------------------------------------------------ */
const char *arg_word(const char *what)
{
	char *found = strsep(&rest, " ");

	if (!found || !*found) {
		arg_wrong("no %s", what);
		return "";
	}
	if (strlen(found) >= MAX_WORD) {
		arg_wrong("%s longer than %d bytes", what, MAX_WORD - 1);
		return "";
	}
	return found;
}

const char *arg_path(void)
{
	const char *path = arg_word("path");

	if (where != IN_GUEST && !strcmp(path, only[where]))
		return path;
	for (const char *const *p = paths; where == IN_GUEST && *p; p++)
		if (!strncmp(path, *p, strlen(*p)) && !strstr(path, ".."))
			return path;
	arg_wrong("the path %.100s is not one that a plan may name", path);
	return "";
}

/* --- numbers ---------------------------------------------------------------------------------- */
int64_t arg_number(const char *what, int64_t least, int64_t most)
{
	const char *digits = arg_word(what);
	int64_t value;
	char *end;

	errno = 0;
	value = strtoll(digits, &end, 10);
	if (errno || *end || !*digits || *digits == '+') {
		arg_wrong("%s: %.40s is no number", what, digits);
		return least;
	}
	if (value < least || value > most) {
		arg_wrong("%s: %ld is not within %ld and %ld", what, value, least, most);
		return least;
	}
	return value;
}

int arg_flag(const char *what)
{
	return arg_number(what, 0, 1);
}

/* The rest of the line: how many it is. */
int arg_list(const char *what, int64_t *into, int most)
{
	int nr = 0;

	while (args_left() && nr < most && !*wrong)
		into[nr++] = arg_number(what, INT64_MIN, INT64_MAX);
	if (args_left())
		arg_wrong("%s: more than %d", what, most);
	return nr;
}

/* The rest of the line: nothing, one for all of `nr` pages, or one for each. */
int arg_each(const char *what, int64_t *into, int64_t nr)
{
	int given = arg_list(what, into, nr > 1 ? nr : 1);

	if (given > 1 && given != nr)
		arg_wrong("%s: %d of them for %ld pages", what, given, nr);
	return given;
}

/* --- what numbers stand for ------------------------------------------------------------------- */
struct process *arg_process(void)
{
	int64_t i = arg_number("process", 0, MAX_PROCESSES - 1);

	if (*wrong) {
		args_refused();
		return NULL;
	}
	if (!processes[i].pid) {
		answer(GONE, 0, NULL, 0);
		return NULL;
	}
	return &processes[i];
}

struct place arg_place(void)
{
	struct place at;

	at.map = arg_number("mapping", 0, MAX_MAPPINGS - 1);
	at.page = arg_number("page", 0, MAX_PAGES);
	at.nr = arg_number("pages", 0, MAX_PAGES);
	return at;
}

uint64_t address(const struct process *p, const struct place *at)
{
	return p->maps[at->map].there ? p->maps[at->map].addr + at->page * PAGE : 0;
}

int *arg_file(void)
{
	int64_t slot = arg_number("file", 0, MAX_FILES - 1);

	if (*wrong || files[slot] == NOT_MADE) {
		arg_wrong("file %ld was not made", slot);
		return NULL;
	}
	return &files[slot];
}
