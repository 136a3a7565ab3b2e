#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A capture that merely lacks frames, or has them twice or in another order, accuses nobody, and calls no file whole
whose bytes are not those that the client sent.

usage: lossy.py BITSPECT [SEED]

From each sound sample captures are derived: without one frame, without a share of them, without the beginning, the end,
one direction or the bare acknowledgments, with neighbours swapped or frames doubled.
"""
import collections
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "samples"
ENHANCED_PACKET = 6
HEADER = 28  # of an enhanced packet block, in front of the frame
BARE = 112   # a block of at most so many bytes has no payload
SINGLES = 40

failures = []


def blocks_of(path):
    data, at, blocks = path.read_bytes(), 0, []
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 4)[0]
        blocks.append(data[at : at + length])
        at += length
    return blocks


def is_packet(block):
    return struct.unpack_from("<I", block)[0] == ENHANCED_PACKET


def sender(block):
    return block[HEADER + 26 : HEADER + 30]  # IPv4 in Ethernet


def without(blocks, gone):
    return [b for i, b in enumerate(blocks) if i not in gone]


def swapped(blocks, packets, rng):
    blocks = list(blocks)
    for a, b in zip(packets, packets[1:]):
        if rng.random() < 0.2:
            blocks[a], blocks[b] = blocks[b], blocks[a]
    return blocks


def doubled(blocks, rng):
    return [copy for b in blocks for copy in [b] * (2 if is_packet(b) and rng.random() < 0.2 else 1)]


def derived(blocks, rng):
    packets = [i for i, b in enumerate(blocks) if is_packet(b)]
    for i in rng.sample(packets, min(SINGLES, len(packets))):
        yield f"without frame {packets.index(i) + 1}", without(blocks, {i})
    for share in (0.02, 0.1, 0.3, 0.5):
        for k in range(4):
            yield f"without {share:.0%}, {k}", without(blocks, {i for i in packets if rng.random() < share})
    for _ in range(2):
        cut = rng.randrange(len(packets))
        yield f"from frame {cut + 1}", without(blocks, set(packets[:cut]))
        yield f"up to frame {cut}", without(blocks, set(packets[cut:]))
    for end in sorted({sender(blocks[i]) for i in packets})[:3]:
        yield f"without {end.hex()}", without(blocks, {i for i in packets if sender(blocks[i]) == end})
    yield "without bare acknowledgments", without(blocks, {i for i in packets if len(blocks[i]) <= BARE})
    yield "swapped", swapped(blocks, packets, rng)
    yield "doubled", doubled(blocks, rng)


def is_accusation(record):
    return record["event_type"] == "finding" and record["severity"] != "note" and record["decision"] == "proven"


def accusations(records):
    """How often each rule accuses whom; what the whole capture has may be in the derived one too, as often."""
    return collections.Counter((r["rule"], r["fault"]) for r in records if is_accusation(r))


def judge(name, records, hashes, known):
    for (rule, fault), n in (accusations(records) - known).items():
        failures.append(f"{name}: accuses the {fault}: {rule} ({n} times more than the whole capture)")
    for r in records:
        if r["event_type"] == "session" and r["file"]["sha256"] not in hashes:
            failures.append(f"{name}: a {r['file']['state']} file that nobody sent")


def report(bitspect, path):
    done = subprocess.run([bitspect, "report", "-T", "ndjson", path], capture_output=True, check=False)
    if done.returncode not in (0, 4):
        failures.append(f"{path}: exit {done.returncode}: {done.stderr.decode()[:200]}")
    return list(map(json.loads, done.stdout.decode().splitlines()))


def check(bitspect, path, rng, folder):
    truth = json.loads(pathlib.Path(f"{path}.json").read_text())
    hashes = {u["sha256"] for u in truth["uploads"]} | {None}
    known = accusations(report(bitspect, path))
    runs = 0
    for what, blocks in derived(blocks_of(path), rng):
        capture = pathlib.Path(folder, "derived.pcapng")
        capture.write_bytes(b"".join(blocks))
        judge(f"{path.name} {what}", report(bitspect, capture), hashes, known)
        runs += 1
    return runs


def main():
    bitspect, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rng, runs = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(SAMPLES.glob("*.pcapng")):
            if not path.name.startswith(("violation", "e_")):
                runs += check(bitspect, path, rng, folder)
    for failure in failures[:20]:
        print(f"FAILED {failure}")
    print(f"{runs} derived captures (seed {seed}), {len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
