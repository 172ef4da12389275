/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * What the BPF programs, the pacer thread and the tools agree on. docs/abi.md describes it for others.
 * Included by BPF code and by user-space C; plain C types only.
 * All instants are CLOCK_MONOTONIC nanoseconds unless a name says otherwise.
 */
#ifndef NC_ABI_H
#define NC_ABI_H

typedef unsigned char nc_u8;
typedef unsigned short nc_u16;
typedef unsigned int nc_u32;
typedef unsigned long long nc_u64;

#define NC_ABI_VERSION 1

#define NC_MAX_FUTURES 64
#define NC_MAX_PAYLOAD 1470
#define NC_NONE 0xffffffffU

/* nc_state.run */
#define NC_RUN_HELD 0U    /* attached, not started */
#define NC_RUN_RUNNING 1U
#define NC_RUN_STOPPED 2U /* by `ncbpf stop` */
#define NC_RUN_ENDED 3U   /* end_of_program */
#define NC_RUN_FAILED 4U  /* nc_state.reason says why */

/* nc_state.reason */
#define NC_REASON_NONE 0U
#define NC_REASON_NO_FUTURE 1U
#define NC_REASON_TOO_MANY_FUTURES 2U

/* Error bits, nc_state.errors (language, section 4). */
#define NC_ERROR_DEADLINE_MISSED (1U << 0)
#define NC_ERROR_SEND_FAULT (1U << 1)
#define NC_ERROR_MESSAGE_EMPTY (1U << 2)
#define NC_ERROR_QUEUE_EMPTY (1U << 3)
#define NC_ERROR_QUEUE_FULL (1U << 4)
#define NC_ERROR_NO_FUTURE (1U << 5)
#define NC_ERROR_RECEIVE_FAULT (1U << 10)
#define NC_ERROR_SYNC_TIMEOUT (1U << 15)

#define NC_ERROR_BITS 16

/* nc_config.pacer */
#define NC_PACER_THREAD 0U
#define NC_PACER_FQ 1U

struct nc_future {
	nc_u64 at;     /* instant */
	nc_u32 target; /* instruction index */
	nc_u32 reserved;
};

/*
 * The head of nc_state. The struct in the object has these members and then `counters`, with a member for each
 * counter of the program by its name.
 * sync_slot: 0 nobody waits; bit 63 set: a `sync slave` waits (low bits: number of the wait); bit 62 set: a frame is
 * being claimed; else the arrival of the frame that ended the wait.
 * owner: 0 free, 1 a block runs, 3 a block runs and must look again before it lets go.
 */
#define NC_STATE_MEMBERS                                                                    \
	nc_u64 owner;                                                                       \
	nc_u64 sync_slot;                                                                   \
	nc_u64 generation; /* of the carrier; others are stale */                           \
	nc_u32 run;                                                                         \
	nc_u32 reason;                                                                      \
	nc_u32 position; /* instruction index at which the next block begins */             \
	nc_u32 waiting;  /* 1: suspended in a `sync slave` */                               \
	nc_u32 errors;                                                                      \
	nc_u32 late_in_row;                                                                 \
	nc_u64 next;    /* instant of the next wake-up */                                   \
	nc_u64 logical; /* L */                                                             \
	nc_u64 due;     /* when the newest block was due */                                 \
	nc_u64 started; /* the start instant */                                             \
	nc_u64 tai_offset;                                                                  \
	nc_u64 waits;        /* number of `sync slave` waits begun */                       \
	nc_u32 sync_filter;  /* channel index that a wait accepts, or NC_NONE */            \
	nc_u32 sync_channel; /* channel index of the frame that ended the wait */           \
	nc_u64 pace_at;      /* instant of the wake-up: the thread sleeps for it; a carrier brings its own */ \
	nc_u64 test_now;     /* the clock when nc_config.test_clock is set */               \
	nc_u32 tracing;      /* 1: nc_trace gets records */                                 \
	nc_u32 dirty;        /* the carrier's content was overwritten by a frame */         \
	nc_u32 armed;        /* number of armed futures */                                  \
	nc_u32 live;         /* 0: attach is not finished or detach has begun: everything passes */ \
	nc_u64 round_start;  /* frames of this round came after this instant */             \
	nc_u32 round_order;  /* and after the arrival of this number */                     \
	nc_u32 arrivals;     /* frames numbered so far: those that decide of backups */     \
	nc_u32 sync_order;   /* arrivals until the wait began; then number of its sync frame */ \
	nc_u32 continuing;   /* 1: the block goes on at position in the next wake-up */     \
	nc_u64 gate_until;   /* end of the window of `xsend` */                             \
	nc_u64 gate_anchor;  /* first opening of the first period known ahead; 0: none is */ \
	nc_u64 gate_booked;  /* until when ordinary frames have the link */                 \
	nc_u32 gate_soft;    /* 1: `mode soft` */                                           \
	nc_u32 reserved;                                                                    \
	struct nc_future futures[NC_MAX_FUTURES]; /* latest first: the next one is the last */ \
	nc_u32 handlers[NC_ERROR_BITS]; /* by error bit: instruction index plus one, 0 none */

