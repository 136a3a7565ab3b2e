/* layer.h - what the files that read layers share; included by nobody else.
 *
 *   layers.c  the walk from layer to layer, and the numbers by which one names the next
 *   link.c    link types: Ethernet, LLC, cooked captures, raw IP, loopback, and those that wrap another one
 *   serial.c  PPP and its relatives: PPPoE, Cisco HDLC, Frame Relay
 *   wifi.c    802.11, and what is captured in front of it
 *   mpls.c    label stacks
 *   ip.c      IPv4, IPv6 and its extension headers, UDP
 *   tunnel.c  GRE, ERSPAN, and what goes over UDP
 *
 * Each reader takes its header off the front of what is left and names the layer that follows; LAYER_END where the walk is
 * over.  It looks at no byte that was not captured. */
#ifndef WIRE_LAYER_H
#define WIRE_LAYER_H

#include "wire/packet.h"

/* Name in the enum, reader. */
#define LAYERS(ROW)                                   \
	ROW(ETHERNET, layer_ethernet)                 \
	ROW(VLAN, layer_vlan)                         \
	ROW(PROVIDER_TAG, layer_provider_tag)         \
	ROW(LLC, layer_llc)                           \
	ROW(RAW_IP, layer_raw_ip)                     \
	ROW(NULL_LOOP, layer_null_loop)               \
	ROW(SLL, layer_sll)                           \
	ROW(SLL2, layer_sll2)                         \
	ROW(NFLOG, layer_nflog)                       \
	ROW(PKTAP, layer_pktap)                       \
	ROW(IPOIB, layer_ipoib)                       \
	ROW(FDDI, layer_fddi)                         \
	ROW(TOKEN_RING, layer_token_ring)             \
	ROW(FIREWIRE, layer_firewire)                 \
	ROW(PPP, layer_ppp)                           \
	ROW(PPP_DIRECTED, layer_ppp_directed)         \
	ROW(PPPOE, layer_pppoe)                       \
	ROW(CISCO_HDLC, layer_cisco_hdlc)             \
	ROW(FRAME_RELAY, layer_frame_relay)           \
	ROW(RADIOTAP, layer_radiotap)                 \
	ROW(PRISM, layer_prism)                       \
	ROW(AVS, layer_avs)                           \
	ROW(PPI, layer_ppi)                           \
	ROW(WIFI, layer_wifi)                         \
	ROW(AMSDU, layer_amsdu)                       \
	ROW(MPLS, layer_mpls)                         \
	ROW(IPV4, layer_ipv4)                         \
	ROW(IPV6, layer_ipv6)                         \
	ROW(IPV6_OPTIONS, layer_ipv6_options)         \
	ROW(IPV6_FRAGMENT, layer_ipv6_fragment)       \
	ROW(AH, layer_ah)                             \
	ROW(UDP, layer_udp)                           \
	ROW(GRE, layer_gre)                           \
	ROW(ETHERIP, layer_etherip)                   \
	ROW(ERSPAN2, layer_erspan2)                   \
	ROW(ERSPAN3, layer_erspan3)                   \
	ROW(WCCP, layer_wccp)                         \
	ROW(VXLAN, layer_vxlan)                       \
	ROW(VXLAN_GPE, layer_vxlan_gpe)               \
	ROW(NSH, layer_nsh)                           \
	ROW(GENEVE, layer_geneve)                     \
	ROW(GTP, layer_gtp)                           \
	ROW(L2TP, layer_l2tp)

/* What comes first needs no reader. */
enum layer {
	LAYER_END,
	LAYER_TCP,
#define ROW(name, reader) LAYER_##name,
	LAYERS(ROW)
#undef ROW
	N_LAYERS,
};

#define ROW(name, reader) enum layer reader(struct packet *k);
LAYERS(ROW)
#undef ROW

/* ---- what is left ---------------------------------------------------------------------------------------------- */

/* False, and nothing is taken: not so much was captured. */
static inline bool packet_take(struct packet *k, uint32_t n)
{
	if (k->rest.captured < n)
		return false;
	k->rest.p += n;
	k->rest.captured -= n;
	k->rest.length -= n;
	return true;
}

/* The layer says that it ends here: what follows is padding. */
static inline void packet_end_at(struct packet *k, uint32_t length)
{
	if (length < k->rest.length)
		k->rest.length = length;
	if (k->rest.captured > k->rest.length)
		k->rest.captured = k->rest.length;
}

/* ---- the end of the walk --------------------------------------------------------------------------------------- */

static inline enum layer layer_end(struct packet *k, enum packet_result result, enum unread_kind kind, uint32_t number)
{
	k->result = result;
	k->unread = (struct unread){ kind, number };
	return LAYER_END;
}

static inline enum layer layer_malformed(struct packet *k)
{
	k->result = PACKET_MALFORMED;
	return LAYER_END;
}

/* n bytes are taken off, then `next` follows. */
static inline enum layer layer_after(struct packet *k, uint32_t n, enum layer next)
{
	return packet_take(k, n) ? next : layer_malformed(k);
}

/* ---- who follows, by number (layers.c) ------------------------------------------------------------------------- */

enum layer layer_of_link(struct packet *k, uint32_t link);      /* LINKTYPE_*                               */
enum layer layer_of_ethertype(struct packet *k, uint32_t type);
bool       is_ethertype_read(uint32_t type);
enum layer layer_of_ppp(struct packet *k, uint32_t proto);
enum layer layer_of_nlpid(struct packet *k, uint32_t id);
enum layer layer_of_ip(struct packet *k, uint32_t proto);       /* under the IP version of k->s             */
enum layer layer_of_udp(struct packet *k, uint32_t port);       /* where it goes to                         */
enum layer layer_by_version(struct packet *k);                  /* an IP header follows: itself says which  */

#endif
