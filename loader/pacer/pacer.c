/* SPDX-License-Identifier: MIT */
/*
 * The pacer thread: a daemon that runs nc_machine by BPF_PROG_TEST_RUN whenever a block is due. Everything else
 * happens in the kernel; it only watches nc_state.pace_at.
 *
 * It runs in the network namespace in which it was started, which must be the interface's: the frames that a test
 * run sends leave from there. On standard output, before it detaches: `ready PID` and then a line `warning: ...` for
 * each thing that it could not get, exit status 0; or one sentence, exit status 2 (wrong usage) or 3 (anything else).
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../bpf/nc_abi.h"

#define NS_PER_S 1000000000ULL
#define NS_PER_MS 1000000ULL
#define SLOW_LOOK_NS (100 * NS_PER_MS) /* how often a machine that does not run is looked at */
#define PIN_LOOK_NS NS_PER_S           /* how often the pins of one that runs are */
#define RETRY_NS 5000ULL               /* after another CPU was found running a block */
#define FAILURE_RETRY_NS NS_PER_MS     /* after the kernel refused a test run */
#define LAST_STEP_NS NS_PER_MS         /* of a long sleep */
#define BREATH_NS 50000ULL             /* left to the rest of the machine after RUNS_WITHOUT_SLEEP */
#define RUNS_WITHOUT_SLEEP 1000
#define FRAME_SIZE 1514 /* room for the largest frame that the program makes of it */

struct options {
	const char *pins;
	const char *log;
	int priority; /* 0: no real-time scheduling */
	int cpu;      /* -1: any */
};

struct pacer {
	char machine_pin[PATH_MAX];
	struct stat machine_stat; /* tells our pin from one that a later attachment makes in its place */
	int machine;
	const volatile struct nc_state_head *state;
	struct ring_buffer *wakeups;
	nc_u64 pins_seen; /* when the pins were last looked at */
	int runs;         /* without sleep */
	int failing;      /* the last test run was refused */
};

static void __attribute__((noreturn, format(printf, 2, 3))) fail(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	exit(status);
}

static nc_u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static struct timespec timespec_of(nc_u64 ns)
{
	return (struct timespec){ .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
}

/* Command line */

static nc_u64 number(const char *option, const char *text, nc_u64 most)
{
	char *end = NULL;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || value > most)
		fail(2, "%s wants a number from 0 to %llu, not \"%s\"", option, most, text);
	return value;
}

static void set_option(struct options *options, const char *name, const char *value)
{
	if (!strcmp(name, "--pins"))
		options->pins = value;
	else if (!strcmp(name, "--log"))
		options->log = value;
	else if (!strcmp(name, "--priority"))
		options->priority = number(name, value, 99);
	else if (!strcmp(name, "--cpu"))
		options->cpu = number(name, value, CPU_SETSIZE - 1);
	else
		fail(2, "unknown option %s; ncbpf-pacer --pins DIR [--priority N] [--cpu N] [--log FILE]", name);
}

static struct options parse(int count, char **arguments)
{
	struct options options = { .priority = 90, .cpu = -1 };

	for (int i = 1; i < count; i += 2) {
		if (i + 1 == count)
			fail(2, "%s wants a value", arguments[i]);
		set_option(&options, arguments[i], arguments[i + 1]);
	}
	if (!options.pins)
		fail(2, "--pins DIR is missing");
	return options;
}

/* Set-up, while errors can still be told */

static int open_pin(const char *folder, const char *name)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		fail(3, "the path of the pins is too long");
	fd = bpf_obj_get(path);
	if (fd < 0)
		fail(3, "open pin %s: %s", path, strerror(errno));
	return fd;
}

static const volatile struct nc_state_head *map_state(const char *folder)
{
	/* Not BPF_F_RDONLY: the kernel maps memory only for a descriptor that may write as well. */
	int fd = open_pin(folder, "nc_state");
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	void *state;

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		fail(3, "ask about nc_state: %s", strerror(errno));
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size < sizeof(struct nc_state_head))
		fail(3, "nc_state is of another version than this pacer");
	state = mmap(NULL, info.value_size, PROT_READ, MAP_SHARED, fd, 0);
	if (state == MAP_FAILED)
		fail(3, "map the memory of nc_state: %s", strerror(errno));
	close(fd);
	return state;
}

