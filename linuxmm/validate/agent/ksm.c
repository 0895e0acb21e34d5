// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ksmd, one pass at a time.
 *
 * It waits at two places: at home until `run` is 1 and somebody has given it memory, and between
 * two scans for sleep_millisecs.  Where it waits its stack tells.  It holds a mutex while it
 * scans, and every write to `run` takes that mutex: such a write returns when a scan is over.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "args.h"

#define FOLDER "/sys/kernel/mm/ksm/"
#define PATIENCE_MSECS 25000	/* a machine that is busy; main.c gives a scenario 30 s */
#define NO_SUCH INT64_MIN	/* of a file that this kernel has not; answers.py knows it too */

enum scan { SCANNED, NOBODY, LATE };	/* of a scan; NOBODY: there is no memory to scan */

static int used;	/* does the scenario use KSM? */
static char ksmd[32], home[4096];

static const char *path(const char *name)
{
	static char whole[128];

	snprintf(whole, sizeof(whole), FOLDER "%s", name);
	return whole;
}

static int64_t get(const char *name)
{
	char value[64];

	return slurp(path(name), value, sizeof(value)) ? strtoll(value, NULL, 10) : NO_SUCH;
}

static int set(const char *name, int64_t value)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%ld", value);
	return spit(path(name), digits);
}

/* Once, before there are players.  A merge that fails half way ends in a copy, which ksmd makes on
 * the node of its CPU (break_cow): where the machine is ours that is the first. */
void find_ksmd(void)
{
	cpu_set_t first;

	find_thread("ksmd", ksmd, sizeof(ksmd));
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (where == IN_GUEST && *ksmd)
		sched_setaffinity(atoi(ksmd), sizeof(first), &first);
}

static int sleeps(void)
{
	return thread_sleeps(ksmd);
}

static int is_home(void)
{
	char text[4096];

	return sleeps() && of_thread(ksmd, "stack", text, sizeof(text)) && !strcmp(text, home);
}

/* How often it has gone to sleep. */
static int64_t nr_sleeps(void)
{
	static char text[4096];
	const char *line;

	of_thread(ksmd, "status", text, sizeof(text));
	line = strstr(text, "\nvoluntary_ctxt_switches:");
	return line ? strtoll(strchr(line, ':') + 1, NULL, 10) : 0;
}

/* It sleeps no longer than sleep_millisecs, and looks again when that changes. */
static void wake(void)
{
	set("sleep_millisecs", get("sleep_millisecs") == 10000000 ? 10000001 : 10000000);
}

/* With nothing to do there is one place where it sleeps: false when it is not seen there. */
static int find_home(void)
{
	int64_t limit = now_msecs() + PATIENCE_MSECS;

	if (!*ksmd)
		return 0;
	set("run", 0);
	wake();
	while (now_msecs() < limit) {
		int64_t before = nr_sleeps();

		if (sleeps() && of_thread(ksmd, "stack", home, sizeof(home)) && sleeps() &&
		    nr_sleeps() == before)
			return 1;
		usleep(100);
	}
	return 0;
}

/* Home again, and asleep: false when it did not come. */
static int stop(void)
{
	int64_t limit = now_msecs() + PATIENCE_MSECS;

	set("run", 0);
	if (!is_home())
		wake();
	while (!is_home()) {
		if (now_msecs() > limit)
			return 0;
		usleep(100);
	}
	return 1;
}

/*
 * A scan from home, or a whole pass.  It is over by what it did, however long that takes: a pass has
 * been counted, or it sleeps elsewhere.  Where nobody has given it memory it goes back to sleep at
 * home, and again when it is woken: one sleep more may have been counted late, two may not.
 */
static enum scan first_scan(int pass)
{
	int64_t limit, before, full_scans;

