// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-License-Identifier: GPL-2.0
/*
 * mmprobe: what user space cannot see of a page, references held across calls, and a driver's
 * mappings.  For test machines only: whoever opens /dev/mmprobe can read and hold any page of any
 * process.  Every argument is checked all the same: a plan that is wrong ends in an errno.
 *
 * It compiles for kernels from 6.1 on.  What it answers is by name, in numbers of ours that no
 * kernel changes; what a kernel has not drops out alone, and OP_CAN says so.  No version is asked:
 * a header is there, a function takes these arguments, or a symbol is found.
 */
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/ksm.h>
#include <linux/list.h>
#include <linux/memremap.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#if __has_include(<linux/pfn_t.h>)
#include <linux/pfn_t.h>
#define mixed_pfn(pfn) __pfn_to_pfn_t(pfn, PFN_DEV)
#else
#define mixed_pfn(pfn) (pfn)
#endif
#if __has_include(<linux/leafops.h>)
#include <linux/leafops.h>
#endif

#include "limits.h"

#ifdef CONFIG_NO_PAGE_MAPCOUNT
#error "this kernel counts no mappings of a page (CONFIG_NO_PAGE_MAPCOUNT)"
#endif

#define MAX_ENTRIES 1024	/* results of gup, of everybody who has us open */
#define MAX_CLEANED (1UL << 20)	/* frames of one call */
#define GATE_ADDR 0xffffffffff600000UL	/* vsyscall */
#define MAX_PFN (1UL << (MAX_PHYSMEM_BITS - PAGE_SHIFT))

struct cmd {
	u64 pid, addr, nr, flags, id;
	s64 ret;
	u64 out[10];
};

enum { OP_PROBE = 1, OP_GUP, OP_PUT, OP_HELD_READ, OP_HELD_WRITE, OP_FOLLOW_PAGE, OP_DRAIN,
       OP_PROT_NUMA, OP_RESET, OP_CLEAN, OP_CAN };
enum { GET, GET_FAST, PIN, PIN_FAST };
enum { MAP_PFNMAP, MAP_MIXED_PAGES, MAP_MIXED_PFNS };

struct held {
	struct list_head list;
	u64 id;
	int pin;
	long nr;
	struct page *pages[];
};

static LIST_HEAD(all_held);
static DEFINE_MUTEX(lock);		/* what is held; taken before a process's mmap_lock */
static DEFINE_MUTEX(memory_lock);	/* what is mapped; taken behind it, nothing below */
static u64 next_id = 1;
static int nr_entries;
static ulong bare_start, bare_pages;	/* memory that the kernel has no struct page for */
module_param(bare_start, ulong, 0444);
module_param(bare_pages, ulong, 0444);
static ulong bare_next;
static struct page *owned[MAX_LOOKED];	/* pages of our own that we mapped: a driver keeps them */
static int nr_owned;

static unsigned long (*lookup_name)(const char *name);
static void (*drain_all)(void);
static struct page *(*follow)(struct vm_area_struct *vma, unsigned long addr, unsigned int flags);
static int (*count_in_compound)(struct page *page);
static struct xarray *pgmaps;
static unsigned long (*prot_numa)(struct vm_area_struct *vma, unsigned long s, unsigned long e);

static struct mm_struct *mm_of(u64 number)
{
	struct pid *pid = number <= INT_MAX ? find_get_pid(number) : NULL;
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct mm_struct *mm = task ? get_task_mm(task) : NULL;

	if (task)
		put_task_struct(task);
	put_pid(pid);
	return mm;
}

/* Whole pages of user space, no more than `most`; or the gate area. */
static bool is_range(u64 addr, u64 nr, u64 most)
{
	if (addr == GATE_ADDR)
		return nr == 1;
	return PAGE_ALIGNED(addr) && nr <= most && addr <= TASK_SIZE_MAX &&
	       nr << PAGE_SHIFT <= TASK_SIZE_MAX - addr;
}

/* --- by name ---------------------------------------------------------------------------------- */
struct name { u64 ours, theirs; };

