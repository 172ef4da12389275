/* SPDX-License-Identifier: MIT */
/*
 * Reads and writes the variables and queues of an ncbpf attachment from a C or C++ program: no library, no libbpf, no system call
 * for a read or a write. The protocol is written down in docs/abi.md, section "Variable space". Linux 6.1 or later.
 *
 *     struct ncbpf_vars space;
 *     const struct ncbpf_variable *temperature;
 *
 *     if (ncbpf_open(&space, "eth0"))                        // 0, or a negative errno
 *             return 1;
 *     temperature = ncbpf_find(&space, "temperature");       // NULL: there is none
 *     if (temperature && ncbpf_claim(&space, temperature, NULL) == 0)
 *             ncbpf_set_u64(&space, temperature, 42);
 *     ncbpf_close(&space);
 *
 * and of a queue:
 *
 *     const struct ncbpf_queue *commands = ncbpf_find_queue(&space, "commands");
 *
 *     if (commands && ncbpf_claim_append(&space, commands, NULL) == 0)
 *             ncbpf_append(&space, commands, "start", 5);    // -ENOSPC: it is full
 *
 * Include it before other headers, or compile with -D_GNU_SOURCE (the default of g++ and of gcc -std=gnu11).
 * One struct ncbpf_vars may be read by many threads; a variable is written, a queue filled, and a queue drained by one of
 * them at a time.
 */
#ifndef NCBPF_VARS_H
#define NCBPF_VARS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef F_OFD_SETLK
#error "include ncbpf_vars.h before other headers, or compile with -D_GNU_SOURCE"
#endif

#define NCBPF_MAX_BYTES 1470 /* greatest length of a bytes[N] */
#define NCBPF_MAX_VARIABLES 256
#define NCBPF_PATH 512
/* Tries of ncbpf_get_bytes; against the fastest writers measured one in a hundred reads needs a second one. */
#define NCBPF_READ_TRIES 10000

enum ncbpf_kind { NCBPF_INTEGER, NCBPF_BYTES };
enum ncbpf_writer { NCBPF_APPLICATION, NCBPF_NETWORK };

struct ncbpf_variable {
	char name[64];
	uint32_t id;
	enum ncbpf_kind kind;
	uint32_t size;   /* bytes: width of an integer, greatest length of bytes[N] */
	int is_signed;
	uint32_t offset; /* in nc_vars */
	enum ncbpf_writer writer;
};

struct ncbpf_queue {
	struct ncbpf_variable value; /* name and id of the queue, type of its values; writer: who appends */
	enum ncbpf_writer taker;     /* who takes */
	uint32_t depth;              /* values that it holds */
	uint32_t slot;               /* bytes of a slot */
};

struct ncbpf_vars {
	unsigned char *memory; /* nc_vars */
	size_t size;
	int claims;            /* descriptor of the file of claims, -1 while nothing was claimed */
	char writers[NCBPF_PATH];
	size_t count, queue_count;
	struct ncbpf_variable variables[NCBPF_MAX_VARIABLES];
	struct ncbpf_queue queues[NCBPF_MAX_VARIABLES];
	unsigned char claimed[2 * NCBPF_MAX_VARIABLES]; /* by slot: the id; of takers 256 + the id */
};

/* The head of a bytes[N]; two buffers of N rounded up to 32 bytes follow. */
struct ncbpf_bytes_head {
	uint32_t version; /* k = version / 2: buffer k & 1 is current; odd: a writer is at work on the other one */
	uint32_t length[2];
	uint32_t reserved;
};

/* The head of a queue; `depth` slots follow. */
struct ncbpf_queue_head {
	uint64_t head; /* values ever appended */
	uint64_t tail; /* values ever taken */
};

/* The head of a slot of bytes[N]; the bytes follow. A slot of an integer is one word. */
struct ncbpf_slot_head {
	uint32_t length;
	uint32_t reserved;
};

/* ---- opening ---- */

