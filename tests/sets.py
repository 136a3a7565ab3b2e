#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""However a capture is split among files, and in whatever order they are named, it says what it says.

usage: sets.py BITSPECT FOLDER

Captures of FOLDER are split into rings (many small files, files that overlap, files that are compressed), into two taps (each
direction of the traffic) and dealt out at random; named in shuffled orders, as a directory, as a list and through pipes. What
is told of sessions, packets and findings must be what is told of the one capture, but for the numbers of frames and the names
of captures.  Clocks of two taps that differ must not accuse anybody.
"""
import functools
import gzip
import json
import os
import pathlib
import random
import re
import resource
import select
import subprocess
import sys
import tempfile
import time

import captures

failures = []
LEFT_OUT = ["frame", "frames", "last_frame", "capture", "captures", "wireshark_filter"]


def fail(name, text):
    failures.append(name)
    print(f"FAILED {name}: {text}")


# ---- the program ----------------------------------------------------------------------------------------------------

def few_descriptors(most):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def run(bitspect, *arguments, stdin=None, descriptors=None):
    done = subprocess.run([bitspect, *map(str, arguments)], input=stdin, capture_output=True, check=False,
                          preexec_fn=few_descriptors(descriptors) if descriptors else None)
    return done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()], done.stderr.decode()


def told(records):
    """What is told, without what depends on the files: frame numbers, also those in sentences, and names."""
    out = []
    for r in records:
        if r["event_type"] in ("input", "stats"):
            continue
        r = {k: v for k, v in r.items() if k not in LEFT_OUT}
        if "bits" in r and isinstance(r["bits"], dict):
            r["bits"] = {k: v for k, v in r["bits"].items() if k != "request_frame"}
        out.append(re.sub(r"frames? [0-9, ]*[0-9]", "frames", json.dumps(r)))
    return out


def stats(records):
    return next(r for r in records if r["event_type"] == "stats")


@functools.lru_cache(maxsize=None)
def of_one(bitspect, path, command):
    return told(run(bitspect, command, "-T", "ndjson", "--undecided", path)[1])


def same(bitspect, name, path, arguments, stdin=None, descriptors=None, commands=("report", "packets")):
    """Gives the records of the last command."""
    records = []
    for command in commands:
        code, records, err = run(bitspect, command, "-T", "ndjson", "--undecided", *arguments, stdin=stdin,
                                 descriptors=descriptors)
        expected, found = of_one(bitspect, path, command), told(records)
        if code not in (0, 4):
            fail(name, f"{command}: exit {code}: {err[:300]}")
        elif expected != found:
            odd = [(e, f) for e, f in zip(expected, found) if e != f]
            fail(name, f"{command}: {len(found)} records instead of {len(expected)}: {odd[:1]}")
    return records


# ---- splitting ------------------------------------------------------------------------------------------------------

def write_parts(folder, parts, pack=None):
    """Names that are in no order of time."""
    paths = []
    for i, frames in enumerate(parts):
        path = folder / f"{(i * 7919) % 10007:05}.pcapng"
        captures.write(path, frames)
        if pack is not None:
            path.write_bytes(pack(path.read_bytes()))
        paths.append(path)
    return paths


def ring(frames, size, overlap=0):
    return [frames[max(0, at - overlap): at + size] for at in range(0, len(frames), size)]


def increasing(frames):
    """The same frames, a nanosecond apart at least: equal times in two files have no order."""
    out, last = [], 0
    for f in frames:
        last = max(last + 1, f.time)
        out.append(f._replace(time=last))
    return out


def by_direction(frames):
    first, second = [], []
    for f in frames:
        t = captures.tcp_of(f)
        (second if t is not None and t.src > t.dst else first).append(f)
    return [first, second]


def tells_of_repetitions(bitspect, one):
    """What came again in another capture may be the other tap's copy: then nobody sent it twice."""
    return any('"fault": "network"' in line for line in of_one(bitspect, one, "report"))


def dealt(frames, n, seed):
    rand, hands = random.Random(seed), [[] for _ in range(n)]
    for f in frames:
        hands[rand.randrange(n)].append(f)
    return [h for h in hands if h]


def shuffled(paths, seed):
    paths = list(paths)
    random.Random(seed).shuffle(paths)
    return paths


# ---- the checks -----------------------------------------------------------------------------------------------------

def is_racing(bitspect, path):
    """Races of two connections are decided within one file alone."""
    return any("parallel-connection" in line or "same_upload_as\": " in line and "same_upload_as\": null" not in line
               for line in of_one(bitspect, path, "report"))


