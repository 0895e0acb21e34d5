// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control groups of the memory controller, empty at the start: three of cgroup v1, or those of
 * cgroup v2 that the machine has.  One hierarchy at a time has the controller.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "args.h"

#define V1 "/run/linuxmm-memcg"
#define V2 "/run/linuxmm-cgroup"
#define SCRATCH "/scratch"	/* where the player goes to take away what CPUs have in stock */
#define ABSENT 0
#define FIRST 1		/* linuxmm/play/machine_of.py: the root, then g1 to g3 */
#define GROUPS 4
#define PATIENCE_MSECS 5000
#define LONG_PATIENCE_MSECS 20000	/* the last page of a group that went is long in going */
#define CPUS 2
#define OWN_END (2 * ARENA)	/* mappings of a scenario lie between ARENA and here */
#define MAX_OWN 8192
#define PFN_MASK ((1UL << 55) - 1)

static const char *hierarchy;	/* NULL: the scenario has no groups */
static int64_t parents[FIRST + GROUPS];

static const char *file_of(int64_t group, const char *file)
{
	static char path[192];
	char names[64] = "";

	for (int64_t at = group; at > FIRST; at = parents[at]) {
		char below[64];

		snprintf(below, sizeof(below), "/g%d%.40s", (int)at - FIRST, names);
		memcpy(names, below, sizeof(names));
	}
	snprintf(path, sizeof(path), "%s%s%s%s", hierarchy, names, *file ? "/" : "", file);
	return path;
}

static int64_t arg_group(void)
{
	int64_t group = arg_number("group", FIRST, FIRST + GROUPS - 1);

	if (!hierarchy)
		arg_wrong("there are no groups");
	return group;
}

/* Is the group there?  -ENOENT is the answer if not. */
static int there(int64_t group)
{
	if (parents[group] != ABSENT && !access(file_of(group, "cgroup.procs"), F_OK))
		return 1;
	answer(DONE, -ENOENT, NULL, 0);
	return 0;
}

/* A folder goes once the last process has left it. */
static void forget(const char *path, int64_t limit)
{
	while (rmdir(path) && errno == EBUSY && now_msecs() < limit)
		usleep(1000);
}

void memcg_forget(void)
{
	int64_t limit = now_msecs() + PATIENCE_MSECS;

	if (!hierarchy)
		return;
	for (int round = 0; round < GROUPS; round++)	/* those below first */
		for (int group = FIRST + 1; group < FIRST + GROUPS; group++)
			if (parents[group] != ABSENT)
				forget(file_of(group, ""), round ? limit : 0);
	forget(V2 SCRATCH, limit);
	hierarchy = NULL;
}

/* --- the start -------------------------------------------------------------------------------- */
/* The controller leaves one hierarchy for the other once nothing is charged to a group that went. */
static int mount_v1(void)
{
	int64_t limit = now_msecs() + LONG_PATIENCE_MSECS;

	if (!access(V1 "/cgroup.procs", F_OK))
		return 0;
	mkdir(V1, 0755);
	spit(V2 "/cgroup.subtree_control", "-memory");
	while (mount("none", V1, "cgroup", 0, "memory")) {
		if (errno != EBUSY)
			return 0;	/* this kernel has no cgroup v1: no file will be found */
		if (now_msecs() > limit)
			return -1;
		spit("/proc/sys/vm/drop_caches", "1");
		usleep(10000);
	}
	return 0;
}

/* Groups with the controller, those too that are not gone for good. */
static int nr_groups(void)
{
	char text[4096];
	const char *line;
	int hierarchy_id, nr;

	slurp("/proc/cgroups", text, sizeof(text));
	line = strstr(text, "memory\t");
	return line && sscanf(line, "memory %d %d", &hierarchy_id, &nr) == 2 ? nr : 0;
}

