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
	if (!nonce || NC_LOAD(nc_nonce.expected) != nonce || NC_CAS(nc_nonce.expected, nonce, 0) != nonce)
		return 0;
	if (nc_pacing.aimed)
		nc_pacing.passed = bpf_ktime_get_ns();
	return 1;
}

/*
 * fq keeps frames of this priority (TC_PRIO_CONTROL, of 16) in a queue of its own that goes first and knows no instants: for the
 * machine's own frames, never for one that is to be held.
 */
#define NC_PRIORITY_MASK 15
#define NC_PRIORITY_FIRST 7

#if NC_HAS_GATE
#define NC_GATE_TRIES 8
#define NC_GATE_OVERHEAD 24		/* bytes on the medium beside the frame: check sequence, preamble, gap */
#define NC_GATE_HEADERS 118		/* bytes of a segment's headers at most: Ethernet with a tag, IPv6, TCP with options */
#define NC_HOLD_LIMIT 1000000000ULL	/* ns a frame is held at most; fq's horizon is ten times that */
#define NC_DEAD_AFTER 100000000ULL	/* ns by which the wake-up of a dead machine is overdue */

#if NC_GATE_OPENINGS
/* The openings of a period, ns after its beginning; the last may end in the next one. */
struct nc_gate_opening {
	nc_u64 from;
	nc_u64 to;
};
static const struct nc_gate_opening nc_gate_openings[NC_GATE_OPENINGS] = { NC_GATE_TABLE };
#endif

/* Bytes that a frame takes on the link. One that is cut into segments behind the gate takes their headers as well. */
NC_INLINE nc_u64 nc_gate_bytes(struct __sk_buff *skb)
{
	nc_u64 length = skb->len, size = skb->gso_size, segments;

	if (length < NC_FRAME_MIN)
		length = NC_FRAME_MIN;
	length += NC_GATE_OVERHEAD;
	if (!size || skb->len <= size)
		return length;
	/* skb->gso_segs is 0 where a frame comes from a virtual machine. */
	segments = (skb->len + size - 1) / size;
	return length + (segments - 1) * (NC_GATE_OVERHEAD + NC_GATE_HEADERS);
}

NC_INLINE int nc_is_alive(nc_u64 now)
{
	nc_u64 patience = 3 * NC_LONGEST_WAIT, due = NC_LOAD(nc_state.next);
#if NC_HAS_SYNC_SLAVE
	nc_u64 slot = NC_LOAD(nc_state.sync_slot);

	if (slot && !(slot & (NC_SYNC_WAITING | NC_SYNC_CLAIMING)))
		due = slot; /* a sync frame has come before the end of the wait */
#endif
	if (patience < NC_DEAD_AFTER)
		patience = NC_DEAD_AFTER;
	return NC_LOAD(nc_state.run) == NC_RUN_RUNNING && now >= NC_LOAD(nc_state.started) && now <= due + patience;
}

/* When a frame may leave at once, as far as the machine has come: `from`; else 0. */
NC_INLINE nc_u64 nc_gate_now(nc_u64 from, nc_u64 need)
{
	return NC_LOAD(nc_state.gate_soft) || from + need <= NC_LOAD(nc_state.gate_until) ? from : 0;
}

#if NC_GATE_OPENINGS
/*
 * When a frame may leave in the openings that are known ahead, and when that opening begins; 0: never. Where frames are held,
 * openings end a little earlier: what leads from fq to the driver takes some microseconds.
 */
NC_INLINE nc_u64 nc_gate_known(nc_u64 anchor, nc_u64 from, nc_u64 need, nc_u64 *opens)
{
	nc_u64 begin = anchor;

	if (nc_config.hold)
		need += NC_GATE_SLACK;
	/* An opening may last into the next period, so the one before counts. */
	if (from >= anchor + NC_GATE_PERIOD)
		begin = from - (from - anchor) % NC_GATE_PERIOD - NC_GATE_PERIOD;
	for (int period = 0; period < 3; period++) {
		for (int i = 0; i < NC_GATE_OPENINGS; i++) {
			nc_u64 at = begin + nc_gate_openings[i].from;

			*opens = at;
			if (at < from)
				at = from;
			if (at + need <= begin + nc_gate_openings[i].to)
				return at == from || nc_config.hold ? at : 0;
		}
		begin += NC_GATE_PERIOD;
	}
	return 0;
}
#endif

/* When a frame may have the link for `need` ns, not before `from`, and when that opening begins; 0: it is not known, or never. */
NC_INLINE nc_u64 nc_gate_instant(nc_u64 from, nc_u64 need, nc_u64 *opens)
{
#if NC_GATE_OPENINGS
	nc_u64 anchor = NC_LOAD(nc_state.gate_anchor), at = 0;

	/* Before the first period, and on a grid that has been restarted, the machine says what is open. */
	if (from < anchor || !anchor)
		at = nc_gate_now(from, need);
	return at || !anchor ? at : nc_gate_known(anchor, from, need, opens);
#else
	return nc_gate_now(from, need);
#endif
}

/* The gate of a dead machine. New frames do not wait behind those that fq still holds. */
NC_INLINE int nc_gate_dead(struct __sk_buff *skb, nc_u64 now)
{
	if (nc_config.fail_closed) {
		NC_COUNT(nc_stats.gate_dropped);
		return TC_ACT_SHOT;
	}
	if (nc_config.hold && now < NC_LOAD(nc_state.gate_booked))
		skb->priority = NC_PRIORITY_FIRST;
	return TC_ACT_UNSPEC;
}

/*
 * The frame leaves at this instant, not when its sender or the pacing of its socket wants: fq looks at the first of these only.
 */
NC_INLINE int nc_let_pass(struct __sk_buff *skb, nc_u64 now, nc_u64 at)
{
	skb->tstamp = nc_config.hold && at > now ? at : now;
	if (nc_config.hold && (skb->priority & NC_PRIORITY_MASK) == NC_PRIORITY_FIRST)
		skb->priority ^= 1;
	if (nc_config.hold && at > now)
		NC_COUNT(nc_stats.gate_held);
	NC_COUNT(nc_stats.gate_passed);
	return TC_ACT_UNSPEC;
}

/* Ordinary traffic: frames follow each other on the link, so each is given its time behind those before it. */
NC_INLINE int nc_ordinary(struct __sk_buff *skb)
{
	nc_u64 now = nc_now(), need = (nc_gate_bytes(skb) * nc_config.byte_time + 0xffff) >> 16;

	if (!nc_is_alive(now))
		return nc_gate_dead(skb, now);
	for (int i = 0; i < NC_GATE_TRIES; i++) {
		nc_u64 booked = NC_LOAD(nc_state.gate_booked);
		nc_u64 opens = now, at = nc_gate_instant(booked > now ? booked : now, need, &opens);

		if (!at || at > now + NC_HOLD_LIMIT)
			break;
		if (NC_CAS(nc_state.gate_booked, booked, at + need) == booked)
			return nc_let_pass(skb, now, opens > at - NC_GATE_AHEAD ? opens : at - NC_GATE_AHEAD);
	}
	NC_COUNT(nc_stats.gate_dropped);
	return TC_ACT_SHOT;
}
#endif

__attribute__((section("tc"), used)) int nc_gate(struct __sk_buff *skb)
{
	nc_u16 ethertype;

	if (nc_is_own(skb)) {
		if (nc_config.hold)
			skb->priority = NC_PRIORITY_FIRST;
		return TC_ACT_UNSPEC;
	}
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
