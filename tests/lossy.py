#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A capture that merely lacks frames, or has them twice, cut or in another order, accuses nobody, and calls no file
whole whose bytes are not those that the client sent.

usage: lossy.py BITSPECT [SEED [VARIANTS]]

From each sound sample VARIANTS captures are derived (else BITSPECT_VARIANTS of them, else 200), and from those in
BITSPECT_CORPUS as well (then 60 is usual, that the test stays quick): without single frames, a share of them, the
beginning, the end, one direction, the bare acknowledgments or whole connections; with neighbours swapped, frames doubled
or cut short; and several of these at once.
BITSPECT_KEEP: where to leave the first capture that fails.
"""
import collections
import concurrent.futures
import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import captures

SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "samples"
VARIANTS, WITH_CORPUS = 200, 60  # the corpus is as large again
UNSOUND = ("violation", "https_")  # a client that breaks the rule; nothing that can be read

# What a derived capture may say all the same: (capture, rule, why)
EXCUSED = [
    ("nginx_revproxy", "http-version", "without the side that shows the proxy, what it speaks is its sender's own"),
]

failures = []


# ---- what may happen to a capture -----------------------------------------------------------------------------------


def without_frame(frames, rng):
    i = rng.randrange(len(frames))
    return f"without frame {i + 1}", frames[:i] + frames[i + 1 :]


def without_share(frames, rng):
    share = 10 ** rng.uniform(-3, -0.7)  # 0.1 % to 20 %
    return f"without {share:.1%}", [f for f in frames if rng.random() >= share]


def without_many(frames, rng):
    share = rng.choice((0.3, 0.5))
    return f"without {share:.0%}", [f for f in frames if rng.random() >= share]


def from_frame(frames, rng):
    i = rng.randrange(len(frames))
    return f"from frame {i + 1}", frames[i:]


def up_to_frame(frames, rng):
    i = rng.randrange(1, len(frames) + 1)
    return f"up to frame {i}", frames[:i]


def is_from(frame, end):
    t = captures.tcp_of(frame)
    return t is not None and t.src[0] == end


def without_sender(frames, rng):
    end = rng.choice(sorted({t.src[0] for t in map(captures.tcp_of, frames) if t}) or [b""])
    return f"without {end.hex()}", [f for f in frames if not is_from(f, end)]


def is_bare(frame):
    t = captures.tcp_of(frame)
    return t is not None and t.payload == t.end


def without_acknowledgments(frames, rng):
    return "without bare acknowledgments", [f for f in frames if not is_bare(f)]


def connections_of(frames):
    return sorted({c for c in map(captures.connection_of, frames) if c})


def without_connection(frames, rng):
    gone = rng.choice(connections_of(frames) or [None])
    return f"without connection {gone}", [f for f in frames if captures.connection_of(f) != gone]


def without_connections(frames, rng):
    gone = {c for c in connections_of(frames) if rng.random() < 0.5}
    return f"without {len(gone)} connections", [f for f in frames if captures.connection_of(f) not in gone]


def cut(frame, keep):
    return frame._replace(data=frame.data[:keep])


def cut_short(frames, rng):
    keep = rng.randint(64, 400)
    return f"cut to {keep}", [cut(f, keep) for f in frames]


def swapped(frames, rng):
    frames = list(frames)
    for i in range(len(frames) - 1):
        if rng.random() < 0.2:
            frames[i], frames[i + 1] = frames[i + 1], frames[i]
    return "swapped", frames


def doubled(frames, rng):
    return "doubled", [copy for f in frames for copy in [f] * (2 if rng.random() < 0.2 else 1)]


WAYS = (
    without_frame, without_share, without_many, from_frame, up_to_frame, without_sender, without_acknowledgments,
    without_connection, without_connections, cut_short, swapped, doubled,
)
OFTEN = (without_frame, without_share, without_share, without_connection, without_connections, cut_short)
MIXED = (without_share, from_frame, up_to_frame, without_connections, cut_short, swapped, doubled)


def each_connection_gone(frames):
    for gone in connections_of(frames):
        yield f"without connection {gone}", [f for f in frames if captures.connection_of(f) != gone]


def several(frames, rng):
    names = []
    for way in rng.sample(MIXED, 2):
        name, frames = way(frames, rng) if frames else ("nothing left", frames)
        names.append(name)
    return ", ".join(names), frames


def variants(frames, rng):
    """Endless; every way once, then the telling ones and mixtures."""
    for way in WAYS:
        yield way(frames, rng)
    while True:
        for way in OFTEN:
            yield way(frames, rng)
        yield several(frames, rng)
        yield several(frames, rng)
        yield rng.choice(WAYS)(frames, rng)


def derived(frames, rng, n):
    singles = list(itertools.islice(each_connection_gone(frames), n))
    return singles + list(itertools.islice(variants(frames, rng), n - len(singles)))


# ---- what it may not lead to ----------------------------------------------------------------------------------------


def is_accusation(record):
    return record["event_type"] == "finding" and record["severity"] != "note" and record["decision"] == "proven"


def accusations(records):
    """How often each rule accuses whom; what the whole capture has may be in the derived one too, as often."""
    return collections.Counter((r["rule"], r["fault"]) for r in records if is_accusation(r))


def is_excused(name, rule):
    return any(name.startswith(prefix) and rule == excused for prefix, excused, _ in EXCUSED)


def judge(name, records, hashes, known):
    for (rule, fault), n in (accusations(records) - known).items():
        if not is_excused(name, rule):
            failures.append(f"{name}: accuses the {fault}: {rule} ({n} times more than the whole capture)")
    for r in records:
        if r["event_type"] == "session" and r["file"]["sha256"] not in hashes:
            failures.append(f"{name}: a {r['file']['state']} file that nobody sent")


def report(bitspect, path):
    done = subprocess.run([bitspect, "report", "-T", "ndjson", path], capture_output=True, check=False)
    if done.returncode not in (0, 4):
        failures.append(f"{path}: exit {done.returncode}: {done.stderr.decode()[:200]}")
    return list(map(json.loads, done.stdout.decode().splitlines()))


def check(bitspect, path, seed, n):
    truth = json.loads(pathlib.Path(f"{path}.json").read_text())
    hashes = {u["sha256"] for u in truth.get("uploads", [])} | {None}
    known = accusations(report(bitspect, path))
    rng = random.Random(f"{seed} {path.name}")
    with tempfile.TemporaryDirectory() as folder:
        capture = pathlib.Path(folder, "derived.pcapng")
        for k, (what, frames) in enumerate(derived(captures.read(path), rng, n)):
            captures.write(capture, frames)
            judge(f"{path.name} {k} {what}", report(bitspect, capture), hashes, known)
            if failures and os.environ.get("BITSPECT_KEEP"):
                capture.rename(os.environ["BITSPECT_KEEP"])
                break
    return n


def sound_captures():
    paths = captures.among(SAMPLES, os.environ.get("BITSPECT_CORPUS"))
    return [p for p in paths if not p.name.startswith(UNSOUND) and pathlib.Path(f"{p}.json").exists()]


def main():
    bitspect, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    usual = WITH_CORPUS if os.environ.get("BITSPECT_CORPUS") else VARIANTS
    n = int(sys.argv[3] if len(sys.argv) > 3 else os.environ.get("BITSPECT_VARIANTS", usual))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = sum(pool.map(lambda path: check(bitspect, path, seed, n), sound_captures()))
    for failure in failures[:20]:
        print(f"FAILED {failure}")
    print(f"{runs} derived captures (seed {seed}), {len(failures)} false accusations or files")
    sys.exit(1 if failures else 0)


main()
