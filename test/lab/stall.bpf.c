/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* On tc egress: keeps the CPU for 10 ms with softirqs off, as a bad driver would. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#define STALL_NS 10000000ULL

static long look(__u32 index, __u64 *end)
{
	return bpf_ktime_get_ns() >= *end;
}

__attribute__((section("tc"), used)) int t_stall(struct __sk_buff *skb)
{
	__u64 end = bpf_ktime_get_ns() + STALL_NS;

	bpf_loop(1 << 22, look, &end, 0);
	return TC_ACT_SHOT;
}

char t_license[] __attribute__((section("license"), used)) = "Dual MIT/GPL";
