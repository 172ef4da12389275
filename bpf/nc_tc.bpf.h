/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* The tc programs that make the machine run: machine, wake, pace, control. */
#ifndef NC_TC_BPF_H
#define NC_TC_BPF_H

#define NC_OWNER_FREE 0ULL
#define NC_OWNER_BUSY 1ULL
#define NC_OWNER_AGAIN 3ULL
#define NC_CARRIER_FIRST 0     /* runs the machine */
#define NC_CARRIER_SECOND 1    /* looks whether there is a first one */
#define NC_WATCH 10000000ULL   /* ns between two looks, and by which a carrier that is gone is overdue */
#define NC_WATCH_DOUBLINGS 7   /* of that, while starting carriers does not help */
#define NC_TOO_SOON 1000       /* ns by which a carrier that fq holds never comes early */
#define NC_RERUNS 4            /* blocks one wake-up may run because sync frames came meanwhile */
#define NC_RETRY 5000          /* ns until a wake-up that found the owner busy tries again */
#define NC_LEG 4000000000ULL   /* ns a carrier waits at most: fq drops what lies beyond its horizon */
#define NC_BREATH 20000 /* ns between blocks of a machine that is behind */
#define NC_AT_ONCE 2000 /* ns; a wake-up that is nearer says nothing of how late wake-ups are */
#define NC_PROBE_DELAY 3000 /* ns that a probe waits awake */
#define NC_CONTROL_LOOPS 100000

struct nc_carrier {
	nc_u8 addresses[12];
	nc_u16 ethertype;
	nc_u16 kind;
	nc_u16 reserved[2];
	nc_u64 generation; /* aligned, but on the frame it follows 20 bytes */
} __attribute__((packed));

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

NC_INLINE int nc_write_carrier(struct __sk_buff *skb, nc_u16 kind, nc_u64 generation)
{
	struct nc_carrier carrier = {
		.ethertype = bpf_htons(NC_ETHERTYPE_CARRIER),
		.kind = kind,
		.generation = generation,
	};

	if (skb->len < NC_FRAME_MIN && bpf_skb_change_tail(skb, NC_FRAME_MIN, 0))
		return 1;
	return bpf_skb_store_bytes(skb, 0, &carrier, sizeof(carrier), 0);
}

/* Says when the next wake-up is to be. */
NC_INLINE void nc_plan(nc_u64 at, nc_u64 now)
{
	NC_STORE(nc_pacing.planned, at > now + NC_AT_ONCE ? at : 0);
	NC_STORE(nc_state.pace_at, at);
}