static int ignore_record(void *context, void *record, size_t size)
{
	(void)context, (void)record, (void)size; /* that it came is all: nc_state.pace_at says the rest */
	return 0;
}

/* The ring's own descriptor of the map stays open: its poll needs it. */
static struct ring_buffer *open_wakeups(const char *folder)
{
	struct ring_buffer *ring = ring_buffer__new(open_pin(folder, "nc_wakeup"), ignore_record, NULL, NULL);

	if (!ring)
		fail(3, "open the ring buffer nc_wakeup: %s", strerror(errno));
	return ring;
}

static void open_everything(struct pacer *pacer, const struct options *options)
{
	char folder[PATH_MAX];

	if (!realpath(options->pins, folder))
		fail(3, "find the pins %s: %s", options->pins, strerror(errno));
	pacer->machine = open_pin(folder, "nc_machine");
	pacer->state = map_state(folder);
	pacer->wakeups = open_wakeups(folder);
	if (snprintf(pacer->machine_pin, PATH_MAX, "%s/nc_machine", folder) >= PATH_MAX ||
	    stat(pacer->machine_pin, &pacer->machine_stat))
		fail(3, "find the pin nc_machine: %s", strerror(errno));
}

/* Detaching */

static int open_output(const char *log)
{
	int fd = open(log ? log : "/dev/null", log ? O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC : O_RDWR | O_CLOEXEC, 0640);

	if (fd < 0)
		fail(3, "open %s: %s", log ? log : "/dev/null", strerror(errno));
	return fd;
}

