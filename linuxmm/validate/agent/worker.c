// SPDX-License-Identifier: GPL-2.0-or-later
/* A process of a scenario: does what the player tells it, one message at a time. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent.h"

#define UNTOUCHED 77

static struct message told, reply;
static int self;
static pid_t player;
static int uffd = -1;
static sigjmp_buf given_up;
static volatile sig_atomic_t accessing;

/* Never alone: it ends with its parent, and at once if that has ended already. */
void die_with(pid_t parent)
{
	player = parent;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
}

/*
 * No memory of our own is ever huge.  It is larger than 2 MiB and shared by fork: where the setting
 * is `always` khugepaged would look at it too, and count in thp_scan_exceed_share_pte.
 */
void stay_small(void)
{
	static char maps[1 << 14];
	uint64_t start, end;

	slurp("/proc/self/maps", maps, sizeof(maps));
	for (char *line = strtok(maps, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			madvise((void *)start, end - start, MADV_NOHUGEPAGE);
}

static int64_t returned(long ret)
{
	return ret == -1 ? -errno : ret;
}

/* The message, and the descriptor that came with it or -1; the player's end is ours. */
static int receive(void)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec vector = { &told, sizeof(told) };
	struct msghdr head = { .msg_iov = &vector, .msg_iovlen = 1,
			       .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *extra;
	int fd = -1;

	if (!is_whole(&told, recvmsg(ends[self], &head, 0)))
		_exit(1);
	extra = CMSG_FIRSTHDR(&head);
	if (extra && extra->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(extra), sizeof(fd));
	return fd;
}

/* addr nr prot flags offset */
static int64_t do_mmap(const int64_t *w, int fd)
{
	void *at = mmap((void *)w[0], w[1] * PAGE, w[2], w[3] | MAP_FIXED_NOREPLACE, fd, w[4] * PAGE);

	return at == MAP_FAILED ? -errno : 0;
}

/* Memory of the scenario: a sanitizer knows nothing of it, and an access may end the process. */
#define OF_THE_SCENARIO __attribute__((no_sanitize("address", "undefined")))

OF_THE_SCENARIO static int64_t load(uint64_t at)
{
	return *(volatile int64_t *)at;
}

OF_THE_SCENARIO static void fill(uint64_t at, int64_t value)
{
	for (size_t k = 0; k < WORDS_OF_PAGE; k++)
		((volatile int64_t *)at)[k] = value;
}

/* The player has seen that the access waits for somebody to resolve its fault: it is given up. */
static void give_up(int signal)
{
	(void)signal;
	if (accessing)
		siglongjmp(given_up, 1);
}

void listen_for_wake(void)
{
	struct sigaction action = { .sa_handler = give_up };

	sigaction(SIGUSR1, &action, NULL);
}

/* addr nr before: the first word of each page */
static int64_t do_read(const int64_t *w)
{
	if (w[1] < 0 || w[1] > MAX_PAGES)
		return -E2BIG;
	if (sigsetjmp(given_up, 1)) {
		accessing = 0;
		return SLEPT;
	}
	accessing = 1;
	for (int64_t i = 0; i < w[1]; i++) {
		progress[self] = w[2] + i;
		reply.word[i] = load(w[0] + i * PAGE);
	}
	accessing = 0;
	reply.nr = w[1];
	return 0;
}

/* addr nr before values: each page filled with its value (one value: all of them) */
static int64_t do_write(const int64_t *w)
{
	if (sigsetjmp(given_up, 1)) {
		accessing = 0;
		return SLEPT;
	}
	accessing = 1;
	for (int64_t i = 0; i < w[1]; i++) {
		progress[self] = w[2] + i;
		fill(w[0] + i * PAGE, w[3 + (told.nr > 4 ? i : 0)]);
	}
	accessing = 0;
	return 0;
}

/* pid addr nr flags nodes (none, one for all, or one each): the statuses */
static int64_t do_move(const int64_t *w)
{
	static void *pages[MAX_PAGES];
	static int nodes[MAX_PAGES], status[MAX_PAGES];
	int64_t nr = w[2], given = told.nr - 4, ret;

	if (nr < 0 || nr > MAX_PAGES)
		return -E2BIG;
	for (int64_t i = 0; i < nr; i++) {
		pages[i] = (void *)(w[1] + i * PAGE);
		nodes[i] = given ? w[4 + (given > 1 ? i : 0)] : 0;
		status[i] = UNTOUCHED;
	}
	ret = returned(syscall(SYS_move_pages, w[0], nr, pages, given ? nodes : NULL, status, w[3]));
	for (int64_t i = 0; i < nr; i++)
		reply.word[i] = status[i];
	reply.nr = nr;
	return ret;
}

/* pid addr length advice */
static int64_t do_process_madvise(const int64_t *w)
{
	struct iovec vector = { (void *)w[1], w[2] };
	int fd = syscall(SYS_pidfd_open, w[0], 0);
	int64_t ret;

	if (fd < 0)
		return -errno;
	ret = returned(syscall(SYS_process_madvise, fd, &vector, 1, w[3], 0));
	close(fd);
	return ret;
}

/* call nodes nodes, and what else the call takes */
static int64_t do_policy(const int64_t *w)
{
	static unsigned long nodes[2][MAX_NODES / 64];
	int64_t ret;
	int mode;

	nodes[0][0] = w[1];
	nodes[1][0] = w[2];
	switch (w[0]) {
	case SYS_mbind:
		return returned(syscall(w[0], w[3], w[4], w[5], nodes[0], MAX_NODES + 1, w[6]));
	case SYS_set_mempolicy:
		return returned(syscall(w[0], w[3], nodes[0], MAX_NODES + 1));
	case SYS_migrate_pages:
		return returned(syscall(w[0], w[3], MAX_NODES + 1, nodes[0], nodes[1]));
	}
	ret = returned(syscall(SYS_get_mempolicy, &mode, nodes[0], MAX_NODES, w[3], w[4]));
	reply.word[0] = nodes[0][0];
	reply.nr = 1;
	return ret < 0 ? ret : mode;
}

int on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return returned(sched_setaffinity(0, sizeof(set), &set));
}

/* The child is the player's child too: it sees how each process ends. */
static int64_t do_fork(const int64_t *w)
{
	int64_t pid = returned(syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));

	if (pid == 0) {
		die_with(player);
		close(uffd);	/* that one is the parent's */
		uffd = -1;
		serve(w[0]);
	}
	return pid;
}