static u64 ours(u64 word, const struct name *names, int nr)
{
	u64 found = 0;
	int i;

	for (i = 0; i < nr; i++)
		if (word & names[i].theirs)
			found |= names[i].ours;
	return found;
}

/* page->flags: places in linuxmm/validate/answers.py:PG */
static const struct name page_flags[] = {
	{ 1UL << 0, 1UL << PG_referenced }, { 1UL << 1, 1UL << PG_dirty },
	{ 1UL << 2, 1UL << PG_lru }, { 1UL << 3, 1UL << PG_active },
	{ 1UL << 4, 1UL << PG_workingset }, { 1UL << 5, 1UL << PG_swapcache },
	{ 1UL << 6, 1UL << PG_reserved }, { 1UL << 7, 1UL << PG_private },
	{ 1UL << 8, 1UL << PG_writeback }, { 1UL << 9, 1UL << PG_reclaim },
	{ 1UL << 10, 1UL << PG_swapbacked }, { 1UL << 11, 1UL << PG_unevictable },
	{ 1UL << 12, 1UL << PG_mlocked },
};

/* an entry that is present: linuxmm/arch/x86/pgtable.py */
static const struct name entry_bits[] = {
	{ 1UL << 0, _PAGE_PRESENT }, { 1UL << 1, _PAGE_RW }, { 1UL << 5, _PAGE_ACCESSED },
	{ 1UL << 6, _PAGE_DIRTY }, { 1UL << 8, _PAGE_PROTNONE }, { 1UL << 9, _PAGE_SPECIAL },
	{ 1UL << 10, _PAGE_UFFD_WP }, { 1UL << 11, _PAGE_SOFT_DIRTY },
#ifdef _PAGE_SAVED_DIRTY
	{ 1UL << 6, _PAGE_SAVED_DIRTY },	/* of an entry without write */
#endif
#ifdef _PAGE_DEVMAP
	{ 1UL << 58, _PAGE_DEVMAP },
#endif
};

/* linuxmm/state/flags.py:FOLL_FLAGS; some are internal to later kernels, or gone */
static const struct name foll_words[] = {
	{ 1 << 0, FOLL_WRITE }, { 1 << 2, FOLL_GET }, { 1 << 3, FOLL_DUMP },
	{ 1 << 4, FOLL_FORCE }, { 1 << 5, FOLL_NOWAIT }, { 1 << 7, FOLL_NOFAULT },
	{ 1 << 8, FOLL_HWPOISON }, { 1 << 15, FOLL_ANON }, { 1 << 16, FOLL_LONGTERM },
	{ 1 << 17, FOLL_SPLIT_PMD },
#ifdef FOLL_TOUCH
	{ 1 << 1, FOLL_TOUCH },
#endif
#ifdef FOLL_MIGRATION
	{ 1 << 10, FOLL_MIGRATION },
#endif
#ifdef FOLL_TRIED
	{ 1 << 11, FOLL_TRIED },
#endif
#ifdef FOLL_REMOTE
	{ 1 << 13, FOLL_REMOTE },
#endif
#ifdef FOLL_PIN
	{ 1 << 18, FOLL_PIN },
#endif
#ifdef FOLL_FAST_ONLY
	{ 1 << 19, FOLL_FAST_ONLY },
#endif
};

/* The kernel's number of a word of ours: false when it has not all of them. */
static bool their_foll(u64 words, unsigned int *flags)
{
	int i;

	*flags = 0;
	for (i = 0; i < ARRAY_SIZE(foll_words); i++)
		if (words & foll_words[i].ours) {
			*flags |= foll_words[i].theirs;
			words &= ~foll_words[i].ours;
		}
	return !words;
}

/* Some kernels have it in a struct of its own. */
static unsigned long *flags_of(struct page *page)
{
	BUILD_BUG_ON(sizeof(page->flags) != sizeof(unsigned long));
	return (unsigned long *)&page->flags;
}

