/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* Frames that have come: receive, backup_receive. Called with the owner flag held. */
#ifndef NC_RECEIVE_BPF_H
#define NC_RECEIVE_BPF_H

#if NC_HAS_RECEIVE || NC_HAS_BACKUP_RECEIVE
/* How much of a frame's payload goes into a value; NC_NONE: the length does not fit. */
NC_INLINE nc_u32 nc_fit(const struct nc_variable_config *config, nc_u32 length)
{
#if NC_WIRE_V1
	if (config->kind == NC_KIND_INTEGER)
		return length == config->size ? length : NC_NONE;
	return length <= config->size ? length : NC_NONE;
#else
	if (length >= config->size)
		return config->size;
	return config->kind == NC_KIND_INTEGER ? NC_NONE : length;
#endif
}

#if NC_HAS_BYTES
NC_INLINE void nc_slot_to_scratch(struct nc_slot *slot, nc_u32 length)
{
	for (nc_u32 i = 0; i < NC_RX_CAPACITY / 8 && i < NC_SCRATCH_WORDS; i++) {
		if (i * 8 >= length)
			break;
		NC_BARRIER();
		nc_scratch.words[0][i] = slot->payload[i];
	}
	nc_scratch.length[0] = length;
}
#endif

/* Puts a payload into a variable or a queue. The errors that it sets. */
NC_INLINE nc_u32 nc_take_value(nc_u32 variable, const struct nc_variable_config *config, struct nc_slot *slot,
			       nc_u32 length)
{
	nc_u64 at = config->offset;

#if NC_HAS_QUEUE
	if (config->depth) {
		at = nc_queue_free(config);
		if (!at) {
			nc_set_error(NC_ERROR_QUEUE_FULL);
			return NC_ERROR_QUEUE_FULL;
		}
		nc_clear_error(NC_ERROR_QUEUE_FULL);
	}
#endif
	if (config->kind == NC_KIND_INTEGER)
		nc_store_integer(at, config->size, bpf_be64_to_cpu(slot->payload[0]) >> (64 - 8 * config->size));
#if NC_HAS_BYTES
	if (config->kind == NC_KIND_BYTES) {
		nc_slot_to_scratch(slot, length);
#if NC_HAS_QUEUE
		if (config->depth)
			nc_queue_write_bytes(at);
		else
#endif
			nc_write_bytes(variable, length);
	}
#endif
#if NC_HAS_QUEUE
	if (config->depth)
		nc_queue_appended(config);
#endif
	return 0;
}

/* Takes the oldest frame of a ring into a variable or a queue. The errors that it sets. */
NC_INLINE nc_u32 nc_receive_from(const struct nc_ring_config *ring, nc_u64 channel, nc_u32 variable)
{
	const struct nc_variable_config *config = nc_variable(variable);
	nc_u32 length, errors;
	struct nc_slot *slot;
	nc_u64 position = 0;

	if (!config)
		return 0;
	slot = nc_ring_take(ring, &position);
	if (!slot) {
		nc_set_error(NC_ERROR_RECEIVE_FAULT);
		return NC_ERROR_RECEIVE_FAULT;
	}
	nc_record(NC_TRACE_RECEIVE, slot->length, channel);
	length = nc_fit(config, slot->length);
	if (length == NC_NONE) {
		nc_set_error(NC_ERROR_RECEIVE_FAULT);
		NC_COUNT(nc_channel_stats(channel)->wrong_length);
		errors = NC_ERROR_RECEIVE_FAULT;
	} else {
		nc_clear_error(NC_ERROR_RECEIVE_FAULT);
		errors = nc_take_value(variable, config, slot, length);
	}
	nc_ring_release(ring, slot, position);
	return errors;
}
#endif

#if NC_HAS_RECEIVE
/* receive CHANNEL -> VAR. The errors that it sets. */
NC_GLOBAL int nc_receive(nc_u32 index, nc_u32 variable)
{
	nc_u64 at = index;

	NC_LAUNDER(at);
	if (at >= NC_CHANNELS)
		return 0;
	NC_LAUNDER(at);
	nc_settle();
	return nc_receive_from(&nc_channels[at].primary, at, variable);
}
#endif

#if NC_HAS_RCV_EMPTY
NC_GLOBAL int nc_receive_empty(nc_u32 index)
{
	nc_u64 at = index;

	NC_LAUNDER(at);
	if (at >= NC_CHANNELS)
		return 1;
	NC_LAUNDER(at);
	nc_settle();
	return !nc_ring_peek(&nc_channels[at].primary);
}
#endif

#if NC_HAS_BACKUP_RECEIVE
struct nc_discard {
	nc_u32 channel;
	nc_u32 all;
};

/* Takes one frame of the backup out of its queue, unless it is of this round and to be kept. */
static long nc_discard_step(nc_u32 index, struct nc_discard *discard)
{
	const struct nc_ring_config *ring;
	nc_u64 at = discard->channel, position = 0;
	struct nc_slot *slot;

	NC_LAUNDER(at);
	if (at >= NC_CHANNELS)
		return 1;
	NC_LAUNDER(at);
	ring = &nc_channels[at].backup;
	slot = nc_ring_peek(ring);
	if (!slot || (!discard->all && nc_in_round(slot->arrival, slot->order)))
		return 1;
	slot = nc_ring_take(ring, &position);
	if (!slot)
		return 1;
	nc_ring_release(ring, slot, position);
	return 0;
}

/* backup_receive CHANNEL -> VAR. The errors that it sets. */
NC_GLOBAL int nc_backup_receive(nc_u32 channel, nc_u32 variable)
{
	struct nc_discard discard = { .channel = channel };
	nc_u64 at = channel;

	NC_LAUNDER(at);
	if (at >= NC_CHANNELS)
		return 0;
	NC_LAUNDER(at);
	nc_settle();
	discard.all = nc_primary_heard(at);
	bpf_loop(nc_channels[at].backup.mask + 1, nc_discard_step, &discard, 0);
	return discard.all ? 0 : nc_receive_from(&nc_channels[at].backup, at, variable);
}
#endif

#endif
