/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * nc_gate, tc egress of the interface: the machine's own frames pass, forged frames of its ethertype do not, and ordinary
 * frames pass while the gate is open (language, section 5).
 */
#ifndef NC_GATE_BPF_H
#define NC_GATE_BPF_H

/* The ethertype of an egress frame, behind a VLAN tag if there is one. */
NC_INLINE nc_u16 nc_egress_ethertype(struct __sk_buff *skb)
{
	nc_u16 ethertype = 0;

	if (bpf_skb_load_bytes(skb, 12, &ethertype, sizeof(ethertype)))
		return 0;
	if (ethertype == bpf_htons(0x8100) || ethertype == bpf_htons(0x88a8)) {
		if (bpf_skb_load_bytes(skb, 16, &ethertype, sizeof(ethertype)))
			return 0;
	}
	return ethertype;
}

NC_INLINE int nc_is_own(struct __sk_buff *skb)
{
	nc_u64 nonce = skb->cb[1];

	NC_BARRIER();
	nonce |= (nc_u64)skb->cb[2] << 32;
	/* Looked at first: ordinary frames are spared the atomic access. */
	return nonce && NC_LOAD(nc_nonce.expected) == nonce && NC_CAS(nc_nonce.expected, nonce, 0) == nonce;
}

#if NC_HAS_GATE
#define NC_GATE_TRIES 8
#define NC_GATE_OVERHEAD 24		/* bytes on the medium beside the frame: check sequence, preamble, gap */
#define NC_HOLD_LIMIT 1000000000ULL	/* ns a frame is held at most; fq's horizon is ten times that */
#define NC_DEAD_AFTER 100000000ULL	/* ns by which the wake-up of a dead machine is overdue */

/* Time on the link. */
NC_INLINE nc_u64 nc_byte_times(nc_u32 length)
{
	if (length < NC_FRAME_MIN)
		length = NC_FRAME_MIN;
	return ((length + NC_GATE_OVERHEAD) * nc_config.byte_time + 0xffff) >> 16;
}

NC_INLINE int nc_is_alive(nc_u64 now)
{
	nc_u64 patience = 3 * NC_LONGEST_WAIT;

	if (patience < NC_DEAD_AFTER)
		patience = NC_DEAD_AFTER;
	return NC_LOAD(nc_state.run) == NC_RUN_RUNNING && now <= NC_LOAD(nc_state.next) + patience;
}

/*
 * When a frame that needs the link for `need` ns may leave, not before `from`; 0: it is not known, or never. Windows that are
 * known ahead repeat from the newest opening on; there the end is known as well, be it that of `xsend` or a `mode hard` to come.
 */
NC_INLINE nc_u64 nc_gate_instant(nc_u64 from, nc_u64 need)
{
#if NC_GATE_PERIOD
	nc_u64 anchor = NC_LOAD(nc_state.gate_anchor), into;

	if (!anchor || need > NC_GATE_LENGTH)
		return 0;
	if (from < anchor)
		from = anchor;
	into = (from - anchor) % NC_GATE_PERIOD;
	if (into + need <= NC_GATE_LENGTH)
		return from;
	return nc_config.hold ? from - into + NC_GATE_PERIOD : 0;
#else
	return NC_LOAD(nc_state.gate_soft) || from + need <= NC_LOAD(nc_state.gate_until) ? from : 0;
#endif
}

/* Ordinary traffic: frames follow each other on the link, so each is given its time behind those before it. */
NC_INLINE int nc_ordinary(struct __sk_buff *skb)
{
	nc_u64 now = nc_now(), need = nc_byte_times(skb->len);

	if (!nc_is_alive(now)) {
		if (!nc_config.fail_closed)
			return TC_ACT_UNSPEC;
		NC_COUNT(nc_stats.gate_dropped);
		return TC_ACT_SHOT;
	}
	for (int i = 0; i < NC_GATE_TRIES; i++) {
		nc_u64 booked = NC_LOAD(nc_state.gate_booked);
		nc_u64 at = nc_gate_instant(booked > now ? booked : now, need);

		if (!at || at > now + NC_HOLD_LIMIT)
			break;
		if (NC_CAS(nc_state.gate_booked, booked, at + need) != booked)
			continue;
		if (at > now && nc_config.hold) {
			skb->tstamp = at;
			NC_COUNT(nc_stats.gate_held);
		}
		NC_COUNT(nc_stats.gate_passed);
		return TC_ACT_UNSPEC;
	}
	NC_COUNT(nc_stats.gate_dropped);
	return TC_ACT_SHOT;
}
#endif

__attribute__((section("tc"), used)) int nc_gate(struct __sk_buff *skb)
{
	nc_u16 ethertype;

	if (nc_is_own(skb))
		return TC_ACT_UNSPEC;
	if (!NC_LOAD(nc_state.live))
		return TC_ACT_UNSPEC;
	ethertype = nc_egress_ethertype(skb);
	if (ethertype == bpf_htons(NC_DATA_ETHERTYPE) || ethertype == bpf_htons(NC_SYNC_ETHERTYPE)) {
		NC_COUNT(nc_stats.drop_forged);
		return TC_ACT_SHOT;
	}
#if NC_HAS_GATE
	return nc_ordinary(skb);
#else
	return TC_ACT_UNSPEC;
#endif
}

#endif