static int mapcount(struct page *page)
{
	if (!PageCompound(page))
		return atomic_read(&page->_mapcount) + 1;
	if (count_in_compound)
		return count_in_compound(page);
	if (PageHuge(page))	/* what is behind _mapcount may be the type of the page */
		return folio_entire_mapcount(page_folio(page));
	return atomic_read(&page->_mapcount) + 1 + folio_entire_mapcount(page_folio(page));
}

/* Whose memory: 1 private, 2 coherent, 3 FS DAX, 4 device DAX. */
static u64 kind_of(unsigned long pfn)
{
	typedef struct dev_pagemap *(*by_pfn)(unsigned long pfn);
	typedef struct dev_pagemap *(*by_both)(unsigned long pfn, struct dev_pagemap *last);
	struct dev_pagemap *pgmap;
	enum memory_type type;

	if (__builtin_types_compatible_p(typeof(&get_dev_pagemap), by_both))
		pgmap = ((by_both)(void *)get_dev_pagemap)(pfn, NULL);
	else
		pgmap = ((by_pfn)(void *)get_dev_pagemap)(pfn);
	if (!pgmap)
		return 0;
	type = pgmap->type;
	put_dev_pagemap(pgmap);
	switch (type) {
	case MEMORY_DEVICE_PRIVATE:
		return 1;
	case MEMORY_DEVICE_COHERENT:
		return 2;
	case MEMORY_DEVICE_FS_DAX:
		return 3;
	case MEMORY_DEVICE_GENERIC:
		return 4;
	default:
		return 0;
	}
}

static void describe(struct cmd *c, unsigned long pfn)
{
	struct page *page;

	c->out[2] = pfn;
	if (!pfn_valid(pfn))
		return;
	page = pfn_to_page(pfn);
	c->out[3] = ours(*flags_of(page), page_flags, ARRAY_SIZE(page_flags));
	c->out[4] = page_ref_count(page);
	c->out[5] = mapcount(page);
	c->out[6] = is_zone_device_page(page) ? kind_of(pfn) : 0;
	c->out[7] = 1;
}

/* The page of a device-private entry, or NULL; is it to be written to? */
static struct page *private_page(pte_t pte, bool *writable)
{
#if __has_include(<linux/leafops.h>)
	softleaf_t entry = softleaf_from_pte(pte);

	*writable = softleaf_is_device_private_write(entry);
	return softleaf_is_device_private(entry) ? softleaf_to_page(entry) : NULL;
#else
	swp_entry_t entry = pte_to_swp_entry(pte);

	*writable = is_writable_device_private_entry(entry);
	return is_device_private_entry(entry) ? pfn_swap_entry_to_page(entry) : NULL;
#endif
}

/* Bits of an entry that is not present (linuxmm/validate/answers.py:NOT_PRESENT). */
static void describe_other(struct cmd *c, pte_t pte)
{
	bool writable = false;
	struct page *page = private_page(pte, &writable);

	c->out[1] = !!pte_swp_soft_dirty(pte) << 1 | !!pte_swp_uffd_wp(pte) << 2 |
		    !!pte_swp_exclusive(pte) << 3 | !!page << 4 | writable << 5;
	if (page)
		describe(c, page_to_pfn(page));
}

/* Only below an area: the tables of a hole may be freed while the lock is held for reading. */
static void probe(struct cmd *c, struct mm_struct *mm)
{
	unsigned long addr = c->addr;
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t pmd;
	pte_t pte;

	if (!vma_lookup(mm, addr) || pgd_none(*pgd) || pgd_bad(*pgd))
		return;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d) || p4d_bad(*p4d))
		return;
	pud = pud_offset(p4d, addr);
	if (pud_none(*pud) || pud_leaf(*pud) || pud_bad(*pud))
		return;
	pmd = READ_ONCE(*pmd_offset(pud, addr));
	if (pmd_none(pmd))
		return;
	if (!pmd_present(pmd) || pmd_leaf(pmd)) {
		c->out[0] = 2;
		if (!pmd_present(pmd))
			return;
		c->out[1] = ours(pmd_val(pmd), entry_bits, ARRAY_SIZE(entry_bits));
		return describe(c, pmd_pfn(pmd) + ((addr & ~PMD_MASK) >> PAGE_SHIFT));
	}
	if (pmd_bad(pmd))
		return;
	rcu_read_lock();	/* khugepaged frees tables behind it */
	pte = READ_ONCE(*pte_offset_kernel(&pmd, addr));
	rcu_read_unlock();
	if (pte_none(pte))
		return;
	c->out[0] = 1;
	if (!pte_present(pte))
		return describe_other(c, pte);
	c->out[1] = ours(pte_val(pte), entry_bits, ARRAY_SIZE(entry_bits));
	describe(c, pte_pfn(pte));
}

