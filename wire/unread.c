/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unread.c - names for what is often met and never opened. */
#include "wire/unread.h"

static const char *const kind_names[UNREAD_KINDS] = {
	[UNREAD_LINK] = "link type",   [UNREAD_ETHERTYPE] = "Ethertype", [UNREAD_LLC] = "LLC",
	[UNREAD_SNAP] = "SNAP OUI",    [UNREAD_NLPID] = "NLPID",         [UNREAD_PPP] = "PPP protocol",
	[UNREAD_MPLS] = "MPLS payload", [UNREAD_VERSION] = "IP version", [UNREAD_IP] = "IP protocol",
	[UNREAD_WIFI] = "802.11",
};

/* https://www.tcpdump.org/linktypes.html, and IANA's registries of the other numbers. */
static const struct {
	struct unread what;
	const char   *name;
} names[] = {
	{ { UNREAD_LINK, 3 }, "AX.25" },
	{ { UNREAD_LINK, 7 }, "ARCNET" },
	{ { UNREAD_LINK, 122 }, "Fibre Channel IP" },
	{ { UNREAD_LINK, 140 }, "SS7 MTP2" },
	{ { UNREAD_LINK, 143 }, "DOCSIS" },
	{ { UNREAD_LINK, 147 }, "USER0" },
	{ { UNREAD_LINK, 148 }, "USER1" },
	{ { UNREAD_LINK, 178 }, "Juniper Ethernet" },
	{ { UNREAD_LINK, 187 }, "Bluetooth HCI" },
	{ { UNREAD_LINK, 189 }, "Linux USB" },
	{ { UNREAD_LINK, 195 }, "802.15.4" },
	{ { UNREAD_LINK, 197 }, "Endace ERF" },
	{ { UNREAD_LINK, 201 }, "Bluetooth HCI with direction" },
	{ { UNREAD_LINK, 220 }, "Linux USB" },
	{ { UNREAD_LINK, 224 }, "Fibre Channel" },
	{ { UNREAD_LINK, 227 }, "CAN" },
	{ { UNREAD_LINK, 230 }, "802.15.4" },
	{ { UNREAD_LINK, 247 }, "InfiniBand" },
	{ { UNREAD_LINK, 249 }, "USBPcap" },
	{ { UNREAD_LINK, 251 }, "Bluetooth Low Energy" },
	{ { UNREAD_LINK, 252 }, "exported PDU" },
	{ { UNREAD_LINK, 253 }, "netlink" },

	{ { UNREAD_ETHERTYPE, 0x0806 }, "ARP" },
	{ { UNREAD_ETHERTYPE, 0x0842 }, "Wake-on-LAN" },
	{ { UNREAD_ETHERTYPE, 0x22F3 }, "TRILL" },
	{ { UNREAD_ETHERTYPE, 0x8035 }, "RARP" },
	{ { UNREAD_ETHERTYPE, 0x8137 }, "IPX" },
	{ { UNREAD_ETHERTYPE, 0x8808 }, "flow control" },
	{ { UNREAD_ETHERTYPE, 0x8809 }, "slow protocols" },
	{ { UNREAD_ETHERTYPE, 0x8863 }, "PPPoE discovery" },
	{ { UNREAD_ETHERTYPE, 0x888E }, "802.1X" },
	{ { UNREAD_ETHERTYPE, 0x88CC }, "LLDP" },
	{ { UNREAD_ETHERTYPE, 0x88E5 }, "MACsec" },
	{ { UNREAD_ETHERTYPE, 0x88F7 }, "PTP" },
	{ { UNREAD_ETHERTYPE, 0x8906 }, "FCoE" },
	{ { UNREAD_ETHERTYPE, 0x9000 }, "loopback test" },

	{ { UNREAD_LLC, 0x4242 }, "spanning tree" },
	{ { UNREAD_LLC, 0xE0E0 }, "IPX" },
	{ { UNREAD_LLC, 0xF0F0 }, "NetBIOS" },
	{ { UNREAD_LLC, 0xFEFE }, "OSI" },
	{ { UNREAD_SNAP, 0x00000C }, "Cisco" },
	{ { UNREAD_SNAP, 0x0080C2 }, "bridged frames" },

	{ { UNREAD_PPP, 0x002D }, "compressed TCP" },
	{ { UNREAD_PPP, 0x002F }, "compressed TCP" },
	{ { UNREAD_PPP, 0x003D }, "multilink" },
	{ { UNREAD_PPP, 0x0053 }, "encrypted" },
	{ { UNREAD_PPP, 0x00FD }, "compressed or encrypted" },
	{ { UNREAD_PPP, 0x8021 }, "IPCP" },
	{ { UNREAD_PPP, 0x8057 }, "IPv6CP" },
	{ { UNREAD_PPP, 0x80FD }, "CCP" },
	{ { UNREAD_PPP, 0xC021 }, "LCP" },
	{ { UNREAD_PPP, 0xC023 }, "PAP" },
	{ { UNREAD_PPP, 0xC223 }, "CHAP" },
	{ { UNREAD_MPLS, 1 }, "associated channel" },

	{ { UNREAD_IP, 1 }, "ICMP" },
	{ { UNREAD_IP, 2 }, "IGMP" },
	{ { UNREAD_IP, 17 }, "UDP" },
	{ { UNREAD_IP, 50 }, "ESP" },
	{ { UNREAD_IP, 58 }, "ICMPv6" },
	{ { UNREAD_IP, 59 }, "no next header" },
	{ { UNREAD_IP, 88 }, "EIGRP" },
	{ { UNREAD_IP, 89 }, "OSPF" },
	{ { UNREAD_IP, 103 }, "PIM" },
	{ { UNREAD_IP, 108 }, "IPComp" },
	{ { UNREAD_IP, 112 }, "VRRP" },
	{ { UNREAD_IP, 115 }, "L2TPv3" },
	{ { UNREAD_IP, 132 }, "SCTP" },
	{ { UNREAD_IP, 136 }, "UDP-Lite" },

	{ { UNREAD_WIFI, WIFI_MANAGEMENT }, "management" },
	{ { UNREAD_WIFI, WIFI_CONTROL }, "control" },
	{ { UNREAD_WIFI, WIFI_EXTENSION }, "extension" },
	{ { UNREAD_WIFI, WIFI_NO_DATA }, "no data" },
	{ { UNREAD_WIFI, WIFI_FRAGMENT }, "fragment" },
	{ { UNREAD_WIFI, WIFI_ENCRYPTED }, "encrypted" },
};

void unread_count(struct unread_tally *t, struct unread what)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->row[i].what.kind == what.kind && t->row[i].what.number == what.number)
			break;
	if (i == UNREAD_MOST) {
		t->others++;
		return;
	}
	if (i == t->n) {
		t->row[i].what = what;
		t->n++;
	}
	t->row[i].packets++;
}

const char *unread_kind_name(enum unread_kind kind)
{
	return kind_names[kind];
}

const char *unread_name(struct unread what)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].what.kind == what.kind && names[i].what.number == what.number)
			return names[i].name;
	return NULL;
}
