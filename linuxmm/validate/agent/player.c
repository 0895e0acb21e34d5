// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plays one scenario: a line of text is one operation, each gives one answer.  Numbers are
 * decimal; a place in memory is the number of a mapping and of a page in it.  What belongs to a
 * process that is gone is answered GONE; nothing that a scenario does can end the player.  An
 * operation whose words are not what it takes (args.h) is answered BROKEN and not made.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "args.h"

#define STEP_MSECS 20000
#define CHUNK 4096		/* pages of one message */
#define MPOL_MF_MOVE 2		/* linux/mempolicy.h */

struct process processes[MAX_PROCESSES];
int ends[MAX_PROCESSES];
uint64_t *progress;
int files[MAX_FILES];

struct held {
	uint64_t id;
	int64_t nr;
	int owner;
};

static struct held held[MAX_HELD];
static int kept[MAX_KEPT], nr_kept; /* duplicates of devices: their last close frees their pages */
static struct { char path[MAX_WORD], value[256]; } restored[MAX_SETTINGS];
static int nr_restored;
static struct message said, heard;
static int64_t listed[MAX_PAGES];	/* of the operation at hand: a word for each page */
static uint8_t *in_core;		/* a byte for each page: shared, so that a process can fill it */
static int without_rights;	/* the processes are, and own their files all the same */
static int probe_fd = -1;
static int nr_processes;	/* that have a channel */
static int64_t nr_migrated;	/* pages, to devices */
static int full;		/* no room for another answer: the scenario ends here */

/* --- answers ----------------------------------------------------------------------------- */
/* Into memory that main.c shares: what was answered outlives the player, and wakes nobody. */
static void put_answer(int status, int64_t ret, const void *data, size_t size)
{
	struct { uint8_t status; int64_t ret; uint32_t size; } __attribute__((packed)) head = {
		status, ret, size };
	char *at = answers->data + answers->size;

	memcpy(at, &head, sizeof(head));
	if (size)
		memcpy(at + sizeof(head), data, size);
	answers->size += sizeof(head) + size;
}

void answer(int status, int64_t ret, const void *data, size_t size)
{
	static const char too_long[] = "more answers than " AS_TEXT(MAX_ANSWERS) " bytes";

	if (full)
		return;
	full = size > MAX_ANSWERS - ANSWER_SPARE - answers->size;
	if (full)
		put_answer(BROKEN, 0, too_long, strlen(too_long));
	else
		put_answer(status, ret, data, size);
}

void broken(const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	answer(BROKEN, 0, text, strlen(text));
}

static void returned(int64_t ret)
{
	answer(DONE, ret, NULL, 0);
}

/* --- processes ---------------------------------------------------------------------------- */
int probe(unsigned int request, struct probe_cmd *c)
{
	return ioctl(probe_fd, PROBE_REQUEST(request), c) ? -errno : 0;
}

/* Without mmprobe nothing is known of what only the kernel sees: true, and answered. */
int no_probe(void)
{
	if (probe_fd < 0 && where != ONLY_OWN)
		broken("%s cannot be opened", PROBE);
	return probe_fd < 0 && where != ONLY_OWN;
}

static void put_held(struct held *h)
{
	struct probe_cmd c = { .id = h->id };

	if (h->nr > 0)
		probe(P_PUT, &c);
	h->nr = 0;
}

