/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* nc_ingress: accepts frames by source MAC and channel before the stack sees them (language, section 7). */
#ifndef NC_XDP_BPF_H
#define NC_XDP_BPF_H

#define NC_DIRECT_WORDS 16 /* payloads up to this long are copied word by word, longer ones by a helper */

struct nc_ethernet {
	nc_u8 destination[6];
	nc_u8 source[6];
	nc_u16 ethertype;
};

#if NC_WIRE_V1
struct nc_v1_header {
	struct nc_ethernet ethernet;
	nc_u8 version;
	nc_u8 type;
	nc_u16 channel;
	nc_u32 sequence;
	nc_u16 payload_length;
	nc_u16 flags;
	nc_u32 program;
	nc_u64 logical;
} __attribute__((packed));
#endif

NC_INLINE int nc_strict(void)
{
	if (!NC_STRICT)
		return XDP_PASS;
	NC_COUNT(nc_stats.drop_strict);
	return XDP_DROP;
}

NC_INLINE struct nc_peer *nc_lookup_peer(struct nc_ethernet *ethernet)
{
	nc_u64 key = *(nc_u32 *)&ethernet->source[0] | (nc_u64) * (nc_u16 *)&ethernet->source[4] << 32;

	return bpf_map_lookup_elem(&nc_peers, &key);
}

/* Broadcast, multicast, or ours. */
NC_INLINE int nc_for_us(struct nc_ethernet *ethernet)
{
	if (ethernet->destination[0] & 1)
		return 1;
	return *(nc_u16 *)&ethernet->destination[0] == nc_own_mac(0) &&
	       *(nc_u16 *)&ethernet->destination[2] == nc_own_mac(2) &&
	       *(nc_u16 *)&ethernet->destination[4] == nc_own_mac(4);
}

#if NC_CHANNELS
/* Copies a payload into a slot, word by word while that is the cheapest. */
NC_INLINE void nc_fill(struct xdp_md *context, struct nc_slot *slot, nc_u64 offset, nc_u64 length)
{
	nc_u8 *from = (nc_u8 *)(long)context->data + offset;
	void *end = (void *)(long)context->data_end;

	if (length <= NC_DIRECT_WORDS * 8) {
		nc_u64 i;

		for (i = 0; i < NC_DIRECT_WORDS && i < NC_RX_CAPACITY / 8; i++, from += 8) {
			if (i * 8 >= length)
				return;
			if ((void *)(from + 8) > end)
				break;
			slot->payload[i] = *(nc_u64 *)from;
		}
		if (i * 8 >= length)
			return;
	}
	NC_LAUNDER(length);
	if (length - 1 >= NC_RX_CAPACITY)
		return;
	NC_LAUNDER(length);
	length -= 1;
	NC_LAUNDER(length);
	if (length >= NC_RX_CAPACITY)
		return;
	NC_LAUNDER(length);
	bpf_xdp_load_bytes(context, offset, slot->payload, length + 1);
}

/* A data frame that its channel accepts: queued, the oldest dropped when the queue is full. */
NC_INLINE int nc_enqueue(struct xdp_md *context, nc_u64 at, nc_u32 is_backup, nc_u64 offset, nc_u32 length)
{
	const struct nc_channel_config *channel = &nc_channels[at];
	const struct nc_ring_config *ring = is_backup ? &channel->backup : &channel->primary;
	struct nc_slot *slot;
	nc_u64 position = 0;
	nc_u32 dropped = 0, kept = length;

#if NC_HAS_BACKUP
	nc_u64 arrival = channel->numbered ? nc_now() : 0;
	nc_u32 order = channel->numbered ? nc_next_arrival() : 0;

	if (channel->numbered && !is_backup) {
		NC_STORE(nc_heard[at].arrival, arrival);
		NC_STORE(nc_heard[at].order, order);
	}
#endif
	slot = nc_ring_claim(ring, &position, &dropped);
	if (dropped)
		__sync_fetch_and_add(&nc_channel_stats(at)->queue_full, dropped);
	if (!slot) {
		NC_COUNT(nc_channel_stats(at)->contended);
		return XDP_DROP;
	}
	slot->length = length;
#if NC_HAS_BACKUP
	slot->arrival = arrival;
	slot->order = order;
#endif
	if (kept > ring->capacity)
		kept = ring->capacity;
	if (kept)
		nc_fill(context, slot, offset, kept);
	nc_ring_publish(ring, slot, position);
	NC_COUNT(nc_channel_stats(at)->received);
	return XDP_DROP;
}

