/* libpcap.h - the part of libpcap that compiles filters and runs them, loaded when somebody asks for a filter.
 *
 * It brings a dozen libraries for capturing from devices (D-Bus and systemd are among them), and loading these takes longer
 * than reading a small capture. */
#ifndef WIRE_LIBPCAP_H
#define WIRE_LIBPCAP_H

#include <pcap.h>

struct libpcap {
	__typeof__(pcap_open_dead) *open_dead;
	__typeof__(pcap_compile)   *compile;
	__typeof__(pcap_geterr)    *geterr;
	__typeof__(pcap_freecode)  *freecode;
	__typeof__(pcap_close)     *close;
	__typeof__(bpf_filter)     *run;
};

/* Never unloaded.  NULL where it is not installed. */
const struct libpcap *libpcap_load(void);

#endif