static void put_held(struct held *h)
{
	if (h->pin)
		unpin_user_pages(h->pages, h->nr);
	else
		for (long i = 0; i < h->nr; i++)	/* release_pages() keeps those of the huge zero page */
			put_page(h->pages[i]);
	list_del(&h->list);
	nr_entries--;
	kfree(h);
}

static struct held *find_held(u64 id)
{
	struct held *h;

	list_for_each_entry(h, &all_held, list)
		if (h->id == id)
			return h;
	return NULL;
}

/* Some kernels take one argument more: where the areas go, which nobody wants. */
typedef long (*gup_local)(unsigned long, unsigned long, unsigned int, struct page **);
typedef long (*gup_local_vmas)(unsigned long, unsigned long, unsigned int, struct page **,
			       struct vm_area_struct **);
typedef long (*gup_remote)(struct mm_struct *, unsigned long, unsigned long, unsigned int,
			   struct page **, int *);
typedef long (*gup_remote_vmas)(struct mm_struct *, unsigned long, unsigned long, unsigned int,
				struct page **, struct vm_area_struct **, int *);
#define WITH_VMAS __builtin_types_compatible_p(typeof(&get_user_pages), gup_local_vmas)

static long gup_own(struct cmd *c, void *function, unsigned int flags, struct page **pages)
{
	if (WITH_VMAS)
		return ((gup_local_vmas)function)(c->addr, c->nr, flags, pages, NULL);
	return ((gup_local)function)(c->addr, c->nr, flags, pages);
}

static long gup_others(struct cmd *c, void *function, struct mm_struct *mm, unsigned int flags,
		       struct page **pages)
{
	if (WITH_VMAS)
		return ((gup_remote_vmas)function)(mm, c->addr, c->nr, flags, pages, NULL, NULL);
	return ((gup_remote)function)(mm, c->addr, c->nr, flags, pages, NULL);
}

static long gup(struct cmd *c, struct mm_struct *mm)
{
	unsigned int kind = c->flags >> 32, flags;
	struct held *h;
	long nr;

	if (kind > PIN_FAST || !is_range(c->addr, c->nr, MAX_PINNED))
		return -EINVAL;
	if (!their_foll((u32)c->flags, &flags))
		return -EOPNOTSUPP;
	if (mm != current->mm && (kind == GET_FAST || kind == PIN_FAST))
		return -EINVAL;	/* they know of no other process */
	if (nr_entries >= MAX_ENTRIES)
		return -ENOSPC;
	h = kzalloc(struct_size(h, pages, c->nr), GFP_KERNEL);
	if (!h)
		return -ENOMEM;
	if (kind == GET_FAST) {
		nr = get_user_pages_fast(c->addr, c->nr, flags, h->pages);
	} else if (kind == PIN_FAST) {
		nr = pin_user_pages_fast(c->addr, c->nr, flags, h->pages);
	} else {
		mmap_read_lock(mm);
		if (mm != current->mm)
			nr = gup_others(c, kind == GET ? get_user_pages_remote : pin_user_pages_remote,
					mm, flags, h->pages);
		else
			nr = gup_own(c, kind == GET ? get_user_pages : pin_user_pages, flags,
				     h->pages);
		mmap_read_unlock(mm);
	}
	if (nr <= 0) {
		kfree(h);
		return nr;
	}
	h->nr = nr;
	h->pin = kind == PIN || kind == PIN_FAST;
	h->id = c->id = next_id++;
	list_add(&h->list, &all_held);
	nr_entries++;
	return nr;
}

