/* SPDX-License-Identifier: MIT */
/* What the recorder's two halves share. Times are nanoseconds of CLOCK_MONOTONIC. */
#ifndef NCBPF_BENCH_RECORDER_H
#define NCBPF_BENCH_RECORDER_H

#include <linux/types.h>

#define RECORDER_LONGEST 100       /* bytes; longer frames are the load's */
#define RECORDER_GREATEST 1000000000 /* errors beyond it are noted as it */
#define RECORDER_UNSEEN (-0x7fffffff - 1)

struct recorder_config {
	__u32 ifindex;
	__u32 ethertype;
	__s64 clock_offset; /* what the sender's clock is ahead of CLOCK_MONOTONIC */
	__u64 from;
	__u64 to;
	__u64 period;
};

struct recorder_counts {
	__u64 seen;
	__u64 repeated;
	__u64 off_grid;
	__u64 phase; /* of the grid, from `from` on */
};

/*
 * Programs on the tracepoint. The kernel does not begin a program on a processor while the same one is under way there, which
 * a process may be preempted in (PREEMPT_RT, from 7.0 on): then the other one records the frame, unless it was under way too.
 */
#define RECORDER_PROGRAMS 3

/* The object's .bss. Nothing is recorded as long as `to` is 0. Each program has an entry for each instant of the grid. */
struct recorder_state {
	struct recorder_config config;
	__u64 entries;
	struct recorder_counts counts[RECORDER_PROGRAMS];
};

#endif
