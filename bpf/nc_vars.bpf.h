/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The variable space. Integers are one aligned word. bytes[N] has two buffers and a version: the writer fills the
 * buffer that is not current and publishes it, a reader takes the current one and then checks that it was not
 * overtaken by two writes (docs/abi.md). Everything read here may have been scribbled over by an application.
 */
#ifndef NC_VARS_BPF_H
#define NC_VARS_BPF_H

#define NC_READ_TRIES 16
#define NC_COPY_TURNS (NC_SCRATCH_WORDS * 8 / NC_CHUNK)
#define NC_ROUND_UP(n) (((n) + NC_CHUNK - 1) & ~(nc_u64)(NC_CHUNK - 1))

/* A copy of `turns` chunks between two places; the caller has bounded `turns` to what both hold. */
#define NC_COPY(to, from, turns)                             \
	for (nc_u32 i_ = 0; i_ < NC_COPY_TURNS; i_++) {      \
		if (i_ >= (turns))                           \
			break;                               \
		NC_BARRIER();                                \
		(to)[4 * i_] = (from)[4 * i_];               \
		(to)[4 * i_ + 1] = (from)[4 * i_ + 1];       \
		(to)[4 * i_ + 2] = (from)[4 * i_ + 2];       \
		(to)[4 * i_ + 3] = (from)[4 * i_ + 3];       \
	}

NC_INLINE const struct nc_variable_config *nc_variable(nc_u32 variable)
{
	nc_u64 index = variable;

	NC_LAUNDER(index);
	if (index >= NC_VARIABLES)
		return 0;
	NC_LAUNDER(index);
	return &nc_variables[index];
}

/* The value of an integer, sign extended to 64 bits when it is signed. */
#define NC_INTEGER(type, offset) (*(volatile type *)((nc_u8 *)&nc_vars + (offset)))

NC_INLINE nc_u32 nc_parity(nc_u64 word)
{
	word ^= word >> 32;
	word ^= word >> 16;
	word ^= word >> 8;
	word ^= word >> 4;
	word ^= word >> 2;
	word ^= word >> 1;
	return word & 1;
}

/* Bytes of nc_vars from `offset` on, or 0 when fewer than `length` are left. */
NC_INLINE nc_u8 *nc_vars_at(nc_u64 offset, nc_u64 length)
{
	NC_LAUNDER(offset);
	if (offset > sizeof(nc_vars) - length)
		return 0;
	NC_LAUNDER(offset);
	return (nc_u8 *)&nc_vars + offset;
}

#if NC_HAS_BYTES

/* Chunk by chunk, each with its own bound: a small variable may lie at the end of nc_vars. */
NC_INLINE int nc_vars_copy_out(nc_u64 *to, nc_u64 offset, nc_u32 turns)
{
	for (nc_u32 i = 0; i < NC_COPY_TURNS; i++) {
		volatile nc_u64 *from;

		if (i >= turns)
			break;
		from = (volatile nc_u64 *)nc_vars_at(offset + i * NC_CHUNK, NC_CHUNK);
		if (!from)
			return 1;
		to[4 * i] = from[0];
		to[4 * i + 1] = from[1];
		to[4 * i + 2] = from[2];
		to[4 * i + 3] = from[3];
	}
	return 0;
}

/* Work space 0 to nc_vars. */
NC_INLINE int nc_vars_copy_in(nc_u64 offset, nc_u32 turns)
{
	for (nc_u32 i = 0; i < NC_COPY_TURNS; i++) {
		volatile nc_u64 *to;

		if (i >= turns)
			break;
		to = (volatile nc_u64 *)nc_vars_at(offset + i * NC_CHUNK, NC_CHUNK);
		if (!to)
			return 1;
		to[0] = nc_scratch.words[0][4 * i];
		to[1] = nc_scratch.words[0][4 * i + 1];
		to[2] = nc_scratch.words[0][4 * i + 2];
		to[3] = nc_scratch.words[0][4 * i + 3];
	}
	return 0;
}

struct nc_read {
	nc_u32 offset; /* of the variable in nc_vars */
	nc_u32 size;
	nc_u32 which;
	nc_u32 done;
};

/* One try. A callback of bpf_loop rather than a loop: it is verified once, not once for each try. */
static long nc_read_step(nc_u32 index, struct nc_read *read)
{
	struct nc_bytes_head *head = (struct nc_bytes_head *)nc_vars_at(read->offset, sizeof(*head));
	nc_u32 version, length, turns;

	if (!head)
		return 1;
	version = NC_LOAD(head->version) >> 1;
	NC_BARRIER();
	length = NC_LOAD(head->length[version & 1]);
	if (length > read->size)
		length = read->size;
	turns = (length + NC_CHUNK - 1) / NC_CHUNK;
	if (nc_vars_copy_out(nc_scratch.words[read->which & 1],
			     read->offset + sizeof(*head) + (version & 1) * NC_ROUND_UP(read->size), turns))
		return 1;
	NC_BARRIER();
	if (NC_LOAD(head->version) - 2 * version > 2)
		return 0; /* overtaken by two writes */
	nc_scratch.length[read->which & 1] = length;
	read->done = 1;
	return 1;
}

