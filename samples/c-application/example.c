/*
 * A C application beside the kernel's schedule: sets a variable once a second and prints one that the network writes.
 * Where the name is that of a queue, it appends to it, or takes from it all that is there.
 *
 *     ./example INTERFACE NAME-TO-SET NAME-TO-PRINT [ROUNDS]
 */
#include "ncbpf_vars.h"

#include <time.h>

/* One of both is NULL. */
struct place {
	const struct ncbpf_variable *variable;
	const struct ncbpf_queue *queue;
};

static int find(struct ncbpf_vars *space, const char *name, struct place *place)
{
	place->variable = ncbpf_find(space, name);
	place->queue = ncbpf_find_queue(space, name);
	if (place->variable || place->queue)
		return 0;
	fprintf(stderr, "there is no variable %s\n", name);
	return 1;
}

/* Says why a claim was refused. */
static int refused(const char *name, int error, pid_t holder)
{
	if (error == -EBUSY)
		fprintf(stderr, "%s is being written by process %ld\n", name, (long)holder);
	else if (error)
		fprintf(stderr, "claim %s: %s\n", name, strerror(-error));
	return error;
}

static int claim(struct ncbpf_vars *space, const char *to_set, struct place target, const char *to_print, struct place source)
{
	pid_t holder = 0;
	int error;

	error = target.queue ? ncbpf_claim_append(space, target.queue, &holder) : ncbpf_claim(space, target.variable, &holder);
	if (refused(to_set, error, holder))
		return 1;
	return source.queue && refused(to_print, ncbpf_claim_take(space, source.queue, &holder), holder);
}

static int set(struct ncbpf_vars *space, struct place target, long number)
{
	const struct ncbpf_variable *variable = target.queue ? &target.queue->value : target.variable;
	/* The first bytes of the number; an integer of any width, for machines here have the lowest byte first. */
	size_t length = sizeof(number) < variable->size ? sizeof(number) : variable->size;

	if (target.queue)
		return ncbpf_append(space, target.queue, &number, length);
	if (variable->kind == NCBPF_BYTES)
		return ncbpf_set_bytes(space, variable, &number, length);
	return variable->is_signed ? ncbpf_set_i64(space, variable, number) : ncbpf_set_u64(space, variable, (uint64_t)number);
}

static void print_bytes(const char *name, const unsigned char *bytes, int length)
{
	int i;

	printf("%s hex:", name);
	for (i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

static void print_variable(struct ncbpf_vars *space, const struct ncbpf_variable *variable)
{
	unsigned char bytes[NCBPF_MAX_BYTES];

	if (variable->kind == NCBPF_BYTES)
		print_bytes(variable->name, bytes, ncbpf_get_bytes(space, variable, bytes, sizeof(bytes)));
	else if (variable->is_signed)
		printf("%s %lld\n", variable->name, (long long)ncbpf_get_i64(space, variable));
	else
		printf("%s %llu\n", variable->name, (unsigned long long)ncbpf_get_u64(space, variable));
}

/* The bytes of each value, of integers too. */
static void print_queue(struct ncbpf_vars *space, const struct ncbpf_queue *queue)
{
	unsigned char bytes[NCBPF_MAX_BYTES];
	int length;

	while ((length = ncbpf_take(space, queue, bytes, sizeof(bytes))) >= 0)
		print_bytes(queue->value.name, bytes, length);
}

static int run(struct ncbpf_vars *space, const char *to_set, const char *to_print, long rounds)
{
	struct timespec second = { 1, 0 };
	struct place target, source;
	long i;
	int error;

	if (find(space, to_set, &target) || find(space, to_print, &source))
		return 1;
	if (claim(space, to_set, target, to_print, source))
		return 1;
	for (i = 0; i < rounds; i++) {
		error = set(space, target, i % 100);
		if (error)
			fprintf(stderr, "set %s: %s\n", to_set, strerror(-error));
		if (source.queue)
			print_queue(space, source.queue);
		else
			print_variable(space, source.variable);
		fflush(stdout);
		if (i + 1 < rounds)
			nanosleep(&second, NULL);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ncbpf_vars space;
	int status, error;

	if (argc < 4 || argc > 5) {
		fprintf(stderr, "usage: %s INTERFACE NAME-TO-SET NAME-TO-PRINT [ROUNDS]\n", argv[0]);
		return 2;
	}
	error = ncbpf_open(&space, argv[1]);
	if (error) {
		fprintf(stderr, "open the variables of %s: %s\n", argv[1], strerror(-error));
		return 1;
	}
	status = run(&space, argv[2], argv[3], argc == 5 ? atol(argv[4]) : 10);
	ncbpf_close(&space);
	return status;
}
