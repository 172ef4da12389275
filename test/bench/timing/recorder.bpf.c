// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * When a frame of the measured sender is handed to the driver: the tracepoint net_dev_start_xmit of the interface, less the
 * instant that the frame itself carries. For each program one array entry for each instant of the grid, read out after the run.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "recorder.h"

struct net_device {
	__u32 ifindex;
} __attribute__((preserve_access_index));

struct sk_buff {
	unsigned int len;
	unsigned char *data;
	struct net_device *dev;
} __attribute__((preserve_access_index));

volatile struct recorder_state state;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __s32);
} errors SEC(".maps");

struct start {
	__u8 addresses[12];
	__be16 ethertype;
	__u8 rest[16];
	__be64 scheduled;
} __attribute__((packed));

static __always_inline void note(__u32 program, __u64 since, __s64 error)
{
	volatile struct recorder_counts *counts = &state.counts[program];
	__u64 period = state.config.period;
	__u32 index = program * state.entries + since / period;
	__s32 *entry = bpf_map_lookup_elem(&errors, &index);

	if (!entry)
		return;
	if (!counts->seen++)
		counts->phase = since % period;
	else if (since % period != counts->phase)
		counts->off_grid++;
	if (*entry != RECORDER_UNSEEN) {
		counts->repeated++;
		return;
	}
	if (error > RECORDER_GREATEST)
		error = RECORDER_GREATEST;
	*entry = error < -RECORDER_GREATEST ? -RECORDER_GREATEST : (__s32)error;
}

static __always_inline int record(__u32 program, __u64 *context)
{
	__u64 now = bpf_ktime_get_ns();
	struct sk_buff *skb = (struct sk_buff *)context[0];
	struct net_device *device = (struct net_device *)context[1];
	struct start start;
	__u64 scheduled;

	if (skb->len > RECORDER_LONGEST || device->ifindex != state.config.ifindex)
		return 0;
	if (bpf_probe_read_kernel(&start, sizeof(start), skb->data) || start.ethertype != bpf_htons(state.config.ethertype))
		return 0;
	scheduled = bpf_be64_to_cpu(start.scheduled) - state.config.clock_offset;
	if (scheduled >= state.config.from && scheduled < state.config.to)
		note(program, scheduled - state.config.from, (__s64)(now - scheduled));
	return 0;
}

#define RECORD(number) \
	SEC("tp_btf/net_dev_start_xmit") int record_##number(__u64 *context) \
	{ \
		return record(number, context); \
	}

RECORD(0)
RECORD(1)
RECORD(2)

char LICENSE[] SEC("license") = "Dual MIT/GPL";
