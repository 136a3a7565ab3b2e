#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Exported PDUs: the payloads of a capture without their TCP, as Wireshark exports them, give the sessions, files and hashes
of the capture itself; rules that need acknowledgments are not proven by them.  A set of both says of each what it says alone,
and that they are the same uploads; what comes twice is told once.  A ring of them gives what the one file gives.

usage: pdus.py BITSPECT SAMPLES

The payloads of the clear samples are written as PDUs here, and what was encrypted is exported by tshark."""
import collections
import glob
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

LINK = 252
ORDER = {"outstanding-request", "pipelined-request", "parallel-connection-same-session"}
FIELDS = ["frame.time_epoch", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport", "tcp.payload",
          "tcp.analysis.retransmission", "tcp.analysis.out_of_order"]


def tag(number, value):
    return struct.pack(">HH", number, len(value)) + value


def addresses(source, dest):
    family, first = (socket.AF_INET6, 22) if ":" in source else (socket.AF_INET, 20)
    return tag(first, socket.inet_pton(family, source)) + tag(first + 1, socket.inet_pton(family, dest))


def pdu(source, sport, dest, dport, payload):
    ports = tag(24, struct.pack(">I", 2)) + tag(25, struct.pack(">I", int(sport))) + tag(26, struct.pack(">I", int(dport)))
    return tag(12, b"http".ljust(8, b"\0")) + addresses(source, dest) + ports + tag(0, b"") + payload


def write_pdus(capture, path, later=0, most=1 << 20):
    """`later`: by so many nanoseconds; `most`: longest PDU, as records of TLS are.  False: its segments are not in order, or come twice, and an export would not have them so."""
    fields = [word for name in FIELDS for word in ("-e", name)]
    out = subprocess.run(["tshark", "-r", capture, "-Y", "tcp.len > 0", "-T", "fields", *fields], check=True, capture_output=True,
                         text=True).stdout
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 20, LINK))
        for line in out.splitlines():
            epoch, v4s, v6s, sport, v4d, v6d, dport, payload, again, disorder = line.split("\t")
            if again or disorder or not payload:
                return False
            payload = bytes.fromhex(payload)
            seconds, _, fraction = epoch.partition(".")
            time = int(seconds) * 10**9 + int(fraction.ljust(9, "0")[:9]) + later
            for at in range(0, len(payload), most):
                data = pdu(v4s or v6s, sport, v4d or v6d, dport, payload[at:at + most])
                file.write(struct.pack("<IIII", time // 10**9, time % 10**9, len(data), len(data)) + data)
    return True


def report(bitspect, *captures):
    done = subprocess.run([bitspect, "report", "--undecided", "-T", "ndjson", *captures], check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{captures}: exit {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def sessions(records):
    return sorted((str(r["bits"]["session_id"]), r["bits"]["outcome"], r["file"]["state"], str(r["file"]["sha256"]), str(r["file"]["gaps"]))
                  for r in records if r["event_type"] == "session")


def proven(records):
    return {(r["rule"], r["fault"]) for r in records
            if r["event_type"] == "finding" and r["decision"] == "proven" and r["severity"] != "note"}


def undecided(records):
    return {r["rule"] for r in records if r["event_type"] == "finding" and r["decision"] == "undecided"}


def findings(records):
    return collections.Counter((r["rule"], r["severity"], r["fault"], r["decision"]) for r in records if r["event_type"] == "finding")


def files(records):
    return {r["file"]["sha256"] for r in records if r["event_type"] == "session"} - {None}


def ties(records):
    """Pairs of sessions on one server of which the later names the earlier."""
    found = {r["bits"]["session"]: r for r in records if r["event_type"] == "session"}
    return sum(r["same_upload_as"] is not None and found[r["same_upload_as"]]["server"] == r["server"] for r in found.values())


def check_together(bitspect, capture, path, problems):
    """In either order of names, and whichever clock is ahead."""
    for later in (0, -10**6, 3600 * 10**9):
        write_pdus(capture, path, later)
        one, other = report(bitspect, capture), report(bitspect, path)
        for captures in ((capture, path), (path, capture)):
            both = report(bitspect, *captures)
            if sessions(both) != sorted(sessions(one) + sessions(other)):
                problems.append(f"{capture} and its PDUs, {later} ns later: {sessions(both)}")
            if findings(both) != findings(one) + findings(other):
                problems.append(f"{capture} and its PDUs, {later} ns later: {findings(both) - findings(one) - findings(other)}")
            if ties(both) != len(sessions(other)) and later < 10**9: # beyond that only a GUID tells
                problems.append(f"{capture} and its PDUs, {later} ns later: {ties(both)} of {len(sessions(other))} named as the same")


def check_taps(bitspect, what, path, problems):
    """Two exports are two tellings, whatever their clocks: neither spoils the other."""
    other = path + ".other"
    for later in (10**5, 3 * 10**6, 3600 * 10**9):
        write_pdus(what, other, later)
        one, two, both = report(bitspect, path), report(bitspect, other), report(bitspect, path, other)
        if sessions(both) != sorted(sessions(one) + sessions(two)) or findings(both) != findings(one) + findings(two):
            problems.append(f"{what}, two exports, {later} ns apart: {sessions(both)} {findings(both) - findings(one) - findings(two)}")
        if ties(both) != len(sessions(two)) and later < 10**9:
            problems.append(f"{what}, two exports, {later} ns apart: {ties(both)} of {len(sessions(two))} named as the same")


# Rings of which something is missing for all that the files say: why.
LESS = {
    "simple_safebreach": "the head of an answer lies in two files",
    "newconn_fail_safebreach": "the head of an answer lies in two files",
    "violation_pipelined_gobits": "a head begins inside a segment, behind a body that may have ended elsewhere",
    "zero_gobits_nofrag": "that nothing was sent takes a connection of which nothing is missing",
    "error_noproto_lighttpd": "no answer behind a seam says which Create-Session it is of",
    "odd_names_gobits": "of a refusal behind a seam nobody knows what it refused",
}


def is_less(what, found, once):
    """No session more, and none that is more complete."""
    def whole(records):
        return collections.Counter(s[3] for s in sessions(records) if s[2] == "complete")

    name = os.path.splitext(os.path.basename(what))[0]
    return name in LESS and len(sessions(found)) <= len(sessions(once)) and not whole(found) - whole(once)


def check_ring(bitspect, what, path, problems):
    """Files that follow each other are one telling, wherever they were cut and in whichever order they are named."""
    once = report(bitspect, path)
    for most in (1, 7, 50):
        with tempfile.TemporaryDirectory() as ring:
            subprocess.run(["editcap", "-F", "nsecpcap", "-c", str(most), path, os.path.join(ring, "ring.pcap")], check=True, capture_output=True)
            parts = sorted(glob.glob(os.path.join(ring, "*")))
            for captures in (parts, parts[::-1]):
                records = report(bitspect, *captures)
                if sessions(records) != sessions(once) and not is_less(what, records, once):
                    problems.append(f"{what}, {len(parts)} files: {sessions(records)}, in one: {sessions(once)}")
                if proven(records) - proven(once):
                    problems.append(f"{what}, {len(parts)} files: proven by them alone: {proven(records) - proven(once)}")
            for at in range(1, len(parts) - 1) if len(parts) < 12 else ():
                check_hole(bitspect, f"{what}, of {len(parts)} files without the one at {at}", parts[:at] + parts[at + 1:], once, problems)


def check_hole(bitspect, what, captures, once, problems):
    """A file of a ring is missing: nobody is accused of it, and no file that was not there becomes whole."""
    records = report(bitspect, *captures)
    if proven(records) - proven(once):
        problems.append(f"{what}: {proven(records) - proven(once)}")
    if files(records) - files(once):
        problems.append(f"{what}: files {files(records) - files(once)}")


def check_twice(bitspect, what, path, problems):
    """What comes twice is told once: joined with itself, in turns or one behind the other, or beside a copy."""
    once, other = report(bitspect, path), path + ".other"

    def check(how, *captures):
        twice = report(bitspect, *captures)
        if sessions(twice) != sessions(once) or findings(twice) != findings(once):
            problems.append(f"{what}, {how}: {sessions(twice)} {findings(twice)}, once: {sessions(once)} {findings(once)}")

    for how, command in (("in turns", ["mergecap"]), ("one behind the other", ["mergecap", "-a"])):
        subprocess.run([*command, "-w", other, path, path], check=True, capture_output=True)
        check(how, other)
    shutil.copy(path, other)
    check("a copy", path, other)
    subprocess.run(["editcap", "-F", "pcap", path, other], check=True, capture_output=True) # microseconds
    twice = report(bitspect, path, other) # it is a copy where its first frame is; else another export
    if sessions(twice) not in (sessions(once), sorted(2 * sessions(once))) or findings(twice) - findings(once) - findings(once):
        problems.append(f"{what}, a copy with less of the time: {sessions(twice)} {findings(twice)}")
    subprocess.run(["mergecap", "-F", "nsecpcap", "-w", path + ".both", path, other], check=True, capture_output=True)
    twice = report(bitspect, path + ".both") # where both directions are of one microsecond that can cost evidence
    if len(sessions(twice)) != len(sessions(once)) or findings(twice) - findings(once) or files(twice) - files(once):
        problems.append(f"{what}, joined with less of the time: {sessions(twice)} {findings(twice)}")


def check_clear(bitspect, capture, path, problems):
    plain = report(bitspect, capture)
    is_whole = all(r["evidence"] == "whole" for r in plain if r["event_type"] == "session")
    if not sessions(plain) or not is_whole or not write_pdus(capture, path):
        return 0
    exported = report(bitspect, path)
    if sessions(exported) != sessions(plain):
        problems.append(f"{capture}: {sessions(exported)}, in the clear: {sessions(plain)}")
    if proven(exported) - proven(plain) or {rule for rule, _ in proven(exported)} & ORDER:
        problems.append(f"{capture}: proven by PDUs alone: {proven(exported) - proven(plain)}")
    lost = {rule for rule, _ in proven(plain)} & ORDER
    if lost and not undecided(exported) & ORDER:
        problems.append(f"{capture}: nothing of {lost} is left undecided")
    check_ring(bitspect, capture, path, problems)
    check_together(bitspect, capture, path, problems)
    write_pdus(capture, path)
    check_taps(bitspect, capture, path, problems)
    for most in (1 << 20, 4000):
        write_pdus(capture, path, most=most)
        check_twice(bitspect, f"{capture}, at most {most} bytes a PDU", path, problems)
    return 1


def check_encrypted(bitspect, capture, path, problems):
    subprocess.run(["tshark", "-q", "-r", capture, "-U", "OSI layer 7", "-w", path], check=True, capture_output=True)
    with open(capture + ".json", encoding="utf-8") as file:
        truth = json.load(file)["uploads"]
    records = report(bitspect, path)
    found = sorted((s[0], s[3]) for s in sessions(records) if s[1:3] == ("closed", "complete"))
    if found != sorted((u["session_id"], u["sha256"]) for u in truth if u["completed"]):
        problems.append(f"{capture}: {found}")
    if any(not r["bits"]["url"].startswith("https:") for r in records if r["event_type"] == "session"):
        problems.append(f"{capture}: what came out of TLS has no https URL")
    check_twice(bitspect, capture, path, problems)
    check_ring(bitspect, capture, path, problems)
    return 1


def main():
    bitspect, folder = sys.argv[1:]
    problems, clear, encrypted = [], 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "pdus.pcap")
        for capture in sorted(glob.glob(os.path.join(folder, "*.pcap")) + glob.glob(os.path.join(folder, "*.pcapng"))):
            if "_dsb" in capture: # the keys are in it
                encrypted += check_encrypted(bitspect, capture, path, problems)
            else:
                clear += check_clear(bitspect, capture, path, problems)
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"{clear} captures in the clear and {encrypted} encrypted ones as PDUs")
    sys.exit(1 if problems or not clear or not encrypted else 0)


main()
