/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libpcap.c - see libpcap.h. */
#include "wire/libpcap.h"

#include <dlfcn.h>
#include <glib.h>

static void *open_library(void)
{
	static const char *const names[] = { "libpcap.so.0.8" /* Debian's */, "libpcap.so.1" };
	void                    *library = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(names) && library == NULL; i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	return library;
}

/* A function's address, which ISO C does not call an object pointer. */
#define FIND(member, name) (*(void **)&lib.member = dlsym(library, name))

static const struct libpcap *load(void)
{
	static struct libpcap lib;
	void                 *library = open_library();

	if (library == NULL)
		return NULL;
	FIND(open_dead, "pcap_open_dead");
	FIND(compile, "pcap_compile");
	FIND(geterr, "pcap_geterr");
	FIND(freecode, "pcap_freecode");
	FIND(close, "pcap_close");
	FIND(run, "bpf_filter");
	return lib.open_dead != NULL && lib.compile != NULL && lib.geterr != NULL && lib.freecode != NULL &&
	       lib.close != NULL && lib.run != NULL ? &lib : NULL;
}

const struct libpcap *libpcap_load(void)
{
	static const struct libpcap *loaded;
	static gsize                 is_tried;

	if (g_once_init_enter(&is_tried)) {
		loaded = load();
		g_once_init_leave(&is_tried, 1);
	}
	return loaded;
}
