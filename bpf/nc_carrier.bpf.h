/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Pacer fq: when the machine is to be woken, and the two frames, the carriers, that go round in the pacing pair for it. Each
 * carries the instant of its next wake-up itself: what another one has planned meanwhile does not touch it.
 */
#ifndef NC_CARRIER_BPF_H
#define NC_CARRIER_BPF_H

#define NC_CARRIER_FIRST 0     /* runs the machine */
#define NC_CARRIER_SECOND 1    /* looks whether there is a first one */
#define NC_WATCH 10000000ULL   /* ns between two looks, and by which a carrier that is gone is overdue */
#define NC_WATCH_DOUBLINGS 7   /* of that, while starting carriers does not help */
#define NC_TOO_SOON 1000       /* ns by which a carrier that fq holds never comes early */
#define NC_LEG 4000000000ULL   /* ns a carrier waits at most: fq drops what lies beyond its horizon */
#define NC_BREATH 20000 /* ns between blocks of a machine that is behind */
#define NC_AT_ONCE 2000 /* ns; a wake-up that is nearer says nothing of how late wake-ups are */

struct nc_carrier {
	nc_u8 addresses[12];
	nc_u16 ethertype;
	nc_u16 kind;
	nc_u16 reserved[4];
	nc_u64 generation;
	nc_u64 at; /* when fq is to let it go */
};

#define NC_CARRIER_NEVER 0 /* nc_carrier.at of one that is dropped */

NC_INLINE nc_u64 nc_nearest(nc_u64 at, nc_u64 now)
{
	return at > now + NC_LEG ? now + NC_LEG : at;
}

/*
 * When the carrier is to come back for the next block. A machine that is behind leaves others some time between its
 * blocks: it would keep a processor in softirq for as long as it is.
 */
NC_INLINE nc_u64 nc_wake_at(nc_u64 now)
{
	nc_u64 next = nc_state.next;
	nc_u64 lead;

	if (next + NC_TOLERANCE < now)
		return now + NC_BREATH;
	if (next <= now)
		return now;
	/* A lead of more than half of the time left would keep the processor busy between instants that are close. */
	lead = nc_lead();
	if (lead > (next - now) / 2)
		lead = (next - now) / 2;
	NC_STORE(nc_pacing.lead, lead);
	return nc_nearest(next - lead, now);
}

/*
 * Plans the next wake-up. Only the owner does, before it lets go of its flag: whoever is the owner next may plan another, which
 * would be overwritten.
 */
NC_INLINE nc_u64 nc_plan_at(nc_u64 at, nc_u64 now)
{
	NC_STORE(nc_pacing.planned, at > now + NC_AT_ONCE ? at : 0);
	NC_STORE(nc_state.pace_at, at);
	return at;
}

NC_INLINE nc_u64 nc_plan(nc_u64 now)
{
	return nc_plan_at(nc_wake_at(now), now);
}

/* No generation is used twice, whoever begins it. */
NC_INLINE nc_u64 nc_next_generation(void)
{
	return __sync_fetch_and_add(&nc_state.generation, 1) + 1;
}

/* Whether the frame in hand is a carrier of this kind. */
NC_INLINE int nc_read_carrier(struct __sk_buff *skb, nc_u16 kind, struct nc_carrier *carrier)
{
	return !bpf_skb_load_bytes(skb, 0, carrier, sizeof(*carrier)) &&
	       carrier->ethertype == bpf_htons(NC_ETHERTYPE_CARRIER) && carrier->kind == kind;
}

/* Makes a carrier of the frame in hand. */
NC_INLINE int nc_write_carrier(struct __sk_buff *skb, nc_u16 kind, nc_u64 generation, nc_u64 at)
{
	struct nc_carrier carrier = {
		.ethertype = bpf_htons(NC_ETHERTYPE_CARRIER),
		.kind = kind,
		.generation = generation,
		.at = at,
	};

	if (skb->len < NC_FRAME_MIN && bpf_skb_change_tail(skb, NC_FRAME_MIN, 0))
		return 1;
	return bpf_skb_store_bytes(skb, 0, &carrier, sizeof(carrier), 0);
}

/* Sends the first carrier back to fq, unchanged otherwise. */
NC_INLINE int nc_send_back(struct __sk_buff *skb, nc_u64 at)
{
	if (bpf_skb_store_bytes(skb, __builtin_offsetof(struct nc_carrier, at), &at, sizeof(at), 0))
		return TC_ACT_SHOT;
	return bpf_redirect(nc_config.pace_ifindex, 0);
}