	if (!stop())	/* or its way home would be taken for the scan */
		return LATE;
	limit = now_msecs() + PATIENCE_MSECS;
	before = nr_sleeps();
	full_scans = get("full_scans");
	set("run", 1);
	while (pass ? get("full_scans") == full_scans :
		      nr_sleeps() == before || !sleeps() || is_home()) {
		if (now_msecs() > limit)
			return LATE;
		if (is_home()) {
			if (nr_sleeps() >= before + 2)
				return NOBODY;
			set("run", 1);
		}
		usleep(100);
	}
	set("run", 1);	/* it scans no more when this returns */
	return SCANNED;
}

/* One scan more, of somebody who waits between two: until it has gone over everything. */
static enum scan next_pass(int64_t full_scans)
{
	int64_t limit = now_msecs() + PATIENCE_MSECS;

	wake();
	while (get("full_scans") == full_scans) {
		if (now_msecs() > limit)
			return LATE;
		usleep(100);
	}
	set("run", 1);
	return SCANNED;
}

static void stop_and_tell(enum scan how)
{
	if (!stop() || how == LATE)
		return broken("ksmd made no scan within %d s", PATIENCE_MSECS / 1000);
	answer(DONE, 0, NULL, 0);
}

/* ksm_pass n: whole passes, one after the other */
static void op_pass(void)
{
	int64_t wanted = arg_number("passes", 0, MAX_PASSES);
	enum scan how = SCANNED;

	if (args_refused())
		return;
	for (int64_t done = 0; done < wanted && how == SCANNED; done++)
		how = done ? next_pass(get("full_scans")) : first_scan(1);
	stop_and_tell(how);
}

/* ksm_batch pages: one scan of so many pages */
static void op_batch(void)
{
	int64_t pages = arg_number("pages", 0, MAX_BATCH);

	if (args_refused())
		return;
	set("pages_to_scan", pages);
	stop_and_tell(first_scan(0));
	set("pages_to_scan", 1 << 20);
}

static void unmerge(void)
{
	set("run", 2);
	set("run", 0);
}

/* ksm_start smart: nothing is merged, every setting as it is when a machine has booted; `smart`:
 * ksmd may pass by pages whose contents never were another's, where the kernel does that */
static void op_start(void)
{
	int smart = arg_flag("smart");

	if (args_refused())
		return;
	used = 1;
	unmerge();
	spit(path("advisor_mode"), "none");	/* it and the next came after 6.1 */
	set("smart_scan", smart);
	set("pages_to_scan", 1 << 20);
	set("sleep_millisecs", 10000000);
	set("merge_across_nodes", 1);
	set("use_zero_pages", 0);
	set("max_page_sharing", 256);
	if (!find_home())
		return broken("ksmd cannot be seen");
	answer(DONE, 0, NULL, 0);
}

/* A file of ksmd's folder. */
static const char *arg_setting(void)
{
	const char *name = arg_word("setting");

	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")])
		arg_wrong("%.40s is no setting of KSM", name);
	return name;
}

static void op_get(void)
{
	const char *names[MAX_KEYS];
	int64_t found[MAX_KEYS];
	int nr = 0;

	for (; args_left() && nr < MAX_KEYS; nr++)
		names[nr] = arg_setting();
	if (args_refused())
		return;
	for (int i = 0; i < nr; i++)
		found[i] = get(names[i]);
	answer(DONE, 0, found, nr * sizeof(*found));
}

static void op_set(void)
{
	const char *name = arg_setting();
	int64_t value = arg_number("value", INT64_MIN, INT64_MAX);

	if (!args_refused())
		answer(DONE, set(name, value), NULL, 0);
}

void ksm_forget(void)
{
	if (used)
		unmerge();
}

static const struct { const char *name; void (*act)(void); } table[] = {
	{ "ksm_start", op_start }, { "ksm_pass", op_pass }, { "ksm_batch", op_batch },
	{ "ksm_get", op_get }, { "ksm_set", op_set },
};

int ksm(const char *op)
{
	if (where == ONLY_OWN)
		return 0;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].name, op))
			return table[i].act(), 1;
	return 0;
}