/* The first process: passes on what the daemon reports, and ends. */
static void __attribute__((noreturn)) relay(int report, pid_t child)
{
	char text[4096];
	size_t length = 0;
	ssize_t got;

	do {
		got = read(report, text + length, sizeof(text) - length);
		if (got > 0)
			length += got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	if (!length)
		fail(3, "the pacer ended while it started");
	fwrite(text, 1, length, stdout);
	fflush(stdout);
	exit(0);
}

/* Returns in the daemon only, with the descriptor on which it reports to the first process. */
static int detach(void)
{
	int report[2];
	pid_t child;

	if (pipe2(report, O_CLOEXEC))
		fail(3, "create a pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		fail(3, "start the pacer: %s", strerror(errno));
	if (child > 0) {
		close(report[1]);
		relay(report[0], child);
	}
	setsid();
	/* Once more, so that it can never get a controlling terminal. */
	if (fork() != 0)
		_exit(0);
	close(report[0]);
	return report[1];
}

static void redirect_output(int output)
{
	int empty = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (empty >= 0)
		dup2(empty, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (empty > STDERR_FILENO)
		close(empty);
	if (output > STDERR_FILENO)
		close(output);
}

/* Priority, memory and CPU; what is not given costs precision, and is reported. */
static void become_precise(const struct options *options, int report)
{
	struct sched_param priority = { .sched_priority = options->priority };
	cpu_set_t cpus;

	prctl(PR_SET_NAME, "ncbpf-pacer");
	prctl(PR_SET_TIMERSLACK, 1UL);
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		dprintf(report, "warning: its memory may be paged out (mlockall: %s)\n", strerror(errno));
	if (options->cpu >= 0) {
		CPU_ZERO(&cpus);
		CPU_SET(options->cpu, &cpus);
		if (sched_setaffinity(0, sizeof(cpus), &cpus))
			dprintf(report, "warning: it does not run on CPU %d only (%s)\n", options->cpu, strerror(errno));
	}
	if (options->priority && sched_setscheduler(0, SCHED_FIFO, &priority))
		dprintf(report, "warning: it has no real-time priority (SCHED_FIFO: %s)\n", strerror(errno));
}

/* Pacing */

/* Our pins are gone, or others are in their place: the attachment is over. */
static int is_detached(struct pacer *pacer)
{
	struct stat found;

	pacer->pins_seen = now_ns();
	return stat(pacer->machine_pin, &found) || found.st_ino != pacer->machine_stat.st_ino ||
	       found.st_dev != pacer->machine_stat.st_dev;
}

/*
 * Sleeps until an instant, or until nc_wake or nc_control has changed nc_state.pace_at. By the timeout of ppoll, not by a timerfd:
 * on PREEMPT_RT the latter expires in a thread that a flood of frames keeps waiting, the former, for a thread with real-time priority,
 * in the interrupt. Without that priority the kernel adds a part of the timeout: what is long is slept in two steps.
 */
static void sleep_until(struct pacer *pacer, nc_u64 instant)
{
	struct pollfd ready = { .fd = ring_buffer__epoll_fd(pacer->wakeups), .events = POLLIN };
	nc_u64 now = now_ns();
	nc_u64 left = instant > now ? instant - now : 0;
	struct timespec timeout = timespec_of(left > 2 * LAST_STEP_NS ? left - LAST_STEP_NS : left);

	pacer->runs = 0;
	if (ppoll(&ready, 1, &timeout, NULL) > 0)
		ring_buffer__consume(pacer->wakeups);
}

static nc_u64 run_machine(struct pacer *pacer)
{
	static nc_u8 frame[FRAME_SIZE];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame), .repeat = 1);

	pacer->runs++;
	if (!bpf_prog_test_run_opts(pacer->machine, &run)) {
		pacer->failing = 0;
		return run.retval == NC_RC_RAN ? 0 : RETRY_NS;
	}
	if (errno == EINTR)
		return 0;
	if (!pacer->failing)
		dprintf(STDERR_FILENO, "run nc_machine: %s\n", strerror(errno));
	pacer->failing = 1;
	return FAILURE_RETRY_NS;
}

/*
 * One turn: sleep until the machine wants to be called, or call it. It wants that some time before its instant and waits
 * awake itself: nc_state.pace_at says when.
 */
static void pace(struct pacer *pacer)
{
	nc_u64 now = now_ns();
	nc_u64 instant = pacer->state->pace_at;
	nc_u64 pause;

	if (pacer->state->run != NC_RUN_RUNNING)
		return sleep_until(pacer, now + SLOW_LOOK_NS);
	if (instant > now + PIN_LOOK_NS)
		return sleep_until(pacer, now + PIN_LOOK_NS);
	if (instant > now)
		return sleep_until(pacer, instant);
	pause = run_machine(pacer);
	/* SCHED_FIFO would let nobody else run on this CPU while the machine catches up. */
	if (!pause && pacer->runs >= RUNS_WITHOUT_SLEEP)
		pause = BREATH_NS;
	if (pause)
		sleep_until(pacer, now_ns() + pause);
}

static void pace_for_ever(struct pacer *pacer)
{
	for (;;) {
		nc_u64 patience = pacer->state->run == NC_RUN_RUNNING ? PIN_LOOK_NS : SLOW_LOOK_NS;

		if (now_ns() >= pacer->pins_seen + patience && is_detached(pacer))
			return;
		pace(pacer);
	}
}

static int be_silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	return 0;
}

/* Whoever starts us may have descriptors open and signals blocked that are not ours. */
static void shed_inheritance(void)
{
	sigset_t none;
	int fd;

	/* So that nothing that we open becomes standard input or output. */
	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
}

int main(int count, char **arguments)
{
	struct options options = parse(count, arguments);
	struct pacer pacer = {};
	int report, output;

	shed_inheritance();
	libbpf_set_print(be_silent);
	open_everything(&pacer, &options);
	output = open_output(options.log);
	report = detach();
	redirect_output(output);
	if (chdir("/"))
		return 3;
	dprintf(report, "ready %d\n", getpid());
	become_precise(&options, report);
	close(report);
	pace_for_ever(&pacer);
	return 0;
}
