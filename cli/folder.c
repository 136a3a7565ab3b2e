/* SPDX-License-Identifier: GPL-2.0-or-later */
/* folder.c - evidence is written once: nothing is overwritten, and nothing is written elsewhere. */
#include "cli/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/fd.h"

#define FLAGS_OLD (O_RDWR | O_NOFOLLOW | O_CLOEXEC)

struct folder_file {
	struct medium  m;
	struct folder *folder;
	char          *name;
	int            fd; /* -1 while parked */
};

static bool fail(const struct folder *f, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(f->path, name, NULL);

	return fd_fail(error, path);
}

static bool fail_file(const struct folder *f, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename("files", name, NULL);

	return fail(f, path, error);
}

static bool is_empty(const char *path)
{
	g_autoptr(GDir) d = g_dir_open(path, 0, NULL);

	return d == NULL || g_dir_read_name(d) == NULL;
}

static bool open_below(struct folder *f, const char *name, int *fd, GError **error)
{
	if (mkdirat(f->dir, name, 0700) != 0 && errno != EEXIST)
		return fail(f, name, error);
	*fd = openat(f->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd >= 0 || fail(f, name, error);
}

static bool open_directories(struct folder *f, GError **error)
{
	if (mkdir(f->path, 0700) != 0 && errno != EEXIST)
		return fd_fail(error, f->path);
	f->dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return fd_fail(error, f->path);
	if (!f->force && !is_empty(f->path)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
			    "%s is not empty: choose another folder, or --force to add to it", f->path);
		return false;
	}
	return open_below(f, "files", &f->files, error) && open_below(f, "sources", &f->sources, error);
}

bool folder_open(struct folder *f, const char *path, bool force, GError **error)
{
	*f = (struct folder){ .path = g_strdup(path), .dir = -1, .files = -1, .sources = -1, .force = force,
			      .rooms = { FOLDER_FILE_HOLES, FOLDER_CONFLICT_HOLES } };
	sums_init(&f->sums, g_get_tmp_dir()); /* the disk of the folder may be full */
	return open_directories(f, error);
}

void folder_close(struct folder *f)
{
	fd_close(&f->files);
	fd_close(&f->sources);
	fd_close(&f->dir);
	sums_clear(&f->sums);
	g_free(f->path);
}

void folder_abandon(struct folder *f)
{
	unlinkat(f->dir, "files", AT_REMOVEDIR);
	unlinkat(f->dir, "sources", AT_REMOVEDIR);
	rmdir(f->path);
}

static bool unpark(struct folder_file *file, GError **error)
{
	if (file->fd < 0)
		file->fd = openat(file->folder->files, file->name, FLAGS_OLD);
	return file->fd >= 0 || fail_file(file->folder, file->name, error);
}

static bool file_write(struct medium *m, uint64_t offset, const uint8_t *p, size_t n, GError **error)
{
	struct folder_file *file = (struct folder_file *)m;

	return unpark(file, error) && fd_write_at(file->fd, p, n, offset, error);
}

static bool file_read(struct medium *m, uint64_t offset, uint8_t *p, size_t n, GError **error)
{
	struct folder_file *file = (struct folder_file *)m;

	return unpark(file, error) && fd_read_at(file->fd, p, n, offset, error);
}

/* A file system without holes gets zeros. */
static bool file_clear(struct medium *m, struct bits_range r, GError **error)
{
	static const uint8_t zeros[MEDIUM_PIECE];
	struct folder_file *file = (struct folder_file *)m;
	off_t from = (off_t)r.from, length = (off_t)(r.to - r.from);

	if (!unpark(file, error))
		return false;
	if (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, length) == 0)
		return true;
	for (; r.from < r.to; r.from += MIN(r.to - r.from, sizeof(zeros)))
		if (!fd_write_at(file->fd, zeros, (size_t)MIN(r.to - r.from, sizeof(zeros)), r.from, error))
			return false;
	return true;
}

static void file_park(struct medium *m)
{
	fd_close(&((struct folder_file *)m)->fd);
}

static void file_free(struct medium *m)
{
	struct folder_file *file = (struct folder_file *)m;

	fd_close(&file->fd);
	g_free(file->name);
	g_free(file);
}

static const struct medium_ops file_ops = { file_write, file_read, file_clear, file_park, file_free };

struct medium *folder_file_new(struct folder *f, const char *name, struct bench *bench, GError **error)
{
	int fd = fd_make(f->files, name, f->force);
	struct folder_file *file;

	if (fd < 0) {
		fail_file(f, name, error);
		return NULL;
	}
	file = g_new0(struct folder_file, 1);
	*file = (struct folder_file){ .folder = f, .name = g_strdup(name), .fd = fd };
	file->m.ops = &file_ops;
	file->m.bench = bench;
	return &file->m;
}

bool folder_truncate(struct folder *f, const char *name, uint64_t size, GError **error)
{
	autofd fd = openat(f->files, name, FLAGS_OLD);

	return (fd >= 0 && ftruncate(fd, (off_t)size) == 0) || fail_file(f, name, error);
}

bool folder_rename(struct folder *f, const char *from, const char *to, GError **error)
{
	if (strcmp(from, to) == 0)
		return true;
	if (f->force)
		unlinkat(f->files, to, 0);
	return fd_rename(f->files, from, to) == 0 || fail_file(f, to, error);
}

void folder_remove(struct folder *f, const char *name)
{
	unlinkat(f->files, name, 0);
}

