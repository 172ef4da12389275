/* SPDX-License-Identifier: MIT */
/*
 * The load beside the senders, at ordinary priority, until it is killed. It begins at a whole tenth of a second of CLOCK_MONOTONIC.
 *
 *   load flood IFACE   sends frames of 1400 bytes as fast as the kernel takes them
 *   load burn          keeps a processor busy
 */
#include "peer.h"

#define FLOOD_FRAME 1400

static void __attribute__((noreturn)) flood(const char *interface)
{
	static uint8_t frame[FLOOD_FRAME];
	int fd = open_sender(interface);

	write_addresses(frame, fd, interface, ORDINARY_ETHERTYPE);
	for (;;)
		if (send(fd, frame, sizeof(frame), 0) < 0 && errno != ENOBUFS)
			die("send: %s", strerror(errno));
}

static void __attribute__((noreturn)) burn(void)
{
	for (volatile uint64_t turns = 0;; turns++)
		;
}

int main(int count, char **arguments)
{
	sleep_until(next_beginning(0));
	if (count == 3 && !strcmp(arguments[1], "flood"))
		flood(arguments[2]);
	if (count == 2 && !strcmp(arguments[1], "burn"))
		burn();
	die("usage: load flood IFACE | load burn");
}