static inline uint32_t ncbpf_buffer_size_(uint32_t size)
{
	return (size + 31) / 32 * 32;
}

/* The fields that variables and queues have in common, without `kind`, which is returned in text. 0 or -EPROTO. */
static inline int ncbpf_parse_common_(struct ncbpf_variable *variable, const char *line, char *kind, int *end)
{
	char writer[16];
	unsigned int id, size, is_signed, offset;

	if (sscanf(line, "%63s %u %15s %u %u %u %15s%n", variable->name, &id, kind, &size, &is_signed, &offset, writer, end) != 7)
		return -EPROTO;
	variable->id = id;
	variable->size = size;
	variable->is_signed = is_signed != 0;
	variable->offset = offset;
	variable->writer = strcmp(writer, "network") ? NCBPF_APPLICATION : NCBPF_NETWORK;
	return id > 255 || offset % 8 || size == 0 || size > NCBPF_MAX_BYTES ? -EPROTO : 0;
}

static inline int ncbpf_parse_kind_(struct ncbpf_variable *variable, const char *kind)
{
	variable->kind = strcmp(kind, "bytes") ? NCBPF_INTEGER : NCBPF_BYTES;
	if (variable->kind == NCBPF_BYTES)
		return 0;
	return strcmp(kind, "integer") || variable->size > 8 || (variable->size & (variable->size - 1)) ? -EPROTO : 0;
}

static inline int ncbpf_parse_variable_(struct ncbpf_variable *variable, const char *kind, size_t map_size)
{
	size_t span = 8;

	if (ncbpf_parse_kind_(variable, kind))
		return -EPROTO;
	if (variable->kind == NCBPF_BYTES)
		span = sizeof(struct ncbpf_bytes_head) + 2 * (size_t)ncbpf_buffer_size_(variable->size);
	return variable->offset + span > map_size ? -EPROTO : 0;
}

/* `rest` is what follows the fields in common. */
static inline int ncbpf_parse_queue_(struct ncbpf_queue *queue, const char *rest, size_t map_size)
{
	char kind[16], taker[16];
	unsigned int depth;

	if (sscanf(rest, " %15s %u %15s", kind, &depth, taker) != 3 || ncbpf_parse_kind_(&queue->value, kind))
		return -EPROTO;
	queue->depth = depth;
	queue->taker = strcmp(taker, "network") ? NCBPF_APPLICATION : NCBPF_NETWORK;
	queue->slot = 8;
	if (queue->value.kind == NCBPF_BYTES)
		queue->slot = sizeof(struct ncbpf_slot_head) + ncbpf_buffer_size_(queue->value.size);
	if (depth == 0 || depth > 256)
		return -EPROTO;
	return queue->value.offset + sizeof(struct ncbpf_queue_head) + (size_t)depth * queue->slot > map_size ? -EPROTO : 0;
}

static inline int ncbpf_parse_line_(struct ncbpf_vars *space, const char *line)
{
	struct ncbpf_variable common;
	char kind[16];
	int end = 0, error;

	memset(&common, 0, sizeof(common));
	if (space->count + space->queue_count == NCBPF_MAX_VARIABLES || ncbpf_parse_common_(&common, line, kind, &end))
		return -EPROTO;
	if (strcmp(kind, "queue") == 0) {
		space->queues[space->queue_count].value = common;
		error = ncbpf_parse_queue_(&space->queues[space->queue_count++], line + end, space->size);
	} else {
		space->variables[space->count] = common;
		error = ncbpf_parse_variable_(&space->variables[space->count++], kind, space->size);
	}
	return error;
}

static inline int ncbpf_parse_index_(struct ncbpf_vars *space, FILE *file, char *pin)
{
	char line[2 * NCBPF_PATH + 64];
	unsigned int version;
	int error = 0;

	if (!fgets(line, sizeof(line), file))
		return -EPROTO;
	if (sscanf(line, "ncbpf-vars %u %zu %511s %511s", &version, &space->size, pin, space->writers) != 4)
		return -EPROTO;
	if (version != 1 && version != 2)
		return -EPROTONOSUPPORT;
	while (!error && fgets(line, sizeof(line), file))
		error = ncbpf_parse_line_(space, line);
	return error;
}

