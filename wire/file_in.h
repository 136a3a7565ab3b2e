/* file_in.h - the bytes of a file as they lie on disk or come through a pipe: one descriptor, or none between two reads.
 *
 * A set of captures may have more of them under way than the process may have descriptors.  A regular file can be told to
 * be sparing: its descriptor is then closed after each read and the file opened anew for the next one. */
#ifndef WIRE_FILE_IN_H
#define WIRE_FILE_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct file_in {
	char    *path;       /* as the user named it; "-" is standard input; owned                  */
	int      fd;         /* -1: closed between two reads                                        */
	bool     is_regular; /* reading it does not wait for anybody                                 */
	bool     is_once;    /* standard input, or no regular file: what was read of it is gone      */
	bool     is_sparing;
	uint64_t size;       /* of a regular file, in bytes, when it was opened                     */
	off_t    at;         /* where the next read begins; kept where sparing alone                */
	dev_t    device;
	ino_t    inode;
};

/* False and errno where there is nothing to open.  *f needs file_in_close either way. */
bool file_in_open(struct file_in *f, const char *path);
void file_in_close(struct file_in *f);

/* As read(2), but not interrupted.  Of a sparing file that is gone or another one by now: -1 and ESTALE. */
ssize_t file_in_read(struct file_in *f, void *to, size_t n);

/* From now on; no effect on what can be read only once. */
void file_in_spare(struct file_in *f);

#endif
