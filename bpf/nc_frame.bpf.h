/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* Messages and frames: create, send, sync master, receive. Called with the owner flag held. */
#ifndef NC_FRAME_BPF_H
#define NC_FRAME_BPF_H

#define NC_BROADCAST 0xffffffffffffULL
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

#if NC_HAS_SEND || NC_HAS_BACKUP_SEND || NC_HAS_SYNC_MASTER
/*
 * Gives the frame a number that nc_gate takes once, so that nobody else can send frames of our ethertype. The numbers
 * follow from the seed (xorshift), which the loader draws at random and nobody else knows; none is seen outside the kernel.
 */
NC_INLINE void nc_sign(struct __sk_buff *skb)
{
	nc_u64 nonce = nc_nonce.seed;

	nonce ^= nonce << 13;
	nonce ^= nonce >> 7;
	nonce ^= nonce << 17;
	nc_nonce.seed = nonce;
	nonce |= 1;
	skb->cb[1] = (nc_u32)nonce;
	NC_BARRIER();
	skb->cb[2] = (nc_u32)(nonce >> 32);
	NC_BARRIER();
	NC_STORE(nc_nonce.expected, nonce);
	NC_BARRIER();
}

/* Puts the frame on the interface. What bpf_clone_redirect answers: 0, NET_XMIT_* (positive) or -errno. */
NC_INLINE int nc_transmit(struct __sk_buff *skb, struct nc_message *message)
{
	nc_u64 payload = message->length;
	nc_u64 total;
	int result;

	NC_LAUNDER(payload);
	if (payload > NC_MESSAGE_WORDS * 8)
		return -1;
	NC_LAUNDER(payload);
	total = NC_HEADER + payload;
	if (total < NC_FRAME_MIN)
		total = NC_FRAME_MIN;
	nc_state.dirty = 1;
	if (skb->len != total) {
		result = bpf_skb_change_tail(skb, total, 0);
		if (result)
			return result;
	}
	NC_LAUNDER(total);
	if (total < NC_FRAME_MIN || total > NC_HEADER + NC_MESSAGE_WORDS * 8)
		return -1;
	NC_LAUNDER(total);
	result = bpf_skb_store_bytes(skb, 0, (nc_u8 *)message->payload - NC_HEADER, total, 0);
	if (result)
		return result;
	nc_sign(skb);
	result = bpf_clone_redirect(skb, nc_config.ifindex, 0);
	NC_STORE(nc_nonce.expected, 0);
	return result;
}

/* A number of two bytes as it lies in a frame, in a little-endian word from bit `shift` on. */
#define NC_WIRE16(value, shift) ((nc_u64)bpf_htons(value) << (shift))

/* Whole words only: the copy into the frame comes right behind, and would wait for narrower stores to settle. */
NC_INLINE void nc_write_header(struct nc_message *message, const struct nc_channel_config *channel, nc_u32 type,
			       nc_u32 sequence, nc_u32 length)
{
	nc_u64 source = nc_own_mac(0) | (nc_u64)nc_own_mac(2) << 16 | (nc_u64)nc_own_mac(4) << 32;
#if NC_WIRE_V1
	nc_u64 destination = type == NC_V1_SYNC ? NC_BROADCAST : channel->to_low | (nc_u64)channel->to_high << 32;

	message->header[0] = destination << 16;
	message->header[1] = source | NC_WIRE16(NC_ETHERTYPE, 48);
	message->header[2] = NC_V1_VERSION | type << 8 | NC_WIRE16(channel->id, 16) | (nc_u64)bpf_htonl(sequence) << 32;
	message->header[3] = NC_WIRE16(length, 0) | (nc_u64)bpf_htonl(NC_PROGRAM_ID) << 32;
	message->header[4] = bpf_cpu_to_be64(nc_state.logical + nc_state.tai_offset);
#else
	message->header[0] = NC_BROADCAST << 16;
	message->header[1] = source | (type == NC_V1_SYNC ? NC_WIRE16(NC_ETHERTYPE_NCM_SYNC, 48) :
							     NC_WIRE16(NC_ETHERTYPE_NCM_DATA, 48));
#endif
}

