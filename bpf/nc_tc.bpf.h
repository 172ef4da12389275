/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* The tc programs that run the machine: nc_machine and nc_wake. */
#ifndef NC_TC_BPF_H
#define NC_TC_BPF_H

#define NC_RERUNS 4   /* blocks one wake-up may run because sync frames came meanwhile */
#define NC_RETRY 5000 /* ns until a wake-up that found the owner busy tries again */

/* Takes the owner flag. A sync frame that does not get it leaves word there: the owner looks again before it lets go. */
NC_INLINE int nc_own(nc_u32 woken)
{
	if (NC_CAS(nc_state.owner, NC_OWNER_FREE, NC_OWNER_BUSY) == NC_OWNER_FREE)
		return 1;
	/* If it just did, this look is ours. */
	return woken && NC_CAS(nc_state.owner, NC_OWNER_BUSY, NC_OWNER_AGAIN) == NC_OWNER_FREE &&
	       NC_CAS(nc_state.owner, NC_OWNER_FREE, NC_OWNER_BUSY) == NC_OWNER_FREE;
}

/* Lets go of the owner flag. 0: a sync frame came meanwhile, and the flag is still ours. */
NC_INLINE int nc_release(void)
{
	if (NC_CAS(nc_state.owner, NC_OWNER_BUSY, NC_OWNER_FREE) == NC_OWNER_BUSY)
		return 1;
	NC_STORE(nc_state.owner, NC_OWNER_BUSY);
	return 0;
}

/* What a wake-up leaves for its carrier, taken while the owner flag was held. */
struct nc_outcome {
	nc_u64 generation; /* of the frame in hand, if it is or becomes the carrier */
	nc_u64 at;         /* when the next wake-up is to be */
	nc_u32 ran;        /* blocks */
	nc_u32 dirty;      /* the frame in hand was overwritten */
};

/*
 * Runs the block that is due, or goes on with one. A handler that lies before its instruction in the order of groups ends
 * the way through them: the block continues from there.
 */
NC_INLINE void nc_run_block(struct __sk_buff *skb, nc_u32 is_new, struct nc_outcome *outcome)
{
	nc_u64 now = nc_now();
	nc_u32 label;

	if (!nc_state.continuing) {
		enum nc_due due = nc_due(now);

		if (due == NC_DUE_NOTHING)
			return;
		nc_begin(now, due);
	}
	label = nc_dispatch(skb, nc_state.position);
	nc_state.continuing = label != NC_SUSPENDED;
	if (nc_state.continuing)
		nc_state.position = label;
	if (is_new && !outcome->ran)
		outcome->generation = nc_next_generation();
	outcome->ran++;
}

/* Runs what is due, and plans the next wake-up; the owner flag is held, and let go. */
NC_INLINE struct nc_outcome nc_run_due(struct __sk_buff *skb, nc_u32 is_new, nc_u64 generation)
{
	struct nc_outcome outcome = { .generation = generation };
	nc_u64 now;

	nc_state.dirty = 0;
	for (nc_u32 i = 0; i < NC_RERUNS; i++) {
		nc_run_block(skb, is_new, &outcome);
		if (nc_state.continuing)
			continue;
		outcome.dirty = nc_state.dirty;
		outcome.at = nc_plan(nc_now());
		if (nc_release())
			return outcome;
	}
	/* There is more to do. */
	outcome.dirty = nc_state.dirty;
	now = nc_now();
	outcome.at = nc_plan_at(now, now);
	NC_STORE(nc_state.owner, NC_OWNER_FREE);
	return outcome;
}

/* Makes the frame in hand the carrier of the machine's next wake-up. */
NC_INLINE int nc_carry_on(struct __sk_buff *skb, struct nc_outcome *outcome)
{
	nc_u64 now;

	if (nc_state.run != NC_RUN_RUNNING || outcome->generation != NC_LOAD(nc_state.generation))
		return TC_ACT_SHOT;
	now = nc_now();
	if (now > NC_LOAD(nc_pacing.watch_at) + (NC_WATCH << NC_WATCH_DOUBLINGS)) {
		NC_COUNT(nc_pacing.watch_restarted);
		nc_start_watch(skb, now);
		outcome->dirty = 1;
	}
	if (!outcome->dirty)
		return nc_send_back(skb, outcome->at);
	if (nc_write_carrier(skb, NC_CARRIER_FIRST, outcome->generation, outcome->at))
		return TC_ACT_SHOT;
	return bpf_redirect(nc_config.pace_ifindex, 0);
}

