/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plugin.c - what Wireshark looks for in a module of its epan/ folder. */
#include "plugin/compat.h"

#include <epan/proto.h>

#define MODULE_ENTRY __attribute__((visibility("default")))

MODULE_ENTRY extern const char plugin_version[];
MODULE_ENTRY extern const int plugin_want_major, plugin_want_minor;
MODULE_ENTRY void plugin_register(void);
MODULE_ENTRY uint32_t plugin_describe(void);

const char plugin_version[] = BITSPECT_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

void proto_register_bits(void);
void proto_reg_handoff_bits(void);

void plugin_register(void)
{
	static proto_plugin bits;

	bits.register_protoinfo = proto_register_bits;
	bits.register_handoff = proto_reg_handoff_bits;
	proto_register_plugin(&bits);
}

/* 4.4 and later ask; 1 = a dissector. */
uint32_t plugin_describe(void)
{
	return 1;
}
