/*
 * One side of a queue of bytes[N], as fast as it can, N at least 64. Prints how many values there were.
 *
 *     queue-side append INTERFACE QUEUE COUNT
 *     queue-side take INTERFACE QUEUE COUNT
 *     queue-side look INTERFACE QUEUE COUNT     until it has seen the last of COUNT; some are taken before it sees them
 *
 * Value n, from 0: the number n as u32, repeated 1 + n % 16 times. Whoever takes has to find each in its turn, whoever looks
 * a greater one each time, and both no value that mixes two.
 */
#include "ncbpf_vars.h"

#include <sched.h>

#define MOST 16

static size_t pattern(uint32_t number, uint32_t *words)
{
	size_t count = 1 + number % MOST, i;

	for (i = 0; i < count; i++)
		words[i] = number;
	return count * sizeof(*words);
}

/* Whether the value is that of its first number. */
static int is_whole(const uint32_t *words, int length)
{
	uint32_t expected[MOST];

	return length >= 4 && (size_t)length == pattern(words[0], expected) && !memcmp(words, expected, (size_t)length);
}

static int append(struct ncbpf_vars *space, const struct ncbpf_queue *queue, uint32_t number)
{
	uint32_t words[MOST];
	size_t length = pattern(number, words);
	int error;

	while ((error = ncbpf_append(space, queue, words, length)) == -ENOSPC)
		sched_yield();
	return error;
}

static int take(struct ncbpf_vars *space, const struct ncbpf_queue *queue, uint32_t number)
{
	uint32_t words[MOST];
	int length;

	while ((length = ncbpf_take(space, queue, words, sizeof(words))) == -ENODATA)
		sched_yield();
	if (length < 0)
		return length;
	return is_whole(words, length) && words[0] == number ? 0 : -EILSEQ;
}

static int look(struct ncbpf_vars *space, const struct ncbpf_queue *queue, uint32_t count, uint32_t *seen)
{
	uint32_t words[MOST], next = 0;
	uint64_t position = 0;
	int length;

	while (next < count) {
		length = ncbpf_look(space, queue, &position, words, sizeof(words));
		if (length == -ENODATA || length == -EAGAIN) {
			sched_yield();
			continue;
		}
		if (length < 0)
			return length;
		if (!is_whole(words, length) || words[0] < next)
			return -EILSEQ;
		next = words[0] + 1;
		(*seen)++;
	}
	return 0;
}

static int run(struct ncbpf_vars *space, const char *role, const char *name, uint32_t count, uint32_t *done)
{
	const struct ncbpf_queue *queue = ncbpf_find_queue(space, name);
	int appends = !strcmp(role, "append"), error;

	if (!queue)
		return -ENOENT;
	if (!strcmp(role, "look"))
		return look(space, queue, count, done);
	error = appends ? ncbpf_claim_append(space, queue, NULL) : ncbpf_claim_take(space, queue, NULL);
	for (; !error && *done < count; ++*done)
		error = appends ? append(space, queue, *done) : take(space, queue, *done);
	return error;
}

int main(int argc, char **argv)
{
	struct ncbpf_vars space;
	uint32_t done = 0;
	int error;

	if (argc != 5)
		return 2;
	error = ncbpf_open(&space, argv[2]);
	if (!error) {
		error = run(&space, argv[1], argv[3], (uint32_t)strtoul(argv[4], NULL, 10), &done);
		ncbpf_close(&space);
	}
	if (error)
		fprintf(stderr, "%s %s: %s\n", argv[1], argv[3], strerror(-error));
	printf("%u\n", done);
	return error ? 1 : 0;
}
