# SPDX-License-Identifier: GPL-2.0-or-later
"""wraps.py - an IP packet in every link and tunnel that is read: written from the specifications, not from wire/.

ROWS has (name, link type, function from an IPv4 packet to a frame, what Wireshark 4.0 makes of it: "" for the same, else why
it does not)."""
import struct

MAC = bytes.fromhex("020000000001020000000002")
IP4 = [bytes([192, 168, 0, 1]), bytes([192, 168, 0, 2])]
IP6 = [bytes.fromhex("fd000000000000000000000000000001"), bytes.fromhex("fd000000000000000000000000000002")]


def be16(n):
    return struct.pack(">H", n)


def be32(n):
    return struct.pack(">I", n)


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data[:len(data) & ~1])) + (data[-1] << 8 if len(data) & 1 else 0)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


# ---- layers: each takes what it carries -----------------------------------------------------------------------------


def eth(kind, data):
    return MAC + be16(kind) + data


def tag(kind, data):
    return be16(7) + be16(kind) + data


class TooLong(Exception):
    """No such length can be written."""


def llc(data):
    if len(data) > 1500:
        raise TooLong
    return MAC + be16(len(data)) + data


def snap(kind, data, oui=0):
    return b"\xaa\xaa\x03" + be32(oui)[1:] + be16(kind) + data


def ip4(proto, data, ident=0, place=0x4000, ends=IP4):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(data), ident, place, 64, proto, 0) + ends[0] + ends[1]
    return head[:10] + be16(checksum(head)) + head[12:] + data


def ip6(proto, data, ends=IP6):
    return struct.pack(">IHBB", 0x60000000, len(data), proto, 64) + ends[0] + ends[1] + data


def udp(port, data):
    return struct.pack(">HHHH", 49152, port, 8 + len(data), 0) + data


def gre(kind, data, flags=0, options=b""):
    return be16(flags) + be16(kind) + options + data


def vxlan(data):
    return be32(0x08000000) + be32(7 << 8) + data