static bool hash_file(int fd, char hex[DIGEST_HEX], GError **error)
{
	g_autofree uint8_t *piece = g_malloc(MEDIUM_PIECE);
	struct digest_room room = { 0 };
	struct digest_lane lane;
	ssize_t n;

	digest_lane_init(&lane, &room);
	while ((n = read(fd, piece, MEDIUM_PIECE)) > 0)
		digest_lane_add(&lane, piece, (size_t)n);
	digest_lane_finish(&lane, hex);
	digest_lane_clear(&lane);
	return n == 0 || fd_fail(error, "cannot read back");
}

static void note_sum(struct folder *f, const char *hex, const char *below, const char *name)
{
	g_autofree char *path = g_strconcat(below, "/", name, NULL);

	sums_add(&f->sums, hex, path);
}

void folder_no_sum(struct folder *f, const char *name)
{
	note_sum(f, NO_SUM, "files", name);
}

/* Bytes of its holes. */
static uint64_t holes_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size > st.st_blocks * 512 ? (uint64_t)(st.st_size - st.st_blocks * 512) : 0;
}

/* False: it is not to be read. */
static bool take_room(struct folder *f, enum folder_sum kind, int fd)
{
	uint64_t holes = holes_of(fd);

	if (holes > f->rooms[kind]) {
		f->unsummed++;
		return false;
	}
	f->rooms[kind] -= holes;
	return true;
}

static bool read_sum(struct folder *f, enum folder_sum kind, const char *name, GError **error)
{
	autofd fd = openat(f->files, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char hex[DIGEST_HEX];

	if (fd < 0)
		return fail_file(f, name, error);
	if (!take_room(f, kind, fd)) {
		folder_no_sum(f, name);
		return true;
	}
	if (!hash_file(fd, hex, error))
		return false;
	note_sum(f, hex, "files", name);
	return true;
}

bool folder_sum(struct folder *f, enum folder_sum kind, const char *name, const char *hex, GError **error)
{
	if (hex == NULL)
		return read_sum(f, kind, name, error);
	note_sum(f, hex, "files", name);
	return true;
}

struct sheet *folder_sheet_new(struct folder *f, const char *name, struct worker *hasher, GError **error)
{
	return sheet_new(f->sources, name, f->force, hasher, error);
}

bool folder_sheet_publish(struct folder *f, struct sheet *s, GError **error)
{
	char hex[DIGEST_HEX];

	if (!sheet_publish(s, hex, error))
		return false;
	note_sum(f, hex, "sources", sheet_name(s));
	return true;
}

FILE *folder_draft(struct folder *f, const char *name, GError **error)
{
	g_autofree char *draft = g_strdup_printf("%s.partial", name);
	int fd = fd_make(f->dir, draft, f->force);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (file == NULL)
		fail(f, draft, error);
	return file;
}

bool folder_publish(struct folder *f, const char *name, FILE *draft, GError **error)
{
	g_autofree char *old = g_strdup_printf("%s.partial", name);
	bool failed = ferror(draft) != 0;

	if (fclose(draft) != 0 || failed)
		return fail(f, old, error);
	if (f->force)
		unlinkat(f->dir, name, 0);
	return fd_rename(f->dir, old, name) == 0 || fail(f, name, error);
}

#define SUM_NAME 66 /* bytes of a line in front of its name: 64 digits and two blanks */

/* One level below: there are no other folders. */
static bool is_below(const char *name)
{
	const char *slash = strchr(name, '/');

	return (g_str_has_prefix(name, "files/") || g_str_has_prefix(name, "sources/")) && strchr(slash + 1, '/') == NULL &&
	       strcmp(slash, "/..") != 0 && strcmp(slash, "/.") != 0;
}

static bool is_file(const struct folder *f, const char *name)
{
	struct stat st;

	return fstatat(f->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

/* A line as we write it: somebody else may have put the file there. */
static bool is_sum(const char *line, size_t n)
{
	return n > SUM_NAME && strspn(line, "0123456789abcdef") == SUM_NAME - 2 && strncmp(line + SUM_NAME - 2, "  ", 2) == 0 &&
	       is_below(line + SUM_NAME);
}

static FILE *earlier_sums(const struct folder *f)
{
	int fd = openat(f->dir, "SHA256SUMS", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); /* a FIFO would make us wait */
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fdopen(fd, "r");
	fd_close(&fd);
	return NULL;
}

/* What an earlier extraction into this folder (--force) left, and this one did not replace, keeps its line. */
static void keep_earlier_sums(struct folder *f)
{
	FILE *file = earlier_sums(f);
	char  line[SUM_NAME + PATH_MAX];

	sums_sort(&f->sums);
	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		const char *name = line + SUM_NAME;

		line[strcspn(line, "\n")] = '\0';
		if (is_sum(line, strlen(line)) && !sums_has(&f->sums, name) && is_file(f, name))
			sums_add(&f->sums, line, name);
	}
	if (file != NULL)
		fclose(file);
}

bool folder_write_sums(struct folder *f, GError **error)
{
	FILE *file;

	if (f->force)
		keep_earlier_sums(f);
	file = folder_draft(f, "SHA256SUMS", error);
	if (file == NULL)
		return false;
	if (!sums_write(&f->sums, file, error)) {
		fclose(file);
		unlinkat(f->dir, "SHA256SUMS.partial", 0);
		return false;
	}
	return folder_publish(f, "SHA256SUMS", file, error);
}
