/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * State that the programs share. nc_vars, nc_state and nc_stats are in the generated file, because their members
 * carry the program's names. Data sections rather than array maps: an access is a constant address, no lookup.
 */
#ifndef NC_MAPS_BPF_H
#define NC_MAPS_BPF_H

struct nc_ring_config {
	nc_u32 rx;       /* offset of the ring in nc_rx */
	nc_u32 queue;    /* frames held, at most */
	nc_u32 mask;     /* number of slots less one */
	nc_u32 slot;     /* bytes of a slot, header included */
	nc_u32 capacity; /* payload bytes a slot keeps, a multiple of 8 */
};

struct nc_channel_config {
	nc_u64 delay; /* ns */
	nc_u32 id;
	nc_u32 to_low; /* destination MAC as two words in wire order */
	nc_u32 to_high;
	nc_u32 numbered; /* 1: its frames are numbered, because they decide of backups */
	struct nc_ring_config primary;
	struct nc_ring_config backup;
};

#define NC_KIND_INTEGER 0
#define NC_KIND_BYTES 1
struct nc_variable_config {
	nc_u32 offset; /* in nc_vars */
	nc_u16 kind;
	nc_u16 size;   /* bytes: width of an integer, greatest length of bytes[N] */
	nc_u32 depth;  /* values a queue holds; 0: a variable */
	nc_u32 slot;   /* bytes of a queue's slot */
};

/* A queue in nc_vars: its slots follow. One side moves head, the other tail. */
struct nc_queue_head {
	nc_u64 head; /* values ever appended */
	nc_u64 tail; /* values ever taken */
};

/* A slot of a queue of bytes[N], the bytes follow; of integers it is one word. */
struct nc_queue_slot {
	nc_u32 length;
	nc_u32 reserved;
};

/* bytes[N] in nc_vars: two buffers of `size` rounded up to NC_CHUNK follow this head. */
struct nc_bytes_head {
	nc_u32 version; /* odd: a writer is at work on buffer (version / 2 + 1) & 1 */
	nc_u32 length[2];
	nc_u32 reserved;
};

/*
 * A message slot. The frame's header lies right before the payload, so that one store makes the frame; it begins two
 * bytes into `header`, so that the payload is aligned. Behind destination and source (6 bytes each) and the ethertype (2)
 * come in wire v1: version and type (1 each), channel (2), sequence (4); length (2), flags (2), program (4); L (8).
 */
#if NC_WIRE_V1
#define NC_HEADER 38
#else
#define NC_HEADER 14
#endif
struct nc_message {
	nc_u32 length;
	nc_u32 present; /* 0: empty */
	nc_u64 header[(NC_HEADER + 2) / 8];
	nc_u64 payload[NC_MESSAGE_WORDS];
};

/* The last one is the sync frame's. */
struct nc_message nc_messages[NC_MESSAGES + 1] __attribute__((section(".data.nc_messages"), used));

/* Sequence numbers of what this node sends: data and sync of each channel. */
struct nc_sequence {
	nc_u32 next[2];
};
struct nc_sequence nc_sequences[NC_CHANNELS_MAX] __attribute__((section(".data.nc_sequences"), used));

struct nc_sender nc_senders[NC_SENDERS_MAX] __attribute__((section(".data.nc_senders"), used));

/*
 * Receive queues: for each channel a ring head, then its slots. Channels lie in ascending order of slot size, so
 * that a slot of the greatest size fits behind every slot's address (the bound that the verifier is shown).
 */
struct nc_ring {
	nc_u64 head; /* position of the next frame to come */
	nc_u64 tail; /* position of the oldest frame */
};
struct nc_slot {
	nc_u64 turn;    /* first position of the lap: free; one more: holds a frame */
	nc_u64 arrival; /* of a backup's frame */
	nc_u32 length;
	nc_u32 order;   /* number of a backup's frame among the arrivals */
	nc_u64 payload[];
};
struct nc_rx {
	nc_u64 words[NC_RX_WORDS];
};
struct nc_rx nc_rx __attribute__((section(".bss"), used));

/* When a channel whose frames are numbered heard of its primary last. */
struct nc_heard {
	nc_u64 arrival;
	nc_u64 order;
};
struct nc_heard nc_heard[NC_CHANNELS_MAX] __attribute__((section(".data.nc_heard"), used));

/* Work space of the machine: only the owner uses it. */
struct nc_scratch {
	nc_u32 length[2];
	nc_u64 words[2][NC_SCRATCH_WORDS];
};
struct nc_scratch nc_scratch __attribute__((section(".data.nc_scratch"), used));

/* The one-time number by which nc_gate knows our own frames; in a map that no application maps. */
struct nc_nonce {
	nc_u64 expected;
	nc_u64 seed;
};
struct nc_nonce nc_nonce __attribute__((section(".data.nc_nonce"), used));

/* Until there are measurements: a long lead, and what was seen in virtual time. */
struct nc_pacing nc_pacing __attribute__((section(".data.nc_pacing"), used)) = {
	.cover = 30000, .early = 3000, .path = 700, .gate = 500, .rest = 200, .worst = { 0, 22400 },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, nc_u64);
	__type(value, struct nc_peer);
} nc_peers __attribute__((section(".maps"), used));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} nc_wakeup __attribute__((section(".maps"), used));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 262144);
} nc_trace __attribute__((section(".maps"), used));

/* Out of line: it is rare, and its code would lie in the way of what is not. */
NC_GLOBAL int nc_record_now(nc_u32 kind, nc_u64 value, nc_u32 detail)
{
	struct nc_trace_record record = {};

	record.time = nc_now();
	record.logical = nc_state.logical;
	record.value = value;
	record.kind = kind;
	record.detail = detail;
	bpf_ringbuf_output(&nc_trace, &record, sizeof(record), 0);
	return 0;
}

NC_INLINE void nc_record(nc_u32 kind, nc_u64 value, nc_u32 detail)
{
	if (NC_LOAD(nc_state.tracing))
		nc_record_now(kind, value, detail);
}

#endif
