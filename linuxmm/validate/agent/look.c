// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be seen of a process and of the machine: /proc, and through the probe the rest. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "args.h"

#define TEXT (1 << 20)
#define PFN_MASK ((1UL << 55) - 1)

static char text[TEXT];
static uint64_t found[MAX_LOOKED];
static int log_fd = -1;

/* --- files ------------------------------------------------------------------------------------ */
/* A whole file, ended by 0: how many bytes; 0 when it cannot be read. */
size_t slurp(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t got = 1;

	if (fd < 0)
		return 0;
	while (got > 0 && have < size - 1) {
		got = read(fd, buffer + have, size - 1 - have);
		have += got > 0 ? got : 0;
	}
	close(fd);
	buffer[have] = 0;
	return have;
}

/* 0, or -errno. */
int spit(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* The line behind this one; NULL when the text ends, or was cut off, here. */
static char *next_line(char *line)
{
	line = strchr(line, '\n');
	return line && line[1] ? line + 1 : NULL;
}

static const char *of(const struct process *p, const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", p->pid, name);
	return path;
}

/* --- pages ------------------------------------------------------------------------------------ */
static void pagemap(const struct process *p, uint64_t addr, uint64_t nr, uint64_t *into)
{
	int fd = open(of(p, "pagemap"), O_RDONLY | O_CLOEXEC);

	memset(into, 0, nr * sizeof(*into));
	if (fd < 0)
		return;
	if (pread(fd, into, nr * sizeof(*into), addr / PAGE * sizeof(*into)) < 0)
		memset(into, 0, nr * sizeof(*into));
	close(fd);
}

/* pagemap target mapping page nr: the entries */
static void op_pagemap(const struct process *p)
{
	struct place at = arg_place();

	if (args_refused())
		return;
	pagemap(p, address(p, &at), at.nr, found);
	answer(DONE, 0, found, at.nr * sizeof(*found));
}

/* kpage path target mapping page nr: what stands there of each page's frame, -1 for none */
static void op_kpage(const char *path, const struct process *p)
{
	struct place at = arg_place();
	int fd;

	if (args_refused())
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return broken("%s cannot be read", path);
	pagemap(p, address(p, &at), at.nr, found);
	for (int64_t i = 0; i < at.nr; i++) {
		uint64_t pfn = found[i] >> 63 ? found[i] & PFN_MASK : 0;

		if (!pfn || pread(fd, &found[i], sizeof(*found), pfn * sizeof(*found)) < 0)
			found[i] = -1UL;
	}
	close(fd);
	answer(DONE, 0, found, at.nr * sizeof(*found));
}

/* rows: process, mapping, number and pagemap entries, of every mapping that has a name */
static void op_rows(void)
{
	uint64_t used = 0;

	if (args_refused())
		return;
	for (int i = 0; i < MAX_PROCESSES; i++) {
		const struct process *p = &processes[i];

		for (int k = 0; p->pid && k < MAX_MAPPINGS; k++) {
			if (!p->maps[k].there)
				continue;
			if (used + 3 + p->maps[k].nr > MAX_LOOKED)
				return broken("too many pages to look at");
			found[used] = i;
			found[used + 1] = k;
			found[used + 2] = p->maps[k].nr;
			pagemap(p, p->maps[k].addr, p->maps[k].nr, found + used + 3);
			used += 3 + p->maps[k].nr;
		}
	}
	answer(DONE, 0, found, used * sizeof(*found));
}

static uint64_t probed(const struct mapping *m)
{
	return m->nr < MAX_PROBED ? m->nr : MAX_PROBED;
}

/* hidden: process, mapping, page and the probe's ten words, of the first that are not empty */
static void op_hidden(void)
{
	uint64_t used = 0;

	if (args_refused() || no_probe())
		return;
	for (int i = 0; i < MAX_PROCESSES; i++) {
		const struct process *p = &processes[i];

		for (int k = 0; p->pid && k < MAX_MAPPINGS; k++)
			for (uint64_t n = 0; p->maps[k].there && n < probed(&p->maps[k]); n++) {
				struct probe_cmd c = { .pid = p->pid,
						       .addr = p->maps[k].addr + n * PAGE };

				probe(P_PROBE, &c);
				if (!c.out[0]) /* 1: a PTE, 2: a leaf */
					continue;
				if (used + 13 > MAX_LOOKED)
					return broken("too many pages to probe");
				found[used] = i;
				found[used + 1] = k;
				found[used + 2] = n;
				memcpy(found + used + 3, c.out, sizeof(c.out));
				used += 13;
			}
	}
	answer(DONE, 0, found, used * sizeof(*found));
}

/* --- mappings --------------------------------------------------------------------------------- */
/* smaps target mapping page: the block of the area in which the address lies */
static void op_smaps(const struct process *p)
{
	struct place at = arg_place();
	uint64_t addr, start, end;
	char *line = text, *from = NULL, *next;

	if (args_refused())
		return;
	addr = address(p, &at);
	if (!slurp(of(p, "smaps"), text, TEXT))
		return answer(DONE, 0, NULL, 0);
	for (; line; line = next) {
		next = next_line(line);
		if (sscanf(line, "%lx-%lx ", &start, &end) != 2)
			continue;
		if (from)
			break;
		if (start <= addr && addr < end)
			from = next;
	}
	if (!from)
		return answer(DONE, 0, NULL, 0);
	answer(DONE, 0, from, line ? (size_t)(line - from) : strlen(from));
}

static int is_mapped(const struct process *p, uint64_t addr)
{
	uint64_t start, end;

	if (!slurp(of(p, "maps"), text, TEXT))
		return 0;
	for (char *line = text; line; line = next_line(line))
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2 && start <= addr && addr < end)
			return 1;
	return 0;
}

