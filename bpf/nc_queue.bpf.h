/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* Queue variables in nc_vars: one side appends and moves head, the other takes and moves tail (docs/abi.md). */
#ifndef NC_QUEUE_BPF_H
#define NC_QUEUE_BPF_H

#if NC_HAS_QUEUE

/* Values in a queue. An application that scribbles over its counters gets a queue that is empty and full at once. */
NC_INLINE nc_u64 nc_queue_length(const struct nc_variable_config *config)
{
	struct nc_queue_head *queue = (struct nc_queue_head *)nc_vars_at(config->offset, sizeof(*queue));

	return queue ? NC_LOAD(queue->head) - NC_LOAD(queue->tail) : 0;
}

NC_INLINE nc_u64 nc_queue_slot_at(const struct nc_variable_config *config, nc_u64 position)
{
	return config->offset + sizeof(struct nc_queue_head) + position % config->depth * config->slot;
}

/* Where the oldest value lies in nc_vars; 0: there is none. */
NC_INLINE nc_u64 nc_queue_oldest(const struct nc_variable_config *config)
{
	struct nc_queue_head *queue = (struct nc_queue_head *)nc_vars_at(config->offset, sizeof(*queue));
	nc_u64 length = nc_queue_length(config);

	return queue && length - 1 < config->depth ? nc_queue_slot_at(config, NC_LOAD(queue->tail)) : 0;
}

/* Where the next value goes; 0: the queue is full. */
NC_INLINE nc_u64 nc_queue_free(const struct nc_variable_config *config)
{
	struct nc_queue_head *queue = (struct nc_queue_head *)nc_vars_at(config->offset, sizeof(*queue));

	return queue && nc_queue_length(config) < config->depth ? nc_queue_slot_at(config, NC_LOAD(queue->head)) : 0;
}

NC_INLINE void nc_queue_taken(const struct nc_variable_config *config)
{
	struct nc_queue_head *queue = (struct nc_queue_head *)nc_vars_at(config->offset, sizeof(*queue));

	NC_BARRIER();
	if (queue)
		NC_STORE(queue->tail, NC_LOAD(queue->tail) + 1);
}

NC_INLINE void nc_queue_appended(const struct nc_variable_config *config)
{
	struct nc_queue_head *queue = (struct nc_queue_head *)nc_vars_at(config->offset, sizeof(*queue));

	NC_BARRIER();
	if (queue)
		NC_STORE(queue->head, NC_LOAD(queue->head) + 1);
}

/* Guard var_queue_empty. */
NC_GLOBAL int nc_queue_empty(nc_u32 variable)
{
	const struct nc_variable_config *config = nc_variable(variable);

	return !config || nc_queue_length(config) - 1 >= config->depth;
}

/* Guard var_queue_full. */
NC_GLOBAL int nc_queue_full(nc_u32 variable)
{
	const struct nc_variable_config *config = nc_variable(variable);

	return !config || nc_queue_length(config) >= config->depth;
}

#if NC_HAS_BYTES
/* A queue's slot to work space 0. */
NC_INLINE void nc_queue_read_bytes(const struct nc_variable_config *config, nc_u64 at)
{
	struct nc_queue_slot *slot = (struct nc_queue_slot *)nc_vars_at(at, sizeof(*slot));
	nc_u32 length = slot ? NC_LOAD(slot->length) : 0;

	if (length > config->size)
		length = config->size;
	nc_vars_copy_out(nc_scratch.words[0], at + sizeof(*slot), (length + NC_CHUNK - 1) / NC_CHUNK);
	nc_scratch.length[0] = length;
}

/* Work space 0 to a queue's slot. */
NC_INLINE void nc_queue_write_bytes(nc_u64 at)
{
	struct nc_queue_slot *slot = (struct nc_queue_slot *)nc_vars_at(at, sizeof(*slot));
	nc_u32 length = nc_scratch.length[0];

	if (!slot)
		return;
	nc_vars_copy_in(at + sizeof(*slot), (length + NC_CHUNK - 1) / NC_CHUNK);
	NC_STORE(slot->length, length);
}
#endif

#endif /* NC_HAS_QUEUE */

#endif
