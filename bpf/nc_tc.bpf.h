/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* The tc programs that make the machine run: machine, wake, pace, control. */
#ifndef NC_TC_BPF_H
#define NC_TC_BPF_H

#define NC_OWNER_FREE 0ULL
#define NC_OWNER_BUSY 1ULL
#define NC_OWNER_AGAIN 3ULL
#define NC_RERUNS 4            /* blocks one wake-up may run because sync frames came meanwhile */
#define NC_RETRY 5000          /* ns until a wake-up that found the owner busy tries again */
#define NC_LEG 4000000000ULL   /* ns a carrier waits at most: fq drops what lies beyond its horizon */
#define NC_BREATH 20000 /* ns between blocks of a machine that is behind */
#define NC_SPIN_LOOPS (1 << 20)
#define NC_CONTROL_LOOPS 100000

struct nc_carrier {
	nc_u8 addresses[12];
	nc_u16 ethertype;
	nc_u16 reserved[3];
	nc_u64 generation; /* aligned, but on the frame it follows 20 bytes */
} __attribute__((packed));

struct nc_spin {
	nc_u64 until;
	nc_u64 generation;
};

static long nc_spin_step(nc_u32 index, struct nc_spin *spin)
{
	return bpf_ktime_get_ns() >= spin->until || NC_LOAD(nc_state.generation) != spin->generation;
}

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

	if (next + NC_TOLERANCE < now)
		return now + NC_BREATH;
	return nc_nearest(next > nc_config.lead ? next - nc_config.lead : 0, now);
}

NC_INLINE int nc_write_carrier(struct __sk_buff *skb, nc_u64 generation)
{
	struct nc_carrier carrier = {
		.ethertype = bpf_htons(NC_ETHERTYPE_CARRIER),
		.generation = generation,
	};

	if (skb->len < NC_FRAME_MIN && bpf_skb_change_tail(skb, NC_FRAME_MIN, 0))
		return 1;
	return bpf_skb_store_bytes(skb, 0, &carrier, sizeof(carrier), 0);
}

/* The carrier's way back to fq, due at `at`. */
NC_INLINE int nc_send_back(nc_u64 at)
{
	NC_STORE(nc_state.pace_at, at);
	return bpf_redirect(nc_config.pace_ifindex, 0);
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
	nc_u64 generation;
	nc_u32 ran;   /* blocks */
	nc_u32 dirty; /* the frame in hand was overwritten */
};

/*
 * Runs the block that is due, or goes on with one. A handler that lies before its instruction in the order of groups ends
 * the way through them: the block continues from there.
 */
NC_INLINE void nc_run_block(struct __sk_buff *skb, nc_u32 new_carrier, struct nc_outcome *outcome)
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
	if (new_carrier && !outcome->ran)
		NC_STORE(nc_state.generation, nc_state.generation + 1);
	outcome->ran++;
}

/* Runs what is due; the owner flag is held, and let go. */
NC_INLINE struct nc_outcome nc_run_due(struct __sk_buff *skb, nc_u32 new_carrier)
{
	struct nc_outcome outcome = {};

	nc_state.dirty = 0;
	for (nc_u32 i = 0; i < NC_RERUNS; i++) {
		nc_run_block(skb, new_carrier, &outcome);
		if (nc_state.continuing)
			continue;
		outcome.generation = nc_state.generation;
		outcome.dirty = nc_state.dirty;
		if (nc_release())
			return outcome;
	}
	outcome.generation = nc_state.generation;
	outcome.dirty = nc_state.dirty;
	NC_STORE(nc_state.owner, NC_OWNER_FREE);
	return outcome;
}

/* Makes the frame in hand the carrier of the machine's next wake-up. */
NC_INLINE int nc_carry_on(struct __sk_buff *skb, struct nc_outcome *outcome)
{
	if (nc_state.run != NC_RUN_RUNNING)
		return TC_ACT_SHOT;
	if (outcome->dirty && nc_write_carrier(skb, outcome->generation))
		return TC_ACT_SHOT;
	return nc_send_back(nc_wake_at(nc_now()));
}