/* numa_maps target mapping page: the line of the area in which the address lies */
static void op_numa_maps(const struct process *p)
{
	struct place at = arg_place();
	char *best = NULL;
	uint64_t addr;

	if (args_refused())
		return;
	addr = address(p, &at);
	if (!is_mapped(p, addr) || !slurp(of(p, "numa_maps"), text, TEXT))
		return answer(DONE, 0, NULL, 0);
	for (char *line = text; line && strtoull(line, NULL, 16) <= addr; line = next_line(line))
		best = line;
	if (best && addr == VSYSCALL_ADDR && strtoull(best, NULL, 16) != addr)
		best = NULL;	/* the last area of user space, not the gate */
	answer(DONE, 0, best, best ? strcspn(best, "\n") : 0);
}

/* --- processes and the machine -------------------------------------------------------------------- */
static void op_text(const char *path)
{
	if (!args_refused())
		answer(DONE, 0, text, slurp(path, text, TEXT));
}

static int64_t value_of(const char *key)
{
	size_t length = strlen(key);

	for (char *line = text; line; line = next_line(line))
		if (!strncmp(line, key, length) && (line[length] == ' ' || line[length] == ':'))
			return strtoull(line + length + 1, NULL, 10); /* or one below zero */
	return 0;
}

/* counters keys: lines of meminfo and vmstat, what waits on each CPU folded in */
static void op_counters(void)
{
	const char *keys[MAX_KEYS];
	size_t have;
	int nr = 0;

	for (; args_left() && nr < MAX_KEYS; nr++)
		keys[nr] = arg_word("counter");
	if (args_refused())
		return;
	if (where == IN_GUEST)
		spit("/proc/sys/vm/stat_refresh", "1");
	have = slurp("/proc/meminfo", text, TEXT / 2);
	if (!slurp("/proc/vmstat", text + have, TEXT / 2))
		text[have] = 0;
	for (int i = 0; i < nr; i++)
		found[i] = value_of(keys[i]);
	answer(DONE, 0, found, nr * sizeof(*found));
}

/* --- what the kernel logs ------------------------------------------------------------------------- */
static const char *const faults[] = {
	"Bad page map", "Bad rss-counter", "Bad page state", "bad pmd", "WARNING:", "BUG:",
	"kernel BUG", "Out of memory", NULL
};

/* New lines of the log that tell of a fault, one below the other. */
int events(int log, char *buffer, size_t size)
{
	static char line[8192];
	size_t used = 0;

	for (;;) {
		ssize_t got = read(log, line, sizeof(line) - 1);
		char *message;

		if (got < 0 && errno == EPIPE)	/* lines were overwritten before we read them */
			continue;
		if (got <= 0)
			break;
		line[got] = 0;
		message = strchr(line, ';');
		message = message ? message + 1 : line;
		message[strcspn(message, "\n")] = 0;
		for (const char *const *f = faults; *f; f++)
			if (strstr(message, *f)) {
				used += snprintf(buffer + used, size - used, "%.200s\n", message);
				break;
			}
		if (used + 256 > size)
			break;
	}
	buffer[used] = 0;
	return used;
}