NC_INLINE int nc_accept(struct xdp_md *context, nc_u32 index, nc_u32 is_backup, nc_u64 offset, nc_u32 length)
{
	nc_u64 at = index;

	NC_LAUNDER(at);
	if (at >= NC_CHANNELS)
		return XDP_PASS;
	NC_LAUNDER(at);
	return nc_enqueue(context, at, is_backup, offset, length);
}

/*
 * A sync frame that counts ends the machine's wait; its arrival is now. The token of the wait is read before the
 * clock, so that a frame can never end a later wait than the one that it met.
 */
NC_INLINE int nc_claim_sync(nc_u32 index, int counts_for_filter)
{
	nc_u64 slot = NC_LOAD(nc_state.sync_slot);
	nc_u64 arrival = nc_now();
	nc_u64 at = index;

	NC_LAUNDER(at);
	if (at >= NC_CHANNELS)
		return XDP_PASS;
	NC_LAUNDER(at);
	if (!(slot & NC_SYNC_WAITING) || !counts_for_filter || arrival > NC_LOAD(nc_state.next) ||
	    NC_CAS(nc_state.sync_slot, slot, NC_SYNC_CLAIMING) != slot) {
		NC_COUNT(nc_stats.sync_unawaited);
		return XDP_DROP;
	}
	nc_state.sync_channel = index;
#if NC_HAS_BACKUP
	nc_state.sync_order = nc_next_arrival();
#endif
	NC_COUNT(nc_channel_stats(at)->sync_received);
	NC_BARRIER();
	/* A stop meanwhile has ended the wait: then nobody is woken. */
	return NC_CAS(nc_state.sync_slot, NC_SYNC_CLAIMING, arrival) == NC_SYNC_CLAIMING ? XDP_PASS : XDP_DROP;
}

#endif

#if NC_WIRE_V1 && NC_CHANNELS

NC_INLINE nc_u32 nc_bits(nc_u64 word)
{
	word -= (word >> 1) & 0x5555555555555555ULL;
	word = (word & 0x3333333333333333ULL) + ((word >> 2) & 0x3333333333333333ULL);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (word * 0x0101010101010101ULL) >> 56;
}

/* Gaps, repeats and restarts of one sender on one channel; `which` is 0 for data, 1 for sync. */
NC_INLINE void nc_account(nc_u32 index, nc_u32 sender, nc_u32 which, nc_u32 sequence)
{
	struct nc_channel_stats *stats;
	struct nc_sender *entry;
	nc_u64 slot = sender, at = index;
	nc_u32 last;

	NC_LAUNDER(slot);
	NC_LAUNDER(at);
	if (slot >= NC_SENDERS_MAX || at >= NC_CHANNELS)
		return;
	NC_LAUNDER(slot);
	entry = &nc_senders[slot];
	stats = nc_channel_stats(at);
	last = entry->last[which & 1];
	if (!entry->seen[which & 1] || sequence == last + 1) {
		entry->seen[which & 1] = 1;
	} else if (sequence > last) {
		__sync_fetch_and_add(&stats->lost, (nc_u64)(sequence - last - 1));
	} else if (sequence && last - sequence < 1U << 31) {
		NC_COUNT(stats->repeated);
		return;
	} else if (sequence == last) {
		NC_COUNT(stats->repeated); /* 0 after 0 */
		return;
	} else {
		NC_COUNT(stats->restarted);
	}
	entry->last[which & 1] = sequence;
}

NC_INLINE int nc_drop(nc_u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
	return XDP_DROP;
}

