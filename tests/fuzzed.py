#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fuzzed.py - broken captures in tshark with the plugin: no crash, no "Dissector bug", and under valgrind no stray access.

usage: fuzzed.py PLUGIN SAMPLES [SEEDS]      seeds are 1, 2, ... SEEDS (default 3) for every sample; fixed, so that a failure
                                             comes again.  One sample a seed goes through valgrind, which is slow."""
import glob
import os
import subprocess
import sys

from wireshark import Tshark

VALGRIND = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=no", "--undef-value-errors=yes"]
RATES = ["0.001", "0.01", "0.05"]
WAYS = [[], ["-2"], ["-V"], ["-2", "-V", "-o", "tcp.desegment_tcp_streams:FALSE"],
        ["-2", "-o", "tcp.reassemble_out_of_order:TRUE"], ["-T", "json", "-o", "bits.tcp.port:80"],
        ["-o", "tcp.relative_sequence_numbers:FALSE"], ["-2", "-o", "tcp.analyze_sequence_numbers:FALSE"]]
SLOW_MAX = 60000 # bytes of a capture that goes through valgrind


def can_be_edited(folder, capture):
    """editcap writes no capture with blocks that it does not know (TLS secrets among them, in 4.0)."""
    done = subprocess.run(["editcap", capture, os.path.join(folder, "copy")], capture_output=True, check=False)
    if done.returncode == 0:
        return True
    if b"can't be written" not in done.stderr:
        raise RuntimeError(f"editcap {capture}: {done.stderr.decode()}")
    print(f"{os.path.basename(capture)}: left out, editcap cannot write it")
    return False


def broken(folder, capture, seed):
    path = os.path.join(folder, f"{seed}-{os.path.basename(capture)}")
    subprocess.run(["editcap", "-E", RATES[seed % len(RATES)], "--seed", str(seed), capture, path], check=True, capture_output=True)
    return path


def try_one(tshark, capture, args):
    """What went wrong, or None.  A capture that cannot be read to its end is no failure."""
    out, err = tshark.run(capture, *args, check=False)
    for sign in ("Dissector bug", "Assertion", "==ERROR", "Invalid read", "Invalid write", "uninitialised", "Unhandled"):
        if sign in out or sign in err:
            return f"{sign}: {err[-1500:]}"
    return None if tshark.status in (0, 1, 2) else f"exit {tshark.status}: {err[-1500:]}"


def main():
    plugin, samples = sys.argv[1:3]
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    captures = sorted(p for p in glob.glob(os.path.join(samples, "*.pcap*")) if not p.endswith(".json"))
    tried = failed = 0
    with Tshark(plugin) as fast, Tshark(plugin, wrapper=VALGRIND) as slow:
        captures = [c for c in captures if can_be_edited(fast.folder, c)]
        small = [p for p in captures if os.path.getsize(p) < SLOW_MAX]
        for seed in range(1, seeds + 1):
            todo = [(fast, c, WAYS[(n + seed) % len(WAYS)]) for n, c in enumerate(captures)]
            todo.append((slow, small[seed % len(small)], WAYS[seed % len(WAYS)]))
            for tshark, capture, args in todo:
                tried += 1
                wrong = try_one(tshark, broken(tshark.folder, capture, seed), args)
                if wrong:
                    failed += 1
                    print(f"{os.path.basename(capture)}, seed {seed}, {args}: {wrong}")
    print(f"{tried} broken captures, {failed} failed")
    return 1 if failed or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
