// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * khugepaged, one pass at a time.
 *
 * It sleeps for scan_sleep_millisecs, and a write to that file wakes it; with pages_to_scan large
 * a turn is a whole pass over its list.  It also wakes when somebody enters an empty list: so a
 * process of ours is on it before anybody else.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent.h"
#include "args.h"

#define FOLDER "/sys/kernel/mm/transparent_hugepage/khugepaged/"
#define PATIENCE_MSECS 10000
#define LOST_MSECS 20		/* asleep so long, and no pass: it did not hear us */
#define HUGE_SIZE (HUGE_PAGES * PAGE)
#define SLEEP "3600000"

static char thread[32];

static int64_t full_scans(void)
{
	char value[64];

	return slurp(FOLDER "full_scans", value, sizeof(value)) ? strtoll(value, NULL, 10) : -1;
}

/* A pass from its beginning to its end; false when there was none in time. */
static int one_pass(void)
{
	int64_t limit = now_msecs() + PATIENCE_MSECS, before = full_scans(), again;

	spit(FOLDER "scan_sleep_millisecs", SLEEP);
	again = now_msecs() + LOST_MSECS;
	while (full_scans() == before || !thread_sleeps(thread)) {
		if (now_msecs() > limit)
			return 0;
		if (now_msecs() > again && full_scans() == before && thread_sleeps(thread)) {
			spit(FOLDER "scan_sleep_millisecs", SLEEP);
			again = now_msecs() + LOST_MSECS;
		}
		usleep(200);
	}
	return 1;
}

/*
 * The process that keeps the list from being empty.  It has had a huge page, and has none any more,
 * which a scenario could split: where nothing is mapped khugepaged counts nothing.
 */
static void keep(int ready, pid_t parent)
{
	char *at, *huge;

	die_with(parent);
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	stay_small();
	at = mmap(NULL, 2 * HUGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	huge = (char *)(((uintptr_t)at + HUGE_SIZE - 1) & ~(HUGE_SIZE - 1));
	if (at == MAP_FAILED || madvise(huge, HUGE_SIZE, MADV_HUGEPAGE))
		_exit(1);
	*(volatile char *)huge = 1;
	if (madvise(huge, HUGE_SIZE, MADV_DONTNEED))
		_exit(1);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static int start_keeper(void)
{
	pid_t parent = getpid(), pid;
	int pair[2];
	char word;
	ssize_t got;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return 0;
	pid = fork();
	if (pid == 0)
		keep(pair[1], parent);
	close(pair[1]);
	got = pid > 0 ? read(pair[0], &word, 1) : 0;
	close(pair[0]);
	return got == 1;
}

/* khugepaged_start: it runs on CPU 0, has nothing left to do, and wakes for nobody but us */
static void op_start(void)
{
	cpu_set_t first;

	if (args_refused())
		return;
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	spit(FOLDER "scan_sleep_millisecs", SLEEP);
	spit(FOLDER "pages_to_scan", "1073741824");
	if (!start_keeper())
		return broken("khugepaged has no process to look at");
	find_thread("khugepaged", thread, sizeof(thread));
	if (!*thread)
		return broken("khugepaged does not run");
	if (sched_setaffinity(atoi(thread), sizeof(first), &first))
		return broken("khugepaged cannot be put on CPU 0: %s", strerror(errno));
	if (!one_pass())
		return broken("khugepaged made no pass within %d s", PATIENCE_MSECS / 1000);
	answer(DONE, 0, NULL, 0);
}

/* khugepaged_pass n: whole passes, one after the other; none where it does not run */
static void op_pass(void)
{
	int64_t wanted = arg_number("passes", 0, MAX_PASSES);

	if (args_refused())
		return;
	for (int64_t done = 0; *thread && done < wanted; done++)
		if (!one_pass())
			return broken("khugepaged made no pass within %d s", PATIENCE_MSECS / 1000);
	answer(DONE, 0, NULL, 0);
}

static const struct { const char *name; void (*act)(void); } table[] = {
	{ "khugepaged_start", op_start }, { "khugepaged_pass", op_pass },
};

int khugepaged(const char *op)
{
	if (where != IN_GUEST)
		return 0;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].name, op))
			return table[i].act(), 1;
	return 0;
}