static long held_access(struct cmd *c, int write)
{
	struct held *h = find_held(c->id);
	u64 *at, i;

	if (!h || c->nr >= h->nr)
		return -ENOENT;
	at = kmap_local_page(h->pages[c->nr]);
	for (i = 0; write && i < PAGE_SIZE / sizeof(u64); i++)
		at[i] = c->out[0];
	c->out[0] = at[0];
	kunmap_local(at);
	return 0;
}

static long follow_one(struct cmd *c, struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned int flags;
	struct page *page;
	long ret = -EFAULT;

	if (!is_range(c->addr, 1, 1))
		return -EINVAL;
	if (!follow || !their_foll(c->flags, &flags))
		return -EOPNOTSUPP;
	mmap_read_lock(mm);
	vma = vma_lookup(mm, c->addr);
	if (vma) {
		page = follow(vma, c->addr, flags);
		ret = IS_ERR(page) ? PTR_ERR(page) : page ? 1 : 0;
		if (ret > 0 && is_zero_pfn(page_to_pfn(page)))
			ret = 2;
		if (ret > 0 && (flags & FOLL_GET))
			put_page(page);
	}
	mmap_read_unlock(mm);
	return ret;
}

/* The tests are those that a scan makes before it changes an area. */
static long hint(struct cmd *c, struct mm_struct *mm)
{
	unsigned long end = c->nr ? c->addr + (c->nr << PAGE_SHIFT) : TASK_SIZE_MAX;
	struct vm_area_struct *vma;
	long changed = 0;
	VMA_ITERATOR(vmi, mm, c->addr);

	if (!is_range(c->addr, c->nr, MAX_PAGES))
		return -EINVAL;
	if (!prot_numa)
		return -EOPNOTSUPP;
	mmap_read_lock(mm);
	for_each_vma_range(vmi, vma, end) {
		if (vma->vm_flags & (VM_MIXEDMAP | VM_IO | VM_PFNMAP | VM_HUGETLB))
			continue;
		if (vma->vm_file && (vma->vm_flags & (VM_READ | VM_WRITE)) == VM_READ)
			continue;
		if (!vma->vm_mm || vma_is_dax(vma) || !vma_is_accessible(vma))
			continue;
		changed += prot_numa(vma, max_t(u64, vma->vm_start, c->addr), min(vma->vm_end, end));
	}
	mmap_read_unlock(mm);
	return changed;
}

static int insert_new_page(struct vm_area_struct *vma, unsigned long addr)
{
	struct page *page;
	int ret;

	if (nr_owned == ARRAY_SIZE(owned))
		return -ENOSPC;
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	ret = vm_insert_page(vma, addr, page);
	if (ret)
		put_page(page);
	else
		owned[nr_owned++] = page;
	return ret;
}

/* A device page keeps the flags of its last user: a new scenario begins without them. */
static long clean(unsigned long first, unsigned long nr)
{
	unsigned long stale = 1UL << PG_referenced | 1UL << PG_dirty | 1UL << PG_active |
			      1UL << PG_workingset | 1UL << PG_mlocked | 1UL << PG_unevictable |
			      1UL << PG_swapbacked | 1UL << PG_uptodate;
	unsigned long pfn;
	long cleaned = 0;

	if (nr > MAX_CLEANED || first > MAX_PFN || nr > MAX_PFN - first)
		return -EINVAL;
	for (pfn = first; pfn < first + nr; pfn++) {
		struct page *page = pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;

		cond_resched();
		if (!page || !is_zone_device_page(page) || page_ref_count(page))
			continue;
		cleaned += !!(*flags_of(page) & stale);
		*flags_of(page) &= ~stale;
	}
	return cleaned;
}

