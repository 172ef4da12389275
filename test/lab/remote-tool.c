/* SPDX-License-Identifier: MIT */
/*
 * Stands in the guest under the name of a compiler and has the host's run instead: a compiler under emulation takes
 * minutes. Sends the arguments, the working folder and the files that the run may read; writes back what it made, what
 * it printed, and exits as it did. The other side is tool-server.mjs.
 *
 * What the run may read: regular files of the working folder, of the folders named by -I, -isystem and -iquote, and of
 * those that hold a file that is an argument. What is below /project and /usr is not sent: the host has it.
 *
 * Messages, both ways: u32 length of the rest, then numbers as u32 and texts as u32 length and bytes, little-endian.
 *   request:  random id, folder, number of arguments, arguments (the name first), number of files, files
 *   answer:   the id, exit status, standard output, standard error, number of files, files
 *   file:     path, mode, content
 * Exit status 127 when there is no host that answers.
 *
 * In virtual time the clock of a guest that sleeps jumps to the next timer, whatever that is: an answer of the host that
 * takes a second would come after all timeouts. So it does not sleep there while it waits; the host stops the guest
 * meanwhile, so that little time passes in it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORT "/lab/tools"
#define LOCK "/lab/tools.lock"
#define VIRTUAL_TIME "/lab/virtual-time" /* is there where the clock counts instructions */
#define NO_HOST 127

struct buffer {
	unsigned char *bytes;
	size_t used, room;
};

static void fail(const char *what)
{
	fprintf(stderr, "lab: the host's compiler cannot be reached: %s: %s\n", what, strerror(errno));
	exit(NO_HOST);
}

static unsigned char *extend(struct buffer *buffer, size_t length)
{
	if (buffer->used + length > buffer->room) {
		buffer->room = 2 * (buffer->used + length);
		buffer->bytes = realloc(buffer->bytes, buffer->room);
		if (!buffer->bytes)
			fail("memory");
	}
	buffer->used += length;
	return buffer->bytes + buffer->used - length;
}

static void put_number(struct buffer *buffer, uint32_t number)
{
	memcpy(extend(buffer, sizeof(number)), &number, sizeof(number));
}

static void put_text(struct buffer *buffer, const char *text, size_t length)
{
	put_number(buffer, length);
	memcpy(extend(buffer, length), text, length);
}

static void read_whole(int file, void *to, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t count = read(file, (char *)to + done, length - done);

		if (count < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (count <= 0)
			fail("read");
		done += count;
	}
}

static void write_whole(int file, const void *from, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t count = write(file, (const char *)from + done, length - done);

		if (count < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (count <= 0)
			fail("write");
		done += count;
	}
}

/* The files of a request; the host takes one that comes twice. */
struct files {
	struct buffer content;
	uint32_t count;
};

static int host_has(const char *path)
{
	return !strncmp(path, "/project/", 9) || !strncmp(path, "/usr/", 5);
}

static void add_file(struct files *files, const char *name)
{
	char path[PATH_MAX];
	struct stat status;
	int file;

	if (!realpath(name, path) || host_has(path) || stat(path, &status) || !S_ISREG(status.st_mode))
		return;
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return;
	put_text(&files->content, path, strlen(path));
	put_number(&files->content, status.st_mode & 0777);
	put_number(&files->content, status.st_size);
	read_whole(file, extend(&files->content, status.st_size), status.st_size);
	close(file);
	files->count++;
}

static void add_folder(struct files *files, const char *name)
{
	char folder[PATH_MAX], path[2 * PATH_MAX];
	struct dirent *entry;
	DIR *directory;

	if (!realpath(name, folder) || host_has(folder) || !strcmp(folder, "/project"))
		return;
	directory = opendir(folder);
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		add_file(files, path);
	}
	closedir(directory);
}

/* A source includes what lies beside it. */
static void add_folder_of(struct files *files, const char *name)
{
	char path[PATH_MAX];
	char *end;

	if (!realpath(name, path) || !(end = strrchr(path, '/')) || end == path)
		return;
	*end = 0;
	add_folder(files, path);
}

static void add_inputs(struct files *files, char **arguments)
{
	add_folder(files, ".");
	for (char **each = arguments; *each; each++) {
		if (!strcmp(*each, "-I") || !strcmp(*each, "-isystem") || !strcmp(*each, "-iquote")) {
			if (each[1])
				add_folder(files, *++each);
		} else if (!strncmp(*each, "-I", 2)) {
			add_folder(files, *each + 2);
		} else {
			add_folder_of(files, *each);
		}
	}
}

static uint32_t take_number(unsigned char **at)
{
	uint32_t number;

	memcpy(&number, *at, sizeof(number));
	*at += sizeof(number);
	return number;
}

static unsigned char *take_text(unsigned char **at, uint32_t *length)
{
	unsigned char *text;

	*length = take_number(at);
	text = *at;
	*at += *length;
	return text;
}

static void write_result(unsigned char **at)
{
	uint32_t length, mode;
	char path[PATH_MAX] = "";
	unsigned char *bytes = take_text(at, &length);
	int file;

	memcpy(path, bytes, length < sizeof(path) ? length : sizeof(path) - 1);
	mode = take_number(at);
	bytes = take_text(at, &length);
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (file < 0) {
		fprintf(stderr, "lab: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	write_whole(file, bytes, length);
	close(file);
}

/* An answer to somebody who was killed while he waited may come first. */
static unsigned char *read_answer(int port, uint32_t id)
{
	for (;;) {
		uint32_t length;
		unsigned char *bytes, *at;

		read_whole(port, &length, sizeof(length));
		bytes = at = malloc(length);
		if (!bytes)
			fail("memory");
		read_whole(port, bytes, length);
		if (take_number(&at) == id)
			return at;
		free(bytes);
	}
}

/* One request at a time: the port can be open once only. */
static int open_port(void)
{
	int lock = open(LOCK, O_RDWR | O_CLOEXEC), port;

	if (lock < 0 || flock(lock, LOCK_EX))
		fail(LOCK);
	port = open(PORT, O_RDWR | O_CLOEXEC | (access(VIRTUAL_TIME, F_OK) ? 0 : O_NONBLOCK));
	if (port < 0)
		fail(PORT);
	return port;
}

int main(int argc, char **argv)
{
	struct buffer request = { 0 };
	struct files files = { 0 };
	char folder[PATH_MAX], *name = strrchr(argv[0], '/');
	unsigned char *at, *text;
	uint32_t id, status, length;
	int port;

	if (!getcwd(folder, sizeof(folder)) || getrandom(&id, sizeof(id), 0) != sizeof(id))
		fail("working folder");
	put_number(&request, 0);
	put_number(&request, id);
	put_text(&request, folder, strlen(folder));
	put_number(&request, argc);
	argv[0] = name ? name + 1 : argv[0];
	for (int i = 0; i < argc; i++)
		put_text(&request, argv[i], strlen(argv[i]));
	add_inputs(&files, argv + 1);
	put_number(&request, files.count);
	if (files.count)
		memcpy(extend(&request, files.content.used), files.content.bytes, files.content.used);
	length = request.used - sizeof(length);
	memcpy(request.bytes, &length, sizeof(length));

	port = open_port();
	write_whole(port, request.bytes, request.used);
	at = read_answer(port, id);
	status = take_number(&at);
	text = take_text(&at, &length);
	write_whole(STDOUT_FILENO, text, length);
	text = take_text(&at, &length);
	write_whole(STDERR_FILENO, text, length);
	for (uint32_t left = take_number(&at); left > 0; left--)
		write_result(&at);
	return status;
}