static inline int ncbpf_map_(struct ncbpf_vars *space, const char *pin)
{
	union bpf_attr attr;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *memory;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uint64_t)(uintptr_t)pin;
	fd = (int)syscall(__NR_bpf, BPF_OBJ_GET, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;
	space->size = (space->size + page - 1) / page * page;
	memory = mmap(NULL, space->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		int error = -errno;

		close(fd);
		return error;
	}
	close(fd);
	space->memory = (unsigned char *)memory;
	return 0;
}

/*
 * Opens the variables of what is attached to an interface. 0, or -ENOENT: nothing is attached; -EACCES: attach with
 * --group, or be root; -EPROTO, -EPROTONOSUPPORT: the index is damaged, or of another version; another negative errno.
 * NCBPF_RUN_ROOT names the folder of the indexes (/run/ncbpf). The memory stays valid after a detach: see ncbpf_close.
 */
static inline int ncbpf_open(struct ncbpf_vars *space, const char *interface_name)
{
	const char *root = getenv("NCBPF_RUN_ROOT");
	char path[NCBPF_PATH], pin[NCBPF_PATH];
	FILE *file;
	int error;

	memset(space, 0, sizeof(*space));
	space->claims = -1;
	if (!root || !*root)
		root = "/run/ncbpf";
	if (snprintf(path, sizeof(path), "%s/%s.vars", root, interface_name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	error = ncbpf_parse_index_(space, file, pin);
	fclose(file);
	return error ? error : ncbpf_map_(space, pin);
}

/* Gives memory and claims back. */
static inline void ncbpf_close(struct ncbpf_vars *space)
{
	if (space->memory)
		munmap(space->memory, space->size);
	if (space->claims >= 0)
		close(space->claims);
	space->memory = NULL;
	space->claims = -1;
}

/* The variable of that name, or NULL. */
static inline const struct ncbpf_variable *ncbpf_find(const struct ncbpf_vars *space, const char *name)
{
	size_t i;

	for (i = 0; i < space->count; i++)
		if (strcmp(space->variables[i].name, name) == 0)
			return &space->variables[i];
	return NULL;
}

/* The queue of that name, or NULL. */
static inline const struct ncbpf_queue *ncbpf_find_queue(const struct ncbpf_vars *space, const char *name)
{
	size_t i;

	for (i = 0; i < space->queue_count; i++)
		if (strcmp(space->queues[i].value.name, name) == 0)
			return &space->queues[i];
	return NULL;
}

/* ---- claims: one process at a time writes a variable, one appends to a queue, and one takes from it ---- */

static inline uint32_t ncbpf_taker_(const struct ncbpf_queue *queue)
{
	return NCBPF_MAX_VARIABLES + queue->value.id;
}

static inline int ncbpf_lock_(struct ncbpf_vars *space, uint32_t slot, short type)
{
	struct flock range;

	memset(&range, 0, sizeof(range));
	range.l_type = type;
	range.l_whence = SEEK_SET;
	range.l_start = (off_t)slot * 8;
	range.l_len = 8;
	return fcntl(space->claims, F_OFD_SETLK, &range) ? -errno : 0;
}

static inline int ncbpf_claim_(struct ncbpf_vars *space, uint32_t slot, pid_t *holder)
{
	uint64_t pid = 0;
	int error;

	if (space->claims < 0)
		space->claims = open(space->writers, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (space->claims < 0)
		return -errno;
	error = ncbpf_lock_(space, slot, F_WRLCK);
	if (error == -EAGAIN || error == -EACCES) {
		if (pread(space->claims, &pid, sizeof(pid), (off_t)slot * 8) != (ssize_t)sizeof(pid))
			pid = 0;
		if (holder)
			*holder = (pid_t)pid;
		return -EBUSY;
	}
	if (error)
		return error;
	space->claimed[slot] = 1;
	pid = (uint64_t)getpid();
	return pwrite(space->claims, &pid, sizeof(pid), (off_t)slot * 8) < 0 ? -errno : 0;
}

static inline int ncbpf_release_(struct ncbpf_vars *space, uint32_t slot)
{
	uint64_t nobody = 0;

	if (!space->claimed[slot])
		return 0;
	space->claimed[slot] = 0;
	if (pwrite(space->claims, &nobody, sizeof(nobody), (off_t)slot * 8) < 0)
		return -errno;
	return ncbpf_lock_(space, slot, F_UNLCK);
}

/*
 * Claims a variable for this process until ncbpf_release, ncbpf_close or its end. 0; -EACCES: it is the network's, or no
 * permission; -EBUSY: another process has it, its number is in *holder (0 if unknown; holder may be NULL).
 */
static inline int ncbpf_claim(struct ncbpf_vars *space, const struct ncbpf_variable *variable, pid_t *holder)
{
	return variable->writer == NCBPF_NETWORK ? -EACCES : ncbpf_claim_(space, variable->id, holder);
}

/* Gives a claim back. */
static inline int ncbpf_release(struct ncbpf_vars *space, const struct ncbpf_variable *variable)
{
	return ncbpf_release_(space, variable->id);
}

/* As ncbpf_claim, for appending to a queue. -EACCES: the network fills it. Another process may take meanwhile. */
static inline int ncbpf_claim_append(struct ncbpf_vars *space, const struct ncbpf_queue *queue, pid_t *holder)
{
	return queue->value.writer == NCBPF_NETWORK ? -EACCES : ncbpf_claim_(space, queue->value.id, holder);
}

static inline int ncbpf_release_append(struct ncbpf_vars *space, const struct ncbpf_queue *queue)
{
	return ncbpf_release_(space, queue->value.id);
}

/* As ncbpf_claim, for taking from a queue. -EACCES: the program drains it. Another process may append meanwhile. */
static inline int ncbpf_claim_take(struct ncbpf_vars *space, const struct ncbpf_queue *queue, pid_t *holder)
{
	return queue->taker == NCBPF_NETWORK ? -EACCES : ncbpf_claim_(space, ncbpf_taker_(queue), holder);
}

static inline int ncbpf_release_take(struct ncbpf_vars *space, const struct ncbpf_queue *queue)
{
	return ncbpf_release_(space, ncbpf_taker_(queue));
}

/* ---- integers: one aligned access ---- */

/* The value of an integer. 0 for a bytes[N]. A signed one: ncbpf_get_i64. */
static inline uint64_t ncbpf_get_u64(const struct ncbpf_vars *space, const struct ncbpf_variable *variable)
{
	const void *at = space->memory + variable->offset;

	if (variable->kind != NCBPF_INTEGER)
		return 0;
	switch (variable->size) {
	case 1: return __atomic_load_n((const uint8_t *)at, __ATOMIC_ACQUIRE);
	case 2: return __atomic_load_n((const uint16_t *)at, __ATOMIC_ACQUIRE);
	case 4: return __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
	default: return __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE);
	}
}

/* The value of a signed integer. */
static inline int64_t ncbpf_get_i64(const struct ncbpf_vars *space, const struct ncbpf_variable *variable)
{
	uint64_t value = ncbpf_get_u64(space, variable);

	switch (variable->size) {
	case 1: return (int8_t)value;
	case 2: return (int16_t)value;
	case 4: return (int32_t)value;
	default: return (int64_t)value;
	}
}

static inline int ncbpf_store_(struct ncbpf_vars *space, const struct ncbpf_variable *variable, uint64_t value)
{
	void *at = space->memory + variable->offset;

	switch (variable->size) {
	case 1: __atomic_store_n((uint8_t *)at, (uint8_t)value, __ATOMIC_RELEASE); break;
	case 2: __atomic_store_n((uint16_t *)at, (uint16_t)value, __ATOMIC_RELEASE); break;
	case 4: __atomic_store_n((uint32_t *)at, (uint32_t)value, __ATOMIC_RELEASE); break;
	default: __atomic_store_n((uint64_t *)at, value, __ATOMIC_RELEASE); break;
	}
	return 0;
}

/* 0; -EPERM: not claimed; -EINVAL: not an unsigned integer; -ERANGE: beyond its type. */
static inline int ncbpf_set_u64(struct ncbpf_vars *space, const struct ncbpf_variable *variable, uint64_t value)
{
	if (!space->claimed[variable->id])
		return -EPERM;
	if (variable->kind != NCBPF_INTEGER || variable->is_signed)
		return -EINVAL;
	if (variable->size < 8 && value >> (variable->size * 8))
		return -ERANGE;
	return ncbpf_store_(space, variable, value);
}

/* 0; -EPERM: not claimed; -EINVAL: not a signed integer; -ERANGE: beyond its type. */
static inline int ncbpf_set_i64(struct ncbpf_vars *space, const struct ncbpf_variable *variable, int64_t value)
{
	int64_t least = variable->size < 8 ? -((int64_t)1 << (variable->size * 8 - 1)) : INT64_MIN;

	if (!space->claimed[variable->id])
		return -EPERM;
	if (variable->kind != NCBPF_INTEGER || !variable->is_signed)
		return -EINVAL;
	if (value < least || value > -(least + 1))
		return -ERANGE;
	return ncbpf_store_(space, variable, (uint64_t)value);
}

/* ---- bytes[N]: two buffers and a version ---- */

static inline uint64_t *ncbpf_buffer_(const struct ncbpf_vars *space, const struct ncbpf_variable *variable, uint32_t which)
{
	unsigned char *first = space->memory + variable->offset + sizeof(struct ncbpf_bytes_head);

	return (uint64_t *)(void *)(first + (size_t)(which & 1) * ncbpf_buffer_size_(variable->size));
}

/*
 * One try: copies the value to `to`, which has room for NCBPF_MAX_BYTES bytes or for `size` of the variable rounded up
 * to 8. Its length, or -EAGAIN: overtaken by two writes, what is in `to` is rubbish; -EINVAL: no bytes[N].
 */
static inline int ncbpf_try_get_bytes(const struct ncbpf_vars *space, const struct ncbpf_variable *variable, void *to)
{
	struct ncbpf_bytes_head *head = (struct ncbpf_bytes_head *)(void *)(space->memory + variable->offset);
	unsigned char *bytes = (unsigned char *)to;
	uint32_t k, length, i;
	uint64_t *from, word;

	if (variable->kind != NCBPF_BYTES)
		return -EINVAL;
	k = __atomic_load_n(&head->version, __ATOMIC_ACQUIRE) >> 1;
	length = __atomic_load_n(&head->length[k & 1], __ATOMIC_RELAXED);
	if (length > variable->size)
		length = variable->size;
	from = ncbpf_buffer_(space, variable, k);
	for (i = 0; i < (length + 7) / 8; i++) {
		word = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
		memcpy(bytes + i * 8, &word, 8);
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&head->version, __ATOMIC_RELAXED) - 2 * k > 2)
		return -EAGAIN;
	return (int)length;
}

/*
 * The value of a bytes[N]: copies at most `room` bytes to `to`. Its whole length, which may be more than `room`;
 * -EAGAIN: its writer never paused in NCBPF_READ_TRIES tries; -EINVAL: no bytes[N].
 */
static inline int ncbpf_get_bytes(const struct ncbpf_vars *space, const struct ncbpf_variable *variable, void *to, size_t room)
{
	uint64_t copy[(NCBPF_MAX_BYTES + 7) / 8];
	int length = -EAGAIN, tries;

	for (tries = 0; length == -EAGAIN && tries < NCBPF_READ_TRIES; tries++)
		length = ncbpf_try_get_bytes(space, variable, copy);
	if (length > 0 && room > 0)
		memcpy(to, copy, (size_t)length < room ? (size_t)length : room);
	return length;
}

/* 0; -EPERM: not claimed; -EINVAL: no bytes[N]; -ERANGE: longer than N. A writer that dies in here changes nothing. */
static inline int ncbpf_set_bytes(struct ncbpf_vars *space, const struct ncbpf_variable *variable, const void *from, size_t length)
{
	struct ncbpf_bytes_head *head = (struct ncbpf_bytes_head *)(void *)(space->memory + variable->offset);
	const unsigned char *bytes = (const unsigned char *)from;
	uint64_t *to, word;
	size_t i, part;
	uint32_t k;

	if (!space->claimed[variable->id])
		return -EPERM;
	if (variable->kind != NCBPF_BYTES)
		return -EINVAL;
	if (length > variable->size)
		return -ERANGE;
	k = __atomic_load_n(&head->version, __ATOMIC_RELAXED) >> 1;
	__atomic_store_n(&head->version, 2 * k + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	to = ncbpf_buffer_(space, variable, k + 1);
	for (i = 0; i < length; i += 8) {
		part = length - i < 8 ? length - i : 8;
		word = 0;
		memcpy(&word, bytes + i, part);
		__atomic_store_n(&to[i / 8], word, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&head->length[(k + 1) & 1], (uint32_t)length, __ATOMIC_RELAXED);
	__atomic_store_n(&head->version, 2 * k + 2, __ATOMIC_RELEASE);
	return 0;
}

/* ---- queues: one side moves head, the other tail ---- */

static inline struct ncbpf_queue_head *ncbpf_queue_head_(const struct ncbpf_vars *space, const struct ncbpf_queue *queue)
{
	return (struct ncbpf_queue_head *)(void *)(space->memory + queue->value.offset);
}

static inline uint64_t *ncbpf_slot_(const struct ncbpf_vars *space, const struct ncbpf_queue *queue, uint64_t position)
{
	unsigned char *first = space->memory + queue->value.offset + sizeof(struct ncbpf_queue_head);

	return (uint64_t *)(void *)(first + (size_t)(position % queue->depth) * queue->slot);
}

/* A slot, at most, in words. */
#define NCBPF_SLOT_WORDS_ (1 + (NCBPF_MAX_BYTES + 31) / 32 * 4)

/* Copies a slot word by word; its use must wait until it is sure that nobody has filled it anew meanwhile. */
static inline void ncbpf_copy_slot_(const struct ncbpf_queue *queue, const uint64_t *slot, uint64_t *copy)
{
	uint32_t i;

	for (i = 0; i < queue->slot / 8; i++)
		copy[i] = __atomic_load_n(&slot[i], __ATOMIC_RELAXED);
}

/* The value in the copy of a slot: at most `room` bytes of it to `to`. Its whole length. */
static inline int ncbpf_slot_value_(const struct ncbpf_queue *queue, const uint64_t *copy, void *to, size_t room)
{
	const unsigned char *bytes = (const unsigned char *)copy;
	uint32_t length = queue->value.size;
	struct ncbpf_slot_head head;

	if (queue->value.kind == NCBPF_BYTES) {
		memcpy(&head, bytes, sizeof(head));
		bytes += sizeof(head);
		if (head.length < length)
			length = head.length;
	}
	if (length > 0 && room > 0)
		memcpy(to, bytes, length < room ? length : room);
	return (int)length;
}

/*
 * Appends a value: the bytes of a bytes[N]; of an integer an object of its type and width (`uint16_t value`, &value,
 * sizeof(value)). 0; -ENOSPC: the queue is full; -EPERM: not claimed; -ERANGE: longer than N; -EINVAL: another width.
 * A process that dies in here has appended nothing.
 */
static inline int ncbpf_append(struct ncbpf_vars *space, const struct ncbpf_queue *queue, const void *value, size_t length)
{
	struct ncbpf_queue_head *counters = ncbpf_queue_head_(space, queue);
	struct ncbpf_slot_head slot_head = { (uint32_t)length, 0 };
	uint64_t copy[NCBPF_SLOT_WORDS_], head, *slot;
	size_t start = queue->value.kind == NCBPF_BYTES ? sizeof(slot_head) : 0, i;

	if (!space->claimed[queue->value.id])
		return -EPERM;
	if (queue->value.kind == NCBPF_BYTES ? length > queue->value.size : length != queue->value.size)
		return queue->value.kind == NCBPF_BYTES ? -ERANGE : -EINVAL;
	memset(copy, 0, queue->slot);
	memcpy(copy, &slot_head, start);
	if (length > 0)
		memcpy((unsigned char *)copy + start, value, length);
	head = __atomic_load_n(&counters->head, __ATOMIC_RELAXED);
	if (head - __atomic_load_n(&counters->tail, __ATOMIC_ACQUIRE) >= queue->depth)
		return -ENOSPC;
	__atomic_thread_fence(__ATOMIC_RELEASE); /* who sees a word of the new value sees tail beyond the old one */
	slot = ncbpf_slot_(space, queue, head);
	for (i = 0; i < (start + length + 7) / 8; i++)
		__atomic_store_n(&slot[i], copy[i], __ATOMIC_RELAXED);
	__atomic_store_n(&counters->head, head + 1, __ATOMIC_RELEASE);
	return 0;
}

/*
 * Takes the oldest value: at most `room` bytes of it to `to`; of an integer an object of its type. Its whole length;
 * -ENODATA: the queue is empty; -EPERM: not claimed.
 */
static inline int ncbpf_take(struct ncbpf_vars *space, const struct ncbpf_queue *queue, void *to, size_t room)
{
	struct ncbpf_queue_head *counters = ncbpf_queue_head_(space, queue);
	uint64_t copy[NCBPF_SLOT_WORDS_], tail;

	if (!space->claimed[ncbpf_taker_(queue)])
		return -EPERM;
	tail = __atomic_load_n(&counters->tail, __ATOMIC_RELAXED);
	if (__atomic_load_n(&counters->head, __ATOMIC_ACQUIRE) - tail - 1 >= queue->depth)
		return -ENODATA;
	ncbpf_copy_slot_(queue, ncbpf_slot_(space, queue, tail), copy);
	__atomic_store_n(&counters->tail, tail + 1, __ATOMIC_RELEASE);
	return ncbpf_slot_value_(queue, copy, to, room);
}

/*
 * Looks at a value and leaves it: the oldest that does not lie before *position, which is 0 at first and is moved behind
 * the value found, so that calls in a row give one value after the other, each once. As ncbpf_take otherwise; without a
 * claim. -ENODATA: there is none; -EAGAIN: values were taken faster than this could look.
 */
static inline int ncbpf_look(const struct ncbpf_vars *space, const struct ncbpf_queue *queue, uint64_t *position, void *to, size_t room)
{
	struct ncbpf_queue_head *counters = ncbpf_queue_head_(space, queue);
	uint64_t copy[NCBPF_SLOT_WORDS_], tail, length, at;
	int tries;

	for (tries = 0; tries < NCBPF_READ_TRIES; tries++) {
		tail = __atomic_load_n(&counters->tail, __ATOMIC_ACQUIRE);
		length = __atomic_load_n(&counters->head, __ATOMIC_ACQUIRE) - tail;
		if (__atomic_load_n(&counters->tail, __ATOMIC_RELAXED) != tail)
			continue;
		at = *position > tail ? *position : tail;
		if (length > queue->depth || at - tail >= length)
			return -ENODATA;
		ncbpf_copy_slot_(queue, ncbpf_slot_(space, queue, at), copy);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&counters->tail, __ATOMIC_RELAXED) - tail > at - tail)
			continue;
		*position = at + 1;
		return ncbpf_slot_value_(queue, copy, to, room);
	}
	return -EAGAIN;
}

#endif