NC_INLINE int nc_take_frame(struct xdp_md *context, struct nc_peer *peer)
{
	struct nc_v1_header *header = (void *)(long)context->data;
	void *end = (void *)(long)context->data_end;
	nc_u32 index, word, type, length;
	nc_u64 bit;

	if ((void *)(&header->version + 1) > end)
		return nc_drop(&nc_stats.drop_length);
	if (header->version != NC_V1_VERSION)
		return nc_drop(&nc_stats.drop_version);
	if ((void *)(&header->type + 1) > end)
		return nc_drop(&nc_stats.drop_length);
	type = header->type;
	if (type != NC_V1_DATA && type != NC_V1_SYNC)
		return nc_drop(&nc_stats.drop_type);
	if ((void *)(header + 1) > end)
		return nc_drop(&nc_stats.drop_length);
	length = bpf_ntohs(header->payload_length);
	if (length > bpf_xdp_get_buff_len(context) - sizeof(*header))
		return nc_drop(&nc_stats.drop_length);
	index = bpf_ntohs(header->channel);
	index = (index < 256 ? nc_channel_index[index & 255] : 0) - 1U;
	if (index >= NC_CHANNELS)
		return nc_drop(&nc_stats.drop_channel);
	word = (index >> 6) & 3;
	bit = 1ULL << (index & 63);
	if (!((peer->from[word] | peer->backup[word]) & bit))
		return nc_drop(&nc_stats.drop_sender);
	nc_account(index, peer->first[word] + nc_bits((peer->from[word] | peer->backup[word]) & (bit - 1)),
		   type - NC_V1_DATA, bpf_ntohl(header->sequence));
	if (type == NC_V1_SYNC) {
		nc_u32 filter = NC_LOAD(nc_state.sync_filter);

		return nc_claim_sync(index, (peer->from[word] & bit) && (filter == NC_NONE || filter == index));
	}
	return nc_accept(context, index, !(peer->from[word] & bit), sizeof(*header), length);
}

#elif NC_CHANNELS

NC_INLINE int nc_is_from(struct nc_peer *peer, nc_u32 index)
{
	return (peer->from[(index >> 6) & 3] >> (index & 63)) & 1;
}

/* wire ncm: a data frame goes to the lowest channel that accepts its sender; a sync frame counts for each of them. */
NC_INLINE int nc_take_frame(struct xdp_md *context, struct nc_peer *peer)
{
	struct nc_ethernet *ethernet = (void *)(long)context->data;
	void *end = (void *)(long)context->data_end;
	nc_u32 filter = NC_LOAD(nc_state.sync_filter);

	if ((void *)(ethernet + 1) > end)
		return XDP_PASS;
	if (ethernet->ethertype != bpf_htons(NC_ETHERTYPE_NCM_SYNC))
		return nc_accept(context, peer->lowest, !nc_is_from(peer, peer->lowest), sizeof(*ethernet),
				 bpf_xdp_get_buff_len(context) - sizeof(*ethernet));
	if (filter != NC_NONE && nc_is_from(peer, filter))
		return nc_claim_sync(filter, 1);
	if (peer->lowest_from < NC_CHANNELS)
		return nc_claim_sync(peer->lowest_from, filter == NC_NONE);
	return nc_claim_sync(peer->lowest, 0);
}

#endif

__attribute__((section("xdp"), used)) int nc_ingress(struct xdp_md *context)
{
	struct nc_ethernet *ethernet = (void *)(long)context->data;
	void *end = (void *)(long)context->data_end;
	struct nc_peer *peer;
	int ours;

	if ((void *)(ethernet + 1) > end || !NC_LOAD(nc_state.live))
		return XDP_PASS;
	ours = ethernet->ethertype == bpf_htons(NC_DATA_ETHERTYPE) ||
	       ethernet->ethertype == bpf_htons(NC_SYNC_ETHERTYPE);
	if (!NC_STRICT && !ours)
		return XDP_PASS;
	peer = nc_lookup_peer(ethernet);
	if (!peer)
		return nc_strict();
#if NC_CHANNELS
	if (ours && peer->lowest < NC_CHANNELS && nc_for_us(ethernet))
		return nc_take_frame(context, peer);
#endif
	return XDP_PASS;
}

#endif
