// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent's end of the channel: hello, then one answer for each message.  A message is its
 * length (4 bytes, little endian) and text whose first line says what to do:
 *
 *   play	the other lines are the operations of a scenario
 *   sh		the other lines are a shell command (in a guest)
 *   stop
 *
 * The answer to `play` is a byte (how it ended), then the operations' answers one behind the
 * other; the answer to `sh` is what the command printed.  The end of the channel is the end.
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
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "args.h"

#define PLAY_MSECS 30000

/* how a scenario ended; linuxmm/validate/answers.py has the same numbers */
enum { WHOLE, TOO_LONG, ENDED, FATAL };

struct answers *answers;
enum where where;

static int port;
static char *reply;
static size_t reply_size, reply_room;

static void get_all(void *into, size_t size)
{
	while (size) {
		ssize_t got = read(port, into, size);

		if (got <= 0)
			exit(0);
		into = (char *)into + got;
		size -= got;
	}
}

static void put_all(const void *from, size_t size)
{
	while (size) {
		ssize_t done = write(port, from, size);

		if (done <= 0)
			exit(0);
		from = (const char *)from + done;
		size -= done;
	}
}

/* No more than linuxmm takes. */
static void add(const void *data, size_t size)
{
	if (size > MAX_ANSWERS + 1 - reply_size)
		size = MAX_ANSWERS + 1 - reply_size;
	if (reply_size + size > reply_room) {
		reply_room = 2 * (reply_size + size);
		reply = realloc(reply, reply_room);
		if (!reply)
			exit(1);
	}
	memcpy(reply + reply_size, data, size);
	reply_size += size;
}

static void send_reply(void)
{
	uint32_t size = reply_size;

	put_all(&size, sizeof(size));
	put_all(reply, reply_size);
}

/* Everything that comes, until its end; false when the time is over. */
static int collect(int fd, int64_t limit)
{
	static char piece[1 << 16];

	for (;;) {
		struct pollfd wait = { fd, POLLIN, 0 };
		int64_t left = limit - now_msecs();
		ssize_t got;

		if (left <= 0 || poll(&wait, 1, left) <= 0)
			return 0;
		got = read(fd, piece, sizeof(piece));
		if (got <= 0)
			return 1;
		add(piece, got);
	}
}

/* A program or function in a process of its own, whose output is collected. */
static int run(void (*function)(char *), char *text)
{
	int pipes[2], status, in_time;
	pid_t pid, parent = getpid();

	if (pipe2(pipes, O_CLOEXEC) || (pid = fork()) < 0) {
		broken("no process to play it: %s", strerror(errno));
		return ENDED;
	}
	if (pid == 0) {
		die_with(parent);
		setsid();
		close(port);
		dup2(pipes[1], STDOUT_FILENO);
		function(text);
	}
	close(pipes[1]);
	in_time = collect(pipes[0], now_msecs() + PLAY_MSECS);
	close(pipes[0]);
	if (!in_time)
		kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (!in_time)
		return TOO_LONG;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? WHOLE : ENDED;
}

static void shell(char *text)
{
	dup2(STDOUT_FILENO, STDERR_FILENO);
	execl("/bin/sh", "sh", "-c", text, NULL);
	_exit(127);
}

static void do_play(char *text)
{
	static char lines[1 << 14];
	int log = where == IN_GUEST ? open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	const char *bug;
	int how;

	lseek(log, 0, SEEK_END);
	answers->size = 0;
	add("", 1);
	how = run(play, text);
	reply[0] = how;	/* it may lie elsewhere than before */
	add(answers->data, answers->size);
	if (log < 0)
		return;
	events(log, lines, sizeof(lines));
	close(log);
	bug = strstr(lines, "BUG");
	if (bug && how != WHOLE) {
		reply_size = 0;
		add("\3", 1);
		while (bug > lines && bug[-1] != '\n')
			bug--;
		add(bug, strcspn(bug, "\n"));
	}
}

static void add_line(const char *format, ...)
{
	char line[512];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	add(line, strlen(line));
}

/* What a guest has: numbers of test_hmm's devices, files that not every kernel has, and what our
 * module can do there (the bits of mmprobe.c:can). */
