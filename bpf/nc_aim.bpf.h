/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Keeping instants: waiting awake for one, beginning a block early enough, letting its first frame go early by the cost of
 * its path. All of it only where nc_config.most_lead allows the machine to spin. Called with the owner flag held, but for nc_spin.
 */
#ifndef NC_AIM_BPF_H
#define NC_AIM_BPF_H

#define NC_SPIN_LOOPS (1 << 20)
#define NC_MOST_EARLY 10000         /* ns a block begins early at most */
#define NC_EARLY_SLACK 200          /* ns left to the instructions before the first frame, and a quarter of their time */
#define NC_LEAD_SLACK 2000          /* ns of lead beside the latest wake-up, and a quarter of that */
#define NC_AHEAD 1                  /* nc_pacing.ahead: the block runs before its instant */
#define NC_AHEAD_AIMED 2            /* and its first frame has had its turn */
#define NC_WINDOW 10000000000ULL    /* ns for which a late wake-up is remembered at least */

struct nc_spin {
	nc_u64 until;
	nc_u64 next; /* spinning ends when nc_state.next is another */
};

static long nc_spin_step(nc_u32 index, struct nc_spin *spin)
{
	return bpf_ktime_get_ns() >= spin->until || NC_LOAD(nc_state.next) != spin->next;
}

/* Waits awake, unless nc_state.next changes. A test clock is put forward. */
NC_INLINE void nc_spin(nc_u64 until, nc_u64 next)
{
	struct nc_spin spin = { .until = until, .next = next };

	if (nc_config.test_clock) {
		if (nc_now() < until)
			NC_STORE(nc_state.test_now, until);
		return;
	}
	bpf_loop(NC_SPIN_LOOPS, nc_spin_step, &spin, 0);
}

/* No more than half of the shortest wait. */
NC_INLINE nc_u64 nc_most_lead(void)
{
	nc_u64 most = nc_config.most_lead;

	return NC_SHORTEST_WAIT && most > NC_SHORTEST_WAIT / 2 ? NC_SHORTEST_WAIT / 2 : most;
}

/* How long before its instant a block begins; one that waits for a frame never does. */
NC_INLINE nc_u64 nc_early(void)
{
	nc_u64 early = NC_LOAD(nc_pacing.early), most = nc_most_lead() / 2;

	if (NC_LOAD(nc_state.waiting))
		return 0;
	return early < most ? early : most;
}

NC_GLOBAL int nc_settle_now(void)
{
	nc_spin(nc_state.due, nc_state.next);
	nc_pacing.ahead = 0;
	return 0;
}

/*
 * Before what must not be done ahead of the instant: to look at the network or at held frames, to open the gate, to wait for a sync
 * frame, to stop.
 */
NC_INLINE void nc_settle(void)
{
	if (nc_pacing.ahead)
		nc_settle_now();
}

/* The next block begins early enough for a first frame that takes so long; less only slowly. */
NC_INLINE void nc_learn_early(nc_u64 need)
{
	nc_u64 early = nc_pacing.early;

	need += NC_EARLY_SLACK + need / 4;
	early = need > early ? need : early - (early - need) / 256;
	if (early > NC_MOST_EARLY)
		early = NC_MOST_EARLY;
	NC_STORE(nc_pacing.early, early);
}

NC_GLOBAL int nc_aim_now(void)
{
	nc_u64 instant = nc_state.due - nc_pacing.path;
	nc_u64 now = nc_now();

	nc_pacing.ahead = NC_AHEAD_AIMED;
	nc_pacing.passed = 0;
	nc_pacing.reached = 0;
	nc_learn_early(now - nc_pacing.began + nc_pacing.path);
	if (now > instant) {
		/* What the path takes is learned from this one as well: it may have become shorter. */
		nc_pacing.behind++;
		nc_pacing.aimed = now;
		return 0;
	}
	nc_pacing.exact++;
	nc_pacing.aimed = instant;
	nc_spin(instant, nc_state.next);
	return 0;
}

/* Holds the first frame of a block back until it will be at the driver at the block's instant. */
NC_INLINE void nc_aim(void)
{
	nc_pacing.aimed = 0;
	if (nc_pacing.ahead == NC_AHEAD)
		nc_aim_now();
}

/* Follows the median of what the path to nc_gate takes: by steps, so that the few frames that something held up count for little. */
NC_GLOBAL int nc_learn_path_now(void)
{
	nc_u64 took = nc_pacing.passed - nc_pacing.aimed;
	nc_u64 gate = nc_pacing.gate;
	nc_u64 away = took > gate ? took - gate : gate - took;
	nc_u64 step = away / 16 < 8 ? away / 16 : 8;

	nc_pacing.aimed = 0;
	if (!step)
		step = away > 0;
	gate = took > gate ? gate + step : gate - step;
	nc_pacing.gate = gate;
	nc_pacing.path = gate + nc_pacing.rest;
	return 0;
}

NC_INLINE void nc_learn_path(void)
{
	if (nc_pacing.aimed && nc_pacing.passed)
		nc_learn_path_now();
}

/* A wake-up has come. The lead covers the latest ones of this window and of the one before. */
NC_INLINE void nc_learn_lead(nc_u64 now)
{
	nc_u64 planned = NC_LOAD(nc_pacing.planned);
	nc_u64 late = now - planned;
	nc_u64 worst;

	NC_STORE(nc_pacing.woken, now);
	if (!planned || now < planned)
		return;
	/* One that comes again, because it found the owner busy, is not late. */
	NC_STORE(nc_pacing.planned, 0);
	if (late > nc_most_lead()) {
		nc_pacing.stalls++;
		return;
	}
	if (now > nc_pacing.window) {
		if (nc_pacing.window)
			nc_pacing.worst[1] = nc_pacing.worst[0];
		nc_pacing.worst[0] = 0;
		nc_pacing.window = now + NC_WINDOW;
	}
	if (late > nc_pacing.worst[0])
		nc_pacing.worst[0] = late;
	worst = nc_pacing.worst[0] > nc_pacing.worst[1] ? nc_pacing.worst[0] : nc_pacing.worst[1];
	worst += worst / 4 + NC_LEAD_SLACK;
	NC_STORE(nc_pacing.cover, worst);
}

/*
 * How long before its instant the machine is to be awake. Not before the end of a wait for a sync frame: one that came to this
 * processor meanwhile would be looked at when the wait is over.
 */
NC_INLINE nc_u64 nc_lead(void)
{
	nc_u64 lead = nc_config.lead ? nc_config.lead : NC_LOAD(nc_pacing.cover) + nc_early();

	if (NC_LOAD(nc_state.waiting))
		return 0;
	return lead < nc_most_lead() ? lead : nc_most_lead();
}

#endif
