/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* Logical time: armed futures, suspension, what is due, lateness. Called with the owner flag held. */
#ifndef NC_TIME_BPF_H
#define NC_TIME_BPF_H

#define NC_SUSPENDED NC_NONE /* what a group of blocks returns when the machine suspended or stopped */
#define NC_SYNC_WAITING (1ULL << 63)
#define NC_SYNC_CLAIMING (1ULL << 62)
/* Why a block runs. */
enum nc_due { NC_DUE_NOTHING, NC_DUE_BLOCK, NC_DUE_TIMEOUT };

#define NC_LATE_LIMIT 64 /* the next late block in a row restarts the grid */

/* The machine stops for good, at instruction `at`. */
NC_INLINE void nc_fail(nc_u32 reason, nc_u32 at)
{
	nc_settle();
	nc_state.run = NC_RUN_FAILED;
	nc_state.reason = reason;
	nc_state.position = at;
}

NC_INLINE void nc_end(nc_u32 at)
{
	nc_settle();
	nc_state.run = NC_RUN_ENDED;
	nc_state.position = at;
}

NC_INLINE void nc_suspend(nc_u64 at, nc_u32 target)
{
	nc_state.next = at;
	nc_state.position = target;
	nc_state.waiting = 0;
	nc_record(NC_TRACE_SUSPEND, at, target);
}

/* future, at instruction `here`: futures lie latest first; of equals the one armed first lies behind and is taken first. 1: too many. */
NC_GLOBAL int nc_future(nc_u64 delay, nc_u32 target, nc_u32 here)
{
	nc_u64 at = nc_state.logical + delay;
	nc_u32 armed = nc_state.armed;

	if (armed >= NC_MAX_FUTURES) {
		nc_fail(NC_REASON_TOO_MANY_FUTURES, here);
		return 1;
	}
	nc_state.armed = armed + 1;
	for (nc_u32 i = 0; i < NC_MAX_FUTURES; i++) {
		nc_u32 above = (armed - 1) & (NC_MAX_FUTURES - 1);

		if (!armed || nc_state.futures[above].at > at)
			break;
		nc_state.futures[armed & (NC_MAX_FUTURES - 1)] = nc_state.futures[above];
		armed = above;
	}
	armed &= NC_MAX_FUTURES - 1;
	nc_state.futures[armed].at = at;
	nc_state.futures[armed].target = target;
	return 0;
}

#if NC_HAS_HANDLE
/* The handler of the lowest of these errors that has one: its instruction, and the error is cleared. Else NC_NONE. */
NC_GLOBAL int nc_handler(nc_u32 errors)
{
	for (nc_u32 bit = 0; bit < NC_ERROR_BITS; bit++) {
		nc_u32 handler = nc_state.handlers[bit];

		if (!(errors & (1U << bit)) || !handler)
			continue;
		nc_clear_error(1U << bit);
		return handler - 1;
	}
	return NC_NONE;
}
#endif

/* A handler takes the place of where the block would begin. */
NC_INLINE void nc_go_to_handler(nc_u32 errors)
{
#if NC_HAS_HANDLE
	nc_u32 handler = errors ? nc_handler(errors) : NC_NONE;

	if (handler != NC_NONE)
		nc_state.position = handler;
#endif
}

/* halt: suspends until the earliest armed future. Where to go on at once: at a handler of no_future, or not. */
NC_GLOBAL int nc_halt(nc_u32 here)
{
	nc_u32 last = nc_state.armed - 1;

	if (last < NC_MAX_FUTURES) {
		nc_state.armed = last;
		nc_suspend(nc_state.futures[last].at, nc_state.futures[last].target);
		return NC_SUSPENDED;
	}
	nc_set_error(NC_ERROR_NO_FUTURE);
#if NC_HAS_HANDLE
	nc_u32 handler = nc_handler(NC_ERROR_NO_FUTURE);

	if (handler != NC_NONE)
		return handler;
#endif
	nc_fail(NC_REASON_NO_FUTURE, here);
	return NC_SUSPENDED;
}

/* wait: future, then halt. Without other futures nothing is stored. */
NC_GLOBAL int nc_wait(nc_u64 delay, nc_u32 target, nc_u32 here)
{
	if (!nc_state.armed)
		nc_suspend(nc_state.logical + delay, target);
	else if (!nc_future(delay, target, here))
		nc_halt(here);
	return 0;
}

/* sync slave: the wait is open to frames as soon as sync_slot says so, so that is written last. */
NC_INLINE void nc_sync_slave(nc_u64 timeout, nc_u32 filter, nc_u32 target)
{
	nc_settle();
	nc_suspend(nc_state.logical + timeout, target);
	nc_state.waiting = 1;
	nc_state.sync_filter = filter;
	nc_state.sync_order = nc_state.arrivals;
	nc_state.waits++;
	NC_BARRIER();
	NC_STORE(nc_state.sync_slot, NC_SYNC_WAITING | (nc_state.waits & (NC_SYNC_CLAIMING - 1)));
}

