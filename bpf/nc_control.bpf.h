/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* nc_control: the commands of the tools, run by them with BPF_PROG_TEST_RUN. */
#ifndef NC_CONTROL_BPF_H
#define NC_CONTROL_BPF_H

#define NC_PROBE_DELAY 3000 /* ns that a probe waits awake */
#define NC_CONTROL_LOOPS 100000

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

/* Takes a new generation, so that carriers under way are stale, and sends the first one of it. */
NC_INLINE int nc_kick(struct __sk_buff *skb)
{
	nc_u64 now = nc_now(), generation = nc_next_generation();

	if (nc_config.pacer != NC_PACER_FQ) {
		nc_plan(now);
		nc_tell_pacer();
	}
	if (nc_config.pacer != NC_PACER_FQ || nc_state.run != NC_RUN_RUNNING)
		return NC_RC_DONE;
	nc_pacing.fruitless = 0;
	if (nc_start_watch(skb, now))
		return NC_RC_REFUSED;
	return nc_start_first(skb, generation, now) ? NC_RC_REFUSED : NC_RC_DONE;
}

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
