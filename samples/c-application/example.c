/*
 * A C application beside the kernel's schedule: sets a variable once a second and prints one that the network writes.
 *
 *     ./example INTERFACE VARIABLE-TO-SET VARIABLE-TO-PRINT [ROUNDS]
 */
#include "ncbpf_vars.h"

#include <time.h>

static const struct ncbpf_variable *find(struct ncbpf_vars *space, const char *name)
{
	const struct ncbpf_variable *variable = ncbpf_find(space, name);

	if (!variable)
		fprintf(stderr, "there is no variable %s\n", name);
	return variable;
}

static void print_value(struct ncbpf_vars *space, const struct ncbpf_variable *variable)
{
	unsigned char bytes[NCBPF_MAX_BYTES];
	int length, i;

	printf("%s ", variable->name);
	if (variable->kind == NCBPF_BYTES) {
		length = ncbpf_get_bytes(space, variable, bytes, sizeof(bytes));
		printf("hex:");
		for (i = 0; i < length; i++)
			printf("%02x", bytes[i]);
	} else if (variable->is_signed) {
		printf("%lld", (long long)ncbpf_get_i64(space, variable));
	} else {
		printf("%llu", (unsigned long long)ncbpf_get_u64(space, variable));
	}
	printf("\n");
	fflush(stdout);
}

static int run(struct ncbpf_vars *space, const char *to_set, const char *to_print, long rounds)
{
	const struct ncbpf_variable *target = find(space, to_set);
	const struct ncbpf_variable *source = find(space, to_print);
	struct timespec second = { 1, 0 };
	pid_t holder = 0;
	long i;
	int error;

	if (!target || !source)
		return 1;
	error = ncbpf_claim(space, target, &holder);
	if (error == -EBUSY)
		fprintf(stderr, "%s is being written by process %ld\n", to_set, (long)holder);
	else if (error)
		fprintf(stderr, "claim %s: %s\n", to_set, strerror(-error));
	if (error)
		return 1;
	for (i = 0; i < rounds; i++) {
		if (target->kind == NCBPF_BYTES)
			error = ncbpf_set_bytes(space, target, &i, sizeof(i) < target->size ? sizeof(i) : target->size);
		else if (target->is_signed)
			error = ncbpf_set_i64(space, target, i % 100);
		else
			error = ncbpf_set_u64(space, target, (uint64_t)i % 100);
		if (error)
			fprintf(stderr, "set %s: %s\n", to_set, strerror(-error));
		print_value(space, source);
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
		fprintf(stderr, "usage: %s INTERFACE VARIABLE-TO-SET VARIABLE-TO-PRINT [ROUNDS]\n", argv[0]);
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