static void tell_what_is_there(void)
{
	static const char *const paths[] = {	/* linuxmm/validate/hello.py knows them too */
		"/sys/kernel/mm/ksm", "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages",
		 "/sys/kernel/mm/transparent_hugepage", "/run/linuxmm-devdax",
		"/run/linuxmm-dax/lost+found", "/run/linuxmm-disk/lost+found", "/dev/zram0",
		"/proc/swaps", "/proc/kpageflags", "/proc/kpagecount", "/proc/self/smaps",
		"/proc/self/numa_maps", "/proc/self/pagemap", "/proc/self/clear_refs",
		"/proc/sys/kernel/numa_balancing",
	};
	struct probe_cmd c = { 0 };
	struct stat there;
	char path[64];
	int fd = open(PROBE, O_RDWR | O_CLOEXEC);

	for (int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "/dev/hmm_dmirror%d", i);
		if (!stat(path, &there))
			add_line("hmm %d\n", i);
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (!stat(paths[i], &there))
			add_line("has %s\n", paths[i]);
	if (fd >= 0 && !ioctl(fd, PROBE_REQUEST(P_CAN), &c))
		add_line("probe %lu %lu\n", c.out[0], c.out[1]);
	close(fd);
}

/* The release; of a guest also what it has, and what did not work in its set-up. */
static void hello(const char *failed)
{
	static char text[1 << 14];
	struct utsname name;

	uname(&name);
	add_line("release %s\n", name.release);
	if (failed) {
		tell_what_is_there();
		add(text, slurp(failed, text, sizeof(text)));
	}
	send_reply();
}

/* A message as text, whose first line is cut off; NULL, and why not, when it is none. */
static char *get_message(char **body, const char **why)
{
	static char piece[1 << 12];
	uint32_t size;
	char *text;

	get_all(&size, sizeof(size));
	text = size <= MAX_PLAN ? malloc(size + 1) : NULL;
	if (!text) {
		for (; size; size -= size < sizeof(piece) ? size : sizeof(piece))
			get_all(piece, size < sizeof(piece) ? size : sizeof(piece));
		*why = "a plan longer than " AS_TEXT(MAX_PLAN) " bytes";
		return NULL;
	}
	get_all(text, size);
	text[size] = 0;
	if (memchr(text, 0, size)) {
		*why = "a plan with a zero byte in it";
		free(text);
		return NULL;
	}
	*body = strchrnul(text, '\n');
	if (**body)
		*(*body)++ = 0;
	return text;
}

/* In the form of an answer to `play`: not one operation was made. */
static void refuse(const char *why)
{
	answers->size = 0;
	broken("%s", why);
	add("", 1);
	add(answers->data, answers->size);
}

/* Where it is, and its channel; false when the words make no sense. */
static int begin(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "guest"))
		return (port = open(argv[2], O_RDWR | O_CLOEXEC)) >= 0;
	if (argc != 2)
		return 0;
	where = strcmp(argv[1], "host") ? ONLY_OWN : ON_HOST;
	die_with(getppid());
	return where == ON_HOST || !strcmp(argv[1], "own");
}

/*
 * agent guest PORT FAILED	the channel, and the file with what the set-up could not do
 * agent host			the channel is its standard input, the folder of files its own
 * agent own			the same, and it touches nothing but its own processes
 */
int main(int argc, char **argv)
{
	if (!begin(argc, argv)) {
		fprintf(stderr, "agent: no channel\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	answers = mmap(NULL, sizeof(*answers) + MAX_ANSWERS, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (answers == MAP_FAILED)
		return 1;
	/* or memory of our own would be huge pages, and their splits in counters of the machine;
	 * the processes of a scenario are told what it says (player.c:op_start) */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	on_cpu(0);
	find_ksmd();
	hello(argc == 4 ? argv[3] : NULL);
	for (;;) {
		const char *why;
		char *body, *text = get_message(&body, &why);

		reply_size = 0;
		if (!text)
			refuse(why);
		else if (!strcmp(text, "play"))
			do_play(body);
		else if (!strcmp(text, "sh") && where == IN_GUEST)
			run(shell, body);
		else
			return 0;
		send_reply();
		free(text);
	}
}
