// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ksmd, one pass at a time.  It holds a mutex while it scans, and every write to the file `run`
 * takes that mutex: once ksmd has set to work, such a write returns when the scan is over.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define FOLDER "/sys/kernel/mm/ksm/"
#define PATIENCE_MSECS 500

static int used;	/* does the scenario use KSM? */
static char ksmd_status[300];

static const char *path(const char *name)
{
	static char whole[128];

	snprintf(whole, sizeof(whole), FOLDER "%s", name);
	return whole;
}

static int64_t get(const char *name)
{
	char value[64];

	return slurp(path(name), value, sizeof(value)) ? strtoll(value, NULL, 10) : 0;
}

static int set(const char *name, int64_t value)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%ld", value);
	return spit(path(name), digits);
}

static int64_t now_msecs(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void find_ksmd(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char comm[300], name[32];

	while (proc && !*ksmd_status && (entry = readdir(proc))) {
		snprintf(comm, sizeof(comm), "/proc/%s/comm", entry->d_name);
		if (slurp(comm, name, sizeof(name)) && !strcmp(name, "ksmd\n"))
			snprintf(ksmd_status, sizeof(ksmd_status), "/proc/%s/status", entry->d_name);
	}
	if (proc)
		closedir(proc);
}

/* How often ksmd has gone to sleep. */
static int64_t sleeps(void)
{
	static char text[4096];
	const char *line;

	if (!*ksmd_status)
		find_ksmd();
	slurp(ksmd_status, text, sizeof(text));
	line = strstr(text, "\nvoluntary_ctxt_switches:");
	return line ? strtoll(strchr(line, ':') + 1, NULL, 10) : 0;
}

/* Has ksmd slept again since then? */
static int has_slept(int64_t before)
{
	int64_t limit = now_msecs() + PATIENCE_MSECS;

	while (sleeps() == before) {
		if (now_msecs() > limit)
			return 0;
		usleep(100);
	}
	return 1;
}

/* ksmd sleeps no longer than sleep_millisecs, and looks again when that changes. */
static void wake(void)
{
	set("sleep_millisecs", get("sleep_millisecs") == 10000000 ? 10000001 : 10000000);
}

/* One scan, of as many pages as pages_to_scan says; false if there was nothing to scan. */
static int scan(int first, int64_t full_scans)
{
	int64_t limit = now_msecs() + PATIENCE_MSECS;

	for (int tries = 0; tries < 3; tries++) {
		int64_t before = sleeps();

		if (first && !tries)
			set("run", 1);
		else
			wake();
		has_slept(before);
		set("run", 1);
		if (full_scans < 0 || get("full_scans") > full_scans)
			return 1;
		if (now_msecs() > limit)
			break;
	}
	return 0;
}

/* ksmd waits for `run` again. */
static void stop(void)
{
	int64_t before;

	set("run", 0);
	before = sleeps();
	wake();
	has_slept(before);
}

/* ksm_pass n: whole passes, one after the other */
static void op_pass(void)
{
	int64_t wanted = number();

	for (int64_t done = 0; done < wanted; done++)
		if (!scan(done == 0, get("full_scans")))
			break;
	stop();
	answer(DONE, 0, NULL, 0);
}

/* ksm_batch pages: one scan of so many pages */
static void op_batch(void)
{
	set("pages_to_scan", number());
	scan(1, -1);
	stop();
	set("pages_to_scan", 1 << 20);
	answer(DONE, 0, NULL, 0);
}

static void unmerge(void)
{
	set("run", 2);
	set("run", 0);
}

/* ksm_start: nothing is merged, every setting as it is when a machine has booted */
static void op_start(void)
{
	used = 1;
	unmerge();
	set("pages_to_scan", 1 << 20);
	set("sleep_millisecs", 10000000);
	set("merge_across_nodes", 1);
	set("use_zero_pages", 0);
	set("max_page_sharing", 256);
	answer(DONE, 0, NULL, 0);
}

static void op_get(void)
{
	int64_t found[32];
	int nr = 0;
	char *name;

	while (*(name = word()) && nr < 32)
		found[nr++] = get(name);
	answer(DONE, 0, found, nr * sizeof(*found));
}

static void op_set(void)
{
	char *name = word();

	answer(DONE, set(name, number()), NULL, 0);
}

void ksm_forget(void)
{
	if (used)
		unmerge();
}

int ksm(const char *op)
{
	if (!strcmp(op, "ksm_start"))
		return op_start(), 1;
	if (!strcmp(op, "ksm_pass"))
		return op_pass(), 1;
	if (!strcmp(op, "ksm_batch"))
		return op_batch(), 1;
	if (!strcmp(op, "ksm_get"))
		return op_get(), 1;
	if (!strcmp(op, "ksm_set"))
		return op_set(), 1;
	return 0;
}