/* Private memory lies where the kernel found room for it. */
static long clean_private(void)
{
	struct dev_pagemap *pgmap;
	unsigned long index;
	long cleaned = 0;

	if (!pgmaps)
		return 0;
	xa_for_each(pgmaps, index, pgmap)
		if (pgmap->type == MEMORY_DEVICE_PRIVATE)
			cleaned += max(0L, clean(PHYS_PFN(pgmap->range.start),
						 PHYS_PFN(range_len(&pgmap->range))));
	return cleaned;
}

/* So many frames without struct page, zeroed: the first of them in *pfn. */
static int bare_frames(unsigned long nr, unsigned long *pfn)
{
	void *at;

	if (!nr || nr > bare_pages)
		return -ENOSPC;
	if (bare_next > bare_pages - nr)
		bare_next = 0;
	at = memremap(bare_start + (bare_next << PAGE_SHIFT), nr << PAGE_SHIFT, MEMREMAP_WB);
	if (!at)
		return -ENOMEM;
	memset(at, 0, nr << PAGE_SHIFT);
	memunmap(at);
	*pfn = PHYS_PFN(bare_start) + bare_next;
	bare_next += nr;
	return 0;
}

static long with_mm(struct cmd *c, unsigned int op)
{
	struct mm_struct *mm;
	long ret = 0;

	/* a reference would make the process look like one with more users than it has */
	if (op == OP_PROT_NUMA)
		return current->mm ? hint(c, current->mm) : -ESRCH;
	mm = mm_of(c->pid);
	if (!mm)
		return -ESRCH;
	if (op == OP_PROBE) {
		memset(c->out, 0, sizeof(c->out));
		mmap_read_lock(mm);
		if (c->addr < TASK_SIZE_MAX)
			probe(c, mm);
		mmap_read_unlock(mm);
	} else if (op == OP_GUP) {
		ret = gup(c, mm);
	} else {
		ret = follow_one(c, mm);
	}
	mmput(mm);
	return ret;
}

/* As if nobody had been here before. */
static void reset(void)
{
	struct held *h, *next;

	list_for_each_entry_safe(h, next, &all_held, list)
		put_held(h);
	mutex_lock(&memory_lock);
	while (nr_owned)
		put_page(owned[--nr_owned]);
	bare_next = 0;
	mutex_unlock(&memory_lock);
}

/* What this kernel has: follow_page, NUMA hinting (bits 0 and 1); FOLL_ words. */
static void can(struct cmd *c)
{
	int i;

	memset(c->out, 0, sizeof(c->out));
	c->out[0] = !!follow | !!prot_numa << 1;
	for (i = 0; i < ARRAY_SIZE(foll_words); i++)
		c->out[1] |= foll_words[i].ours;
}

static long act(struct cmd *c, unsigned int op)
{
	struct held *h;

	switch (op) {
	case OP_PUT:
		h = find_held(c->id);
		if (!h)
			return -ENOENT;
		put_held(h);
		return 0;
	case OP_HELD_READ:
	case OP_HELD_WRITE:
		return held_access(c, op == OP_HELD_WRITE);
	case OP_DRAIN:
		drain_all();
		return 0;
	case OP_RESET:
		reset();
		return 0;
	case OP_CAN:
		can(c);
		return 0;
	case OP_CLEAN:
		return c->nr ? clean(c->addr, c->nr) : clean_private();
	case OP_PROBE:
	case OP_GUP:
	case OP_FOLLOW_PAGE:
	case OP_PROT_NUMA:
		return with_mm(c, op);
	}
	return -ENOTTY;
}

static long probe_ioctl(struct file *file, unsigned int request, unsigned long arg)
{
	struct cmd *c;
	long ret = 0;

	if (request != _IOWR('m', _IOC_NR(request), struct cmd))
		return -ENOTTY;
	c = memdup_user((void __user *)arg, sizeof(*c));
	if (IS_ERR(c))
		return PTR_ERR(c);
	mutex_lock(&lock);
	c->ret = act(c, _IOC_NR(request));
	mutex_unlock(&lock);
	if (copy_to_user((void __user *)arg, c, sizeof(*c)))
		ret = -EFAULT;
	kfree(c);
	return ret;
}