static int mount_v2(void)
{
	int64_t limit = now_msecs() + LONG_PATIENCE_MSECS;

	mkdir(V2, 0755);
	if (access(V2 "/cgroup.procs", F_OK) && mount("none", V2, "cgroup2", 0, NULL))
		return -1;
	while (spit(V2 "/cgroup.subtree_control", "+memory")) {
		if (now_msecs() > limit)
			return -1;
		/* a hierarchy goes when it is unmounted while none of its groups is left */
		if (nr_groups() <= 1)
			umount(V1);
		else
			spit("/proc/sys/vm/drop_caches", "1");
		usleep(20000);
	}
	mkdir(V2 SCRATCH, 0755);
	return 0;
}

static int make_group(int group, int64_t max_pages)
{
	char bytes[32];

	if (mkdir(file_of(group, ""), 0755))
		return -1;
	if (parents[group] != FIRST && spit(file_of(parents[group], "cgroup.subtree_control"), "+memory"))
		return -1;
	snprintf(bytes, sizeof(bytes), "%ld", max_pages * PAGE);
	return max_pages ? spit(file_of(group, "memory.max"), bytes) : 0;
}

/* memcg_start version (v2: parent limit of each group; a parent 0: there is no such group) */
static void op_start(void)
{
	int version = arg_number("version", 1, 2), made = 0;
	int64_t limits[FIRST + GROUPS] = { 0 };

	parents[FIRST] = FIRST;
	for (int group = FIRST + 1; group < FIRST + GROUPS; group++) {
		parents[group] = version == 1 ? FIRST : arg_number("parent", ABSENT, FIRST + GROUPS - 1);
		limits[group] = version == 1 ? 0 : arg_number("limit", 0, INT64_MAX / PAGE);
	}
	if (args_refused())
		return;
	hierarchy = version == 1 ? V1 : V2;
	if (version == 1 ? mount_v1() : mount_v2())
		return broken("no hierarchy of cgroup v%d: %s", version, strerror(errno));
	if (access(file_of(FIRST, "cgroup.procs"), F_OK))
		return answer(DONE, 0, NULL, 0);
	for (int round = 0; round < GROUPS; round++)	/* those above first */
		for (int group = FIRST + 1; group < FIRST + GROUPS; group++) {
			if (parents[group] == ABSENT || made >> group & 1 ||
			    (parents[group] != FIRST && !(made >> parents[group] & 1)))
				continue;
			if (make_group(group, limits[group]))
				return broken("no control group g%d: %s", group - FIRST, strerror(errno));
			made |= 1 << group;
		}
	answer(DONE, 0, NULL, 0);
}

/*
 * Memory of our own that a process has touched before it goes to a group is not charged to it: all
 * that it may write to is touched when the process begins.
 */
void memcg_touch_own(void)
{
	static char maps[1 << 14];
	uint64_t start, end;

	if (!hierarchy)
		return;
	slurp("/proc/self/maps", maps, sizeof(maps));
	for (char *line = strtok(maps, "\n"); line; line = strtok(NULL, "\n")) {
		char rights[8];

		if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) != 3 || strncmp(rights, "rw-p", 4))
			continue;
		for (; start < end; start += PAGE)
			*(volatile char *)start = *(volatile char *)start;
	}
}

/* --- what is our own of what a group counts --------------------------------------------------- */
enum { OWN_ANON, OWN_INACTIVE_ANON, OWN_ACTIVE_ANON, OWN_UNEVICTABLE, OWN_ALL, NR_OWN };
static const char *const own_names[] = { "anon", "inactive_anon", "active_anon", "unevictable", "all" };
static uint64_t own_pages[NR_OWN], seen[MAX_OWN], inodes[FIRST + GROUPS];
static size_t nr_seen;

static uint64_t word_at(int fd, uint64_t index)
{
	uint64_t word = 0;

	return pread(fd, &word, sizeof(word), index * sizeof(word)) == sizeof(word) ? word : 0;
}

