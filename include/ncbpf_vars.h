/* SPDX-License-Identifier: MIT */
/*
 * Reads and writes the variables of an ncbpf attachment from a C or C++ program: no library, no libbpf, no system call
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
 * Include it before other headers, or compile with -D_GNU_SOURCE (the default of g++ and of gcc -std=gnu11).
 * One struct ncbpf_vars may be read by many threads; a variable is written by one of them at a time.
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

struct ncbpf_vars {
	unsigned char *memory; /* nc_vars */
	size_t size;
	int claims;            /* descriptor of the file of claims, -1 while nothing was claimed */
	char writers[NCBPF_PATH];
	size_t count;
	struct ncbpf_variable variables[NCBPF_MAX_VARIABLES];
	unsigned char claimed[256]; /* by id */
};

/* The head of a bytes[N]; two buffers of N rounded up to 32 bytes follow. */
struct ncbpf_bytes_head {
	uint32_t version; /* k = version / 2: buffer k & 1 is current; odd: a writer is at work on the other one */
	uint32_t length[2];
	uint32_t reserved;
};

/* ---- opening ---- */

static inline int ncbpf_parse_variable_(struct ncbpf_variable *variable, const char *line, size_t map_size)
{
	char kind[16], writer[16];
	unsigned int id, size, is_signed, offset;
	size_t span;

	if (sscanf(line, "%63s %u %15s %u %u %u %15s", variable->name, &id, kind, &size, &is_signed, &offset, writer) != 7)
		return -EPROTO;
	variable->kind = strcmp(kind, "bytes") ? NCBPF_INTEGER : NCBPF_BYTES;
	variable->id = id;
	variable->size = size;
	variable->is_signed = is_signed != 0;
	variable->offset = offset;
	variable->writer = strcmp(writer, "network") ? NCBPF_APPLICATION : NCBPF_NETWORK;
	span = variable->kind == NCBPF_BYTES ? sizeof(struct ncbpf_bytes_head) + 2 * ((size + 31) / 32 * 32) : 8;
	if (id > 255 || offset % 8 || size == 0 || size > NCBPF_MAX_BYTES || offset + span > map_size)
		return -EPROTO;
	return 0;
}

static inline int ncbpf_parse_index_(struct ncbpf_vars *space, FILE *file, char *pin)
{
	char line[2 * NCBPF_PATH + 64];
	unsigned int version;
	int error;

	if (!fgets(line, sizeof(line), file))
		return -EPROTO;
	if (sscanf(line, "ncbpf-vars %u %zu %511s %511s", &version, &space->size, pin, space->writers) != 4)
		return -EPROTO;
	if (version != 1)
		return -EPROTONOSUPPORT;
	while (fgets(line, sizeof(line), file)) {
		if (space->count == NCBPF_MAX_VARIABLES)
			return -EPROTO;
		error = ncbpf_parse_variable_(&space->variables[space->count], line, space->size);
		if (error)
			return error;
		space->count++;
	}
	return 0;
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

/* ---- claims: one process at a time writes a variable ---- */

static inline int ncbpf_lock_(struct ncbpf_vars *space, const struct ncbpf_variable *variable, short type)
{
	struct flock range;

	memset(&range, 0, sizeof(range));
	range.l_type = type;
	range.l_whence = SEEK_SET;
	range.l_start = (off_t)variable->id * 8;
	range.l_len = 8;
	return fcntl(space->claims, F_OFD_SETLK, &range) ? -errno : 0;
}

/*
 * Claims a variable for this process until ncbpf_release, ncbpf_close or its end. 0; -EACCES: it is the network's, or no
 * permission; -EBUSY: another process has it, its number is in *holder (0 if unknown; holder may be NULL).
 */
static inline int ncbpf_claim(struct ncbpf_vars *space, const struct ncbpf_variable *variable, pid_t *holder)
{
	uint64_t pid = 0;
	int error;

	if (variable->writer == NCBPF_NETWORK)
		return -EACCES;
	if (space->claims < 0)
		space->claims = open(space->writers, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (space->claims < 0)
		return -errno;
	error = ncbpf_lock_(space, variable, F_WRLCK);
	if (error == -EAGAIN || error == -EACCES) {
		if (pread(space->claims, &pid, sizeof(pid), (off_t)variable->id * 8) != (ssize_t)sizeof(pid))
			pid = 0;
		if (holder)
			*holder = (pid_t)pid;
		return -EBUSY;
	}
	if (error)
		return error;
	space->claimed[variable->id] = 1;
	pid = (uint64_t)getpid();
	return pwrite(space->claims, &pid, sizeof(pid), (off_t)variable->id * 8) < 0 ? -errno : 0;
}

/* Gives a claim back. */
static inline int ncbpf_release(struct ncbpf_vars *space, const struct ncbpf_variable *variable)
{
	uint64_t nobody = 0;

	if (!space->claimed[variable->id])
		return 0;
	space->claimed[variable->id] = 0;
	if (pwrite(space->claims, &nobody, sizeof(nobody), (off_t)variable->id * 8) < 0)
		return -errno;
	return ncbpf_lock_(space, variable, F_UNLCK);
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

	return (uint64_t *)(void *)(first + (size_t)(which & 1) * ((variable->size + 31) / 32 * 32));
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

#endif