struct nc_state_head {
	NC_STATE_MEMBERS
};

/*
 * How the machine keeps its instants (docs/pacers.md); ns. A block begins `early`, so that its first frame is ready, and that
 * frame is let go `path` early, so that the driver has it at the instant. `path` is `gate`, measured at each such frame, and
 * `rest`, measured when the program was attached.
 */
struct nc_pacing {
	nc_u64 lead;      /* the newest wake-up was planned this long before its instant */
	nc_u64 cover;     /* what the lead adds for late wake-ups */
	nc_u64 early;     /* a block begins this long before its instant */
	nc_u64 path;      /* from letting go to net_dev_start_xmit of the interface */
	nc_u64 gate;      /* from letting go to nc_gate */
	nc_u64 rest;      /* from nc_gate to net_dev_start_xmit */
	nc_u64 planned;   /* instant of the wake-up under way; 0: it has come, or had when it was planned */
	nc_u64 woken;     /* when the newest wake-up came */
	nc_u64 worst[2];  /* latest wake-up in this window, and in the one before */
	nc_u64 window;    /* end of this window */
	nc_u64 began;     /* when the newest block began */
	nc_u64 aimed;     /* instant at which the frame under way was let go; 0: of a block that began late */
	nc_u64 passed;    /* when it was in nc_gate */
	nc_u64 reached;   /* when it was at net_dev_start_xmit; only while attach measures */
	nc_u64 exact;     /* frames let go at their time */
	nc_u64 stalls;    /* wake-ups that were later than any lead may cover */
	nc_u64 behind;    /* first frames of a block that were ready too late for that */
	nc_u64 watch_generation; /* of the second carrier (pacer fq); others are stale */
	nc_u64 watch_at;  /* instant at which the second carrier looks next */
	nc_u64 restarted; /* first carriers that the second one started, because the one before was gone */
	nc_u64 watch_restarted; /* second carriers that the first one started */
	nc_u64 unpaced;   /* carriers that came before their time, because fq is gone; they are dropped */
	nc_u32 fruitless; /* starts in a row after which no carrier came in time */
	nc_u32 reserved;
	nc_u32 ahead;     /* 1: the block runs before its instant; 2: and its first frame has had its turn */
	nc_u32 cpu;       /* on which the newest block ran */
};

/* Set by the loader before the object is loaded (.rodata.nc_config). */
struct nc_config {
	nc_u32 abi_version;
	nc_u32 pacer;
	nc_u32 ifindex;      /* the interface of the attachment */
	nc_u32 pace_ifindex; /* the end of the pacing pair that has fq */
	nc_u64 lead;         /* ns of a fixed lead; 0: it adapts to the wake-ups */
	nc_u32 test_clock;   /* 1: time is nc_state.test_now */
	nc_u8 mac[6];        /* own address */
	nc_u8 fail_closed;   /* 1: the gate of a dead machine is closed */
	nc_u8 hold;          /* 1: the interface has fq, which holds frames until their instant */
	nc_u32 watch_ifindex; /* the other end of the pacing pair, which has fq as well */
	nc_u64 byte_time;    /* of the link, ns times 65536 */
	nc_u64 most_lead;    /* ns, bound of the lead; 0: the machine does not spin */
	nc_u32 preemptible;  /* 1: softirqs are preempted, and locks are given up by those who sleep (PREEMPT_RT) */
	nc_u32 reserved;
};

/* Input of nc_control: the data of a BPF_PROG_TEST_RUN, after a 14 byte Ethernet header that is ignored. */
#define NC_COMMAND_OFFSET 16
#define NC_COMMAND_START 1U /* and LIVE */
#define NC_COMMAND_STOP 2U
#define NC_COMMAND_LIVE 3U /* attach is finished: filters act from now on */
#define NC_COMMAND_QUIET 4U /* detach begins: the machine stops, filters let everything pass */
#define NC_COMMAND_PROBE 5U /* sends the frame at hand to interface `start`, as a machine does, to measure its path */
struct nc_command {
	nc_u32 command;
	nc_u32 reserved;
	nc_u64 start; /* START: the start instant; with align, ns from now on */
	nc_u64 align; /* START: 0, or the start is the next multiple of this of CLOCK_TAI */
};