/* The folders of this group, and of those below it. */
static void find_inodes(int64_t group)
{
	struct stat folder;

	for (int64_t at = FIRST + 1; at < FIRST + GROUPS; at++) {
		int64_t above = parents[at] == ABSENT ? FIRST : at;

		while (above > FIRST && above != group)
			above = parents[above];
		inodes[at] = above == group && !stat(file_of(at, ""), &folder) ? folder.st_ino : 0;
	}
}

static int is_within(uint64_t inode)
{
	for (int64_t at = FIRST + 1; inode && at < FIRST + GROUPS; at++)
		if (inodes[at] == inode)
			return 1;
	return 0;
}

static void count_own(uint64_t flags)
{
	own_pages[OWN_ALL]++;
	if (flags >> 12 & 1)	/* ANON */
		own_pages[OWN_ANON]++;
	if (flags >> 18 & 1)	/* UNEVICTABLE */
		own_pages[OWN_UNEVICTABLE]++;
	else if (flags >> 5 & 1 && flags >> 14 & 1)	/* LRU, SWAPBACKED; ACTIVE */
		own_pages[flags >> 6 & 1 ? OWN_ACTIVE_ANON : OWN_INACTIVE_ANON]++;
}

static void look_at(const struct process *p, int groups, int flags)
{
	static char maps[1 << 14];
	static uint64_t entries[MAX_OWN];
	char path[64];
	uint64_t start, end;
	int pagemap;

	snprintf(path, sizeof(path), "/proc/%d/maps", p->pid);
	slurp(path, maps, sizeof(maps));
	snprintf(path, sizeof(path), "/proc/%d/pagemap", p->pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	for (char *line = strtok(maps, "\n"); line && pagemap >= 0; line = strtok(NULL, "\n")) {
		if (sscanf(line, "%lx-%lx ", &start, &end) != 2 || end > VSYSCALL_ADDR ||
		    (start >= ARENA && start < OWN_END))
			continue;
		ssize_t got = pread(pagemap, entries, sizeof(entries), start / PAGE * sizeof(*entries));

		for (size_t nr = (end - start) / PAGE, at = 0; at < nr && at < MAX_OWN; at++) {
			uint64_t pfn = entries[at] >> 63 ? entries[at] & PFN_MASK : 0;
			size_t i = 0;

			if ((ssize_t)((at + 1) * sizeof(*entries)) > got || !pfn ||
			    !is_within(word_at(groups, pfn)))
				continue;
			while (i < nr_seen && seen[i] != pfn)
				i++;
			if (i < nr_seen || nr_seen == MAX_OWN)
				continue;
			seen[nr_seen++] = pfn;
			count_own(word_at(flags, pfn));
		}
	}
	close(pagemap);
}

static void look_at_own(int64_t group)
{
	int groups = open("/proc/kpagecgroup", O_RDONLY | O_CLOEXEC);
	int flags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);

	memset(own_pages, 0, sizeof(own_pages));
	nr_seen = 0;
	find_inodes(group);
	for (int i = 0; i < MAX_PROCESSES && groups >= 0; i++)
		if (processes[i].pid)
			look_at(&processes[i], groups, flags);
	close(groups);
	close(flags);
}

/* Has a process touched memory of its own meanwhile, as one does that was just born? */
static int own_changed(int64_t group)
{
	uint64_t before[NR_OWN];

	memcpy(before, own_pages, sizeof(before));
	look_at_own(group);
	return memcmp(before, own_pages, sizeof(before)) != 0;
}

/* The player goes to the group of a process, for a call that it makes for that one; and back. */
void memcg_as(const struct process *p)
{
	char path[256], all[1024], *within;

	if (!hierarchy)
		return;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", p ? p->pid : 0);
	if (!p || !slurp(path, all, sizeof(all)))
		return (void)spit(file_of(FIRST, "cgroup.procs"), "0");
	within = strstr(all, strcmp(hierarchy, V2) ? ":memory:" : "0::");
	if (!within)
		return;
	within = strchr(within, '/');
	within[strcspn(within, "\n")] = 0;
	snprintf(path, sizeof(path), "%s%.128s/cgroup.procs", hierarchy, within);
	spit(path, "0");
}

