/* SPDX-License-Identifier: MIT */
/* What the programs of the timing benchmark share: clocks, real-time set-up, raw sockets, reading of arguments. */
#ifndef NCBPF_BENCH_PEER_H
#define NCBPF_BENCH_PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL
#define TIMED_ETHERTYPE 0x88B6    /* the peers' frames; the program's own are 0x88B5 */
#define ORDINARY_ETHERTYPE 0x88B7 /* the flood's */
#define SCHEDULED_OFFSET 30       /* the scheduled instant, u64 big-endian: where ncbpf's wire v1 has L */
#define TIMED_FRAME 60

static inline void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static inline int64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static inline void sleep_until(int64_t instant)
{
	struct timespec until = { .tv_sec = instant / NS_PER_S, .tv_nsec = instant % NS_PER_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

/* The first whole tenth of a second of CLOCK_MONOTONIC after so long: the same phase of the kernel's ticks in each run. */
static inline int64_t next_beginning(int64_t after)
{
	int64_t instant = read_clock(CLOCK_MONOTONIC) + after;

	return instant + NS_PER_S / 10 - instant % (NS_PER_S / 10);
}

/* CLOCK_TAI less CLOCK_MONOTONIC, by the shortest of many readings. */
static inline int64_t tai_offset(void)
{
	int64_t best = INT64_MAX, offset = 0;

	for (int i = 0; i < 100; i++) {
		int64_t before = read_clock(CLOCK_MONOTONIC);
		int64_t tai = read_clock(CLOCK_TAI);
		int64_t after = read_clock(CLOCK_MONOTONIC);

		if (after - before >= best)
			continue;
		best = after - before;
		offset = tai - (before + after) / 2;
	}
	return offset;
}

static inline int64_t whole_number(const char *text)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		die("%s is not a whole number", text);
	return value;
}

/* A socket that sends raw frames on one interface and receives none. */
static inline int open_sender(const char *interface)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(interface) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int room = 1 << 24; /* the link's other end, on the same processor, may take its time */

	if (fd < 0)
		die("socket: %s", strerror(errno));
	if (!address.sll_ifindex)
		die("there is no interface %s", interface);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
		die("SO_SNDBUFFORCE: %s", strerror(errno));
	/* Bound without a protocol: nothing is received, and the kernel keeps the interface at hand for send(). */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("bind to %s: %s", interface, strerror(errno));
	return fd;
}

/* To the other end of the benchmark's link (guest.mjs), from the interface's own address. */
static inline void write_addresses(uint8_t *frame, int fd, const char *interface, uint16_t ethertype)
{
	static const uint8_t destination[] = { 2, 0, 0, 0, 0, 2 };
	struct ifreq request = {};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		die("address of %s: %s", interface, strerror(errno));
	memcpy(frame, destination, 6);
	memcpy(frame + 6, request.ifr_hwaddr.sa_data, 6);
	ethertype = htons(ethertype);
	memcpy(frame + 12, &ethertype, 2);
}

#endif