/*
 * Has the allocator make a frame and free it. A process that was preempted while it held one of the allocator's locks (PREEMPT_RT) goes on as
 * soon as somebody waits for that: now, not when a frame is to go. nc_send_back writes another instant.
 */
NC_INLINE void nc_shake(struct __sk_buff *skb)
{
	nc_u64 never = NC_CARRIER_NEVER;

	if (!bpf_skb_store_bytes(skb, __builtin_offsetof(struct nc_carrier, at), &never, sizeof(never), 0))
		bpf_clone_redirect(skb, nc_config.pace_ifindex, 0);
}

/* Sends the first carrier of a generation, made of the frame in hand. */
NC_INLINE int nc_start_first(struct __sk_buff *skb, nc_u64 generation, nc_u64 now)
{
	nc_u64 at = nc_wake_at(now);

	if (nc_write_carrier(skb, NC_CARRIER_FIRST, generation, at))
		return 1;
	NC_STORE(nc_pacing.planned, 0);
	NC_STORE(nc_state.pace_at, at);
	return bpf_clone_redirect(skb, nc_config.pace_ifindex, 0);
}

/* Sends a new second carrier, made of the frame in hand. */
NC_INLINE int nc_start_watch(struct __sk_buff *skb, nc_u64 now)
{
	nc_u64 generation = nc_pacing.watch_generation + 1;

	NC_STORE(nc_pacing.watch_generation, generation);
	NC_STORE(nc_pacing.watch_at, now + NC_WATCH);
	return nc_write_carrier(skb, NC_CARRIER_SECOND, generation, now + NC_WATCH) ||
	       bpf_clone_redirect(skb, nc_config.watch_ifindex, 0);
}

/*
 * tc egress of the pacing pair: the instant at which fq lets the carrier go. A hash of its own for each generation:
 * fq holds a frame back behind an earlier one of the same flow.
 */
__attribute__((section("tc"), used)) int nc_pace(struct __sk_buff *skb)
{
	struct nc_carrier carrier;

	/* By its bytes: skb->protocol of a sync frame that has become the carrier is still its own. */
	if (bpf_skb_load_bytes(skb, 0, &carrier, sizeof(carrier)) ||
	    carrier.ethertype != bpf_htons(NC_ETHERTYPE_CARRIER))
		return TC_ACT_UNSPEC;
	if (carrier.at == NC_CARRIER_NEVER)
		return TC_ACT_SHOT;
	skb->tstamp = carrier.at;
	bpf_set_hash(skb, (nc_u32)carrier.generation * 2654435761U);
	return TC_ACT_OK;
}

/*
 * tc ingress of the pacing pair's first end: the second carrier. If the first one is overdue and nobody runs a block, it starts
 * another, of a new generation: should the old one still come, it is stale.
 */
__attribute__((section("tc"), used)) int nc_watch(struct __sk_buff *skb)
{
	struct nc_carrier carrier;
	nc_u64 now = nc_now(), at;
	nc_u32 doublings;

	if (!nc_read_carrier(skb, NC_CARRIER_SECOND, &carrier))
		return TC_ACT_UNSPEC;
	if (carrier.generation != NC_LOAD(nc_pacing.watch_generation)) {
		NC_COUNT(nc_stats.stale_carriers);
		return TC_ACT_SHOT;
	}
	if (now + NC_TOO_SOON < carrier.at) {
		NC_COUNT(nc_pacing.unpaced);
		return TC_ACT_SHOT;
	}
	if (NC_LOAD(nc_state.run) != NC_RUN_RUNNING)
		return TC_ACT_SHOT;
	if (now > NC_LOAD(nc_state.pace_at) + NC_WATCH && NC_LOAD(nc_state.owner) == NC_OWNER_FREE) {
		nc_pacing.restarted++;
		nc_pacing.fruitless++;
		nc_start_first(skb, nc_next_generation(), now);
	}
	doublings = NC_LOAD(nc_pacing.fruitless);
	at = now + (NC_WATCH << (doublings < NC_WATCH_DOUBLINGS ? doublings : NC_WATCH_DOUBLINGS));
	NC_STORE(nc_pacing.watch_at, at);
	if (nc_write_carrier(skb, NC_CARRIER_SECOND, carrier.generation, at))
		return TC_ACT_SHOT;
	return bpf_redirect(nc_config.watch_ifindex, 0);
}

#endif
