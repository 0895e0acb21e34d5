/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent plays scenarios, inside the virtual machine or on the running kernel.  main.c talks to
 * linuxmm and forks a player for each scenario; the player (player.c, look.c, ksm.c, khugepaged.c)
 * carries out one operation after the other; the scenario's processes (worker.c) are its children and do what
 * it tells them.  Where somebody ends one of these, all below it end too.
 */
#ifndef LINUXMM_AGENT_H
#define LINUXMM_AGENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "limits.h"

#define PAGE 4096UL
#define WORDS_OF_PAGE (PAGE / sizeof(int64_t))
#define ARENA (1UL << 40)	/* mappings of a scenario: nothing else lives there */
#define VSYSCALL_ADDR 0xffffffffff600000UL
#define HOLE 16			/* unmapped pages between them */
#define HUGE_PAGES 512UL	/* a mapping of so many begins where a huge page does */
#define DEVICE_WORDS (1 + (int)(MAX_WORD / sizeof(int64_t)))	/* a length, and a path */
#define MAX_WORDS (MAX_PAGES + 64)	/* of one message to a process: one a page, and the head */
#define ANSWER_SPARE 512		/* bytes for the answer that there is no room for more */
#define AS_TEXT(macro) AS_TEXT_(macro)
#define AS_TEXT_(what) #what
#define PROBE "/dev/mmprobe"
#define NO_RIGHTS 65534		/* user and group of processes without rights, and of their files */

/* Where it plays.  In a guest the machine is ours; on a host what is the scenario's alone, and KSM
 * when a plan uses it; ONLY_OWN, how it is tested: neither files nor KSM. */
enum where { IN_GUEST, ON_HOST, ONLY_OWN };

/* what became of an operation; linuxmm/validate/answers.py has the same numbers */
enum { DONE, GONE, DIED, BROKEN, BLOCKED };

/* what a process can be told */
enum { W_MMAP, W_CALL, W_READ, W_WRITE, W_MOVE, W_PMADVISE, W_POLICY, W_CPU, W_FORK, W_LIMIT, W_IOCTL,
       W_HMM, W_UFFD, W_EXIT };

/* the requests of mmprobe.c */
enum { P_PROBE = 1, P_GUP, P_PUT, P_HELD_READ, P_HELD_WRITE, P_FOLLOW, P_DRAIN, P_NUMA, P_RESET,
       P_CLEAN, P_CAN };
#define PROBE_REQUEST(nr) (3UL << 30 | 128UL << 16 | 'm' << 8 | (nr))
#define HMM_MIGRATE 2		/* lib/test_hmm_uapi.h */
#define HMM_SNAPSHOT 4
#define HMM_REQUEST(nr) (3UL << 30 | 40UL << 16 | 'H' << 8 | (nr))

struct probe_cmd {
	uint64_t pid, addr, nr, flags, id;
	int64_t ret;
	uint64_t out[10];
};
#define PROBE_WORDS (sizeof(struct probe_cmd) / sizeof(int64_t))

#define SLEPT (-512)	/* in the answer to an access: it waits until somebody resolves its fault */

struct message {
	int64_t verb;		/* in an answer: what was returned, or -errno */
	int64_t nr;		/* words that are used */
	int64_t word[MAX_WORDS];
};

/* Did so many bytes bring a whole message? */
static inline int is_whole(const struct message *m, int64_t got)
{
	return got >= (int64_t)(2 * sizeof(int64_t)) && m->nr >= 0 && m->nr <= MAX_WORDS &&
	       got == (int64_t)((2 + m->nr) * sizeof(int64_t));
}

struct mapping {
	uint64_t addr, nr;
	int there;
};

struct process {
	int pid, pidfd, channel;	/* pid 0: not yet born, or gone */
	int uffd;			/* its userfaultfd, as we have it; -1: none */
	int gone;
	uint64_t next;			/* where the next mapping goes */
	struct mapping maps[MAX_MAPPINGS];
};

struct answers {
	uint64_t size;
	char data[];
};

extern enum where where;
extern struct answers *answers;
extern struct process processes[MAX_PROCESSES];
extern int files[MAX_FILES];		/* or one of these two: */
enum { NOT_MADE = -1, LOST = -2 };	/* LOST: who was to make it is gone */
extern int ends[MAX_PROCESSES];		/* the processes' ends of their channels */
extern uint64_t *progress;		/* pages that each process has done of its access */

/* worker.c: never returns */
void serve(int process);
void die_with(pid_t parent);
void listen_for_wake(void);
void stay_small(void);
int on_cpu(int cpu);

/* player.c */
void play(char *text);
void answer(int status, int64_t ret, const void *data, size_t size);
void broken(const char *format, ...) __attribute__((format(printf, 1, 2)));
int no_probe(void);
int probe(unsigned int request, struct probe_cmd *c);

/* look.c: operations that only look */
int look(const char *op);
size_t slurp(const char *path, char *buffer, size_t size);
int spit(const char *path, const char *value);
int events(int log, char *buffer, size_t size);

/* thread.c */
int64_t now_msecs(void);
void find_thread(const char *name, char *pid, size_t size);
size_t of_thread(const char *pid, const char *name, char *text, size_t size);
int thread_sleeps(const char *pid);

/* memcg.c */
int memcg(const char *op);
void memcg_forget(void);
void memcg_touch_own(void);
void memcg_as(const struct process *p);

/* khugepaged.c */
int khugepaged(const char *op);

/* ksm.c */
int ksm(const char *op);
void find_ksmd(void);
void ksm_forget(void);

#endif