/* --- operations ------------------------------------------------------------------------------- */
/* cgroup_procs process group: what the write gave */
static void op_procs(void)
{
	struct process *p = arg_process();
	int64_t group = p ? arg_group() : 0;
	char pid[32];

	if (!p || args_refused() || !there(group))
		return;
	snprintf(pid, sizeof(pid), "%d", p->pid);
	answer(DONE, spit(file_of(group, "cgroup.procs"), pid), NULL, 0);
}

/* move_charge group value: what the write gave */
static void op_move_charge(void)
{
	int64_t group = arg_group();
	const char *value = arg_word("value");

	if (!args_refused() && there(group))
		answer(DONE, spit(file_of(group, "memory.move_charge_at_immigrate"), value), NULL, 0);
}

/* memory_stat group: the file, and lines of what our own memory has part in it */
static void op_stat(void)
{
	static char text[1 << 14];
	int64_t group = arg_group();
	size_t size;

	if (args_refused() || !there(group))
		return;
	do {
		look_at_own(group);
		slurp(file_of(group, "cpu.stat"), text, sizeof(text));	/* flushes what CPUs counted */
		size = slurp(file_of(group, "memory.stat"), text, sizeof(text));
	} while (own_changed(group));
	for (int i = 0; i < NR_OWN; i++)
		size += snprintf(text + size, sizeof(text) - size, "own_%s %lu\n", own_names[i],
				 own_pages[i] * PAGE);
	answer(DONE, 0, text, size);
}

/* A CPU has pages in stock for one group: it gives them back when it charges another one. */
static void empty_stocks(void)
{
	char *page;

	spit(V2 SCRATCH "/cgroup.procs", "0");
	for (int cpu = 0; cpu < CPUS; cpu++) {
		on_cpu(cpu);
		page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (page != MAP_FAILED)
			*(volatile char *)page = 1;
		munmap(page, PAGE);
	}
	on_cpu(0);
	spit(V2 "/cgroup.procs", "0");
}

/* memory_current group: the number in the file, without stocks and our own memory */
static void op_current(void)
{
	int64_t group = arg_group();
	char text[64];
	int v2 = hierarchy && !strcmp(hierarchy, V2);

	if (args_refused() || !there(group))
		return;
	do {
		look_at_own(group);
		if (v2)
			empty_stocks();
		if (!slurp(file_of(group, v2 ? "memory.current" : "memory.usage_in_bytes"), text,
			   sizeof(text)))
			return broken("memory.current cannot be read");
	} while (own_changed(group));
	answer(DONE, strtoll(text, NULL, 10) - (int64_t)(own_pages[OWN_ALL] * PAGE), NULL, 0);
}

/* memory_reclaim group pages: what the write gave */
static void op_reclaim(void)
{
	int64_t group = arg_group();
	int64_t nr = arg_number("pages", 0, INT64_MAX / PAGE);
	char bytes[32];

	if (args_refused() || !there(group))
		return;
	snprintf(bytes, sizeof(bytes), "%ld", nr * PAGE);
	answer(DONE, spit(file_of(group, "memory.reclaim"), bytes), NULL, 0);
}

static const struct { const char *name; void (*act)(void); } table[] = {
	{ "memcg_start", op_start }, { "cgroup_procs", op_procs },
	{ "move_charge", op_move_charge }, { "memory_stat", op_stat },
	{ "memory_current", op_current }, { "memory_reclaim", op_reclaim },
};

/* Was it an operation of ours? */
int memcg(const char *op)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].name, op))
			return table[i].act(), 1;
	return 0;
}