/*
 * Transmits a message as data (type NC_V1_DATA) or as a sync frame, unless the block is too late for it. The errors that
 * it sets.
 */
NC_INLINE nc_u32 nc_emit(struct __sk_buff *skb, nc_u32 index, struct nc_message *message, nc_u32 type)
{
	const struct nc_channel_config *channel;
	struct nc_sequence *sequence;
	nc_u32 which = type - NC_V1_DATA;
	nc_u64 at = index;
	int result;

	NC_LAUNDER(at);
	if (at >= NC_CHANNELS || which > 1)
		return 0;
	NC_LAUNDER(at);
	channel = &nc_channels[at];
	sequence = &nc_sequences[at];
#if !NC_LATE_SEND
	if (nc_now() > nc_state.due + NC_TOLERANCE) {
		NC_COUNT(nc_channel_stats(at)->suppressed);
		nc_record(NC_TRACE_SUPPRESSED, 0, index);
		return 0;
	}
#endif
	nc_write_header(message, channel, type, sequence->next[which], message->length);
	result = nc_transmit(skb, message);
	if (result) {
		nc_set_error(NC_ERROR_SEND_FAULT);
		NC_COUNT(nc_channel_stats(at)->refused);
		nc_record(NC_TRACE_REFUSED, result, index);
		return NC_ERROR_SEND_FAULT;
	}
	nc_clear_error(NC_ERROR_SEND_FAULT);
	nc_record(type == NC_V1_DATA ? NC_TRACE_SEND : NC_TRACE_SYNC_SENT, sequence->next[which], index);
	sequence->next[which]++;
	/* Only the machine counts these: no atomic access. */
	if (type == NC_V1_DATA)
		nc_channel_stats(at)->sent++;
	else
		nc_channel_stats(at)->sync_sent++;
	return 0;
}
#endif

#if NC_HAS_SEND || NC_HAS_BACKUP_SEND
/* send CHANNEL, MESSAGE. The errors that it sets. */
NC_GLOBAL int nc_send(struct __sk_buff *skb, nc_u32 channel, nc_u32 index)
{
	struct nc_message *message = nc_message(index);

	if (!message)
		return 0;
	if (!message->present) {
		nc_set_error(NC_ERROR_MESSAGE_EMPTY);
		return NC_ERROR_MESSAGE_EMPTY;
	}
	nc_clear_error(NC_ERROR_MESSAGE_EMPTY);
	return nc_emit(skb, channel, message, NC_V1_DATA);
}
#endif

#if NC_HAS_SYNC_MASTER
/* sync master CHANNEL: starts a round, also when the frame is not sent. The errors that it sets. */
NC_GLOBAL int nc_sync_master(struct __sk_buff *skb, nc_u32 channel)
{
	nc_start_round(0, nc_state.arrivals);
	return nc_emit(skb, channel, &nc_messages[NC_MESSAGES], NC_V1_SYNC);
}
#endif

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
	return !nc_ring_peek(&nc_channels[at].primary);
}
#endif

#if NC_HAS_BACKUP_SEND
/* backup_send CHANNEL, MESSAGE. The errors that it sets. */
NC_GLOBAL int nc_backup_send(struct __sk_buff *skb, nc_u32 channel, nc_u32 index)
{
	nc_u64 at = channel;

	NC_LAUNDER(at);
	if (at >= NC_CHANNELS)
		return 0;
	NC_LAUNDER(at);
	return nc_primary_heard(at) ? 0 : nc_send(skb, channel, index);
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
	discard.all = nc_primary_heard(at);
	bpf_loop(nc_channels[at].backup.mask + 1, nc_discard_step, &discard, 0);
	return discard.all ? 0 : nc_receive_from(&nc_channels[at].backup, at, variable);
}
#endif

#endif