/* The carrier's way back to fq, due at `at`. */
NC_INLINE int nc_send_back(nc_u64 at, nc_u64 now)
{
	nc_plan(at, now);
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

/* No generation is used twice, whoever begins it. */
NC_INLINE nc_u64 nc_next_generation(void)
{
	return __sync_fetch_and_add(&nc_state.generation, 1) + 1;
}

/* What a wake-up leaves for its carrier, taken while the owner flag was held. */
struct nc_outcome {
	nc_u64 generation; /* of the frame in hand, if it is or becomes the carrier */
	nc_u32 ran;        /* blocks */
	nc_u32 dirty;      /* the frame in hand was overwritten */
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
		outcome->generation = nc_next_generation();
	outcome->ran++;
}

/* Runs what is due; the owner flag is held, and let go. */
NC_INLINE struct nc_outcome nc_run_due(struct __sk_buff *skb, nc_u32 new_carrier, nc_u64 generation)
{
	struct nc_outcome outcome = { .generation = generation };

	nc_state.dirty = 0;
	for (nc_u32 i = 0; i < NC_RERUNS; i++) {
		nc_run_block(skb, new_carrier, &outcome);
		if (nc_state.continuing)
			continue;
		outcome.dirty = nc_state.dirty;
		if (nc_release())
			return outcome;
	}
	outcome.dirty = nc_state.dirty;
	NC_STORE(nc_state.owner, NC_OWNER_FREE);
	return outcome;
}

/* Sends a new second carrier, made of the frame in hand, if there is to be one. */
NC_INLINE int nc_start_watch(struct __sk_buff *skb, nc_u64 now)
{
	nc_u64 generation = nc_pacing.watch_generation + 1;

	NC_STORE(nc_pacing.watch_generation, generation);
	NC_STORE(nc_pacing.watch_at, now + NC_WATCH);
	return nc_write_carrier(skb, NC_CARRIER_SECOND, generation) || bpf_clone_redirect(skb, nc_config.watch_ifindex, 0);
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
	if (outcome->dirty && nc_write_carrier(skb, NC_CARRIER_FIRST, outcome->generation))
		return TC_ACT_SHOT;
	return nc_send_back(nc_wake_at(now), now);
}

/* Waits awake for the next block, if it is near. False when it is not. */
NC_INLINE int nc_await(nc_u64 now)
{
	nc_u64 next = NC_LOAD(nc_state.next), early = nc_early();

	if (now + nc_lead() < next)
		return 0;
	if (now + early < next)
		nc_spin(next - early, next);
	return 1;
}

/* A frame on the pacing pair. 0: the machine may look; else what to return. */
NC_INLINE int nc_arrive(struct __sk_buff *skb, nc_u64 *generation)
{
	struct nc_carrier carrier;
	nc_u64 now;

	if (bpf_skb_load_bytes(skb, 0, &carrier, sizeof(carrier)) ||
	    carrier.ethertype != bpf_htons(NC_ETHERTYPE_CARRIER) || carrier.kind != NC_CARRIER_FIRST)
		return TC_ACT_UNSPEC;
	*generation = carrier.generation;
	if (carrier.generation != NC_LOAD(nc_state.generation)) {
		NC_COUNT(nc_stats.stale_carriers);
		return TC_ACT_SHOT;
	}
	now = nc_now();
	if (now + NC_TOO_SOON < NC_LOAD(nc_state.pace_at)) {
		/* It would circulate without end. */
		NC_COUNT(nc_pacing.unpaced);
		return TC_ACT_SHOT;
	}
	if (nc_pacing.planned)
		NC_STORE(nc_pacing.fruitless, 0);
	nc_learn_lead(now);
	return nc_await(now) ? 0 : nc_send_back(nc_wake_at(now), now); /* a leg of a long wait */
}

/* The pacer thread sleeps for the wrong instant. */
NC_INLINE int nc_tell_pacer(void)
{
	struct nc_wakeup_record record = { .next = nc_state.next };
	nc_u64 now = nc_now();

	nc_plan(nc_wake_at(now), now);
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
	} else if (!woken && nc_config.most_lead && nc_state.run == NC_RUN_RUNNING) {
		nc_u64 now = nc_now();

		nc_learn_lead(now);
		nc_await(now);
	}
	if (NC_CAS(nc_state.owner, NC_OWNER_FREE, NC_OWNER_BUSY) != NC_OWNER_FREE) {
		if (woken) {
			/* The owner looks again before it lets go; if it just did, this look is ours. */
			if (NC_CAS(nc_state.owner, NC_OWNER_BUSY, NC_OWNER_AGAIN) != NC_OWNER_FREE)
				return TC_ACT_SHOT;
			if (NC_CAS(nc_state.owner, NC_OWNER_FREE, NC_OWNER_BUSY) != NC_OWNER_FREE)
				return TC_ACT_SHOT;
		} else {
			nc_u64 now = nc_now();

			return carried ? nc_send_back(now + NC_RETRY, now) : NC_RC_BUSY;
		}
	}
	if (carried && generation != NC_LOAD(nc_state.generation)) {
		NC_STORE(nc_state.owner, NC_OWNER_FREE);
		return TC_ACT_SHOT;
	}
	outcome = nc_run_due(skb, woken && nc_config.pacer == NC_PACER_FQ, generation);
	if (carried)
		return nc_carry_on(skb, &outcome);
	if (!woken) {
		nc_u64 now = nc_now();

		nc_plan(nc_wake_at(now), now);
		return outcome.ran ? NC_RC_RAN : NC_RC_DONE;
	}
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
	struct nc_carrier carrier;

	/* By its bytes: skb->protocol of a sync frame that has become the carrier is still its own. */
	if (bpf_skb_load_bytes(skb, 0, &carrier, sizeof(carrier)) ||
	    carrier.ethertype != bpf_htons(NC_ETHERTYPE_CARRIER))
		return TC_ACT_UNSPEC;
	skb->tstamp = carrier.kind == NC_CARRIER_FIRST ? NC_LOAD(nc_state.pace_at) : NC_LOAD(nc_pacing.watch_at);
	bpf_set_hash(skb, (nc_u32)carrier.generation * 2654435761U);
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

/* The way that the machine's frames go, on another interface. */
NC_INLINE int nc_probe(struct __sk_buff *skb, nc_u32 ifindex)
{
	int result;

	nc_state.due = bpf_ktime_get_ns() + NC_PROBE_DELAY + nc_pacing.path;
	nc_pacing.began = bpf_ktime_get_ns();
	nc_pacing.ahead = NC_AHEAD;
	nc_sign(skb);
	nc_aim();
	result = bpf_clone_redirect(skb, ifindex, 0);
	NC_STORE(nc_nonce.expected, 0);
	return result ? NC_RC_REFUSED : NC_RC_DONE;
}

/* Sends the first carrier of a generation, made of the frame in hand. */
NC_INLINE int nc_start_first(struct __sk_buff *skb, nc_u64 generation, nc_u64 now)
{
	if (nc_write_carrier(skb, NC_CARRIER_FIRST, generation))
		return 1;
	NC_STORE(nc_pacing.planned, 0);
	NC_STORE(nc_state.pace_at, nc_wake_at(now));
	return bpf_clone_redirect(skb, nc_config.pace_ifindex, 0);
}

/* Takes a new generation, so that carriers under way are stale, and sends the first one of it. */
NC_INLINE int nc_kick(struct __sk_buff *skb)
{
	nc_u64 now = nc_now(), generation = nc_next_generation();

	if (nc_config.pacer != NC_PACER_FQ)
		nc_tell_pacer();
	if (nc_config.pacer != NC_PACER_FQ || nc_state.run != NC_RUN_RUNNING)
		return NC_RC_DONE;
	nc_pacing.fruitless = 0;
	if (nc_start_watch(skb, now))
		return NC_RC_REFUSED;
	return nc_start_first(skb, generation, now) ? NC_RC_REFUSED : NC_RC_DONE;
}

/*
 * tc ingress of the pacing pair's first end: the second carrier. If the first one is overdue and nobody runs a block, it starts
 * another, of a new generation: should the old one still come, it is stale.
 */
__attribute__((section("tc"), used)) int nc_watch(struct __sk_buff *skb)
{
	struct nc_carrier carrier;
	nc_u64 now = nc_now();
	nc_u32 doublings;

	if (bpf_skb_load_bytes(skb, 0, &carrier, sizeof(carrier)) ||
	    carrier.ethertype != bpf_htons(NC_ETHERTYPE_CARRIER) || carrier.kind != NC_CARRIER_SECOND)
		return TC_ACT_UNSPEC;
	if (carrier.generation != NC_LOAD(nc_pacing.watch_generation)) {
		NC_COUNT(nc_stats.stale_carriers);
		return TC_ACT_SHOT;
	}
	if (now + NC_TOO_SOON < NC_LOAD(nc_pacing.watch_at)) {
		NC_COUNT(nc_pacing.unpaced);
		return TC_ACT_SHOT;
	}
	if (NC_LOAD(nc_state.run) != NC_RUN_RUNNING)
		return TC_ACT_SHOT;
	if (now > NC_LOAD(nc_state.pace_at) + NC_WATCH && NC_LOAD(nc_state.owner) == NC_OWNER_FREE) {
		nc_pacing.restarted++;
		nc_pacing.fruitless++;
		nc_start_first(skb, nc_next_generation(), now);
		nc_write_carrier(skb, NC_CARRIER_SECOND, carrier.generation);
	}
	doublings = NC_LOAD(nc_pacing.fruitless);
	NC_STORE(nc_pacing.watch_at, now + (NC_WATCH << (doublings < NC_WATCH_DOUBLINGS ? doublings : NC_WATCH_DOUBLINGS)));
	return bpf_redirect(nc_config.watch_ifindex, 0);
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
	if (command.command == NC_COMMAND_PROBE) {
		result = nc_probe(skb, command.start);
		NC_STORE(nc_state.owner, NC_OWNER_FREE);
		return result;
	}
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