/*
 * Memory without struct page comes with the first touch.  The area may have grown since (real
 * drivers of this kind have no VM_DONTEXPAND, and it shows in smaps): nothing is behind its frames.
 */
static vm_fault_t probe_fault(struct vm_fault *vmf)
{
	unsigned long frames = (unsigned long)vmf->vma->vm_private_data;
	unsigned long nr = frames >> 32, first = (u32)frames;

	if (vmf->pgoff >= nr)
		return VM_FAULT_SIGBUS;
	return vmf_insert_mixed(vmf->vma, vmf->address & PAGE_MASK,
				mixed_pfn(first + vmf->pgoff));
}

static const struct vm_operations_struct touched_vm_ops = { .fault = probe_fault };
/* Like a packet ring's: who has mapped everything at once handles no fault. */
static const struct vm_operations_struct whole_vm_ops = {};

static int map_frames(struct vm_area_struct *vma, unsigned long nr, bool touched)
{
	unsigned long pfn;
	int ret = bare_frames(nr, &pfn);

	if (ret)
		return ret;
	if (!touched)
		return remap_pfn_range(vma, vma->vm_start, pfn, nr << PAGE_SHIFT,
				       vma->vm_page_prot);
	if (pfn > U32_MAX)
		return -ERANGE;
	vma->vm_private_data = (void *)(nr << 32 | pfn);
	return 0;
}

static int map_pages(struct vm_area_struct *vma, unsigned long nr)
{
	unsigned long i;
	int ret = 0;

	for (i = 0; i < nr && !ret; i++)
		ret = insert_new_page(vma, vma->vm_start + (i << PAGE_SHIFT));
	return ret;
}

/* Before the area is seen by anybody; later kernels want a call for it, of another kind each. */
static void add_flags(struct vm_area_struct *vma, unsigned long flags)
{
	*(unsigned long *)&vma->vm_flags |= flags;
}

static int probe_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long nr = vma_pages(vma), kind = vma->vm_pgoff;
	int ret;

	if (kind > MAP_MIXED_PFNS || nr > MAX_PAGES)
		return -EINVAL;
	if (kind == MAP_MIXED_PFNS)
		add_flags(vma, VM_MIXEDMAP);
	else if (kind == MAP_MIXED_PAGES)
		add_flags(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	else
		add_flags(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_pgoff = 0;
	vma->vm_ops = kind == MAP_MIXED_PFNS ? &touched_vm_ops : &whole_vm_ops;
	mutex_lock(&memory_lock);
	ret = kind == MAP_MIXED_PAGES ? map_pages(vma, nr) :
					map_frames(vma, nr, kind == MAP_MIXED_PFNS);
	mutex_unlock(&memory_lock);
	return ret;
}

static const struct file_operations probe_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = probe_ioctl,
	.mmap = probe_mmap,
};

static struct miscdevice probe_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mmprobe",
	.fops = &probe_fops,
};

static int __init probe_init(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };
	int ret = register_kprobe(&kp);

	if (ret)
		return ret;
	lookup_name = (void *)kp.addr;
	unregister_kprobe(&kp);
	drain_all = (void *)lookup_name("lru_add_drain_all");
	follow = (void *)lookup_name("follow_page");
	prot_numa = (void *)lookup_name("change_prot_numa");
	pgmaps = (void *)lookup_name("pgmap_array");
	count_in_compound = (void *)lookup_name("__page_mapcount");
	if (!drain_all)
		return -ENOENT;
	return misc_register(&probe_device);
}

static void __exit probe_exit(void)
{
	misc_deregister(&probe_device);
	mutex_lock(&lock);
	reset();
	mutex_unlock(&lock);
}

module_init(probe_init);
module_exit(probe_exit);
MODULE_LICENSE("GPL");
