#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""exported.py - File > Export Objects > BITS gives the bytes that bitspect extracts, and those of the truth.

usage: exported.py BITSPECT PLUGIN LIST FOLDER...

For every capture of kind `equal` the files of `tshark --export-objects bits,DIR` are, one for one and by SHA-256, those
that `bitspect extract` writes, in one pass and in two.  Where Wireshark delivers less (`fewer`), those that are called
complete are among them.  LIST is that of fronts.py; a capture that bitspect does not read is held against its truth
alone, with the keys that lie beside it."""
import collections
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

from fronts import kinds_of
from wireshark import Tshark


def hashes_in(folder):
    hashes = collections.Counter()
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            hashes[hashlib.sha256(file.read()).hexdigest()] += 1
    return hashes


def extracted(bitspect, capture):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        done = subprocess.run([bitspect, "extract", "-q", "-d", out, capture], capture_output=True, check=False)
        if done.returncode not in (0, 4): # 4: the capture is damaged
            raise RuntimeError(f"bitspect {capture}: exit {done.returncode}: {done.stderr.decode()}")
        files = os.path.join(out, "files")
        if not os.path.isdir(files):
            return collections.Counter()
        for name in os.listdir(files): # a copy that was accepted with other bytes stands beside its file
            if ".conflict-" in name:
                os.remove(os.path.join(files, name))
        return hashes_in(files)


SUFFIXES = (".partial", ".unconfirmed", ".refused")


def exported(tshark, capture, *options, complete_only=False):
    folder = tempfile.mkdtemp(dir=tshark.folder)
    os.chmod(folder, 0o777)
    tshark.run(capture, "--export-objects", "bits," + folder, *options)
    for name in os.listdir(folder):
        # refused to the last byte, after it had been listed: one pass forgets nothing
        is_refused = name.endswith(".refused") and os.path.getsize(os.path.join(folder, name)) == 0
        if is_refused or (complete_only and name.endswith(SUFFIXES)):
            os.remove(os.path.join(folder, name))
    hashes = hashes_in(folder)
    shutil.rmtree(folder)
    return hashes


def keys_beside(tshark, capture):
    keys = os.path.splitext(capture)[0] + ".keylog"
    return ["-o", "tls.keylog_file:" + tshark.readable(keys)] if os.path.exists(keys) else []


def true_hashes(capture):
    with open(capture + ".json", encoding="utf-8") as file:
        truth = json.load(file)
    return collections.Counter(u["sha256"] for u in truth.get("uploads", []) if u.get("wire_complete"))


def wrong_with(tshark, bitspect, capture, kind, options):
    once = exported(tshark, capture, *options)
    twice = exported(tshark, capture, "-2", *options)
    if kind in ("fewer", "cut"):
        called_complete = exported(tshark, capture, *options, complete_only=True) | exported(tshark, capture, "-2", *options, complete_only=True)
        invented = called_complete - extracted(bitspect, capture)
        return f"called complete by the plugin alone: {dict(invented)}" if invented else None
    if once != twice:
        return f"one pass and two differ: {dict(once - twice)} {dict(twice - once)}"
    if kind == "truth":
        wanted = true_hashes(capture)
        if not wanted:
            return "its truth names no file"
        return f"not exported: {dict(wanted - once)}" if wanted - once else None
    if once != extracted(bitspect, capture):
        ours = extracted(bitspect, capture)
        return f"bitspect alone {dict(ours - once)}, plugin alone {dict(once - ours)}"
    return None


def main():
    bitspect, plugin, listed, folders = sys.argv[1], sys.argv[2], kinds_of(sys.argv[3]), sys.argv[4:]
    count = failed = 0
    with Tshark(plugin) as tshark:
        for capture in sorted(path for folder in folders for path in glob.glob(os.path.join(folder, "*.pcap*"))):
            if capture.endswith(".json"):
                continue
            kind, options = listed.get(os.path.basename(capture), ("equal", []))
            if kind == "skip":
                continue
            count += 1
            wrong = wrong_with(tshark, bitspect, capture, kind, options + keys_beside(tshark, capture))
            if wrong:
                failed += 1
                print(f"{os.path.basename(capture)} ({kind}): {wrong}")
    print(f"{count} captures, {failed} failed")
    return 1 if failed or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
