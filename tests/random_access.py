#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""random_access.py - frames looked at in any order, again and again, show what they show in order.

usage: random_access.py PLUGIN FOLDER...

sharkd answers as Wireshark's window does: the capture is loaded once, then frames are dissected as somebody clicks on them."""
import glob
import json
import os
import random
import sys

from wireshark import Tshark

SEED = 20261124
FRAMES_MAX = 400


def ask(tshark, capture, frames):
    """What each of these frames shows, in that order."""
    requests = [{"jsonrpc": "2.0", "id": 1, "method": "load", "params": {"file": tshark.readable(capture)}}]
    requests += [{"jsonrpc": "2.0", "id": n + 2, "method": "frame", "params": {"frame": frame, "proto": True, "columns": True}}
                 for n, frame in enumerate(frames)]
    out, _ = tshark.run(None, "-", program="sharkd", text="".join(json.dumps(r) + "\n" for r in requests))
    answers = {r.get("id", 0): r for r in map(json.loads, out.splitlines())}
    return [shown(answers.get(n + 2, {}).get("result")) for n in range(len(frames))]


def lines_of(nodes):
    for node in nodes:
        yield node.get("l", "")
        yield from lines_of(node.get("n", []))


def shown(result):
    """Info, and every line that bits drew.  (http's own lines depend on the order: it remembers the latest request.)"""
    if result is None:
        return None
    ours = [node for node in result.get("tree", []) if node.get("l", "").startswith("BITS Upload")]
    return (result.get("col"), list(lines_of(ours))) if ours else ()


def differing(tshark, capture):
    count = len(tshark.fields(capture, ["frame.number"]))
    frames = list(range(1, min(count, FRAMES_MAX) + 1))
    in_order = dict(zip(frames, ask(tshark, capture, frames)))
    rng = random.Random(SEED)
    again = frames[::-1] + rng.sample(frames, len(frames)) + rng.sample(frames, len(frames))
    if any(one is None for one in in_order.values()):
        raise RuntimeError(f"{capture}: frames that nobody could look at")
    return sorted({frame for frame, now in zip(again, ask(tshark, capture, again)) if now != in_order[frame]}), len(frames)


def main():
    plugin, folders = sys.argv[1], sys.argv[2:]
    failed = looked_at = 0
    with Tshark(plugin) as tshark:
        for capture in sorted(path for folder in folders for path in glob.glob(os.path.join(folder, "*.pcap*"))):
            if capture.endswith(".json"):
                continue
            frames, n = differing(tshark, capture)
            looked_at += n
            if frames:
                failed += 1
                print(f"{os.path.basename(capture)}: frames {frames[:10]} differ")
    print(f"{looked_at} frames looked at, {failed} captures failed")
    return 1 if failed or not looked_at else 0


if __name__ == "__main__":
    sys.exit(main())