/* memlock (bytes or -1) unprivileged: who is not root has no rights to lose */
static int64_t do_limit(const int64_t *w)
{
	struct rlimit limit = { w[0], w[0] };

	if (w[0] >= 0 && setrlimit(RLIMIT_MEMLOCK, &limit))
		return -errno;
	if (w[1] && geteuid() == 0) {
		if (setgroups(0, NULL) || setresgid(NO_RIGHTS, NO_RIGHTS, NO_RIGHTS) ||
		    setresuid(NO_RIGHTS, NO_RIGHTS, NO_RIGHTS))
			return -errno;
		die_with(player);	/* that was forgotten with the rights */
	}
	return 0;
}

/* request words; the descriptor is a device that this process has opened itself */
static int64_t do_ioctl(const int64_t *w, int fd)
{
	int64_t ret;

	memcpy(reply.word, w + 1, (told.nr - 1) * sizeof(*w));
	reply.nr = told.nr - 1;
	ret = returned(ioctl(fd, w[0], reply.word));
	return ret;
}

/* UFFD_USER_MODE_ONLY, as the kernel has it, and as a mode of registering has it here */
#define USER_MODE_ONLY 1
#define OF_USER_MODE_ONLY 0x100

/* A new userfaultfd, ready for use: it, or -errno. */
static int64_t new_uffd(int flags)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | flags);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, UFFDIO_API, &api)) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

/*
 * Memory of our own, in a process in which a scenario may want huge pages: a buffer with room for
 * one would be one, and counted (thp_fault_alloc).
 */
static int64_t *own_pages(int64_t nr)
{
	int64_t *at = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at != MAP_FAILED)
		madvise(at, nr * PAGE, MADV_NOHUGEPAGE);
	return at;
}

/* UFFDIO_COPY from memory of our own, every page full of the same value */
static int64_t uffd_copy(uint64_t addr, int64_t nr, int64_t mode, int64_t value)
{
	int64_t *from = own_pages(nr);
	struct uffdio_copy copy = { addr, (uint64_t)from, nr * PAGE, mode, 0 };
	int64_t ret;

	if (from == MAP_FAILED)
		return -errno;
	for (size_t k = 0; k < nr * WORDS_OF_PAGE; k++)
		from[k] = value;
	ret = returned(ioctl(uffd, UFFDIO_COPY, &copy));
	munmap(from, nr * PAGE);
	return ret;
}