/*
 * Reads bytes[N] into work space `which`. 0 done; 1 its writer never paused: the work space holds rubbish.
 */
NC_INLINE int nc_read_bytes(nc_u32 variable, nc_u32 which)
{
	const struct nc_variable_config *config = nc_variable(variable);
	struct nc_read read = { .which = which };

	if (!config)
		return 1;
	read.offset = config->offset;
	read.size = config->size;
	bpf_loop(NC_READ_TRIES, nc_read_step, &read, 0);
	if (!read.done)
		NC_COUNT(nc_stats.torn_retry);
	return !read.done;
}

/* Publishes `length` bytes of work space 0 in bytes[N]. The machine is the only writer of such a variable. */
NC_GLOBAL int nc_write_bytes(nc_u32 variable, nc_u32 length)
{
	const struct nc_variable_config *config = nc_variable(variable);
	struct nc_bytes_head *head;
	nc_u64 offset;
	nc_u32 version, turns;

	if (!config)
		return 1;
	head = (struct nc_bytes_head *)nc_vars_at(config->offset, sizeof(*head));
	if (!head)
		return 1;
	if (length > config->size)
		length = config->size;
	version = NC_LOAD(head->version) >> 1;
	NC_STORE(head->version, 2 * version + 1);
	NC_BARRIER();
	offset = config->offset + sizeof(*head) + ((version + 1) & 1) * NC_ROUND_UP(config->size);
	turns = (length + NC_CHUNK - 1) / NC_CHUNK;
	if (nc_vars_copy_in(offset, turns))
		return 1;
	NC_STORE(head->length[(version + 1) & 1], length);
	NC_BARRIER();
	NC_STORE(head->version, 2 * version + 2);
	return 0;
}

NC_INLINE nc_u32 nc_scratch_byte(nc_u32 which, nc_u32 index)
{
	nc_u64 at = index;

	NC_LAUNDER(at);
	if (at >= NC_SCRATCH_WORDS * 8)
		return 0;
	NC_LAUNDER(at);
	return ((nc_u8 *)nc_scratch.words[which])[at];
}

struct nc_compare_context {
	nc_u32 longer, extra, length;
	int order;
};

static long nc_compare_step(nc_u32 index, struct nc_compare_context *context)
{
	nc_u32 a, b = 0;

	if (index >= context->length)
		return 1;
	a = nc_scratch_byte(context->longer & 1, index);
	if (index >= context->extra)
		b = nc_scratch_byte(~context->longer & 1, index - context->extra);
	if (a == b)
		return 0;
	context->order = a > b ? 1 : -1;
	return 1;
}

/* The order of two byte strings as big-endian numbers: -1, 0 or 1; 2 when one could not be read. */
NC_GLOBAL int nc_compare_bytes(nc_u32 a, nc_u32 b)
{
	struct nc_compare_context context = {};
	nc_u32 first, second;

	if (nc_read_bytes(a, 0) || nc_read_bytes(b, 1))
		return 2;
	first = nc_scratch.length[0];
	second = nc_scratch.length[1];
	context.longer = second > first;
	context.length = second > first ? second : first;
	context.extra = second > first ? second - first : first - second;
	bpf_loop(NC_SCRATCH_WORDS * 8, nc_compare_step, &context, 0);
	return context.longer ? -context.order : context.order;
}

/* Bit 1: some bit of the variable is set; bit 0: the parity of all its bits. -1: it could not be read. */
NC_GLOBAL int nc_fold_bytes(nc_u32 variable)
{
	nc_u64 any = 0, parity = 0, last;
	nc_u32 length;

	if (nc_read_bytes(variable, 0))
		return -1;
	length = nc_scratch.length[0];
	last = length / 8;
	NC_LAUNDER(last);
	if (last >= NC_SCRATCH_WORDS)
		last = NC_SCRATCH_WORDS - 1;
	NC_LAUNDER(last);
	if (length & 7)
		nc_scratch.words[0][last] &= (1ULL << ((length & 7) * 8)) - 1;
	for (nc_u32 i = 0; i < NC_SCRATCH_WORDS; i++) {
		if (i * 8 >= length)
			break;
		any |= nc_scratch.words[0][i];
		parity ^= nc_scratch.words[0][i];
	}
	return (any ? 2 : 0) | nc_parity(parity);
}

#endif /* NC_HAS_BYTES */

#endif
