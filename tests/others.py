#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What others read of the same captures: tshark the same frames, times and TCP stream bytes, libhtp the same heads.

usage: others.py PRINT_STREAMS HEADS_BY_LIBHTP FOLDER...

Streams of which the capture lacks bytes are not compared: tshark writes a remark in place of the hole.  Every other
difference has its reason below, or is a failure.
"""
import collections
import glob
import hashlib
import os
import re
import subprocess
import sys

# capture -> why libhtp reads other heads
HEADS = {
    "violation_pipelined_gobits": "libhtp takes the body of a request that was sent ahead of an answer for heads",
    "connect_tunnel_curl_apache": "what goes through a CONNECT is no HTTP to libhtp where it does not know the method",
}
# capture -> why tshark counts other frames
FRAMES = {
    "e_multi_interface_unknown_blocks": "Wireshark numbers a block that is no packet (2), and so do we, but nothing is read of it",
}
# capture -> why tshark has other bytes
STREAMS = {
    "https_tls1.3_exportedpdu": "the bytes of exported PDUs are in no TCP stream of tshark's",
}

STREAM = re.compile(r"Node 0: \[?(\S+?)\]?:(\d+)\nNode 1: \[?(\S+?)\]?:(\d+)\n(.*?)\n?={5,}", re.S)


def run(*command):
    return subprocess.run(command, check=command[0] != "tshark", capture_output=True, text=True).stdout # tshark: 2 for a cut file


def ours(print_streams, capture):
    """(frame -> time), (sender, receiver) -> Counter of (length, hash)), the ends of streams with holes"""
    frames, streams, holes = {}, collections.Counter(), set()
    for line in run(print_streams, capture).splitlines():
        kind, *words = line.split()
        if kind == "frame":
            frames[int(words[0])] = words[1]
            continue
        source, sport, dest, dport, length, lost, sha = words
        ends = (source, int(sport), dest, int(dport))
        if int(lost) > 0:
            holes.add(ends)
        elif int(length) > 0:
            streams[ends + (int(length), sha)] += 1
    return frames, streams, holes


def nanoseconds(epoch):
    seconds, _, fraction = epoch.partition(".")
    return str(int(seconds) * 10**9 + int((fraction + "0" * 9)[:9])) if epoch else "-"


def frames_by_tshark(capture):
    out = run("tshark", "-r", capture, "-T", "fields", "-e", "frame.number", "-e", "frame.time_epoch", "-e", "tcp.stream")
    frames, last = {}, -1
    for line in out.splitlines():
        number, epoch, stream = line.split("\t")
        frames[int(number)] = nanoseconds(epoch)
        last = max([last] + [int(s) for s in stream.split(",") if s])
    return frames, last + 1


def streams_by_tshark(capture, n):
    streams = collections.Counter()
    if n == 0:
        return streams
    taps = [word for i in range(n) for word in ("-z", f"follow,tcp,raw,{i}")]
    for a, aport, b, bport, body in STREAM.findall(run("tshark", "-q", "-r", capture, *taps)):
        data = {False: [], True: []}
        for line in body.splitlines():
            data[line.startswith("\t")].append(bytes.fromhex(line.strip()))
        for is_back, pieces in data.items():
            whole = b"".join(pieces)
            ends = (b, int(bport), a, int(aport)) if is_back else (a, int(aport), b, int(bport))
            if whole:
                streams[ends + (len(whole), hashlib.sha256(whole).hexdigest())] += 1
    return streams


def name_of(capture):
    return os.path.splitext(os.path.basename(capture))[0]


def check_tshark(print_streams, capture, problems):
    frames, streams, holes = ours(print_streams, capture)
    theirs, n = frames_by_tshark(capture)
    if name_of(capture) in FRAMES:
        theirs = {number: time for number, time in theirs.items() if time != "-"}
    if frames != theirs:
        number = min(k for k in frames.keys() | theirs.keys() if frames.get(k) != theirs.get(k))
        problems.append(f"{capture}: frame {number}: {frames.get(number)}, tshark: {theirs.get(number)}")
    followed = streams_by_tshark(capture, n)
    for left, right, who in (streams, followed, "ours alone"), (followed, streams, "tshark's alone"):
        for stream in (left - right).elements():
            if stream[:4] not in holes and name_of(capture) not in STREAMS:
                problems.append(f"{capture}: {who}: {stream}")
    return len(frames), sum((streams & followed).values())


def check_libhtp(heads_by_libhtp, capture, problems):
    done = subprocess.run([heads_by_libhtp, capture], check=False, capture_output=True, text=True)
    *differences, summary = done.stdout.splitlines()
    if differences and name_of(capture) not in HEADS:
        problems += differences
    return int(summary.split()[0])


def main():
    print_streams, heads_by_libhtp, *folders = sys.argv[1:]
    problems, totals = [], [0, 0, 0, 0]
    for folder in folders:
        for capture in sorted(glob.glob(os.path.join(folder, "*.pcap")) + glob.glob(os.path.join(folder, "*.pcapng"))):
            frames, streams = check_tshark(print_streams, capture, problems)
            heads = check_libhtp(heads_by_libhtp, capture, problems)
            totals = [a + b for a, b in zip(totals, (1, frames, streams, heads))]
    print(*problems, sep="\n", end="\n" if problems else "")
    print("{} captures: {} frames and {} streams as tshark has them, {} heads compared with libhtp's".format(*totals))
    sys.exit(1 if problems or not totals[0] else 0)


main()
