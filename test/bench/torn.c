/*
 * One side of the stress test of bytes[N]: writes values that carry a pattern, or reads and judges them, as fast as it can.
 *
 *     torn write INTERFACE VARIABLE COUNT      COUNT 0: until killed
 *     torn read INTERFACE VARIABLE COUNT       prints {"reads", "torn", "retries", "gave_up"}
 *
 * The pattern: every byte of a value is the same b, and there are 1 + (b * 37) % N of them. A value that mixes two writes has
 * two different bytes, or a length that is not that of its bytes. An empty value is the one before the first write.
 */
#include "ncbpf_vars.h"

static uint32_t pattern_length(const struct ncbpf_variable *variable, unsigned int byte)
{
	return 1 + byte * 37 % variable->size;
}

static int is_torn(const struct ncbpf_variable *variable, const unsigned char *bytes, int length)
{
	int i;

	if (length == 0)
		return 0;
	for (i = 1; i < length; i++)
		if (bytes[i] != bytes[0])
			return 1;
	return (uint32_t)length != pattern_length(variable, bytes[0]);
}

static int write_values(struct ncbpf_vars *space, const struct ncbpf_variable *variable, unsigned long long count)
{
	unsigned char bytes[NCBPF_MAX_BYTES];
	unsigned long long i;
	int error = ncbpf_claim(space, variable, NULL);

	for (i = 0; !error && (count == 0 || i < count); i++) {
		memset(bytes, (int)(i & 255), sizeof(bytes));
		error = ncbpf_set_bytes(space, variable, bytes, pattern_length(variable, i & 255));
	}
	if (error)
		fprintf(stderr, "write %s: %s\n", variable->name, strerror(-error));
	return error ? 1 : 0;
}

static int read_values(struct ncbpf_vars *space, const struct ncbpf_variable *variable, unsigned long long count)
{
	uint64_t copy[(NCBPF_MAX_BYTES + 7) / 8];
	unsigned long long reads, torn = 0, retries = 0, gave_up = 0;

	for (reads = 0; reads < count; reads++) {
		int length = -EAGAIN, tries;

		for (tries = 0; length == -EAGAIN && tries < NCBPF_READ_TRIES; tries++)
			length = ncbpf_try_get_bytes(space, variable, copy);
		retries += (unsigned long long)tries - 1;
		if (length == -EAGAIN)
			gave_up++;
		else
			torn += (unsigned long long)is_torn(variable, (const unsigned char *)copy, length);
	}
	printf("{\"reads\": %llu, \"torn\": %llu, \"retries\": %llu, \"gave_up\": %llu}\n", reads, torn, retries, gave_up);
	return torn ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct ncbpf_vars space;
	const struct ncbpf_variable *variable;
	int error, status;

	if (argc != 5 || (strcmp(argv[1], "write") && strcmp(argv[1], "read"))) {
		fprintf(stderr, "usage: %s write|read INTERFACE VARIABLE COUNT\n", argv[0]);
		return 2;
	}
	error = ncbpf_open(&space, argv[2]);
	if (error) {
		fprintf(stderr, "open the variables of %s: %s\n", argv[2], strerror(-error));
		return 2;
	}
	variable = ncbpf_find(&space, argv[3]);
	if (!variable || variable->kind != NCBPF_BYTES) {
		fprintf(stderr, "there is no bytes variable %s\n", argv[3]);
		return 2;
	}
	if (strcmp(argv[1], "write") == 0)
		status = write_values(&space, variable, strtoull(argv[4], NULL, 10));
	else
		status = read_values(&space, variable, strtoull(argv[4], NULL, 10));
	ncbpf_close(&space);
	return status;
}
