// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plays one scenario: a line of text is one operation, each gives one answer.  Numbers are
 * decimal; a place in memory is the number of a mapping and of a page in it.  What belongs to a
 * process that is gone is answered GONE; nothing that a scenario does can end the player.
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

#define STEP_MSECS 20000
#define CHUNK 4096		/* pages of one message */
#define KEPT 1024

struct process processes[MAX_PROCESSES];
int ends[MAX_PROCESSES];
uint64_t *progress;

struct held {
	uint64_t id;
	int64_t nr;
	int owner;
};

static struct held held[MAX_HELD];
static int files[MAX_FILES];
static int kept[KEPT], nr_kept;	/* duplicates of devices: their last close frees their pages */
static struct { char path[128], value[256]; } restored[16];
static int nr_restored;
static struct message said, heard;
static int probe_fd = -1;
static char *rest;		/* of the line that is being read */

/* --- answers ----------------------------------------------------------------------------- */
/* Into memory that main.c shares: what was answered outlives the player, and wakes nobody. */
void answer(int status, int64_t ret, const void *data, size_t size)
{
	struct { uint8_t status; int64_t ret; uint32_t size; } __attribute__((packed)) head = {
		status, ret, size };
	char *at = answers->data + answers->size;

	if (answers->size + sizeof(head) + size > MAX_ANSWERS)
		_exit(1);
	memcpy(at, &head, sizeof(head));
	memcpy(at + sizeof(head), data, size);
	answers->size += sizeof(head) + size;
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

/* --- words of a line --------------------------------------------------------------------- */
char *word(void)
{
	char *found = strsep(&rest, " ");

	return found ? found : "";
}

int64_t number(void)
{
	return (int64_t)strtoull(word(), NULL, 10);	/* takes a minus sign as well */
}

static int numbers(int64_t *into, int limit)
{
	int nr = 0;

	while (rest && *rest && nr < limit)
		into[nr++] = number();
	return nr;
}

/* A process by its number; NULL, and answered, when it is gone. */
struct process *target(void)
{
	uint64_t i = number();

	if (i >= MAX_PROCESSES) {
		broken("no process %lu", i);
		return NULL;
	}
	if (!processes[i].pid) {
		answer(GONE, 0, NULL, 0);
		return NULL;
	}
	return &processes[i];
}

/* Mapping and page: an address of the process; 0 when the mapping could not be made. */
uint64_t place(const struct process *p)
{
	uint64_t map = number(), page = number();

	return map < MAX_MAPPINGS && p->maps[map].there ? p->maps[map].addr + page * PAGE : 0;
}

static int *file(int64_t slot)
{
	return slot >= 0 && slot < MAX_FILES ? &files[slot] : NULL;
}

/* --- processes ---------------------------------------------------------------------------- */
int probe(unsigned int request, struct probe_cmd *c)
{
	return ioctl(probe_fd, PROBE_REQUEST(request), c) ? -errno : 0;
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
	p->pid = 0;
	p->gone = 1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void died(struct process *p)
{
	int64_t pages = progress[p - processes];
	int64_t signal = bury(p);

	answer(DIED, signal, &pages, sizeof(pages));
}

static void send_words(struct process *p, int fd)
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
	sendmsg(p->channel, &head, MSG_NOSIGNAL);
}

/* Tells `said` to a process; false, and answered, when it did not come through. */
static int tell(struct process *p, int verb, int fd)
{
	struct pollfd wait[2] = { { p->channel, POLLIN, 0 }, { p->pidfd, POLLIN, 0 } };

	said.verb = verb;
	send_words(p, fd);
	if (poll(wait, 2, STEP_MSECS) == 0) {
		broken("a step did not end within %d s", STEP_MSECS / 1000);
		return 0;
	}
	if ((wait[0].revents & POLLIN) && recv(p->channel, &heard, sizeof(heard), 0) > 0)
		return 1;
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

static void add_numbers(void)
{
	said.nr += numbers(said.word + said.nr, MAX_WORDS - said.nr);
}

/* The path of a device that the process opens itself, before the words of the request. */
static void say_device(const char *path)
{
	int64_t used = 1 + (strlen(path) + 8) / 8;

	said.word[0] = used;
	strcpy((char *)(said.word + 1), path);
	said.nr = used;
}

static void say_more(int64_t value)
{
	said.word[said.nr++] = value;
}

/* Tells a request to a device; we keep a duplicate of the descriptor. */
static int tell_device(struct process *p, int verb)
{
	int fd;

	if (!tell(p, verb, -1))
		return 0;
	fd = heard.word[--heard.nr];
	if (fd < 0) {
		broken("%s cannot be opened", (const char *)(said.word + 1));
		return 0;
	}
	if (nr_kept < KEPT)
		kept[nr_kept++] = syscall(SYS_pidfd_getfd, p->pidfd, fd, 0);
	return 1;
}

static void add_process(int i, int pid)
{
	processes[i].pid = pid;
	processes[i].pidfd = syscall(SYS_pidfd_open, pid, 0);
}

/* --- operations: the beginning ------------------------------------------------------------ */
/* start processes memlock unprivileged thp: the channels, and P0 */
static void op_start(void)
{
	int nr = number(), space = 1 << 20, pid;
	int64_t memlock = number(), unprivileged = number(), thp = number();
	struct rlimit none = { 0, 0 };

	if (nr > MAX_PROCESSES)
		return broken("more than %d processes", MAX_PROCESSES);
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
	if (pid == 0) {
		die_with_parent();
		setrlimit(RLIMIT_CORE, &none);
		prctl(PR_SET_THP_DISABLE, !thp, 0, 0, 0);
		serve(0);
	}
	add_process(0, pid);
	say(2, memlock, unprivileged);
	if (tell(&processes[0], W_LIMIT, -1))
		returned(heard.verb);
}

/* set path value keep: a switch of the machine; what need not stay comes back at the end */
static void op_set(void)
{
	char *path = word(), *value = word(), before[256], *chosen = before, *end;
	int keep = number(), ret;

	if (!slurp(path, before, sizeof(before)))
		return broken("%s cannot be read", path);
	if ((end = strchr(before, '['))) {
		chosen = end + 1;
		*strchrnul(chosen, ']') = 0;
	}
	chosen[strcspn(chosen, "\n")] = 0;
	if (!strcmp(chosen, value))
		return returned(0);
	if (!keep && nr_restored < 16) {
		snprintf(restored[nr_restored].path, 128, "%s", path);
		snprintf(restored[nr_restored++].value, 256, "%s", chosen);
	}
	ret = spit(path, value);
	if (ret)
		return broken("%s cannot be set to %s: %s", path, value, strerror(-ret));
	returned(0);
}

/* swap path on: turning it costs more than a scenario, so that it stays as it is */
static void op_swap(void)
{
	static char text[4096];
	char *path = word();
	int wanted = number(), now;

	slurp("/proc/swaps", text, sizeof(text));
	now = strstr(text, path) != NULL;
	if (wanted != now && (wanted ? swapon(path, 0) : swapoff(path)))
		return broken("swap on %s cannot be turned on or off", path);
	returned(0);
}

/* reset ranges of frames (first, number, ...): nothing is held, device pages without old flags */
static void op_reset(void)
{
	struct probe_cmd c = { 0 };
	int64_t frames[2];

	probe(P_RESET, &c);
	while (numbers(frames, 2) == 2) {
		c = (struct probe_cmd){ .addr = frames[0], .nr = frames[1] };
		probe(P_CLEAN, &c);
	}
	c = (struct probe_cmd){ 0 }; /* no range: all private memory */
	probe(P_CLEAN, &c);
	returned(0);
}

/* --- operations: processes and mappings ---------------------------------------------------- */
/* mmap process mapping nr prot flags offset file */
static void op_mmap(void)
{
	struct process *p = target();
	int64_t map, nr, prot, flags, offset;
	struct mapping *m;
	int *from;

	if (!p)
		return;
	map = number(), nr = number(), prot = number(), flags = number(), offset = number();
	from = file(number());
	if (map < 0 || map >= MAX_MAPPINGS)
		return broken("more than %d mappings", MAX_MAPPINGS);
	m = &p->maps[map];
	*m = (struct mapping){ p->next, nr, 0 };
	p->next += (nr + HOLE) * PAGE;
	say(5, m->addr, nr, prot, flags, offset);
	if (!tell(p, W_MMAP, from ? *from : -1))
		return;
	m->there = heard.verb == 0;
	returned(heard.verb);
}

/* fork process child */
static void op_fork(void)
{
	struct process *p = target();
	int64_t child = number();

	if (child <= 0 || child >= MAX_PROCESSES)
		return p ? broken("no process %ld", child) : (void)0;
	if (!p) {
		processes[child].gone = 1;
		return;
	}
	say(1, child);
	if (!tell(p, W_FORK, -1))
		return;
	if (heard.verb > 0) {
		add_process(child, heard.verb);
		processes[child].next = p->next;
		memcpy(processes[child].maps, p->maps, sizeof(p->maps));
	}
	returned(heard.verb < 0 ? heard.verb : 0);
}

static void op_exit(void)
{
	struct process *p = target();

	if (!p)
		return;
	said = (struct message){ .verb = W_EXIT };
	send_words(p, -1);
	bury(p);
	returned(0);
}

static void op_cpu(void)
{
	struct process *p = target();

	if (!p)
		return;
	say(1, number());
	if (tell(p, W_CPU, -1))
		returned(heard.verb);
}

/* call process number arguments */
static void op_call(void)
{
	struct process *p = target();

	if (!p)
		return;
	say(6, 0L, 0L, 0L, 0L, 0L, 0L);
	numbers(said.word, 6);
	if (tell(p, W_CALL, -1))
		returned(heard.verb);
}

/* range process number mapping page nr more: a system call on a range */
static void op_range(void)
{
	struct process *p = target();
	int64_t call, nr;
	uint64_t addr;

	if (!p)
		return;
	call = number();
	addr = place(p);
	nr = number();
	say(4, call, addr, nr * PAGE, number());
	say_more(0);
	say_more(0);
	if (tell(p, W_CALL, -1))
		returned(heard.verb);
}

/* process_madvise process target mapping page nr advice */
static void op_process_madvise(void)
{
	struct process *p = target(), *other = p ? target() : NULL;
	uint64_t addr = other ? place(other) : 0;
	int64_t nr;

	if (!other)
		return;
	nr = number();
	say(4, (int64_t)other->pid, addr, nr * PAGE, number());
	if (tell(p, W_PMADVISE, -1))
		returned(heard.verb);
}

/* move_pages process target mapping page nr flags nodes: the statuses */
static void op_move_pages(void)
{
	struct process *p = target(), *other = p ? target() : NULL;
	uint64_t addr = other ? place(other) : 0;
	int64_t nr;

	if (!other)
		return;
	nr = number();
	if (nr > MAX_WORDS)
		return broken("more than %d pages at once", MAX_WORDS);
	say(4, p == other ? 0L : (int64_t)other->pid, addr, nr, number());
	add_numbers();
	if (tell(p, W_MOVE, -1))
		answer(DONE, heard.verb, heard.word, heard.nr * sizeof(int64_t));
}

/* --- operations: accesses ------------------------------------------------------------------ */
/* read process mapping page nr: the first word of each page */
static void op_read(void)
{
	static int64_t found[MAX_WORDS];
	struct process *p = target();
	uint64_t addr = p ? place(p) : 0;
	int64_t nr, done;

	if (!p)
		return;
	nr = number();
	if (nr > MAX_WORDS)
		return broken("more than %d pages at once", MAX_WORDS);
	for (done = 0; done < nr; done += heard.nr) {
		say(3, addr + done * PAGE, nr - done < CHUNK ? nr - done : CHUNK, done);
		if (!tell(p, W_READ, -1))
			return;
		memcpy(found + done, heard.word, heard.nr * sizeof(int64_t));
	}
	answer(DONE, 0, found, nr * sizeof(int64_t));
}

/* write process mapping page nr values (one for all, or one each) */
static void op_write(void)
{
	static int64_t values[MAX_WORDS];
	struct process *p = target();
	uint64_t addr = p ? place(p) : 0;
	int64_t nr, given, part;

	if (!p)
		return;
	nr = number();
	given = numbers(values, MAX_WORDS);
	for (int64_t done = 0; done < nr; done += part) {
		part = nr - done < CHUNK ? nr - done : CHUNK;
		say(3, addr + done * PAGE, part, done);
		for (int64_t i = 0; i < (given > 1 ? part : 1); i++)
			say_more(values[given > 1 ? done + i : 0]);
		if (!tell(p, W_WRITE, -1))
			return;
	}
	returned(0);
}

/* --- operations: files ----------------------------------------------------------------------- */
/* A new file of zeroes that reached its disk and are not cached; nobody sees a name of it. */
static int new_file(const char *folder, int64_t nr)
{
	static const char zeroes[PAGE];
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/linuxmm-XXXXXX", folder);
	fd = mkstemp(path);
	if (fd < 0)
		return -errno;
	unlink(path);
	for (int64_t i = 0; i < nr; i++)
		if (write(fd, zeroes, PAGE) != PAGE)
			return -errno;
	if (fsync(fd))
		return -errno;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return fd;
}

static int new_memfd(int64_t nr)
{
	int fd = memfd_create("linuxmm", 0);

	return fd < 0 || ftruncate(fd, nr * PAGE) ? -errno : fd;
}

/* Device DAX keeps what the scenario before wrote. */
static int dax_range(const char *path, int64_t first, int64_t nr)
{
	int fd = open(path, O_RDWR);
	void *at;

	if (fd < 0)
		return -errno;
	at = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, first * PAGE);
	if (at == MAP_FAILED)
		return -errno;
	memset(at, 0, nr * PAGE);
	munmap(at, nr * PAGE);
	return fd;
}

/* file slot kind path nr first: disk (any folder), memfd, device, dax */
static void op_file(void)
{
	int *slot = file(number());
	char *kind = word(), *path = word();
	int64_t nr = number(), first = number();
	int fd = -EINVAL;

	if (!slot)
		return broken("more than %d files", MAX_FILES);
	if (!strcmp(kind, "disk"))
		fd = new_file(path, nr);
	else if (!strcmp(kind, "memfd"))
		fd = new_memfd(nr);
	else if (!strcmp(kind, "device"))
		fd = open(path, O_RDWR);
	else if (!strcmp(kind, "dax"))
		fd = dax_range(path, first, nr);
	if (fd < 0)
		return broken("no file of the kind %s (%s)", kind, path);
	*slot = fd;
	returned(0);
}

/* pread slot page nr: the first word of each page */
static void op_pread(void)
{
	int *fd = file(number());
	int64_t at = number(), nr = number(), done = 0;
	static int64_t found[MAX_WORDS];
	char page[PAGE];

	if (!fd || nr > MAX_WORDS)
		return broken("no such file, or too many pages");
	for (; done < nr && pread(*fd, page, PAGE, (at + done) * PAGE) == PAGE; done++)
		memcpy(found + done, page, sizeof(*found));
	answer(DONE, done, found, done * sizeof(*found));
}

/* pwrite slot page nr values: the bytes written, in one call */
static void op_pwrite(void)
{
	int *fd = file(number());
	int64_t at = number(), nr = number(), value = 0, *data, ret;


	if (!fd || !(data = malloc(nr * PAGE)))
		return broken("no such file, or no memory");
	for (int64_t i = 0; i < nr; i++) {
		if (i == 0 || (rest && *rest)) {
			value = number();

		}
		for (int k = 0; k < 512; k++)
			data[i * 512 + k] = value;
	}
	ret = pwrite(*fd, data, nr * PAGE, at * PAGE);
	returned(ret < 0 ? -errno : ret);
	free(data);
}

static void op_fsync(void)
{
	int *fd = file(number());

	if (!fd)
		return broken("no such file");
	returned(fsync(*fd) ? -errno : 0);
}

/* --- operations: references ------------------------------------------------------------------ */
/* gup process target mapping page nr flags slot: what the call returned */
static void op_gup(void)
{
	struct process *p = target(), *other = p ? target() : NULL;
	uint64_t addr = other ? place(other) : 0;
	int64_t nr, flags, slot;
	const struct probe_cmd *c;

	if (!other)
		return;
	nr = number(), flags = number(), slot = number();
	if (slot < 0 || slot >= MAX_HELD)
		return broken("more than %d pins", MAX_HELD);
	say_device(PROBE);
	say_more(PROBE_REQUEST(P_GUP));
	say_more(other->pid);
	say_more(addr);
	say_more(nr);
	say_more(flags);
	for (int i = 0; i < 12; i++)
		say_more(0);
	if (!tell_device(p, W_IOCTL))
		return;
	c = (const struct probe_cmd *)heard.word;
	if (c->ret > 0)
		held[slot] = (struct held){ c->id, c->ret, p - processes };
	returned(heard.verb < 0 ? heard.verb : c->ret);
}

static struct held *find_held(void)
{
	int64_t slot = number();

	return slot >= 0 && slot < MAX_HELD && held[slot].nr > 0 ? &held[slot] : NULL;
}

static void op_put(void)
{
	struct process *p = target();
	struct held *h = p ? find_held() : NULL;

	if (h)
		put_held(h);
	if (p)
		returned(0);
}

/* held_read owner slot first nr / held_write owner slot first nr values */
static void op_held(int writes)
{
	static int64_t found[MAX_WORDS];
	struct process *p = target();
	struct held *h = p ? find_held() : NULL;
	int64_t first = number(), nr = number(), value = 0;

	if (!p)
		return;
	if (!h || first + nr > h->nr || nr > MAX_WORDS)
		return returned(-EINVAL);
	for (int64_t i = 0; i < nr; i++) {
		struct probe_cmd c = { .id = h->id, .nr = first + i };

		if (writes && (i == 0 || (rest && *rest)))
			value = number();
		c.out[0] = value;
		probe(writes ? P_HELD_WRITE : P_HELD_READ, &c);
		found[i] = c.out[0];
	}
	answer(DONE, 0, found, writes ? 0 : nr * sizeof(*found));
}

/* follow_page target mapping page nr flags: 0 none, 1 a page, 2 the zero page, or -errno */
static void op_follow_page(void)
{
	static int64_t found[MAX_WORDS];
	struct process *p = target();
	uint64_t addr = p ? place(p) : 0;
	int64_t nr, flags;

	if (!p)
		return;
	nr = number(), flags = number();
	for (int64_t i = 0; i < nr && i < MAX_WORDS; i++) {
		struct probe_cmd c = { .pid = p->pid, .addr = addr + i * PAGE, .flags = flags };

		probe(P_FOLLOW, &c);
		found[i] = c.ret;
	}
	answer(DONE, 0, found, nr * sizeof(*found));
}

/* --- operations: devices ----------------------------------------------------------------------- */
/* hmm process request device mapping page nr values: 5 words, then a word of each page */
static void op_hmm(void)
{
	struct process *p = target();
	int64_t request, nr;
	uint64_t addr;
	char *path;

	if (!p)
		return;
	request = number();
	path = word();
	addr = place(p);
	nr = number();
	say_device(path);
	say_more(HMM_REQUEST(request));
	say_more(addr);
	say_more(nr);
	add_numbers();
	if (tell_device(p, W_HMM))
		answer(DONE, heard.verb, heard.word, heard.nr * sizeof(int64_t));
}

/* release device: the last close of any file does it for the whole device */
static void op_release(void)
{
	int fd = open(word(), O_RDWR);

	if (fd < 0)
		return broken("no such device");
	close(fd);
	returned(0);
}

/* numa process mapping page nr (none: all of it): what a scan by NUMA balancing does */
static void op_numa(void)
{
	struct process *p = target();
	int64_t where[3], given = p ? numbers(where, 3) : 0;

	if (!p)
		return;
	for (int i = 0; i < MAX_MAPPINGS; i++) {
		struct mapping *m = &p->maps[i];
		int wanted = given < 3 || where[0] == i;

		if (!m->there || !wanted)
			continue;
		say_device(PROBE);
		say_more(PROBE_REQUEST(P_NUMA));
		say_more(0);
		say_more(m->addr + (given < 3 ? 0 : where[1] * PAGE));
		say_more(given < 3 ? (int64_t)m->nr : where[2]);
		for (int k = 0; k < 13; k++)
			say_more(0);
		if (!tell_device(p, W_IOCTL))
			return;
	}
	returned(0);
}

static void op_drain(void)
{
	struct probe_cmd c = { 0 };

	returned(probe(P_DRAIN, &c));
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
	nr_kept = 0;
	while (nr_restored) {
		nr_restored--;
		spit(restored[nr_restored].path, restored[nr_restored].value);
	}
}

/* end: what the kernel says of all the ends can then be read from the log */
static void op_end(void)
{
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
	{ "move_pages", op_move_pages }, { "read", op_read }, { "write", op_write },
	{ "file", op_file }, { "pread", op_pread }, { "pwrite", op_pwrite }, { "fsync", op_fsync },
	{ "gup", op_gup }, { "put", op_put }, { "held_read", op_held_read },
	{ "held_write", op_held_write }, { "follow_page", op_follow_page }, { "hmm", op_hmm },
	{ "release", op_release }, { "numa", op_numa }, { "drain", op_drain }, { "end", op_end },
};

static void operate(char *line)
{
	const char *name;

	rest = line;
	name = word();
	if (!strcmp(name, "by")) {	/* by process operation: made while that one lives */
		if (!target())
			return;
		name = word();
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].name, name))
			return table[i].act();
	if (!look(name) && !ksm(name))
		broken("unknown operation %s", name);
}

void play(char *text)
{
	char *line;

	for (int i = 0; i < MAX_HELD; i++)
		held[i].owner = -1;
	on_cpu(0);	/* where the processes are, as a rule: a message needs no interrupt */
	probe_fd = open(PROBE, O_RDWR | O_CLOEXEC);
	progress = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	while ((line = strsep(&text, "\n")))
		if (*line)
			operate(line);
	clean_up();
	_exit(0);
}