/* What it held is given back: the signal that ended it, or 0. */
static int bury(struct process *p)
{
	int status = 0;

	waitpid(p->pid, &status, 0);
	close(p->pidfd);
	for (int i = 0; i < MAX_HELD; i++)
		if (held[i].owner == p - processes)
			put_held(&held[i]);
	if (p->uffd >= 0)
		close(p->uffd);
	p->uffd = -1;
	p->pid = 0;
	p->gone = 1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void died(struct process *p)
{
	int64_t words[] = { progress[p - processes], p - processes };
	int64_t signal = bury(p);

	if (!signal)
		return broken("a process of the scenario ended by itself");
	answer(DIED, signal, words, sizeof(words));
}

static int send_words(struct process *p, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec vector = { &said, (2 + said.nr) * sizeof(int64_t) };
	struct msghdr head = { .msg_iov = &vector, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *extra;

		head.msg_control = control;
		head.msg_controllen = sizeof(control);
		extra = CMSG_FIRSTHDR(&head);
		extra->cmsg_level = SOL_SOCKET;
		extra->cmsg_type = SCM_RIGHTS;
		extra->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(extra), &fd, sizeof(fd));
	}
	return sendmsg(p->channel, &head, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Its answer: false when there is none, or none that a process of ours gives. */
static int hear(struct process *p)
{
	return is_whole(&heard, recv(p->channel, &heard, sizeof(heard), 0));
}

/* Tells `said` to a process; false, and answered, when it did not come through. */
static int tell(struct process *p, int verb, int fd)
{
	/* a fault of its own that it waits with is told to its userfaultfd: we are the one that reads */
	struct pollfd wait[3] = { { p->channel, POLLIN, 0 }, { p->pidfd, POLLIN, 0 },
				  { p->uffd, POLLIN, 0 } };
	int ret;

	said.verb = verb;
	ret = send_words(p, fd);
	if (ret == -EMSGSIZE || ret == -ENOBUFS || ret == -ENOMEM) {
		broken("a process cannot be told so much: %s", strerror(-ret));
		return 0;
	}
	do {
		if (poll(wait, 3, STEP_MSECS) == 0) {
			broken("a step did not end within %d s", STEP_MSECS / 1000);
			return 0;
		}
		if (wait[2].revents) {
			syscall(SYS_pidfd_send_signal, p->pidfd, SIGUSR1, NULL, 0);
			wait[2].fd = -1;
		}
	} while (!wait[0].revents && !wait[1].revents);
	if ((wait[0].revents & POLLIN) && hear(p))
		return 1;
	if (!wait[1].revents)	/* it lives, and what it said was no answer */
		syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
	died(p);
	return 0;
}

static void say(int nr, ...)
{
	va_list list;

	va_start(list, nr);
	for (said.nr = 0; said.nr < nr; said.nr++)
		said.word[said.nr] = va_arg(list, int64_t);
	va_end(list);
}

/* The path of a device that the process opens itself, before the words of the request. */
static void say_device(const char *path)
{
	said.word[0] = DEVICE_WORDS;
	snprintf((char *)(said.word + 1), MAX_WORD, "%s", path);
	said.nr = DEVICE_WORDS;
}

static void say_more(int64_t value)
{
	said.word[said.nr++] = value;
}

static void say_zeroes(int nr)
{
	while (nr-- > 0)
		say_more(0);
}

/* Tells a request to a device; we keep a duplicate of the descriptor. */
static int tell_device(struct process *p, int verb)
{
	int fd = -1;

	if (nr_kept == MAX_KEPT) {
		broken("more than %d operations of devices", MAX_KEPT);
		return 0;
	}
	if (!tell(p, verb, -1))
		return 0;
	if (heard.nr)
		fd = heard.word[--heard.nr];
	if (fd < 0) {
		broken("%s cannot be opened", (const char *)(said.word + 1));
		return 0;
	}
	kept[nr_kept++] = syscall(SYS_pidfd_getfd, p->pidfd, fd, 0);
	return 1;
}

static void add_process(int i, int pid)
{
	processes[i].pid = pid;
	processes[i].uffd = -1;
	processes[i].pidfd = syscall(SYS_pidfd_open, pid, 0);
}

/* --- operations: the beginning ------------------------------------------------------------ */
/* start processes memlock unprivileged thp: the channels, and P0 */
static void op_start(void)
{
	int nr = arg_number("processes", 1, MAX_PROCESSES), space = 1 << 20, pid;
	int64_t memlock = arg_number("memlock", -1, INT64_MAX);
	int unprivileged = arg_flag("unprivileged"), thp = arg_flag("thp");
	struct rlimit none = { 0, 0 };
	pid_t parent = getpid();

	if (nr_processes)
		arg_wrong("started already");
	if (args_refused())
		return;
	nr_processes = nr;
	without_rights = unprivileged && geteuid() == 0;
	for (int i = 0; i < nr; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
			return broken("no channel: %s", strerror(errno));
		for (int k = 0; k < 2; k++)
			setsockopt(pair[k], SOL_SOCKET, SO_SNDBUFFORCE, &space, sizeof(space));
		processes[i].channel = pair[0];
		processes[i].next = ARENA;
		ends[i] = pair[1];
	}
	pid = fork();
	if (pid < 0)
		return broken("no process: %s", strerror(errno));
	if (pid == 0) {
		die_with(parent);
		setrlimit(RLIMIT_CORE, &none);
		prctl(PR_SET_THP_DISABLE, !thp, 0, 0, 0);
		stay_small();
		listen_for_wake();
		memcg_touch_own();
		serve(0);
	}
	memcg_touch_own();
	add_process(0, pid);
	say(2, memlock, (int64_t)unprivileged);
	if (!tell(&processes[0], W_LIMIT, -1))
		return;
	if (heard.verb < 0)
		return broken("a process cannot be limited: %s", strerror(-heard.verb));
	returned(0);
}

/* set path value keep: a switch of the machine; what need not stay comes back at the end */
static void op_set(void)
{
	const char *path = arg_path(), *value = arg_word("value");
	char before[256], *chosen = before, *end;
	int keep = arg_flag("keep"), ret;

	if (args_refused())
		return;
	if (!slurp(path, before, sizeof(before)))
		return broken("%s cannot be read", path);
	if ((end = strchr(before, '['))) {
		chosen = end + 1;
		*strchrnul(chosen, ']') = 0;
	}
	chosen[strcspn(chosen, "\n")] = 0;
	if (!strcmp(chosen, value))
		return returned(0);
	if (!keep && nr_restored == MAX_SETTINGS)
		return broken("more than %d settings", MAX_SETTINGS);
	if (!keep) {
		snprintf(restored[nr_restored].path, MAX_WORD, "%s", path);
		snprintf(restored[nr_restored++].value, 256, "%s", chosen);
	}
	ret = spit(path, value);
	if (ret)
		return broken("%s cannot be set to %s: %s", path, value, strerror(-ret));
	if (strstr(path, "nr_hugepages") && slurp(path, before, sizeof(before)) && atoi(before) != atoi(value))
		return broken("%s is %d, not %s: there is no memory for them", path, atoi(before), value);
	returned(0);
}

/* swap path on: turning it costs more than a scenario, so that it stays as it is */
static void op_swap(void)
{
	static char text[4096];
	const char *path = arg_path();
	int wanted = arg_flag("on"), now;

	if (args_refused())
		return;
	if (!slurp("/proc/swaps", text, sizeof(text)))
		return broken("/proc/swaps cannot be read");
	now = strstr(text, path) != NULL;
	if (wanted != now && (wanted ? swapon(path, 0) : swapoff(path)))
		return broken("swap on %s cannot be turned on or off", path);
	returned(0);
}

/* reset ranges of frames (first, number, ...): nothing is held, device pages without old flags */
static void op_reset(void)
{
	struct probe_cmd c = { 0 };
	int64_t frames[8];
	int nr = arg_list("frames", frames, 8);

	if (nr % 2)
		arg_wrong("frames: a range without an end");
	if (args_refused() || no_probe())
		return;
	spit("/sys/kernel/debug/clear_warn_once", "1");	/* each scenario is the first of a boot */
	probe(P_RESET, &c);
	for (int i = 0; i < nr; i += 2) {
		c = (struct probe_cmd){ .addr = frames[i], .nr = frames[i + 1] };
		probe(P_CLEAN, &c);
	}
	c = (struct probe_cmd){ 0 }; /* no range: all private memory */
	probe(P_CLEAN, &c);
	returned(0);
}

/* --- operations: processes and mappings ---------------------------------------------------- */
/* Where the next mapping of so many pages goes, as the model places it: a huge page fits there. */
static uint64_t next_place(struct process *p, int64_t nr)
{
	if (nr >= (int64_t)HUGE_PAGES)
		p->next = (p->next + HUGE_PAGES * PAGE - 1) / (HUGE_PAGES * PAGE) * (HUGE_PAGES * PAGE);
	return p->next;
}

/* mmap process mapping nr prot flags offset file */
static void op_mmap(void)
{
	struct process *p = arg_process();
	int64_t map, nr, taken, prot, flags, offset, slot;
	struct mapping *m;

	if (!p)
		return;
	map = arg_number("mapping", 0, MAX_MAPPINGS - 1);
	taken = nr = arg_number("pages", 0, MAX_PAGES);
	prot = arg_number("prot", 0, INT32_MAX);
	flags = arg_number("flags", 0, INT32_MAX);
	offset = arg_number("offset", 0, MAX_DAX_PAGES);
	slot = arg_number("file", -1, MAX_FILES - 1);
	if (slot >= 0 && files[slot] == NOT_MADE)
		arg_wrong("file %ld was not made", slot);
	if (args_refused())
		return;
	if (flags & MAP_HUGETLB) /* the kernel rounds it up */
		taken = (nr + HUGE_PAGES - 1) / HUGE_PAGES * HUGE_PAGES;
	m = &p->maps[map];
	*m = (struct mapping){ next_place(p, taken), nr, 0 };
	p->next += (taken + HOLE) * PAGE;
	say(5, m->addr, nr, prot, flags, offset);
	if (!tell(p, W_MMAP, slot < 0 ? -1 : files[slot]))
		return;
	m->there = heard.verb == 0;
	returned(heard.verb);
}

/* Is nothing mapped there?  1, 0, or -1 when that was answered. */
static int is_free(struct process *p, uint64_t addr, int64_t nr)
{
	say(5, addr, nr, (int64_t)PROT_NONE, (int64_t)(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE), 0L);
	if (!tell(p, W_MMAP, -1))
		return -1;
	if (heard.verb)
		return 0;
	say(3, (int64_t)SYS_munmap, addr, nr * PAGE);
	say_zeroes(3);
	return tell(p, W_CALL, -1) ? 1 : -1;
}

/*
 * mremap process mapping page nr new pages flags: one call.  Where the kernel would look for a
 * place itself, it is given the next one: MREMAP_FIXED does nothing else to memory that is free.
 */
static void op_mremap(void)
{
	struct process *p = arg_process();
	int64_t map, nr, flags, more, free = 1;
	uint64_t from, to, end;
	struct place at;

	if (!p)
		return;
	at = arg_place();
	map = arg_number("mapping", 0, MAX_MAPPINGS - 1);
	nr = arg_number("pages", 0, MAX_PAGES);
	flags = arg_number("flags", 0, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP);
	if (args_refused())
		return;
	from = address(p, &at);
	to = next_place(p, nr);
	more = nr - at.nr;
	if (flags == MREMAP_MAYMOVE && more > 0)
		free = is_free(p, from + at.nr * PAGE, more);
	if (free < 0)
		return;
	flags |= free ? 0 : MREMAP_FIXED;
	if (!(flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)))
		to = 0; /* of hugetlb it is looked at all the same, and refused inside a huge page */
	say(6, (int64_t)SYS_mremap, from, at.nr * PAGE, nr * PAGE, flags, to);
	if (!tell(p, W_CALL, -1))
		return;
	p->maps[map] = (struct mapping){ 0, nr, heard.verb >= 0 };
	if (heard.verb >= 0) {
		p->maps[map].addr = heard.verb;
		end = heard.verb + (nr + HOLE) * PAGE;
		p->next = end > p->next ? end : p->next;
	}
	returned(heard.verb < 0 ? heard.verb : 0);
}

/* vsyscall process mapping: the page of the gate area, whether or not it is there */
static void op_vsyscall(void)
{
	struct process *p = arg_process();
	int64_t map;

	if (!p)
		return;
	map = arg_number("mapping", 0, MAX_MAPPINGS - 1);
	if (args_refused())
		return;
	p->maps[map] = (struct mapping){ VSYSCALL_ADDR, 1, 1 };
	returned(0);
}

/* fork process child */
static void op_fork(void)
{
	int64_t i = arg_number("process", 0, MAX_PROCESSES - 1);
	int64_t child = arg_number("child", 1, MAX_PROCESSES - 1);
	struct process *p = &processes[i];

	if (child >= nr_processes || processes[child].pid || processes[child].gone)
		arg_wrong("process %ld cannot be born", child);
	if (args_refused())
		return;
	if (!p->pid) {
		processes[child].gone = 1;
		return answer(GONE, 0, NULL, 0);
	}
	say(1, child);
	if (!tell(p, W_FORK, -1))
		return;
	if (heard.verb > 0) {
		add_process(child, heard.verb);
		processes[child].next = p->next;
		memcpy(processes[child].maps, p->maps, sizeof(p->maps));
		say(1, (int64_t)SYS_getpid);	/* it has touched what it begins with */
		if (!tell(&processes[child], W_CALL, -1))
			return;
		heard.verb = 0;
	}
	returned(heard.verb < 0 ? heard.verb : 0);
}

static void op_exit(void)
{
	struct process *p = arg_process();

	if (!p || args_refused())
		return;
	said.verb = W_EXIT;
	said.nr = 0;
	send_words(p, -1);
	bury(p);
	returned(0);
}

static void op_cpu(void)
{
	struct process *p = arg_process();
	int64_t cpu = p ? arg_number("cpu", 0, MAX_CPUS - 1) : 0;

	if (!p || args_refused())
		return;
	say(1, cpu);
	if (tell(p, W_CPU, -1))
		returned(heard.verb);
}

/* The system calls that a plan may make as they are, by name. */
static int64_t arg_call(void)
{
	static const struct { const char *name; int64_t number; } calls[] = {
		{ "munmap", SYS_munmap }, { "mprotect", SYS_mprotect },
		{ "madvise", SYS_madvise }, { "mlock", SYS_mlock }, { "mlock2", SYS_mlock2 },
		{ "munlock", SYS_munlock }, { "munlockall", SYS_munlockall },
	};
	const char *call = arg_word("call");

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (!strcmp(calls[i].name, call))
			return calls[i].number;
	arg_wrong("call %.40s is not one that a plan may make", call);
	return 0;
}

/* call process name: a system call without arguments */
static void op_call(void)
{
	struct process *p = arg_process();
	int64_t call = p ? arg_call() : 0;

	if (!p || args_refused())
		return;
	say(1, call);
	say_zeroes(5);
	if (tell(p, W_CALL, -1))
		returned(heard.verb);
}

/* range process name mapping page nr more: a system call on a range */
static void op_range(void)
{
	struct process *p = arg_process();
	int64_t call, more;
	struct place at;

	if (!p)
		return;
	call = arg_call();
	at = arg_place();
	more = arg_number("argument", 0, call == SYS_madvise ? MAX_ADVICE : INT32_MAX);
	if (args_refused())
		return;
	say(4, call, address(p, &at), at.nr * PAGE, more);
	say_zeroes(2);
	if (tell(p, W_CALL, -1))
		returned(heard.verb);
}

/* mincore process mapping page nr: 1 or 0 for each page, through memory that all of us have */
static void op_mincore(void)
{
	struct process *p = arg_process();
	struct place at;

	if (!p)
		return;
	at = arg_place();
	if (args_refused())
		return;
	say(4, (int64_t)SYS_mincore, address(p, &at), at.nr * PAGE, (int64_t)in_core);
	say_zeroes(2);
	if (!tell(p, W_CALL, -1))
		return;
	for (int64_t i = 0; i < at.nr; i++)
		listed[i] = in_core[i] & 1;
	answer(DONE, heard.verb, listed, heard.verb < 0 ? 0 : at.nr * sizeof(*listed));
}

/* process_madvise process target mapping page nr advice */
static void op_process_madvise(void)
{
	struct process *p = arg_process(), *other = p ? arg_process() : NULL;
	struct place at;
	int64_t advice;

	if (!other)
		return;
	at = arg_place();
	advice = arg_number("advice", 0, MAX_ADVICE);
	if (args_refused())
		return;
	say(4, (int64_t)other->pid, address(other, &at), at.nr * PAGE, advice);
	if (tell(p, W_PMADVISE, -1))
		returned(heard.verb);
}

/* move_pages process target mapping page nr flags nodes: the statuses */
static void op_move_pages(void)
{
	struct process *p = arg_process(), *other = p ? arg_process() : NULL;
	struct place at;
	int64_t flags;
	int given;

	if (!other)
		return;
	at = arg_place();
	flags = arg_number("flags", 0, INT32_MAX);
	given = arg_each("nodes", listed, at.nr);
	if (args_refused())
		return;
	say(4, p == other ? 0L : (int64_t)other->pid, address(other, &at), at.nr, flags);
	for (int i = 0; i < given; i++)
		say_more(listed[i]);
	if (tell(p, W_MOVE, -1))
		answer(DONE, heard.verb, heard.word, heard.nr * sizeof(int64_t));
}

/* mbind process mapping page nr mode nodes flags */
static void op_mbind(void)
{
	struct process *p = arg_process();
	int64_t mode, nodes, flags;
	struct place at;

	if (!p)
		return;
	at = arg_place();
	mode = arg_number("mode", 0, INT32_MAX);
	nodes = arg_number("nodes", 0, INT64_MAX);
	flags = arg_number("flags", 0, INT32_MAX);
	if (args_refused())
		return;
	say(7, (int64_t)SYS_mbind, nodes, 0L, address(p, &at), at.nr * PAGE, mode, flags);
	if (tell(p, W_POLICY, -1))
		returned(heard.verb);
}

/* set_mempolicy process mode nodes */
static void op_set_mempolicy(void)
{
	struct process *p = arg_process();
	int64_t mode = p ? arg_number("mode", 0, INT32_MAX) : 0;
	int64_t nodes = p ? arg_number("nodes", 0, INT64_MAX) : 0;

	if (!p || args_refused())
		return;
	say(4, (int64_t)SYS_set_mempolicy, nodes, 0L, mode);
	if (tell(p, W_POLICY, -1))
		returned(heard.verb);
}

/* get_mempolicy process mapping page nr flags: mapping -1, no address; the nodes */
static void op_get_mempolicy(void)
{
	struct process *p = arg_process();
	struct place at = { -1, 0, 0 };
	int64_t flags;

	if (!p)
		return;
	at.map = arg_number("mapping", -1, MAX_MAPPINGS - 1);
	at.page = arg_number("page", 0, MAX_PAGES);
	at.nr = arg_number("pages", 0, MAX_PAGES);
	flags = arg_number("flags", 0, INT32_MAX);
	if (args_refused())
		return;
	say(5, (int64_t)SYS_get_mempolicy, 0L, 0L, at.map < 0 ? 0UL : address(p, &at), flags);
	if (tell(p, W_POLICY, -1))
		answer(DONE, heard.verb, heard.word, heard.nr * sizeof(int64_t));
}

/* migrate_pages process target old new: nodes */
static void op_migrate_pages(void)
{
	struct process *p = arg_process(), *other = p ? arg_process() : NULL;
	int64_t old = other ? arg_number("old", 0, INT64_MAX) : 0;
	int64_t new = other ? arg_number("new", 0, INT64_MAX) : 0;

	if (!other || args_refused())
		return;
	say(4, (int64_t)SYS_migrate_pages, old, new, p == other ? 0L : (int64_t)other->pid);
	if (tell(p, W_POLICY, -1))
		returned(heard.verb);
}

/* uffd process request mapping page nr mode value: an ioctl on its userfaultfd */
static void op_uffd(void)
{
	struct process *p = arg_process();
	int64_t request, mode;
	struct place at;
	int given;

	if (!p)
		return;
	request = arg_number("request", 0, MAX_UFFDIO);
	at = arg_place();
	mode = arg_number("mode", 0, INT32_MAX);
	given = arg_each("values", listed, at.nr);
	for (int i = 1; i < given; i++)
		if (listed[i] != listed[0])
			arg_wrong("one call copies one value");
	if (args_refused())
		return;
	say(5, request, address(p, &at), at.nr, mode, given ? listed[0] : 0L);
	if (!tell(p, W_UFFD, -1))
		return;
	if (p->uffd < 0 && heard.nr && heard.word[0] >= 0)
		p->uffd = syscall(SYS_pidfd_getfd, p->pidfd, (int)heard.word[0], 0);
	returned(heard.verb);
}

/* --- operations: accesses ------------------------------------------------------------------ */
/* Has the access been made?  Else it waits for somebody to resolve its fault, and that is said. */
static int went_through(void)
{
	if (heard.verb == SLEPT)
		answer(BLOCKED, 0, NULL, 0);
	return heard.verb != SLEPT;
}

/* read process mapping page nr: the first word of each page */
static void op_read(void)
{
	struct process *p = arg_process();
	struct place at;
	uint64_t addr;
	int64_t part;

	if (!p)
		return;
	at = arg_place();
	if (args_refused())
		return;
	addr = address(p, &at);
	for (int64_t done = 0; done < at.nr; done += part) {
		part = at.nr - done < CHUNK ? at.nr - done : CHUNK;
		say(3, addr + done * PAGE, part, done);
		if (!tell(p, W_READ, -1) || !went_through())
			return;
		memcpy(listed + done, heard.word, part * sizeof(int64_t));
	}
	answer(DONE, 0, listed, at.nr * sizeof(int64_t));
}

/* write process mapping page nr values (one for all, or one each) */
static void op_write(void)
{
	struct process *p = arg_process();
	int64_t given, part;
	struct place at;
	uint64_t addr;

	if (!p)
		return;
	at = arg_place();
	given = arg_each("values", listed, at.nr);
	if (!given)
		arg_wrong("no values");
	if (args_refused())
		return;
	addr = address(p, &at);
	for (int64_t done = 0; done < at.nr; done += part) {
		part = at.nr - done < CHUNK ? at.nr - done : CHUNK;
		say(3, addr + done * PAGE, part, done);
		for (int64_t i = 0; i < (given > 1 ? part : 1); i++)
			say_more(listed[given > 1 ? done + i : 0]);
		if (!tell(p, W_WRITE, -1) || !went_through())
			return;
	}
	returned(0);
}

/* --- operations: files ----------------------------------------------------------------------- */
static int failed(int fd)
{
	int error = errno ? errno : EIO;

	close(fd);
	return -error;
}

static int nameless(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char path[256];

	if (fd >= 0 || errno != EOPNOTSUPP)
		return fd;
	snprintf(path, sizeof(path), "%s/linuxmm-XXXXXX", folder);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

/* Is a page of the file in the page cache? */
static int is_cached(int fd, int64_t nr)
{
	static unsigned char there[MAX_PAGES];
	int any = 0;
	void *at;

	if (!nr)
		return 0;
	at = mmap(NULL, nr * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED || mincore(at, nr * PAGE, there))
		nr = 0;
	for (int64_t i = 0; i < nr; i++)
		any |= there[i] & 1;
	if (at != MAP_FAILED)
		munmap(at, nr * PAGE);
	return any;
}

/* A new file of zeroes that reached its disk and are not cached; nobody sees a name of it. */
static int new_file(const char *folder, int64_t nr)
{
	static const char zeroes[PAGE];
	int fd = nameless(folder);

	if (fd < 0)
		return -errno;
	if (without_rights && fchown(fd, NO_RIGHTS, NO_RIGHTS))
		return failed(fd);
	for (int64_t i = 0; i < nr; i++)
		if (write(fd, zeroes, PAGE) != (ssize_t)PAGE)
			return failed(fd);
	if (fsync(fd))
		return failed(fd);
	for (int tries = 0; tries < 100; tries++) {
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		if (!is_cached(fd, nr))
			return fd;
		usleep(5000);	/* a journal holds it a little longer */
	}
	errno = EBUSY;
	return failed(fd);
}

static int new_memfd(int64_t nr, unsigned int flags)
{
	int fd = memfd_create("linuxmm", flags);

	if (fd < 0)
		return -errno;
	return ftruncate(fd, nr * PAGE) ? failed(fd) : fd;
}

static int opened(const char *path)
{
	int fd = open(path, O_RDWR);

	return fd < 0 ? -errno : fd;
}

/* Device DAX keeps what the scenario before wrote. */
static int dax_range(const char *path, int64_t first, int64_t nr)
{
	int fd = opened(path);
	void *at;

	if (fd < 0)
		return fd;
	at = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, first * PAGE);
	if (at == MAP_FAILED)
		return failed(fd);
	memset(at, 0, nr * PAGE);
	munmap(at, nr * PAGE);
	return fd;
}

/* file slot kind ...: disk FOLDER nr, memfd nr, hugetlb nr, device PATH, dax PATH nr first */
static void op_file(void)
{
	int64_t slot = arg_number("file", 0, MAX_FILES - 1), nr = 0, first = 0;
	const char *kind = arg_word("kind"), *path = "";
	int fd = -EINVAL;

	if (strcmp(kind, "memfd") && strcmp(kind, "hugetlb"))
		path = arg_path();
	if (strcmp(kind, "device"))
		nr = arg_number("pages", 0, MAX_PAGES);
	if (!strcmp(kind, "dax"))
		first = arg_number("first", 0, MAX_DAX_PAGES - nr);
	if (files[slot] != NOT_MADE)
		arg_wrong("file %ld was made before", slot);
	if (args_refused())
		return;
	if (!strcmp(kind, "disk"))
		fd = new_file(path, nr);
	else if (!strcmp(kind, "memfd"))
		fd = new_memfd(nr, 0);
	else if (!strcmp(kind, "hugetlb"))
		fd = new_memfd(nr, MFD_HUGETLB);
	else if (!strcmp(kind, "device"))
		fd = opened(path);
	else if (!strcmp(kind, "dax"))
		fd = dax_range(path, first, nr);
	if (fd == -EBUSY)
		return broken("a new file stays in the page cache");
	if (fd < 0)
		return broken("no file of the kind %s (%s): %s", kind, path, strerror(-fd));
	files[slot] = fd;
	returned(0);
}

/* ftruncate slot pages */
static void op_ftruncate(void)
{
	int *fd = arg_file();
	int64_t nr = arg_number("pages", 0, MAX_PAGES);

	if (!args_refused())
		returned(ftruncate(*fd, nr * PAGE) ? -errno : 0);
}

/* fallocate slot page nr mode */
static void op_fallocate(void)
{
	int *fd = arg_file();
	int64_t at = arg_number("page", 0, MAX_PAGES), nr = arg_number("pages", 0, MAX_PAGES);
	int64_t mode = arg_number("mode", 0, INT32_MAX);

	if (!args_refused())
		returned(fallocate(*fd, mode, at * PAGE, nr * PAGE) ? -errno : 0);
}

static const struct process *caller;	/* whose system call it is; NULL: nobody's */

/* pread slot page nr: the first word of each page */
static void op_pread(void)
{
	int *fd = arg_file();
	int64_t at = arg_number("page", 0, MAX_PAGES), nr = arg_number("pages", 0, MAX_PAGES);
	int64_t done = 0;
	char page[PAGE];

	if (args_refused())
		return;
	memcg_as(caller);
	errno = 0;
	for (; done < nr && pread(*fd, page, PAGE, (at + done) * PAGE) == (ssize_t)PAGE; done++)
		memcpy(listed + done, page, sizeof(*listed));
	memcg_as(NULL);
	answer(DONE, done || !errno ? done : -errno, listed, done * sizeof(*listed));
}

/* pwrite slot page nr values: the bytes written, in one call */
static void op_pwrite(void)
{
	int *fd = arg_file();
	int64_t at = arg_number("page", 0, MAX_PAGES), nr = arg_number("pages", 0, MAX_PAGES);
	int given = arg_each("values", listed, nr);
	int64_t *data, ret;

	if (args_refused())
		return;
	data = malloc(nr * PAGE + 1);
	if (!data)
		return broken("no memory for %ld pages", nr);
	for (int64_t i = 0; i < nr; i++)
		for (size_t k = 0; k < WORDS_OF_PAGE; k++)
			data[i * WORDS_OF_PAGE + k] = given ? listed[given > 1 ? i : 0] : 0;
	memcg_as(caller);
	ret = pwrite(*fd, data, nr * PAGE, at * PAGE);
	ret = ret < 0 ? -errno : ret;
	memcg_as(NULL);
	returned(ret);
	free(data);
}

static void op_fsync(void)
{
	int *fd = arg_file();

	if (!args_refused())
		returned(fsync(*fd) ? -errno : 0);
}

/* --- operations: references ------------------------------------------------------------------ */
/* A request of mmprobe.c that a process makes itself. */
static void say_probe(int request, const struct probe_cmd *c)
{
	const uint64_t words[] = { c->pid, c->addr, c->nr, c->flags, c->id };

	say_device(PROBE);
	say_more(PROBE_REQUEST(request));
	for (size_t i = 0; i < PROBE_WORDS; i++)
		say_more(i < 5 ? words[i] : 0);
}

/* gup process target mapping page nr flags slot: what the call returned */
static void op_gup(void)
{
	struct process *p = arg_process(), *other = p ? arg_process() : NULL;
	struct probe_cmd c = { 0 };
	struct place at;
	int64_t slot;

	if (!other)
		return;
	at = arg_place();
	c.flags = arg_number("flags", 0, (4L << 32) - 1);	/* mmprobe.c: its kind above */
	slot = arg_number("slot", 0, MAX_HELD - 1);
	if (at.nr > MAX_PINNED)
		arg_wrong("more than %d pages pinned at once", MAX_PINNED);
	if (held[slot].nr > 0)
		arg_wrong("slot %ld is in use", slot);
	if (args_refused())
		return;
	c.pid = other->pid;
	c.addr = address(other, &at);
	c.nr = at.nr;
	say_probe(P_GUP, &c);
	if (!tell_device(p, W_IOCTL))
		return;
	memcpy(&c, heard.word, sizeof(c));
	if (c.ret > 0)
		held[slot] = (struct held){ c.id, c.ret, p - processes };
	returned(heard.verb < 0 ? heard.verb : c.ret);
}

/* NULL: nothing was got or pinned there. */
static struct held *arg_held(void)
{
	int64_t slot = arg_number("slot", 0, MAX_HELD - 1);

	return held[slot].nr > 0 ? &held[slot] : NULL;
}

static void op_put(void)
{
	struct process *p = arg_process();
	struct held *h = p ? arg_held() : NULL;

	if (!p || args_refused())
		return;
	if (h)
		put_held(h);
	returned(0);
}

/* held_read owner slot first nr / held_write owner slot first nr values */
static void op_held(int writes)
{
	struct process *p = arg_process();
	struct held *h = p ? arg_held() : NULL;
	int64_t first, nr;
	int given = 0;

	if (!p)
		return;
	first = arg_number("page", 0, MAX_PINNED);
	nr = arg_number("pages", 0, MAX_PINNED);
	if (writes)
		given = arg_each("values", listed, nr);
	if (args_refused())
		return;
	if (!h || first + nr > h->nr)
		return returned(-EINVAL);
	for (int64_t i = 0; i < nr; i++) {
		struct probe_cmd c = { .id = h->id, .nr = first + i };

		c.out[0] = given ? listed[given > 1 ? i : 0] : 0;
		probe(writes ? P_HELD_WRITE : P_HELD_READ, &c);
		if (!writes)
			listed[i] = c.out[0];
	}
	answer(DONE, 0, listed, writes ? 0 : nr * sizeof(*listed));
}

/* follow_page target mapping page nr flags: 0 none, 1 a page, 2 the zero page, or -errno */
static void op_follow_page(void)
{
	struct process *p = arg_process();
	struct place at;
	int64_t flags;

	if (!p)
		return;
	at = arg_place();
	flags = arg_number("flags", 0, UINT32_MAX);
	if (args_refused() || no_probe())
		return;
	for (int64_t i = 0; i < at.nr; i++) {
		struct probe_cmd c = { .pid = p->pid, .addr = address(p, &at) + i * PAGE,
				       .flags = flags };

		probe(P_FOLLOW, &c);
		listed[i] = c.ret;
	}
	answer(DONE, 0, listed, at.nr * sizeof(*listed));
}

/* --- operations: devices ----------------------------------------------------------------------- */
/* hmm process request device mapping page nr values: 5 words, then a word of each page */
static void op_hmm(void)
{
	struct process *p = arg_process();
	const char *path;
	int64_t request;
	struct place at;
	int given;

	if (!p)
		return;
	request = arg_number("request", 0, HMM_SNAPSHOT);
	path = arg_path();
	at = arg_place();
	given = arg_each("values", listed, at.nr);
	if (request == HMM_MIGRATE && (nr_migrated += at.nr) > MAX_DEVICE_PAGES)
		arg_wrong("more than %d pages migrated to devices", MAX_DEVICE_PAGES);
	if (args_refused())
		return;
	say_device(path);
	say_more(HMM_REQUEST(request));
	say_more(address(p, &at));
	say_more(at.nr);
	for (int i = 0; i < given; i++)
		say_more(listed[i]);
	if (tell_device(p, W_HMM))
		answer(DONE, heard.verb, heard.word, heard.nr * sizeof(int64_t));
}

/* release device: the last close of any file does it for the whole device */
static void op_release(void)
{
	const char *path = arg_path();
	int fd;

	if (args_refused())
		return;
	fd = open(path, O_RDWR);
	if (fd < 0)
		return broken("no such device");
	close(fd);
	returned(0);
}

/* numa process, or numa process mapping page nr: what a scan by NUMA balancing does */
static void op_numa(void)
{
	struct process *p = arg_process();
	struct place at = { -1, 0, 0 };

	if (!p)
		return;
	if (args_left())
		at = arg_place();
	if (args_refused())
		return;
	for (int i = 0; i < MAX_MAPPINGS; i++) {
		const struct mapping *m = &p->maps[i];
		struct probe_cmd c = { .addr = m->addr + at.page * PAGE,
				       .nr = at.map < 0 ? m->nr : (uint64_t)at.nr };

		if (!m->there || (at.map >= 0 && at.map != i))
			continue;
		say_probe(P_NUMA, &c);
		if (!tell_device(p, W_IOCTL))
			return;
	}
	returned(0);
}

/* Before a page is moved the kernel empties the batches of every CPU: here of one that is not there. */
static int drain_by_move(void)
{
	void *page = (void *)PAGE;
	int node = 0, status;

	return syscall(SYS_move_pages, 0, 1, &page, &node, &status, MPOL_MF_MOVE) ? -errno : 0;
}

static void op_drain(void)
{
	struct probe_cmd c = { 0 };

	if (args_refused())
		return;
	if (where == ON_HOST)
		return returned(drain_by_move());
	if (!no_probe())
		returned(probe(P_DRAIN, &c));
}

/* alive: the number and signal of each process that ended unnoticed: what was read of it is nothing */
static void op_alive(void)
{
	int64_t ended[2 * MAX_PROCESSES];
	int nr = 0;

	if (args_refused())
		return;
	for (int i = 0; i < MAX_PROCESSES; i++) {
		struct pollfd end = { processes[i].pidfd, POLLIN, 0 };

		if (!processes[i].pid || poll(&end, 1, 0) <= 0)
			continue;
		ended[nr++] = i;
		ended[nr++] = bury(&processes[i]);
	}
	answer(DONE, 0, ended, nr * sizeof(*ended));
}

/* Nothing of the scenario is left: its processes, its references, its settings. */
static void clean_up(void)
{
	struct probe_cmd c = { 0 };

	for (int i = 0; i < MAX_PROCESSES; i++)
		if (processes[i].pid) {
			syscall(SYS_pidfd_send_signal, processes[i].pidfd, SIGKILL, NULL, 0);
			bury(&processes[i]);
		}
	probe(P_RESET, &c);
	for (int i = 0; i < nr_kept; i++)
		close(kept[i]);
	ksm_forget();
	memcg_forget();
	nr_kept = 0;
	while (nr_restored) {
		nr_restored--;
		spit(restored[nr_restored].path, restored[nr_restored].value);
	}
}

/* end: what the kernel says of all the ends can then be read from the log */
static void op_end(void)
{
	if (args_refused())
		return;
	clean_up();
	returned(0);
}

/* --- the loop ---------------------------------------------------------------------------------- */
static void op_held_read(void)
{
	op_held(0);
}

static void op_held_write(void)
{
	op_held(1);
}

static const struct { const char *name; void (*act)(void); } table[] = {
	{ "start", op_start }, { "set", op_set }, { "swap", op_swap }, { "reset", op_reset },
	{ "mmap", op_mmap }, { "fork", op_fork }, { "exit", op_exit }, { "cpu", op_cpu },
	{ "call", op_call }, { "range", op_range }, { "process_madvise", op_process_madvise },
	{ "mincore", op_mincore }, { "uffd", op_uffd }, { "vsyscall", op_vsyscall },
	{ "mremap", op_mremap },
	{ "ftruncate", op_ftruncate }, { "fallocate", op_fallocate },
	{ "mbind", op_mbind },
	{ "set_mempolicy", op_set_mempolicy }, { "get_mempolicy", op_get_mempolicy },
	{ "migrate_pages", op_migrate_pages },
	{ "move_pages", op_move_pages }, { "read", op_read }, { "write", op_write },
	{ "file", op_file }, { "pread", op_pread }, { "pwrite", op_pwrite }, { "fsync", op_fsync },
	{ "gup", op_gup }, { "put", op_put }, { "held_read", op_held_read },
	{ "held_write", op_held_write }, { "follow_page", op_follow_page }, { "hmm", op_hmm },
	{ "release", op_release }, { "numa", op_numa }, { "drain", op_drain },
	{ "alive", op_alive }, { "end", op_end },
};

/* A file that nobody makes any more: calls on it are made, on a descriptor that is not open. */
static void lose(const char *name)
{
	int64_t slot = strcmp(name, "file") ? -1 : arg_number("file", -1, MAX_FILES - 1);

	if (slot >= 0 && files[slot] == NOT_MADE)
		files[slot] = LOST;
}

static void operate(char *line)
{
	const char *name;

	args_of(line);
	name = arg_word("operation");
	caller = NULL;
	if (!strcmp(name, "by")) {	/* by process operation: made while that one lives */
		caller = arg_process();
		name = arg_word("operation");
		if (!caller)
			return lose(name);
	}
	if (!*name)
		return (void)args_refused();
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].name, name))
			return table[i].act();
	if (!look(name) && !ksm(name) && !khugepaged(name) && !memcg(name))
		broken("unknown operation %.40s", name);
}

void play(char *text)
{
	char *line;

	for (int i = 0; i < MAX_HELD; i++)
		held[i].owner = -1;
	for (int i = 0; i < MAX_FILES; i++)
		files[i] = NOT_MADE;
	on_cpu(0);	/* where the processes are, as a rule: a message needs no interrupt */
	if (where == IN_GUEST)
		probe_fd = open(PROBE, O_RDWR | O_CLOEXEC);
	progress = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	in_core = mmap(NULL, MAX_PAGES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* here, where THP is disabled, and not first where it is not: they would be huge pages */
	if (progress != MAP_FAILED && in_core != MAP_FAILED) {
		memset(progress, 0, PAGE);
		memset(in_core, 0, MAX_PAGES);
	}
	while (!full && (line = strsep(&text, "\n")))
		if (*line)
			operate(line);
	clean_up();
	_exit(0);
}
