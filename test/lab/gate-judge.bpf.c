// SPDX-License-Identifier: MIT
// Judges by the kernel's clock when the frames of one interface go to its driver, against windows that repeat: behind every queue,
// where a gate shows what it is worth.
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

struct sk_buff {
	unsigned int len;
	unsigned char *data; // here at the Ethernet header
} __attribute__((preserve_access_index));

#define OWN 0x88b5 /* ethertype of the program's frames */
#define OVERHEAD 24
#define MINIMUM 60
#define MICROSECOND 1000
#define BUCKETS 4096

// All in one, so that the order is this one: gate-judge.mjs knows it.
struct {
	// What the test sets. Nothing is judged while the period is 0.
	__u64 period;
	__u64 anchor; // when the gate opened, ns of CLOCK_MONOTONIC
	__u64 length; // of the window
	__u64 byte_time;
	__u64 ifindex;
	// What it reads: frames by the microsecond after the opening in which they went to the driver.
	__u64 ordinary;
	__u64 outside; // began outside the window
	__u64 cut;     // began inside and were not over before its end
	__u64 latest;  // of those that began inside: ns after the opening when the last one was over
	__u64 escaped; // when the first one began outside
	__u64 own;
	__u32 ordinary_at[BUCKETS];
	__u32 own_at[BUCKETS];
} state;

SEC("raw_tp/net_dev_start_xmit") int judge(struct bpf_raw_tracepoint_args *context)
{
	struct sk_buff *skb = (void *)context->args[0];
	struct net_device *device = (void *)context->args[1];
	__u64 now = bpf_ktime_get_ns(), length, phase, end;
	__be16 ethertype = 0;

	if (!state.period || (__u64)BPF_CORE_READ(device, ifindex) != state.ifindex)
		return 0;
	phase = (now - state.anchor) % state.period;
	bpf_probe_read_kernel(&ethertype, sizeof(ethertype), BPF_CORE_READ(skb, data) + 12);
	if (ethertype == bpf_htons(OWN)) {
		state.own++;
		state.own_at[(phase / MICROSECOND) % BUCKETS]++;
		return 0;
	}
	length = BPF_CORE_READ(skb, len);
	length = (length < MINIMUM ? MINIMUM : length) + OVERHEAD;
	end = phase + length * state.byte_time;
	state.ordinary++;
	state.ordinary_at[(phase / MICROSECOND) % BUCKETS]++;
	if (phase >= state.length) {
		if (!state.outside++)
			state.escaped = now;
		return 0;
	}
	if (end > state.latest)
		state.latest = end;
	if (end > state.length)
		state.cut++;
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