def check_splits(bitspect, name, frames, folder):
    one = folder / "one.pcapng"
    captures.write(one, frames)
    kinds = [("ring", ring(frames, max(1, len(frames) // 9))), ("overlapping ring", ring(frames, max(2, len(frames) // 7), 5)),
             ("two taps", by_direction(frames)), ("dealt out", dealt(frames, 5, name))]
    if is_racing(bitspect, one):
        return
    for kind, parts in kinds:
        if kind == "dealt out" and tells_of_repetitions(bitspect, one):
            continue
        sub = folder / kind.replace(" ", "_")
        sub.mkdir()
        paths = write_parts(sub, [p for p in parts if p])
        for seed in (1, 2):
            records = same(bitspect, f"{name}, {kind}", one, shuffled(paths, seed))
        count = stats(records)
        repeated = sum(map(len, parts)) - len(frames)
        if (count["frames"], count["duplicate_frames"]) != (len(frames), repeated):
            fail(f"{name}, {kind}", f"{count['frames']} frames and {count['duplicate_frames']} seen before, of "
                 f"{len(frames)} and {repeated}")
        same(bitspect, f"{name}, {kind}, as a directory", one, [sub], commands=("report",))


def check_list_and_packed(bitspect, name, frames, folder):
    one, sub = folder / "one.pcapng", folder / "packed"
    sub.mkdir()
    paths = write_parts(sub, ring(frames, max(1, len(frames) // 9)), lambda data: gzip.compress(data, 1))
    same(bitspect, f"{name}, a directory of gzip", one, [sub])
    names = "".join(f"{p}\n" for p in shuffled(paths, 3))
    (folder / "list").write_text(names)
    same(bitspect, f"{name}, a list", one, ["--files-from", folder / "list"])
    same(bitspect, f"{name}, a list on standard input", one, ["--files-from", "-"], stdin=names.encode())
    pipe, rest = paths[len(paths) // 2], [p for p in paths if p != paths[len(paths) // 2]]
    same(bitspect, f"{name}, one through standard input", one, [*shuffled(rest, 4), "-"], stdin=pipe.read_bytes())
    same(bitspect, f"{name}, standard input packed", one, ["-"], stdin=gzip.compress(one.read_bytes()))


def check_cut(bitspect, name, frames, folder):
    """Cut out of many files it is what it is cut out of one."""
    one, sub, outs = folder / "one.pcapng", folder / "overlapping_ring", [folder / "a.pcapng", folder / "b.pcapng"]
    for source, out in zip((one, sub), outs):
        done = run(bitspect, "cut", "-q", "--session", "1", "-w", out, source)
        if done[0] not in (0, 4):
            fail(f"{name}, cut", f"exit {done[0]}: {done[2]}")
            return
    if outs[0].exists():
        a, b = (captures.read(out) for out in outs)
        if [f.data for f in a] != [f.data for f in b]:
            fail(f"{name}, cut", f"{len(b)} frames instead of {len(a)}")


def check_large_ring(bitspect, frames, folder):
    """Five thousand files, with 64 descriptors; the frames are spread over them, and most are empty of BITS."""
    one = folder / "one.pcapng"
    filler = captures.Frame(1, 0, b"\xff" * 60, 60)
    padded = []
    for i in range(5000):
        if i < len(frames):
            padded.append(frames[i])
        else:
            padded.append(filler._replace(time=frames[-1].time + i))
    padded = increasing(padded)
    captures.write(one, padded)
    sub = folder / "large_ring"
    sub.mkdir()
    write_parts(sub, [[f] for f in padded])
    begun = time.monotonic()
    records = same(bitspect, "a ring of 5000", one, [sub], descriptors=64, commands=("report",))
    print(f"a ring of 5000 files: {time.monotonic() - begun:.1f} s")
    if stats(records)["captures"] != 5000:
        fail("a ring of 5000", f"{stats(records)['captures']} captures")


def check_many_at_once(bitspect, frames, folder):
    """More files that overlap than there are descriptors."""
    one, sub = folder / "one.pcapng", folder / "many"
    captures.write(one, frames)
    sub.mkdir()
    write_parts(sub, dealt(frames, 150, 9))
    same(bitspect, "150 files that overlap", one, [sub], descriptors=32)


def check_skew(bitspect, name, frames, folder):
    """Two taps whose clocks differ: no proven finding that the one capture does not have."""
    one = folder / "one.pcapng"
    before = {json.loads(line)["rule"] for line in of_one(bitspect, one, "report") if '"finding"' in line}
    for skew in (-3 * 10**9, -10**6, 10**6, 3 * 10**9):
        a, b = by_direction(frames)
        b = [f._replace(time=f.time + skew) for f in b]
        paths = [folder / "tap1.pcapng", folder / "tap2.pcapng"]
        for path, part in zip(paths, (a, b)):
            captures.write(path, part)
        code, records, err = run(bitspect, "report", "-T", "ndjson", *paths)
        found = {r["rule"] for r in records if r["event_type"] == "finding" and r["severity"] == "error"}
        if found - before:
            fail(f"{name}, skewed by {skew} ns", f"{found - before}")


def check_times(bitspect, name, path, folder):
    """In one capture no clock matters: all times equal, or running backwards."""
    frames = captures.read(path)
    for kind, of in (("equal", lambda f: 10**18), ("backwards", lambda f: 2 * 10**18 - f.time)):
        out = folder / f"{kind}.pcapng"
        captures.write(out, [f._replace(time=of(f)) for f in frames])
        records = run(bitspect, "report", "-T", "ndjson", out)[1]
        expected = run(bitspect, "report", "-T", "ndjson", path)[1]
        rules = [{(r["rule"], r["fault"]) for r in rs if r["event_type"] == "finding" and r["severity"] == "error"}
                 for rs in (expected, records)]
        if rules[1] - rules[0]:
            fail(f"{name}, times {kind}", f"{rules[1] - rules[0]}")


def read_line(stream, seconds):
    return stream.readline() if select.select([stream], [], [], seconds)[0] else b""


def check_trickle(bitspect, path, folder, pack):
    """A packet is printed when its frame has come whole, while the sender still waits."""
    frames, fifo = captures.read(path), folder / f"fifo{pack is not None}"
    captures.write(folder / "t.pcapng", frames)
    data = (folder / "t.pcapng").read_bytes()
    code, expected, _ = run(bitspect, "packets", "-T", "ndjson", folder / "t.pcapng")
    first = next(r["last_frame"] for r in expected if r["event_type"] == "packet")
    captures.write(folder / "head.pcapng", frames[:first])
    size = (folder / "head.pcapng").stat().st_size
    os.mkfifo(fifo)
    with subprocess.Popen([bitspect, "packets", "-T", "ndjson", fifo], stdout=subprocess.PIPE, bufsize=0) as child, \
            open(fifo, "wb", buffering=0) as sender:
        send = (lambda piece: sender.write(pack(piece))) if pack else sender.write
        send(data[:size - 1])
        if read_line(child.stdout, 0.3):
            fail("trickle", "a packet before its frame was whole")
        send(data[size - 1:size])
        line = read_line(child.stdout, 5)
        if not line or json.loads(line)["event_type"] != "packet":
            fail("trickle", f"no packet when its frame had come: {line[:80]}")
        send(data[size:])
        sender.close()
        rest = child.stdout.read().decode().splitlines()
        if told(expected) != told([json.loads(text) for text in [line.decode()] * bool(line) + rest]):
            fail("trickle", "other records than of the file")


def main():
    bitspect, samples = sys.argv[1], pathlib.Path(sys.argv[2])
    paths = captures.among(samples)
    for path in paths:
        frames = increasing(captures.read(path))
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            check_splits(bitspect, path.name, frames, folder)
            check_times(bitspect, path.name, path, folder)
            check_skew(bitspect, path.name, frames, folder)
            if path.name.startswith(("simple_g", "resume", "newconn_g", "e_gap")):
                check_list_and_packed(bitspect, path.name, frames, folder)
                check_cut(bitspect, path.name, frames, folder)
        of_one.cache_clear()
    frames = increasing(captures.read(samples / "resume_overlap_gobits.pcapng"))
    for check in (check_large_ring, check_many_at_once):
        with tempfile.TemporaryDirectory() as folder:
            check(bitspect, frames, pathlib.Path(folder))
        of_one.cache_clear()
    with tempfile.TemporaryDirectory() as folder:
        for pack in (None, functools.partial(gzip.compress, compresslevel=1)):
            check_trickle(bitspect, samples / "simple_gobits.pcapng", pathlib.Path(folder), pack)
    print(f"{len(paths)} captures split and put together, {len(set(failures))} failed")
    sys.exit(1 if failures or not paths else 0)


main()
