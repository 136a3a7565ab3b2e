/* packers.h - bytes compressed in the ways that wire/unpack takes back, for tests. */
#ifndef TESTS_PACKERS_H
#define TESTS_PACKERS_H

#include <glib.h>

/* One member or frame each, appended to `to`.  With `checks` on it has the checksums that its format knows. */
struct packer {
	const char *name; /* as unpack_name has it */
	void (*pack)(GByteArray *to, const void *bytes, gsize n, gboolean checks);
};

extern const struct packer packers[3];

/* A frame of zstd that needs a window of 2^log bytes. */
void pack_zstd_window(GByteArray *to, const void *bytes, gsize n, int log);

#endif
