/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Rounds and backups (language, section 6). Frames that decide of backups and sync frames that end a wait are numbered as
 * they arrive; a round begins behind such a number and, after a timeout, also behind an instant.
 */
#ifndef NC_ROUNDS_BPF_H
#define NC_ROUNDS_BPF_H

NC_INLINE void nc_start_round(nc_u64 start, nc_u32 order)
{
	/* In a block that runs ahead of its instant, what comes until then belongs to the round before. */
	nc_state.round_start = !start && nc_pacing.ahead ? nc_state.due : start;
	nc_state.round_order = order;
}

NC_INLINE int nc_in_round(nc_u64 arrival, nc_u32 order)
{
	return arrival > nc_state.round_start && (int)(order - nc_state.round_order) > 0;
}

#if NC_HAS_BACKUP
/* The number of an arrival. */
NC_INLINE nc_u32 nc_next_arrival(void)
{
	return __sync_fetch_and_add(&nc_state.arrivals, 1) + 1;
}

/* Whether this node has seen a frame of the channel's primary in this round. */
NC_INLINE int nc_primary_heard(nc_u64 channel)
{
	nc_u64 order = NC_LOAD(nc_heard[channel].order);

	return order && nc_in_round(NC_LOAD(nc_heard[channel].arrival), order);
}
#endif

#endif
