/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a plan may ask for.  The one place: the agent and mmprobe are compiled with it, and
 * linuxmm/validate/limits.py reads it for the planner.  One number a line, nothing to compute.
 */
#ifndef LINUXMM_LIMITS_H
#define LINUXMM_LIMITS_H

#define MAX_PROCESSES 16
#define MAX_MAPPINGS 128
#define MAX_FILES 128
#define MAX_HELD 128		/* results of get and pin, of a scenario */
#define MAX_PINNED 512		/* pages of one get or pin */
#define MAX_PAGES 32768		/* of one operation, and of one mapping or file */
#define MAX_LOOKED 65536	/* words of one look at every mapping: 3 each, and one a page */
#define MAX_PROBED 256		/* first pages of a mapping of which the hidden state is looked at */
#define MAX_DAX_PAGES 65536	/* of the guest's device DAX */
#define MAX_BARE_PAGES 32768	/* without struct page: guest.sh gives mmprobe so many */
#define MAX_DEVICE_PAGES 2048	/* migrated to devices: so many frames are made new, the last used */
#define MAX_CPUS 64
#define MAX_ADVICE 25		/* of madvise: MADV_COLLAPSE; MADV_HWPOISON is 100 */
#define MAX_UFFDIO 7		/* ioctls of a userfaultfd: UFFDIO_CONTINUE */
#define MAX_NODES 1024		/* of a kernel, and so of the sets that it is asked for */
#define MAX_PASSES 1024		/* of ksmd or khugepaged, in one operation */
#define MAX_BATCH 1048576	/* pages of one scan by ksmd */
#define MAX_KEYS 64		/* counters of one operation */
#define MAX_KEPT 1024		/* operations of devices */
#define MAX_SETTINGS 16		/* that come back at the end */
#define MAX_WORD 128		/* bytes of a path or name */
#define MAX_PLAN 33554432	/* bytes of a message to the agent */
#define MAX_ANSWERS 33554432	/* bytes of the answers to a plan */

#endif
