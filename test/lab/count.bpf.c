// SPDX-License-Identifier: MIT
// Counts the frames that it sees: the lab's self-test loads it in a guest.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

__u64 seen;

SEC("tc") int count(struct __sk_buff *skb)
{
	(void)skb;
	__sync_fetch_and_add(&seen, 1);
	return TC_ACT_OK;
}
