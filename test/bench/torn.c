/*
 * One side of the stress test of variables, bytes[N] or u64: writes values that carry a pattern, or reads and judges them, as fast as it can.
 *
 *     torn write INTERFACE VARIABLE COUNT      COUNT 0: until killed
 *     torn read INTERFACE VARIABLE COUNT [CHANGES]
 *             prints {"reads", "changes", "torn", "retries", "gave_up"}. A change is a value other than the one read before;
 *             it reads on until it has seen so many.
 *
 * The pattern: every byte of a value is the same b, and there are 1 + (b * 37) % N of them. A value that mixes two writes has
 * two different bytes, or a length that is not that of its bytes. An empty value is the one before the first write.
 * A u64 is eight times the same byte.
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

static int write_value(struct ncbpf_vars *space, const struct ncbpf_variable *variable, unsigned int byte)
{
	unsigned char bytes[NCBPF_MAX_BYTES];

	if (variable->kind == NCBPF_INTEGER)
		return ncbpf_set_u64(space, variable, byte * 0x0101010101010101ULL);
	memset(bytes, (int)byte, sizeof(bytes));
	return ncbpf_set_bytes(space, variable, bytes, pattern_length(variable, byte));
}

static int write_values(struct ncbpf_vars *space, const struct ncbpf_variable *variable, unsigned long long count)
{
	unsigned long long i;
	int error = ncbpf_claim(space, variable, NULL);

	for (i = 0; !error && (count == 0 || i < count); i++)
		error = write_value(space, variable, i & 255);
	if (error)
		fprintf(stderr, "write %s: %s\n", variable->name, strerror(-error));
	return error ? 1 : 0;
}

struct findings {
	unsigned long long reads, changes, torn, retries, gave_up;
	unsigned int last; /* byte */
};

static void note(struct findings *findings, unsigned int byte, int torn)
{
	findings->changes += byte != findings->last;
	findings->last = byte;
	findings->torn += torn != 0;
}

static void read_integer(struct ncbpf_vars *space, const struct ncbpf_variable *variable, struct findings *findings)
{
	uint64_t value = ncbpf_get_u64(space, variable);

	note(findings, value & 255, value != (value & 255) * 0x0101010101010101ULL);
}

static void read_bytes(struct ncbpf_vars *space, const struct ncbpf_variable *variable, struct findings *findings)
{
	uint64_t copy[(NCBPF_MAX_BYTES + 7) / 8];
	const unsigned char *bytes = (const unsigned char *)copy;
	int length = -EAGAIN, tries;

	for (tries = 0; length == -EAGAIN && tries < NCBPF_READ_TRIES; tries++)
		length = ncbpf_try_get_bytes(space, variable, copy);
	findings->retries += (unsigned long long)tries - 1;
	if (length == -EAGAIN)
		findings->gave_up++;
	else
		note(findings, length > 0 ? bytes[0] : 256, is_torn(variable, bytes, length));
}

static int read_values(struct ncbpf_vars *space, const struct ncbpf_variable *variable, unsigned long long count,
		       unsigned long long changes)
{
	struct findings findings = { .last = 256 };

	for (; findings.reads < count || findings.changes < changes; findings.reads++) {
		if (variable->kind == NCBPF_INTEGER)
			read_integer(space, variable, &findings);
		else
			read_bytes(space, variable, &findings);
	}
	printf("{\"reads\": %llu, \"changes\": %llu, \"torn\": %llu, \"retries\": %llu, \"gave_up\": %llu}\n", findings.reads,
	       findings.changes, findings.torn, findings.retries, findings.gave_up);
	return findings.torn ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct ncbpf_vars space;
	const struct ncbpf_variable *variable;
	int error, status;

	if (argc < 5 || argc > 6 || (strcmp(argv[1], "write") && strcmp(argv[1], "read"))) {
		fprintf(stderr, "usage: %s write|read INTERFACE VARIABLE COUNT [CHANGES]\n", argv[0]);
		return 2;
	}
	error = ncbpf_open(&space, argv[2]);
	if (error) {
		fprintf(stderr, "open the variables of %s: %s\n", argv[2], strerror(-error));
		return 2;
	}
	variable = ncbpf_find(&space, argv[3]);
	if (!variable || (variable->kind == NCBPF_INTEGER && (variable->size != 8 || variable->is_signed))) {
		fprintf(stderr, "there is no variable %s, or it is neither bytes[N] nor u64\n", argv[3]);
		return 2;
	}
	if (strcmp(argv[1], "write") == 0)
		status = write_values(&space, variable, strtoull(argv[4], NULL, 10));
	else
		status = read_values(&space, variable, strtoull(argv[4], NULL, 10), argc == 6 ? strtoull(argv[5], NULL, 10) : 0);
	ncbpf_close(&space);
	return status;
}