def geneve(kind, data, options=b""):
    return bytes([len(options) // 4, 0]) + be16(kind) + be32(7 << 8) + options + data


def gtp(data, flags=0, options=b""):
    return bytes([0x30 | flags, 255]) + be16(len(options) + len(data)) + be32(7) + options + data


def mpls(labels, data):
    return b"".join(be32(16 + i << 12 | (i + 1 == labels) << 8 | 64) for i in range(labels)) + data


def ppp(proto, data):
    return b"\xff\x03" + be16(proto) + data


def pppoe(data):
    return b"\x11\x00" + be16(1) + be16(2 + len(data)) + be16(0x0021) + data


def sll(kind, data):
    return be16(0) + be16(1) + be16(6) + MAC[:6] + be16(0) + be16(kind) + data


def sll2(kind, data):
    return be16(kind) + be16(0) + be32(1) + be16(1) + b"\0\6" + MAC[:6] + be16(0) + data


def wifi(data, qos=None, control=0x0108, fourth=b""):
    control |= 0x0080 if qos is not None else 0
    return struct.pack("<HH", control, 0) + MAC + MAC[:6] + be16(0x1000) + fourth + (struct.pack("<H", qos) if qos is not None else b"") + data


def subframe(data):
    return MAC + be16(len(data)) + data


def radiotap(data, fields=b"", present=0):
    return struct.pack("<BBHI", 0, 0, 8 + len(fields), present) + fields + data


def nflog(data, order="<"):
    def attribute(kind, value):
        return struct.pack(order + "HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)

    return b"\2\0" + be16(0) + attribute(1, b"\x08\0\0\0") + attribute(10, b"prefix\0") + attribute(9, data)


def pktap(link, data):
    head = struct.pack("<III", 108, 1, link) + b"en0".ljust(24, b"\0") + struct.pack("<II", 1, 2)
    return head.ljust(108, b"\0") + data


def erspan2(data):
    return be16(0x1007) + be16(1) + be32(0) + data


def erspan3(data, last=0, more=b""):
    return be16(0x2007) + be16(1) + be32(0) + be16(0) + be16(last) + more + data


def hop(proto, data):
    return bytes([proto, 0, 1, 4, 0, 0, 0, 0]) + data


def ah(proto, data):
    return bytes([proto, 4, 0, 0]) + be32(1) + be32(1) + bytes(12) + data


def nsh(kind, data):
    return be16(0x0FC6) + bytes([1, kind]) + be32(0x000001FF) + bytes(16) + data


def around(packet):
    inner = ip4(47, gre(0x6558, eth(0x0800, ip4(4, packet))))
    return ip4(17, udp(4789, vxlan(eth(0x0800, inner))))


NO_PORT = "no default port of its"
NO_LINK = "a link type that it does not know"

ROWS = [
    ("raw", 101, lambda p: p, ""),
    ("raw_12", 12, lambda p: p, ""),
    ("raw_14", 14, lambda p: p, ""),
    ("ipv4", 228, lambda p: p, ""),
    ("ethernet", 1, lambda p: eth(0x0800, p), ""),
    ("ethernet_padded", 1, lambda p: eth(0x0800, p).ljust(60, b"\0") + b"FCS!", ""),
    ("vlan", 1, lambda p: eth(0x8100, tag(0x0800, p)), ""),
    ("qinq", 1, lambda p: eth(0x88A8, tag(0x8100, tag(0x0800, p))), ""),
    ("qinq_9100", 1, lambda p: eth(0x9100, tag(0x8100, tag(0x0800, p))), ""),
    ("pbb", 1, lambda p: eth(0x88A8, tag(0x88E7, be32(7) + eth(0x8100, tag(0x0800, p)))), ""),
    ("snap", 1, lambda p: llc(snap(0x0800, p)), ""),
    ("snap_bridged", 1, lambda p: llc(snap(0x0800, p, 0xF8)), ""),
    ("llc_ip", 1, lambda p: llc(b"\6\6\3" + p), ""),
    ("llc_nlpid", 1, lambda p: llc(b"\xfe\xfe\3\xcc" + p), ""),
    ("sll", 113, lambda p: sll(0x0800, p), ""),
    ("sll_vlan", 113, lambda p: sll(0x8100, tag(0x0800, p)), ""),
    ("sll_llc", 113, lambda p: sll(4, snap(0x0800, p)), ""),
    ("sll2", 276, lambda p: sll2(0x0800, p), ""),
    ("null_little", 0, lambda p: b"\2\0\0\0" + p, ""),
    ("null_big", 0, lambda p: b"\0\0\0\2" + p, ""),
    ("loop", 108, lambda p: b"\0\0\0\2" + p, ""),
    ("nflog", 239, nflog, ""),
    ("nflog_big", 239, lambda p: nflog(p, ">"), "asks the byte order of the file"),
    ("pktap", 258, lambda p: pktap(1, eth(0x0800, p)), ""),
    ("pktap_raw", 258, lambda p: pktap(12, p), ""),
    ("ipoib", 242, lambda p: bytes(40) + be16(0x0800) + be16(0) + p, ""),
    ("firewire", 138, lambda p: bytes(16) + be16(0x0800) + p, ""),
    ("fddi", 10, lambda p: b"\x50" + MAC + snap(0x0800, p), ""),
    ("token_ring", 6, lambda p: b"\x10\x40" + MAC + snap(0x0800, p), ""),
    ("token_ring_route", 6, lambda p: b"\x10\x40" + MAC[:6] + b"\x82" + MAC[7:] + bytes.fromhex("068000110022") + snap(0x0800, p), ""),
    ("atm", 100, lambda p: snap(0x0800, p), ""),
    ("ppp", 9, lambda p: ppp(0x0021, p), ""),
    ("ppp_bare", 9, lambda p: b"\0\x21" + p, ""),
    ("ppp_short", 9, lambda p: b"\x21" + p, ""),
    ("ppp_hdlc", 50, lambda p: ppp(0x0021, p), ""),
    ("pppd", 166, lambda p: b"\0\3\0\x21" + p, NO_LINK),
    ("ppp_with_direction", 204, lambda p: b"\1" + ppp(0x0021, p), ""),
    ("pppoe", 1, lambda p: eth(0x8864, pppoe(p)), ""),
    ("pppoe_alone", 51, pppoe, ""),
    ("cisco_hdlc", 104, lambda p: b"\x0f\0\x08\0" + p, ""),
    ("frame_relay", 107, lambda p: b"\x18\x41\3\xcc" + p, ""),
    ("frame_relay_snap", 107, lambda p: b"\x18\x41\3\0\x80\0\0\0\x08\0" + p, ""),
    ("frame_relay_cisco", 107, lambda p: b"\x18\x41\x08\0" + p, ""),
    ("wifi", 105, lambda p: wifi(snap(0x0800, p)), ""),
    ("wifi_qos", 105, lambda p: wifi(snap(0x0800, p), qos=0), ""),
    ("wifi_four_addresses", 105, lambda p: wifi(snap(0x0800, p), control=0x0308, fourth=MAC[:6]), ""),
    ("wifi_amsdu", 105, lambda p: wifi(subframe(snap(0x0800, p)), qos=0x80), ""),
    ("radiotap", 127, lambda p: radiotap(wifi(snap(0x0800, p))), ""),
    ("radiotap_fcs", 127, lambda p: radiotap(wifi(snap(0x0800, p)) + b"FCS!", b"\x10\0", 2), ""),
    ("radiotap_padded", 127, lambda p: radiotap(wifi(b"\0\0" + snap(0x0800, p), qos=0), bytes(8) + b"\x20\0", 3), ""),
    ("ppi", 192, lambda p: struct.pack("<BBHI", 0, 0, 8, 105) + wifi(snap(0x0800, p)), ""),
    ("prism", 119, lambda p: struct.pack("<II", 0x44, 144).ljust(144, b"\0") + wifi(snap(0x0800, p)), ""),
    ("avs", 163, lambda p: be32(0x80211001) + be32(64) + bytes(56) + wifi(snap(0x0800, p)), ""),
    ("mpls", 1, lambda p: eth(0x8847, mpls(1, p)), ""),
    ("mpls_stack", 1, lambda p: eth(0x8847, mpls(3, p)), ""),
    ("mpls_alone", 219, lambda p: mpls(2, p), NO_LINK),
    ("mpls_pseudowire", 1, lambda p: eth(0x8847, mpls(1, bytes(4) + bytes.fromhex("001b21000001001b21000002") + be16(0x0800) + p)), ""),
    ("mpls_in_ip", 101, lambda p: ip4(137, mpls(1, p)), ""),
    ("mpls_in_udp", 101, lambda p: ip4(17, udp(6635, mpls(1, p))), ""),
    ("ip_in_ip", 101, lambda p: ip4(4, p), ""),
    ("ip4_in_ip6", 229, lambda p: ip6(4, p), ""),
    ("6in4", 101, lambda p: ip4(41, ip6(4, p)), ""),
    ("ip6_options", 229, lambda p: ip6(0, hop(60, hop(4, p))), ""),
    ("ah", 101, lambda p: ip4(51, ah(4, p)), ""),
    ("gre", 1, lambda p: eth(0x0800, ip4(47, gre(0x0800, p))), ""),
    ("gre_key", 101, lambda p: ip4(47, gre(0x0800, p, 0x3000, be32(7) + be32(1))), ""),
    ("gre_tap", 101, lambda p: ip4(47, gre(0x6558, eth(0x0800, p))), ""),
    ("gre_mpls", 101, lambda p: ip4(47, gre(0x8847, mpls(1, p))), ""),
    ("gre_over_ip6", 229, lambda p: ip6(47, gre(0x0800, p)), ""),
    ("pptp", 101, lambda p: ip4(47, gre(0x880B, ppp(0x0021, p), 0x3081, be16(4 + len(p)) + be16(1) + be32(1) + be32(1))), ""),
    ("wccp2", 101, lambda p: ip4(47, gre(0x883E, bytes(4) + p)), ""),
    ("etherip", 101, lambda p: ip4(97, b"\x30\0" + eth(0x0800, p)), ""),
    ("erspan1", 101, lambda p: ip4(47, gre(0x88BE, eth(0x0800, p))), ""),
    ("erspan2", 101, lambda p: ip4(47, gre(0x88BE, erspan2(eth(0x0800, p)), 0x1000, be32(1))), ""),
    ("erspan3", 101, lambda p: ip4(47, gre(0x22EB, erspan3(eth(0x0800, p)), 0x1000, be32(1))), ""),
    ("erspan3_more", 101, lambda p: ip4(47, gre(0x22EB, erspan3(eth(0x0800, p), 1, bytes(8)), 0x1000, be32(1))), ""),
    ("vxlan", 1, lambda p: eth(0x0800, ip4(17, udp(4789, vxlan(eth(0x0800, p))))), ""),
    ("vxlan_8472", 101, lambda p: ip4(17, udp(8472, vxlan(eth(0x0800, p)))), NO_PORT),
    ("vxlan_over_ip6", 229, lambda p: ip6(17, udp(4789, vxlan(eth(0x8100, tag(0x0800, p))))), ""),
    ("vxlan_gpe", 101, lambda p: ip4(17, udp(4790, be32(0x0C000001) + be32(7 << 8) + p)), ""),
    ("nsh", 1, lambda p: eth(0x894F, nsh(1, p)), ""),
    ("geneve", 101, lambda p: ip4(17, udp(6081, geneve(0x6558, eth(0x0800, p)))), ""),
    ("geneve_options", 101, lambda p: ip4(17, udp(6081, geneve(0x0800, p, bytes.fromhex("0101000100000000")))), ""),
    ("gtp", 101, lambda p: ip4(17, udp(2152, gtp(p))), ""),
    ("gtp_sequence", 101, lambda p: ip4(17, udp(2152, gtp(p, 2, be16(1) + b"\0\0"))), ""),
    ("gtp_extensions", 101, lambda p: ip4(17, udp(2152, gtp(p, 4, bytes.fromhex("00000085 01100100")))), ""),
    ("l2tp", 101, lambda p: ip4(17, udp(1701, be16(2) + be16(1) + be16(1) + ppp(0x0021, p))), ""),
    ("l2tp_length", 101, lambda p: ip4(17, udp(1701, be16(0x4002) + be16(12 + len(p)) + be16(1) + be16(1) + ppp(0x0021, p))), ""),
    ("everything", 1, lambda p: eth(0x88A8, tag(0x8100, tag(0x8864, pppoe(around(p))))), ""),
]
