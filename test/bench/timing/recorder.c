/* SPDX-License-Identifier: MIT */
/*
 * Records by how much the frames of a sender miss their instants, and writes it out when the time is over.
 *
 *   recorder OBJECT IFACE ETHERTYPE CLOCK_OFFSET PERIOD WARM_UP DURATION OUT
 *
 * Times are nanoseconds; CLOCK_OFFSET is what the clock of the instants in the frames is ahead of CLOCK_MONOTONIC. It sleeps
 * WARM_UP and until a whole tenth of a second of CLOCK_MONOTONIC, then DURATION. OUT becomes an array of 32-bit numbers of the machine: the error of each instant of the grid in
 * their order, the least number for a frame that was not seen. On standard output one JSON object.
 */
#include "peer.h"
#include "recorder.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/mman.h>

#define SETTLE 50000000LL /* for frames that are late */

struct recorder {
	struct bpf_object *object;
	volatile struct recorder_state *state;
	__u32 entries;
	__s32 *errors;
};

/* An array's elements of 4 bytes lie 8 bytes apart. */
static __s32 *entry_of(const struct recorder *recorder, __u32 program, __u32 index)
{
	return &recorder->errors[2 * (program * recorder->entries + index)];
}

static void *map_of(const struct recorder *recorder, const char *name, size_t size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(recorder->object, name);
	void *memory;

	if (!map)
		die("the object has no map %s", name);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (memory == MAP_FAILED)
		die("map %s: %s", name, strerror(errno));
	return memory;
}

static void load(struct recorder *recorder, const char *path)
{
	struct bpf_program *program;
	struct bpf_map *errors;

	recorder->object = bpf_object__open_file(path, NULL);
	if (!recorder->object)
		die("open %s: %s", path, strerror(errno));
	errors = bpf_object__find_map_by_name(recorder->object, "errors");
	if (!errors || bpf_map__set_max_entries(errors, recorder->entries * RECORDER_PROGRAMS))
		die("%s is not the recorder's object", path);
	if (bpf_object__load(recorder->object))
		die("load %s: %s", path, strerror(errno));
	recorder->errors = map_of(recorder, "errors", recorder->entries * RECORDER_PROGRAMS * 8UL);
	for (__u32 i = 0; i < recorder->entries * RECORDER_PROGRAMS; i++)
		*entry_of(recorder, 0, i) = RECORDER_UNSEEN;
	recorder->state = map_of(recorder, ".bss", sizeof(*recorder->state));
	recorder->state->entries = recorder->entries;
	bpf_object__for_each_program(program, recorder->object)
		if (!bpf_program__attach(program))
			die("attach to the tracepoint net_dev_start_xmit: %s", strerror(errno));
}

/* Puts together what the programs have recorded: each frame as the first of them that saw it. */
static struct recorder_counts merge(struct recorder *recorder)
{
	struct recorder_counts all = {};

	for (__u32 program = RECORDER_PROGRAMS; program-- > 0;) {
		volatile struct recorder_counts *own = &recorder->state->counts[program];

		all.repeated = own->repeated > all.repeated ? own->repeated : all.repeated;
		all.off_grid = own->off_grid > all.off_grid ? own->off_grid : all.off_grid;
		if (own->seen)
			all.phase = own->phase;
		for (__u32 i = 0; program > 0 && i < recorder->entries; i++)
			if (*entry_of(recorder, program - 1, i) == RECORDER_UNSEEN)
				*entry_of(recorder, program - 1, i) = *entry_of(recorder, program, i);
	}
	for (__u32 i = 0; i < recorder->entries; i++)
		all.seen += *entry_of(recorder, 0, i) != RECORDER_UNSEEN;
	return all;
}

static void write_errors(const struct recorder *recorder, const char *path)
{
	FILE *out = fopen(path, "w");

	for (__u32 i = 0; out && i < recorder->entries; i++)
		fwrite(entry_of(recorder, 0, i), sizeof(__s32), 1, out);
	if (!out || fclose(out))
		die("write %s: %s", path, strerror(errno));
}

/* From now on, when the program is attached: loading it takes long on a machine that is busy. */
static void arm(struct recorder *recorder, char **arguments)
{
	volatile struct recorder_config *config = &recorder->state->config;

	config->ifindex = if_nametoindex(arguments[2]);
	config->ethertype = whole_number(arguments[3]);
	config->clock_offset = whole_number(arguments[4]);
	config->period = whole_number(arguments[5]);
	config->from = next_beginning(whole_number(arguments[6]));
	config->to = config->from + recorder->entries * config->period;
}

int main(int count, char **arguments)
{
	struct recorder recorder = {};
	struct recorder_counts counts;

	if (count != 9)
		die("usage: recorder OBJECT IFACE ETHERTYPE CLOCK_OFFSET PERIOD WARM_UP DURATION OUT");
	recorder.entries = whole_number(arguments[7]) / whole_number(arguments[5]);
	load(&recorder, arguments[1]);
	arm(&recorder, arguments);
	sleep_until(recorder.state->config.to + SETTLE);
	counts = merge(&recorder);
	printf("{\"seen\":%llu,\"repeated\":%llu,\"offGrid\":%llu,\"phase\":%llu,\"from\":%llu}\n", counts.seen, counts.repeated, counts.off_grid,
	       counts.phase, recorder.state->config.from);
	write_errors(&recorder, arguments[8]);
	return 0;
}
