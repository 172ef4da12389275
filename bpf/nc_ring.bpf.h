/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * Receive queues: bounded lock-free rings after D. Vyukov's, with slots whose `turn` tells whose they are. A slot is
 * free at position p when turn is p rounded down to the lap, and holds frame p when it is one more; all zero is an
 * empty ring. When the queue is full a producer takes the oldest frame out, as the machine would. There are more
 * slots than the queue's length, so that a producer never waits for a slot that the machine still reads.
 */
#ifndef NC_RING_BPF_H
#define NC_RING_BPF_H

#define NC_RING_TRIES 8 /* the verifier's work grows with the square of it */

/* Greatest offset in nc_rx at which a slot of the greatest size still fits. */
#define NC_SLOT_LIMIT (sizeof(nc_rx) - sizeof(struct nc_slot) - NC_RX_CAPACITY)

NC_INLINE struct nc_ring *nc_ring_of(const struct nc_ring_config *config)
{
	nc_u64 offset = config->rx;

	NC_LAUNDER(offset);
	offset &= ~7ULL; /* it is: atomics want to see it */
	if (offset > sizeof(nc_rx) - sizeof(struct nc_ring))
		return 0;
	NC_LAUNDER(offset);
	return (struct nc_ring *)((nc_u8 *)&nc_rx + offset);
}

NC_INLINE struct nc_slot *nc_slot_at(const struct nc_ring_config *config, nc_u64 position)
{
	nc_u64 offset = config->rx + sizeof(struct nc_ring) + (position & config->mask) * config->slot;

	NC_LAUNDER(offset);
	if (offset > NC_SLOT_LIMIT)
		return 0;
	NC_LAUNDER(offset);
	return (struct nc_slot *)((nc_u8 *)&nc_rx + offset);
}

NC_INLINE nc_u64 nc_lap(const struct nc_ring_config *config, nc_u64 position)
{
	return position & ~(nc_u64)config->mask;
}

/* Takes the oldest frame out of a full queue. 0 when it is gone. */
NC_INLINE int nc_ring_drop(const struct nc_ring_config *config, struct nc_ring *ring, nc_u64 tail)
{
	struct nc_slot *slot = nc_slot_at(config, tail);

	if (!slot || NC_LOAD(slot->turn) != nc_lap(config, tail) + 1)
		return 1; /* its producer has not finished */
	if (NC_CAS(ring->tail, tail, tail + 1) != tail)
		return 1;
	NC_STORE(slot->turn, nc_lap(config, tail) + config->mask + 1);
	return 0;
}

/* Claims a slot for a frame that has come; publish it with nc_ring_publish. 0: other CPUs kept the queue busy. */
NC_INLINE struct nc_slot *nc_ring_claim(const struct nc_ring_config *config, nc_u64 *position, nc_u32 *dropped)
{
	struct nc_ring *ring = nc_ring_of(config);

	if (!ring)
		return 0;
	for (int i = 0; i < NC_RING_TRIES; i++) {
		nc_u64 head = NC_LOAD(ring->head), tail = NC_LOAD(ring->tail);
		struct nc_slot *slot;

		if (head - tail >= config->queue) {
			if (!nc_ring_drop(config, ring, tail))
				*dropped += 1;
			continue;
		}
		slot = nc_slot_at(config, head);
		if (!slot)
			return 0;
		if (NC_LOAD(slot->turn) != nc_lap(config, head) || NC_CAS(ring->head, head, head + 1) != head)
			continue;
		*position = head;
		return slot;
	}
	return 0;
}

NC_INLINE void nc_ring_publish(const struct nc_ring_config *config, struct nc_slot *slot, nc_u64 position)
{
	NC_BARRIER();
	NC_STORE(slot->turn, nc_lap(config, position) + 1);
}

/* Claims the oldest frame for reading; release it with nc_ring_release. 0: the queue is empty. */
NC_INLINE struct nc_slot *nc_ring_take(const struct nc_ring_config *config, nc_u64 *position)
{
	struct nc_ring *ring = nc_ring_of(config);

	if (!ring)
		return 0;
	for (int i = 0; i < NC_RING_TRIES; i++) {
		nc_u64 tail = NC_LOAD(ring->tail);
		struct nc_slot *slot = nc_slot_at(config, tail);

		if (!slot || NC_LOAD(slot->turn) != nc_lap(config, tail) + 1)
			return 0;
		if (NC_CAS(ring->tail, tail, tail + 1) != tail)
			continue; /* a producer dropped it just now */
		*position = tail;
		return slot;
	}
	return 0;
}

NC_INLINE void nc_ring_release(const struct nc_ring_config *config, struct nc_slot *slot, nc_u64 position)
{
	NC_BARRIER();
	NC_STORE(slot->turn, nc_lap(config, position) + config->mask + 1);
}

/* The oldest frame, left where it is. 0: the queue is empty. */
NC_INLINE struct nc_slot *nc_ring_peek(const struct nc_ring_config *config)
{
	struct nc_ring *ring = nc_ring_of(config);
	struct nc_slot *slot;
	nc_u64 tail;

	if (!ring)
		return 0;
	tail = NC_LOAD(ring->tail);
	slot = nc_slot_at(config, tail);
	return slot && NC_LOAD(slot->turn) == nc_lap(config, tail) + 1 ? slot : 0;
}

#endif