NC_INLINE nc_u64 nc_delay(nc_u32 channel)
{
#if NC_CHANNELS
	nc_u64 at = channel;

	NC_LAUNDER(at);
	if (at >= NC_CHANNELS)
		return 0;
	NC_LAUNDER(at);
	return nc_channels[at].delay;
#else
	return 0;
#endif
}

/* Whether the wait for a sync frame is over. Sets due and L, and starts a round. */
NC_INLINE enum nc_due nc_sync_over(nc_u64 now)
{
	nc_u64 slot = NC_LOAD(nc_state.sync_slot);

	if (slot & NC_SYNC_WAITING) {
		if (now < nc_state.next)
			return NC_DUE_NOTHING;
		if (NC_CAS(nc_state.sync_slot, slot, 0) == slot) {
			nc_state.due = nc_state.logical = nc_state.next;
			nc_set_error(NC_ERROR_SYNC_TIMEOUT);
			nc_stats.sync_timeouts++;
			/* One that began after its end ends when it begins. */
			nc_start_round(nc_state.next, nc_state.sync_order);
			return NC_DUE_TIMEOUT;
		}
		slot = NC_LOAD(nc_state.sync_slot);
	}
	if (slot & NC_SYNC_CLAIMING)
		return NC_DUE_NOTHING; /* nc_ingress on another CPU is about to say when it came */
	NC_STORE(nc_state.sync_slot, 0);
	nc_state.due = slot;
	nc_state.logical = slot - nc_delay(nc_state.sync_channel);
	nc_clear_error(NC_ERROR_SYNC_TIMEOUT);
	nc_start_round(0, nc_state.sync_order);
	return NC_DUE_BLOCK;
}

/* Whether a block is due. Sets due and L. */
NC_INLINE enum nc_due nc_due(nc_u64 now)
{
	if (nc_state.run != NC_RUN_RUNNING)
		return NC_DUE_NOTHING;
	if (nc_state.waiting)
		return nc_sync_over(now);
	if (now + nc_early() < nc_state.next)
		return NC_DUE_NOTHING;
	nc_state.due = nc_state.logical = nc_state.next;
	return NC_DUE_BLOCK;
}

#if NC_HAS_GATE
/* The grid moves by so much, and with it the openings that are known ahead, unless armed futures stay where they are. */
NC_INLINE void nc_gate_move(nc_u64 ns)
{
	nc_u64 anchor = nc_state.gate_anchor;

	NC_STORE(nc_state.gate_anchor, anchor && !nc_state.armed ? anchor + ns : 0);
}
#endif

/* Judges how late the block starts. The errors that it sets. */
NC_INLINE nc_u32 nc_judge(nc_u64 now)
{
	if (now <= nc_state.due + NC_TOLERANCE) {
		nc_clear_error(NC_ERROR_DEADLINE_MISSED);
		nc_state.late_in_row = 0;
		return 0;
	}
	nc_set_error(NC_ERROR_DEADLINE_MISSED);
	nc_stats.late++;
	if (++nc_state.late_in_row > NC_LATE_LIMIT) {
#if NC_HAS_GATE
		nc_gate_move(now - nc_state.logical);
#endif
		nc_state.logical = now;
		nc_state.late_in_row = 0;
		nc_stats.restarted_grids++;
	}
	return NC_ERROR_DEADLINE_MISSED;
}

/* Starts a block: a handler of its lateness or of its timeout takes the place of where it would go on. */
NC_INLINE void nc_begin(nc_u64 now, enum nc_due due)
{
	nc_u32 errors = due == NC_DUE_TIMEOUT ? NC_ERROR_SYNC_TIMEOUT : 0;

	errors |= nc_judge(now);
	nc_stats.blocks++;
	nc_state.waiting = 0;
	nc_pacing.began = now;
	nc_pacing.ahead = now < nc_state.due ? NC_AHEAD : 0;
	nc_pacing.cpu = bpf_get_smp_processor_id();
	nc_go_to_handler(errors);
	nc_record(NC_TRACE_BLOCK, nc_state.due, nc_state.position);
}

#if NC_HAS_GATE
/* xsend: of two windows the later end wins. */
NC_INLINE void nc_xsend(nc_u64 window)
{
	nc_settle();
	if (nc_state.logical + window > nc_state.gate_until)
		NC_STORE(nc_state.gate_until, nc_state.logical + window);
}

NC_INLINE void nc_mode_soft(void)
{
	nc_settle();
	NC_STORE(nc_state.gate_soft, 1);
}

/* mode hard ends `mode soft` and windows. */
NC_INLINE void nc_mode_hard(void)
{
	NC_STORE(nc_state.gate_until, 0);
	NC_STORE(nc_state.gate_soft, 0);
}
#endif

/* Guard send_buffer_empty: no ordinary frame is held back. */
NC_INLINE int nc_send_buffer_empty(void)
{
	nc_settle();
	return !NC_HAS_GATE || nc_now() >= NC_LOAD(nc_state.gate_booked);
}

#endif
