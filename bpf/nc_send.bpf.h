/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* Frames that leave: send, backup_send, sync master. Called with the owner flag held. */
#ifndef NC_SEND_BPF_H
#define NC_SEND_BPF_H

#define NC_BROADCAST 0xffffffffffffULL

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

#if NC_HAS_SEND || NC_HAS_BACKUP_SEND || NC_HAS_SYNC_MASTER
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
	nc_aim();
	result = bpf_clone_redirect(skb, nc_config.ifindex, 0);
	NC_STORE(nc_nonce.expected, 0);
	nc_learn_path();
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

#if NC_HAS_BACKUP_SEND
/* backup_send CHANNEL, MESSAGE. The errors that it sets. */
NC_GLOBAL int nc_backup_send(struct __sk_buff *skb, nc_u32 channel, nc_u32 index)
{
	nc_u64 at = channel;

	NC_LAUNDER(at);
	if (at >= NC_CHANNELS)
		return 0;
	NC_LAUNDER(at);
	nc_settle();
	return nc_primary_heard(at) ? 0 : nc_send(skb, channel, index);
}
#endif

#endif
