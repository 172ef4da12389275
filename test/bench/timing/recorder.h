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

/* The object's .bss. Nothing is recorded as long as `to` is 0. */
struct recorder_state {
	struct recorder_config config;
	struct recorder_counts counts;
};

#endif