/* A frame on the pacing pair. 0: the machine may look; else what to return. */
NC_INLINE int nc_arrive(struct __sk_buff *skb, nc_u64 *generation)
{
	struct nc_spin spin = {};
	struct nc_carrier carrier;
	nc_u64 now;

	if (bpf_skb_load_bytes(skb, 0, &carrier, sizeof(carrier)) ||
	    carrier.ethertype != bpf_htons(NC_ETHERTYPE_CARRIER))
		return TC_ACT_UNSPEC;
	*generation = carrier.generation;
	spin.generation = carrier.generation;
	spin.until = NC_LOAD(nc_state.next);
	if (spin.generation != NC_LOAD(nc_state.generation)) {
		NC_COUNT(nc_stats.stale_carriers);
		return TC_ACT_SHOT;
	}
	now = nc_now();
	if (now + nc_config.lead < spin.until)
		return nc_send_back(nc_wake_at(now)); /* a leg of a long wait */
	if (now < spin.until)
		bpf_loop(NC_SPIN_LOOPS, nc_spin_step, &spin, 0);
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
 * (BPF_PROG_TEST_RUN) or from nc_wake for a sync frame.
 */
__attribute__((section("tc"), used)) int nc_machine(struct __sk_buff *skb)
{
	nc_u32 woken = skb->ifindex == nc_config.ifindex;
	nc_u32 carried = nc_config.pacer == NC_PACER_FQ && !woken;
	struct nc_outcome outcome;
	nc_u64 generation = 0;
	int result;

	if (carried) {
		result = nc_arrive(skb, &generation);
		if (result)
			return result;
	}
	if (NC_CAS(nc_state.owner, NC_OWNER_FREE, NC_OWNER_BUSY) != NC_OWNER_FREE) {
		if (woken) {
			/* The owner looks again before it lets go; if it just did, this look is ours. */
			if (NC_CAS(nc_state.owner, NC_OWNER_BUSY, NC_OWNER_AGAIN) != NC_OWNER_FREE)
				return TC_ACT_SHOT;
			if (NC_CAS(nc_state.owner, NC_OWNER_FREE, NC_OWNER_BUSY) != NC_OWNER_FREE)
				return TC_ACT_SHOT;
		} else {
			return carried ? nc_send_back(nc_now() + NC_RETRY) : NC_RC_BUSY;
		}
	}
	if (carried && generation != NC_LOAD(nc_state.generation)) {
		NC_STORE(nc_state.owner, NC_OWNER_FREE);
		return TC_ACT_SHOT;
	}
	outcome = nc_run_due(skb, woken && nc_config.pacer == NC_PACER_FQ);
	if (carried)
		return nc_carry_on(skb, &outcome);
	if (!woken)
		return outcome.ran ? NC_RC_RAN : NC_RC_DONE;
	if (!outcome.ran)
		return TC_ACT_SHOT;
	if (nc_config.pacer == NC_PACER_FQ) {
		outcome.dirty = 1; /* the sync frame becomes the carrier */
		return nc_carry_on(skb, &outcome);
	}
	return nc_tell_pacer();
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

/*
 * tc egress of the pacing pair: the instant at which fq lets the carrier go. A hash of its own for each generation:
 * fq holds a frame back behind an earlier one of the same flow.
 */
__attribute__((section("tc"), used)) int nc_pace(struct __sk_buff *skb)
{
	/* By its bytes: skb->protocol of a sync frame that has become the carrier is still its own. */
	if (nc_egress_ethertype(skb) != bpf_htons(NC_ETHERTYPE_CARRIER))
		return TC_ACT_UNSPEC;
	skb->tstamp = NC_LOAD(nc_state.pace_at);
	bpf_set_hash(skb, (nc_u32)NC_LOAD(nc_state.generation) * 2654435761U);
	return TC_ACT_OK;
}

static long nc_own_step(nc_u32 index, nc_u32 *owned)
{
	*owned = NC_CAS(nc_state.owner, NC_OWNER_FREE, NC_OWNER_BUSY) == NC_OWNER_FREE;
	return *owned;
}

/* The start instant of a command. CLOCK_TAI is sampled here, once. */
NC_INLINE nc_u64 nc_start_instant(struct nc_command *command)
{
	nc_u64 now, tai;

	if (nc_config.test_clock)
		return command->start;
	now = bpf_ktime_get_ns();
	nc_state.tai_offset = bpf_ktime_get_tai_ns() - now;
	if (!command->align)
		return command->start;
	tai = now + command->start + nc_state.tai_offset;
	return tai + command->align - tai % command->align - nc_state.tai_offset;
}

NC_INLINE void nc_reset(nc_u64 start)
{
	nc_state.reason = NC_REASON_NONE;
	nc_state.position = 0;
	nc_state.waiting = 0;
	nc_state.errors = 0;
	nc_state.late_in_row = 0;
	nc_state.armed = 0;
	nc_state.sync_slot = 0;
	nc_state.continuing = 0;
	nc_state.gate_soft = 0;
	nc_state.gate_until = nc_state.gate_booked = 0;
	nc_state.gate_anchor = NC_GATE_PERIOD ? start + NC_GATE_START : 0;
	/* What came while the machine was held counts until the first round begins; what an earlier run has heard does not. */
	if (nc_state.run != NC_RUN_HELD)
		nc_start_round(0, nc_state.arrivals);
	for (nc_u32 i = 0; i < NC_ERROR_BITS; i++)
		nc_state.handlers[i] = 0;
	nc_state.logical = nc_state.due = nc_state.next = nc_state.started = start;
	for (nc_u32 i = 0; i < NC_MESSAGES; i++)
		nc_messages[i].present = 0;
	nc_start_counters();
	nc_state.run = NC_RUN_RUNNING;
}

/* Takes a new generation, so that carriers under way are stale, and sends the first one of it. */
NC_INLINE int nc_kick(struct __sk_buff *skb)
{
	NC_STORE(nc_state.generation, nc_state.generation + 1);
	if (nc_config.pacer != NC_PACER_FQ)
		nc_tell_pacer();
	if (nc_config.pacer != NC_PACER_FQ || nc_state.run != NC_RUN_RUNNING)
		return NC_RC_DONE;
	if (nc_write_carrier(skb, nc_state.generation))
		return NC_RC_REFUSED;
	NC_STORE(nc_state.pace_at, nc_wake_at(nc_now()));
	return bpf_clone_redirect(skb, nc_config.pace_ifindex, 0) ? NC_RC_REFUSED : NC_RC_DONE;
}

/* Start and stop; run by the tools with BPF_PROG_TEST_RUN. */
__attribute__((section("tc"), used)) int nc_control(struct __sk_buff *skb)
{
	struct nc_command command;
	nc_u32 owned = 0;
	int result = NC_RC_DONE;

	if (bpf_skb_load_bytes(skb, NC_COMMAND_OFFSET, &command, sizeof(command)))
		return NC_RC_REFUSED;
	bpf_loop(NC_CONTROL_LOOPS, nc_own_step, &owned, 0);
	if (!owned)
		return NC_RC_BUSY;
	if (command.command == NC_COMMAND_LIVE || command.command == NC_COMMAND_START)
		NC_STORE(nc_state.live, 1);
	else if (command.command == NC_COMMAND_QUIET)
		NC_STORE(nc_state.live, 0);
	if (command.command == NC_COMMAND_START)
		nc_reset(nc_start_instant(&command));
	else if (command.command != NC_COMMAND_LIVE && nc_state.run == NC_RUN_RUNNING)
		nc_state.run = NC_RUN_STOPPED;
	NC_STORE(nc_state.sync_slot, 0);
	if (command.command != NC_COMMAND_LIVE)
		result = nc_kick(skb);
	NC_STORE(nc_state.owner, NC_OWNER_FREE);
	return result;
}

#endif
