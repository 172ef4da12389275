/* SPDX-License-Identifier: MIT */
/*
 * Sets the clock so that whole seconds of CLOCK_TAI lie PHASE after those of CLOCK_MONOTONIC, by which the kernel ticks.
 *
 *   align PHASE   nanoseconds, less than a second
 *
 * All senders keep grids of CLOCK_TAI: how these lie between the ticks would otherwise be another in each run.
 */
#include "peer.h"

#include <sys/timex.h>

int main(int count, char **arguments)
{
	int64_t phase = count == 2 ? whole_number(arguments[1]) : -1;
	/* An instant of CLOCK_TAI is that of CLOCK_MONOTONIC plus the offset. */
	int64_t ahead = (tai_offset() + phase) % NS_PER_S;
	struct timex change = { .modes = ADJ_SETOFFSET | ADJ_NANO };

	if (phase < 0 || phase >= NS_PER_S)
		die("usage: align PHASE");
	/* A field of microseconds that holds nanoseconds. */
	change.time.tv_usec = NS_PER_S - 1 - (ahead + NS_PER_S - 1) % NS_PER_S;
	if (adjtimex(&change) < 0)
		die("adjtimex: %s", strerror(errno));
	return 0;
}
