// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads of the kernel by their names: where they are, and whether they sleep. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent.h"

int64_t now_msecs(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Its number, as a word; it looks at every process. */
void find_thread(const char *name, char *pid, size_t size)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[300], comm[32];

	*pid = 0;
	while (proc && !*pid && (entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		if (slurp(path, comm, sizeof(comm)) && !strncmp(comm, name, strlen(name)) &&
		    !strcmp(comm + strlen(name), "\n"))
			snprintf(pid, size, "%.20s", entry->d_name);
	}
	if (proc)
		closedir(proc);
}

size_t of_thread(const char *pid, const char *name, char *text, size_t size)
{
	char path[300];

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	return slurp(path, text, size);
}

/* Does it sleep?  wchan is 0 of whoever runs or is about to. */
int thread_sleeps(const char *pid)
{
	char text[128];

	return of_thread(pid, "wchan", text, sizeof(text)) && strcmp(text, "0");
}
