/* SPDX-License-Identifier: MIT */
/*
 * The hand-written senders that ncbpf is measured beside: one frame a period on a raw socket, from a thread under
 * SCHED_FIFO with locked memory and absolute sleeps. The frame is built before the instant comes; the socket is bound,
 * so that a send() looks nothing up.
 *
 *   sender sleep  IFACE PERIOD PRIORITY            sleeps until the instant, then sends
 *   sender spin   IFACE PERIOD PRIORITY LEAD AIM   wakes LEAD before the instant, spins until AIM before it, sends
 *   sender txtime IFACE PERIOD PRIORITY LEAD AIM   hands the frame over LEAD before the instant, with SO_TXTIME, for etf
 *                                                  to launch AIM before it
 *   sender queue  IFACE PERIOD PRIORITY LEAD       hands the frame over LEAD before the instant: taprio's gate holds it
 *
 * Times are nanoseconds. Instants are multiples of PERIOD of CLOCK_TAI. PRIORITY is the socket's, which picks the
 * traffic class. Each frame carries its instant on CLOCK_MONOTONIC. Runs until it is killed.
 */
#define _GNU_SOURCE
#include "peer.h"

#include <endian.h>
#include <linux/net_tstamp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define REALTIME_PRIORITY 90
#define START_MARGIN 20000000LL

struct sender {
	int fd;
	int64_t period;
	int64_t lead;
	int64_t aim;
	int64_t tai_offset;
	uint8_t frame[TIMED_FRAME];
};

static void become_precise(void)
{
	struct sched_param priority = { .sched_priority = REALTIME_PRIORITY };

	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall: %s", strerror(errno));
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		die("SCHED_FIFO: %s", strerror(errno));
}

static void write_instant(struct sender *sender, int64_t instant)
{
	uint64_t wire = htobe64(instant);

	memcpy(sender->frame + SCHEDULED_OFFSET, &wire, sizeof(wire));
}

/* A frame that the kernel does not take is lost, and counted so by who measures. */
static void transmit(const struct sender *sender)
{
	if (send(sender->fd, sender->frame, TIMED_FRAME, MSG_DONTWAIT) < 0 && errno != ENOBUFS && errno != EAGAIN)
		die("send: %s", strerror(errno));
}

static void send_sleeping(struct sender *sender, int64_t instant)
{
	sleep_until(instant - sender->lead);
	transmit(sender);
}

static void send_spinning(struct sender *sender, int64_t instant)
{
	int64_t moment = instant - sender->aim;

	sleep_until(instant - sender->lead);
	while (read_clock(CLOCK_MONOTONIC) < moment)
		;
	transmit(sender);
}

static void send_with_launch_time(struct sender *sender, int64_t instant)
{
	uint64_t launch = instant + sender->tai_offset - sender->aim;
	struct iovec data = { sender->frame, TIMED_FRAME };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(launch))];
	} control = {};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control.bytes)
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_TXTIME;
	header->cmsg_len = CMSG_LEN(sizeof(launch));
	memcpy(CMSG_DATA(header), &launch, sizeof(launch));
	sleep_until(instant - sender->lead);
	if (sendmsg(sender->fd, &message, MSG_DONTWAIT) < 0 && errno != ENOBUFS && errno != EAGAIN)
		die("sendmsg: %s", strerror(errno));
}

struct mode {
	const char *name;
	void (*send)(struct sender *sender, int64_t instant);
	int arguments;
};

static const struct mode MODES[] = {
	{ "sleep", send_sleeping, 5 },
	{ "spin", send_spinning, 7 },
	{ "txtime", send_with_launch_time, 7 },
	{ "queue", send_sleeping, 6 },
};

static const struct mode *find_mode(int count, char **arguments)
{
	for (size_t i = 0; i < sizeof(MODES) / sizeof(MODES[0]); i++)
		if (count > 1 && !strcmp(arguments[1], MODES[i].name) && count == MODES[i].arguments)
			return &MODES[i];
	die("usage: sender sleep IFACE PERIOD PRIORITY | spin|txtime IFACE PERIOD PRIORITY LEAD AIM | queue IFACE PERIOD "
	    "PRIORITY LEAD");
}

static void set_options(const struct sender *sender, const struct mode *mode, int priority)
{
	struct sock_txtime launch = { .clockid = CLOCK_TAI };

	if (setsockopt(sender->fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)))
		die("SO_PRIORITY: %s", strerror(errno));
	if (mode->send == send_with_launch_time &&
	    setsockopt(sender->fd, SOL_SOCKET, SO_TXTIME, &launch, sizeof(launch)))
		die("SO_TXTIME: %s", strerror(errno));
}

int main(int count, char **arguments)
{
	const struct mode *mode = find_mode(count, arguments);
	struct sender sender = {
		.fd = open_sender(arguments[2]),
		.period = whole_number(arguments[3]),
		.lead = count > 5 ? whole_number(arguments[5]) : 0,
		.aim = count > 6 ? whole_number(arguments[6]) : 0,
	};
	int64_t instant;

	write_addresses(sender.frame, sender.fd, arguments[2], TIMED_ETHERTYPE);
	set_options(&sender, mode, whole_number(arguments[4]));
	become_precise();
	sender.tai_offset = tai_offset();
	instant = read_clock(CLOCK_MONOTONIC) + START_MARGIN + sender.tai_offset;
	instant += sender.period - instant % sender.period - sender.tai_offset;
	for (;; instant += sender.period) {
		write_instant(&sender, instant);
		mode->send(&sender, instant);
	}
}