/* request addr nr mode value: an ioctl on the userfaultfd, which the first registering makes */
static int64_t uffd_request(const int64_t *w)
{
	struct uffdio_range range = { w[1], w[2] * PAGE };
	struct uffdio_register at = { .range = range, .mode = w[3] & ~OF_USER_MODE_ONLY };
	struct uffdio_zeropage zero = { .range = range, .mode = w[3] };
	struct uffdio_writeprotect protect = { .range = range, .mode = w[3] };
	struct uffdio_continue go_on = { .range = range, .mode = w[3] };

	switch (w[0]) {
	case _UFFDIO_REGISTER:
		return returned(ioctl(uffd, UFFDIO_REGISTER, &at));
	case _UFFDIO_UNREGISTER:
		return returned(ioctl(uffd, UFFDIO_UNREGISTER, &range));
	case _UFFDIO_WAKE:
		return returned(ioctl(uffd, UFFDIO_WAKE, &range));
	case _UFFDIO_COPY:
		return uffd_copy(w[1], w[2], w[3], w[4]);
	case _UFFDIO_ZEROPAGE:
		return returned(ioctl(uffd, UFFDIO_ZEROPAGE, &zero));
	case _UFFDIO_WRITEPROTECT:
		return returned(ioctl(uffd, UFFDIO_WRITEPROTECT, &protect));
	case _UFFDIO_CONTINUE:
		return returned(ioctl(uffd, UFFDIO_CONTINUE, &go_on));
	}
	return -ENOTTY;
}

static int64_t do_uffd(const int64_t *w)
{
	int64_t ret = 0;

	if (uffd < 0 && w[0] == _UFFDIO_REGISTER) {
		ret = new_uffd(w[3] & OF_USER_MODE_ONLY ? USER_MODE_ONLY : 0);
		uffd = ret < 0 ? -1 : ret;
	}
	if (ret >= 0)
		ret = uffd < 0 ? -EBADF : uffd_request(w);
	reply.word[0] = uffd;
	reply.nr = 1;
	return ret;
}

/*
 * request addr nr values: 5 words of test_hmm, then the first word of each page of its buffer;
 * a snapshot has a byte for each page there
 */
static int64_t do_hmm(const int64_t *w, int fd)
{
	int64_t nr = w[2], given = told.nr - 3, argument[5] = { w[1], 0, nr }, ret, *buffer;

	if (nr < 0 || nr > MAX_PAGES)
		return -E2BIG;
	buffer = own_pages(nr);
	if (buffer == MAP_FAILED)
		return -errno;
	argument[1] = (int64_t)buffer;
	for (int64_t i = 0; i < nr; i++)
		for (size_t k = 0; k < WORDS_OF_PAGE; k++)
			buffer[i * WORDS_OF_PAGE + k] = given ? w[3 + (given > 1 ? i : 0)] : 0;
	ret = returned(ioctl(fd, w[0], argument));
	memcpy(reply.word, argument, sizeof(argument));
	for (int64_t i = 0; i < nr; i++)
		reply.word[5 + i] = w[0] == (int64_t)HMM_REQUEST(HMM_SNAPSHOT) ?
				    ((uint8_t *)buffer)[i] : buffer[i * WORDS_OF_PAGE];
	reply.nr = 5 + nr;
	munmap(buffer, nr * PAGE);
	return ret;
}

/* Devices look at who opened them; the path stands in the words behind the first. */
static int open_own(int64_t *w)
{
	int fd = open((const char *)(w + 1), O_RDWR);
	int64_t used = w[0];

	told.nr -= used;
	memmove(w, w + used, told.nr * sizeof(*w));
	reply.nr = 0;
	return fd;
}

static int64_t with_device(void)
{
	int fd = open_own(told.word);
	int64_t ret = -ENODEV;

	if (fd >= 0)
		ret = told.verb == W_HMM ? do_hmm(told.word, fd) : do_ioctl(told.word, fd);
	reply.word[reply.nr++] = fd;	/* left open: the last close of a device acts */
	return ret;
}

static int64_t act(int fd)
{
	const int64_t *w = told.word;

	switch (told.verb) {
	case W_MMAP:
		return do_mmap(w, fd);
	case W_CALL:
		return returned(syscall(w[0], w[1], w[2], w[3], w[4], w[5]));
	case W_READ:
		return do_read(w);
	case W_WRITE:
		return do_write(w);
	case W_MOVE:
		return do_move(w);
	case W_PMADVISE:
		return do_process_madvise(w);
	case W_POLICY:
		return do_policy(w);
	case W_CPU:
		return on_cpu(w[0]);
	case W_FORK:
		return do_fork(w);
	case W_LIMIT:
		return do_limit(w);
	case W_UFFD:
		return do_uffd(w);
	case W_IOCTL:
	case W_HMM:
		return with_device();
	}
	_exit(0);
}

void serve(int process)
{
	self = process;
	for (;;) {
		int fd = receive();

		reply.nr = 0;
		reply.verb = act(fd);
		if (fd >= 0)
			close(fd);
		if (send(ends[self], &reply, (2 + reply.nr) * sizeof(int64_t), 0) < 0)
			_exit(1);
	}
}
