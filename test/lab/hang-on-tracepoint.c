// SPDX-License-Identifier: MIT
// hang-on-tracepoint PIN TRACEPOINT: runs a pinned raw tracepoint program at a tracepoint for as long as this process lives.
// bpftool of Debian 12 cannot.
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

int main(int count, char **arguments)
{
	union bpf_attr get, open;

	if (count != 3)
		return 2;
	memset(&get, 0, sizeof(get));
	get.pathname = (uintptr_t)arguments[1];
	memset(&open, 0, sizeof(open));
	open.raw_tracepoint.name = (uintptr_t)arguments[2];
	open.raw_tracepoint.prog_fd = (__u32)bpf(BPF_OBJ_GET, &get);
	if (bpf(BPF_RAW_TRACEPOINT_OPEN, &open) < 0) {
		perror("BPF_RAW_TRACEPOINT_OPEN");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