/* Waits awake for the next block, if it is near. */
NC_INLINE void nc_await(nc_u64 now)
{
	nc_u64 next = NC_LOAD(nc_state.next), early = nc_early();

	if (now + nc_lead() >= next && now + early < next)
		nc_spin(next - early, next);
}

/* A frame on the pacing pair. 0: the machine may look; else what to return. */
NC_INLINE int nc_arrive(struct __sk_buff *skb, nc_u64 *generation)
{
	struct nc_carrier carrier;
	nc_u64 now;

	if (!nc_read_carrier(skb, NC_CARRIER_FIRST, &carrier))
		return TC_ACT_UNSPEC;
	*generation = carrier.generation;
	if (carrier.generation != NC_LOAD(nc_state.generation)) {
		NC_COUNT(nc_stats.stale_carriers);
		return TC_ACT_SHOT;
	}
	now = nc_now();
	if (now + NC_TOO_SOON < carrier.at) {
		/* It would circulate without end. */
		NC_COUNT(nc_pacing.unpaced);
		return TC_ACT_SHOT;
	}
	if (nc_pacing.planned)
		NC_STORE(nc_pacing.fruitless, 0);
	if (nc_config.preemptible && nc_config.most_lead) {
		nc_shake(skb);
		now = nc_now();
	}
	nc_learn_lead(now);
	nc_await(now);
	return 0;
}

/* The pacer thread sleeps for the wrong instant. */
NC_INLINE int nc_tell_pacer(void)
{
	struct nc_wakeup_record record = { .next = nc_state.next };

	bpf_ringbuf_output(&nc_wakeup, &record, sizeof(record), BPF_RB_FORCE_WAKEUP);
	return TC_ACT_SHOT;
}

/*
 * Runs one block of the program. Called for a carrier (tc ingress of the pacing pair), by the pacer thread
 * (BPF_PROG_TEST_RUN) or from nc_wake for a sync frame. A carrier that is on a leg of a long wait finds nothing due.
 */
__attribute__((section("tc"), used)) int nc_machine(struct __sk_buff *skb)
{
	nc_u32 woken = skb->ifindex == nc_config.ifindex;
	nc_u32 carried = nc_config.pacer == NC_PACER_FQ && !woken;
	struct nc_outcome outcome;
	nc_u64 generation = 0;
	nc_u32 is_new; /* the frame in hand becomes the carrier */
	int result;

	if (carried) {
		result = nc_arrive(skb, &generation);
		if (result)
			return result;
	} else if (!woken && nc_config.most_lead && nc_state.run == NC_RUN_RUNNING) {
		nc_u64 now = nc_now();

		nc_learn_lead(now);
		nc_await(now);
	}
	if (!nc_own(woken)) {
		if (carried)
			return nc_send_back(skb, nc_now() + NC_RETRY);
		return woken ? TC_ACT_SHOT : NC_RC_BUSY;
	}
	is_new = woken && nc_config.pacer == NC_PACER_FQ;
	if (carried && generation != NC_LOAD(nc_state.generation)) {
		if (nc_release())
			return TC_ACT_SHOT;
		is_new = 1; /* in place of the sync frame that wants a look */
	}
	outcome = nc_run_due(skb, is_new, generation);
	if (!carried && !woken)
		return outcome.ran ? NC_RC_RAN : NC_RC_DONE;
	if (is_new) {
		if (!outcome.ran)
			return TC_ACT_SHOT;
		outcome.dirty = 1;
	}
	if (nc_config.pacer == NC_PACER_FQ)
		return nc_carry_on(skb, &outcome);
	return outcome.ran ? nc_tell_pacer() : TC_ACT_SHOT;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(nc_u32));
	__array(values, int(void *));
} nc_tail __attribute__((section(".maps"), used)) = { .values = { [0] = (void *)&nc_machine } };

#if NC_HAS_SYNC_SLAVE
/* tc ingress of the interface: nc_ingress has claimed a sync frame that the machine waits for. */
__attribute__((section("tc"), used)) int nc_wake(struct __sk_buff *skb)
{
	nc_u64 slot;

	if (skb->protocol != bpf_htons(NC_SYNC_ETHERTYPE))
		return TC_ACT_UNSPEC;
	slot = NC_LOAD(nc_state.sync_slot);
	if (!slot || slot & (NC_SYNC_WAITING | NC_SYNC_CLAIMING))
		return TC_ACT_UNSPEC;
	bpf_tail_call(skb, &nc_tail, 0);
	return TC_ACT_UNSPEC;
}
#endif

#endif