/* clear_refs target what: what the write gave */
static void op_clear_refs(const struct process *p)
{
	const char *what = arg_word("what");

	if (!args_refused())
		answer(DONE, spit(of(p, "clear_refs"), what), NULL, 0);
}

#define SPLIT_HUGE_PAGES "/sys/kernel/debug/split_huge_pages"

/* split_huge_pages target mapping page nr: what the write to debugfs gave */
static void op_split_huge_pages(const struct process *p)
{
	struct place at = arg_place();
	char range[96];
	uint64_t addr;

	if (args_refused())
		return;
	addr = address(p, &at);
	snprintf(range, sizeof(range), "%d,0x%lx,0x%lx", p->pid, (unsigned long)addr,
		 (unsigned long)(addr + at.nr * PAGE));
	answer(DONE, spit(SPLIT_HUGE_PAGES, range), NULL, 0);
}

/* split_huge_pages_in_file file page nr: the path is that of our descriptor */
static void op_split_huge_pages_in_file(void)
{
	int *fd = arg_file();
	int64_t at = arg_number("page", 0, MAX_PAGES), nr = arg_number("pages", 0, MAX_PAGES);
	char range[96];

	if (args_refused())
		return;
	if (fcntl(*fd, F_GETFD) < 0)
		return answer(DONE, -errno, NULL, 0);
	snprintf(range, sizeof(range), "/proc/self/fd/%d,0x%lx,0x%lx", *fd, (unsigned long)at,
		 (unsigned long)(at + nr));
	answer(DONE, spit(SPLIT_HUGE_PAGES, range), NULL, 0);
}

/* split_huge_pages_all process number */
static void op_split_huge_pages_all(const struct process *p)
{
	const char *what = arg_word("what");

	(void)p; /* whoever writes it, it is for all */
	if (!args_refused())
		answer(DONE, spit(SPLIT_HUGE_PAGES, what), NULL, 0);
}

/* drop_caches process number: what the write gave */
static void op_drop_caches(const struct process *p)
{
	const char *what = arg_word("what");

	(void)p; /* whoever writes it, it is for all */
	if (!args_refused())
		answer(DONE, spit("/proc/sys/vm/drop_caches", what), NULL, 0);
}

static void op_log(void)
{
	static char lines[1 << 16];

	if (args_refused())
		return;
	if (log_fd < 0) {
		log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		lseek(log_fd, 0, SEEK_END);
	}
	answer(DONE, 0, lines, events(log_fd, lines, sizeof(lines)));
}

static void op_kpageflags(const struct process *p)
{
	op_kpage("/proc/kpageflags", p);
}

static void op_kpagecount(const struct process *p)
{
	op_kpage("/proc/kpagecount", p);
}

static void op_status(const struct process *p)
{
	op_text(of(p, "status"));
}

static const struct { const char *name; void (*act)(void); } of_all[] = {
	{ "rows", op_rows }, { "hidden", op_hidden }, { "counters", op_counters },
	{ "log", op_log }, { "split_huge_pages_in_file", op_split_huge_pages_in_file },
};

static const struct { const char *name; void (*act)(const struct process *p); } of_one[] = {
	{ "pagemap", op_pagemap }, { "kpageflags", op_kpageflags },
	{ "kpagecount", op_kpagecount }, { "smaps", op_smaps }, { "numa_maps", op_numa_maps },
	{ "status", op_status }, { "clear_refs", op_clear_refs },
	{ "split_huge_pages", op_split_huge_pages },
	{ "split_huge_pages_all", op_split_huge_pages_all }, { "drop_caches", op_drop_caches },
};

/* Was it an operation of ours? */
int look(const char *op)
{
	for (size_t i = 0; i < sizeof(of_all) / sizeof(*of_all); i++)
		if (!strcmp(of_all[i].name, op))
			return of_all[i].act(), 1;
	for (size_t i = 0; i < sizeof(of_one) / sizeof(*of_one); i++) {
		const struct process *p;

		if (strcmp(of_one[i].name, op))
			continue;
		p = arg_process();
		if (p)
			of_one[i].act(p);
		return 1;
	}
	return 0;
}
