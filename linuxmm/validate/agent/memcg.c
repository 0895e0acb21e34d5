// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory controller of cgroup v1: a hierarchy with three groups, which are empty at the start. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "args.h"

#define HIERARCHY "/run/linuxmm-memcg"
#define GROUPS 4	/* linuxmm/play/lower/arguments.py: the root, then g1 to g3 */
#define FIRST 1
#define PATIENCE_MSECS 5000

static int used;

static const char *file_of(int64_t group, const char *file)
{
	static char path[128];

	if (group == FIRST)
		snprintf(path, sizeof(path), HIERARCHY "/%s", file);
	else
		snprintf(path, sizeof(path), HIERARCHY "/g%d%s%s", (int)group - FIRST, *file ? "/" : "",
			 file);
	return path;
}

static int64_t arg_group(void)
{
	return arg_number("group", FIRST, FIRST + GROUPS - 1);
}

/* What was in them has ended: a group goes once the last process has left it. */
void memcg_forget(void)
{
	int64_t limit = now_msecs() + PATIENCE_MSECS;

	for (int group = FIRST + 1; used && group < FIRST + GROUPS; group++)
		while (rmdir(file_of(group, "")) && errno == EBUSY && now_msecs() < limit)
			usleep(1000);
	used = 0;
}

static void op_start(void)
{
	if (args_refused())
		return;
	mkdir(HIERARCHY, 0755);
	if (access(HIERARCHY "/cgroup.procs", F_OK) &&
	    mount("none", HIERARCHY, "cgroup", 0, "memory"))
		return broken("no hierarchy of cgroup v1: %s", strerror(errno));
	used = 1;
	memcg_forget();
	used = 1;
	for (int group = FIRST + 1; group < FIRST + GROUPS; group++)
		if (mkdir(file_of(group, ""), 0755))
			return broken("no control group: %s", strerror(errno));
	answer(DONE, 0, NULL, 0);
}

/* cgroup_procs process group: what the write gave */
static void op_procs(void)
{
	struct process *p = arg_process();
	int64_t group = p ? arg_group() : 0;
	char pid[32];

	if (!p || args_refused())
		return;
	snprintf(pid, sizeof(pid), "%d", p->pid);
	answer(DONE, spit(file_of(group, "cgroup.procs"), pid), NULL, 0);
}

/* move_charge group value: what the write gave */
static void op_move_charge(void)
{
	int64_t group = arg_group();
	const char *value = arg_word("value");

	if (!args_refused())
		answer(DONE, spit(file_of(group, "memory.move_charge_at_immigrate"), value), NULL, 0);
}

/* memory_stat group: the file */
static void op_stat(void)
{
	static char text[1 << 14];
	int64_t group = arg_group();

	if (!args_refused())
		answer(DONE, 0, text, slurp(file_of(group, "memory.stat"), text, sizeof(text)));
}

static const struct { const char *name; void (*act)(void); } table[] = {
	{ "memcg_start", op_start }, { "cgroup_procs", op_procs },
	{ "move_charge", op_move_charge }, { "memory_stat", op_stat },
};

/* Was it an operation of ours? */
int memcg(const char *op)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].name, op))
			return table[i].act(), 1;
	return 0;
}