/* What nc_control and nc_machine return to BPF_PROG_TEST_RUN. */
#define NC_RC_DONE 0U   /* carried out; nothing was due */
#define NC_RC_RAN 1U    /* one block ran */
#define NC_RC_BUSY 2U   /* another CPU runs a block: try again in some microseconds */
#define NC_RC_REFUSED 3U

/* Ring buffer nc_wakeup: nc_wake tells the pacer thread that nc_state.next has changed. */
struct nc_wakeup_record {
	nc_u64 next;
};

/* Ring buffer nc_trace. */
#define NC_TRACE_BLOCK 1U      /* value: due, detail: position */
#define NC_TRACE_SEND 2U       /* value: sequence number, detail: channel index */
#define NC_TRACE_SUPPRESSED 3U /* detail: channel index */
#define NC_TRACE_REFUSED 4U    /* value: return code, detail: channel index */
#define NC_TRACE_SYNC_SENT 5U  /* value: sequence number, detail: channel index */
#define NC_TRACE_RECEIVE 6U    /* value: length, detail: channel index */
#define NC_TRACE_SUSPEND 7U    /* value: next, detail: position */
struct nc_trace_record {
	nc_u64 time;    /* clock */
	nc_u64 logical; /* L */
	nc_u64 value;
	nc_u32 kind;
	nc_u32 detail;
};

/* Ethernet types. The carrier's is used on the pacing pair only. */
#define NC_ETHERTYPE_CARRIER 0x88b6
#define NC_ETHERTYPE_NCM_DATA 0x9009
#define NC_ETHERTYPE_NCM_SYNC 0x900a

/* wire v1 */
#define NC_V1_VERSION 1
#define NC_V1_DATA 1
#define NC_V1_SYNC 2

#define NC_FRAME_MIN 60

/* Counters of one channel, nc_stats.channels.<name>. */
struct nc_channel_stats {
	nc_u64 sent;
	nc_u64 sync_sent;
	nc_u64 suppressed; /* reached too late, with `late drop` */
	nc_u64 refused;    /* the kernel did not take the frame */
	nc_u64 received;   /* data frames accepted into the queue */
	nc_u64 sync_received;
	nc_u64 lost;
	nc_u64 repeated;
	nc_u64 restarted;
	nc_u64 queue_full;   /* oldest frames dropped because the queue was full */
	nc_u64 contended;    /* frames dropped because other CPUs kept the queue busy */
	nc_u64 wrong_length; /* dropped by `receive` */
};

/* Counters of the attachment; nc_stats has these members and then `channels`. */
#define NC_STATS_MEMBERS                                                                     \
	nc_u64 blocks;                                                                       \
	nc_u64 late;            /* blocks that set deadline_missed */                        \
	nc_u64 restarted_grids;                                                              \
	nc_u64 sync_timeouts;                                                                \
	nc_u64 sync_unawaited;  /* sync frames that nobody waited for */                     \
	nc_u64 torn_retry;      /* reads of a variable given up: its writer never paused */  \
	nc_u64 drop_version;                                                                 \
	nc_u64 drop_type;                                                                    \
	nc_u64 drop_length;                                                                  \
	nc_u64 drop_channel;    /* unknown channel */                                        \
	nc_u64 drop_sender;     /* not accepted on this channel */                           \
	nc_u64 drop_strict;     /* `ingress strict` */                                       \
	nc_u64 drop_forged;     /* egress frames of our ethertype that are not ours */       \
	nc_u64 stale_carriers;                                                               \
	nc_u64 gate_passed;     /* ordinary frames, those that were held included */         \
	nc_u64 gate_held;                                                                    \
	nc_u64 gate_dropped;

struct nc_stats_head {
	NC_STATS_MEMBERS
};

/* Value of nc_peers; the key is the MAC in its order on the wire, two zero bytes behind it. */
#define NC_PEER_ALLOWED 1U /* `ingress strict allow`: passes, is no sender of ours */
struct nc_peer {
	nc_u64 from[4];    /* bit per channel index: accepted as primary */
	nc_u64 backup[4];  /* bit per channel index: accepted as backup */
	nc_u32 first[4];   /* for each word of the masks: index of its first pair in nc_senders */
	nc_u16 lowest;     /* lowest channel index that accepts the sender (wire ncm), 0xffff none */
	nc_u16 flags;
	nc_u16 lowest_from; /* the same as primary */
	nc_u16 reserved;
};

/* Sequence accounting of one sender on one channel, nc_senders[]: data, sync. */
struct nc_sender {
	nc_u32 last[2];
	nc_u32 seen[2];
};

#endif
