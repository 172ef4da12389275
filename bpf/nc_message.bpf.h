/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* Messages: snapshots of values, with room for a frame's header before them. Called with the owner flag held. */
#ifndef NC_MESSAGE_BPF_H
#define NC_MESSAGE_BPF_H

#define NC_PAD_WORDS 6 /* a frame is padded with zeros to NC_FRAME_MIN: at most 46 bytes of payload */

NC_INLINE void nc_set_error(nc_u32 bit)
{
	nc_state.errors |= bit;
}

NC_INLINE void nc_clear_error(nc_u32 bit)
{
	nc_state.errors &= ~bit;
}

NC_INLINE struct nc_message *nc_message(nc_u32 message)
{
	nc_u64 index = message;

	NC_LAUNDER(index);
	if (index > NC_MESSAGES)
		return 0;
	NC_LAUNDER(index);
	return &nc_messages[index];
}

/* Zeroes what a short payload leaves of the shortest frame: what lay there is nobody's business. */
NC_INLINE void nc_pad(struct nc_message *message, nc_u32 length)
{
	if (length >= NC_PAD_WORDS * 8)
		return;
	for (nc_u32 i = 0; i < NC_PAD_WORDS; i++) {
		if (i * 8 >= length)
			message->payload[i] = 0;
		else if (length - i * 8 < 8)
			message->payload[i] &= (1ULL << ((length - i * 8) * 8)) - 1;
	}
}

NC_INLINE nc_u64 nc_load_integer(nc_u64 offset, nc_u32 size)
{
	nc_u8 *at;

	NC_LAUNDER(offset);
	if (offset > sizeof(nc_vars) - 8)
		return 0;
	NC_LAUNDER(offset);
	at = (nc_u8 *)&nc_vars + offset;
	switch (size) {
	case 1:
		return *(volatile nc_u8 *)at;
	case 2:
		return *(volatile nc_u16 *)at;
	case 4:
		return *(volatile nc_u32 *)at;
	default:
		return *(volatile nc_u64 *)at;
	}
}

NC_INLINE void nc_store_integer(nc_u64 offset, nc_u32 size, nc_u64 value)
{
	nc_u8 *at;

	NC_LAUNDER(offset);
	if (offset > sizeof(nc_vars) - 8)
		return;
	NC_LAUNDER(offset);
	at = (nc_u8 *)&nc_vars + offset;
	switch (size) {
	case 1:
		*(volatile nc_u8 *)at = value;
		break;
	case 2:
		*(volatile nc_u16 *)at = value;
		break;
	case 4:
		*(volatile nc_u32 *)at = value;
		break;
	default:
		*(volatile nc_u64 *)at = value;
	}
}

#if NC_HAS_CREATE
NC_INLINE void nc_message_integer(struct nc_message *message, nc_u64 value, nc_u32 size)
{
	nc_pad(message, 0);
	message->payload[0] = bpf_cpu_to_be64(value << (64 - 8 * size));
	message->length = size;
	message->present = 1;
}

#if NC_HAS_BYTES
/* A message of what lies in work space 0. */
NC_INLINE void nc_message_bytes(struct nc_message *message)
{
	nc_u32 turns = (nc_scratch.length[0] + NC_CHUNK - 1) / NC_CHUNK;

	NC_COPY(message->payload, nc_scratch.words[0], turns);
	message->length = nc_scratch.length[0];
	nc_pad(message, message->length);
	message->present = 1;
}
#endif

/* create VAR -> MESSAGE */
NC_GLOBAL int nc_create(nc_u32 variable, nc_u32 index)
{
	const struct nc_variable_config *config = nc_variable(variable);
	struct nc_message *message = nc_message(index);

	if (!config || !message)
		return 0;
#if NC_HAS_BYTES
	if (config->kind == NC_KIND_BYTES) {
		if (!nc_read_bytes(variable, 0))
			nc_message_bytes(message); /* else its writer never paused: the message keeps what it held */
		return 0;
	}
#endif
	nc_message_integer(message, nc_load_integer(config->offset, config->size), config->size);
	return 0;
}
#endif

#if NC_HAS_CREATE && NC_HAS_QUEUE
/* create QUEUE -> MESSAGE. The errors that it sets. */
NC_GLOBAL int nc_create_from_queue(nc_u32 variable, nc_u32 index)
{
	const struct nc_variable_config *config = nc_variable(variable);
	struct nc_message *message = nc_message(index);
	nc_u64 slot;

	if (!config || !message)
		return 0;
	slot = nc_queue_oldest(config);
	if (!slot) {
		message->present = 0;
		nc_set_error(NC_ERROR_QUEUE_EMPTY);
		return NC_ERROR_QUEUE_EMPTY;
	}
	nc_clear_error(NC_ERROR_QUEUE_EMPTY);
#if NC_HAS_BYTES
	if (config->kind == NC_KIND_BYTES) {
		nc_queue_read_bytes(config, slot);
		nc_message_bytes(message);
	} else
#endif
		nc_message_integer(message, nc_load_integer(slot, config->size), config->size);
	nc_queue_taken(config);
	return 0;
}
#endif

NC_INLINE void nc_destroy(nc_u32 index)
{
	struct nc_message *message = nc_message(index);

	if (message)
		message->present = 0;
}

#endif
