#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A fault that is put into a sound capture is found, of the party that has it, and of no other.

usage: mutations.py BITSPECT [NAME]

Every row of mutation_rows.py breaks one thing on the wire, in a few places of every clean sample (and of those in
BITSPECT_CORPUS): what it says is found in the derived capture, proven unless the row says why it cannot be; what is
found besides that the clean capture does not have follows from it by the rule's own row, or by DRAGGED.  NAME: only the
rows whose names contain it, and say of each what was found.  BITSPECT_KEEP: where to leave a capture that fails.
"""
import collections
import concurrent.futures
import json
import operator
import os
import pathlib
import subprocess
import sys
import tempfile

import captures
import rewriting
from mutation_rows import DRAGGED, ROWS

SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "samples"
PLACES = 1  # of one sample, for one row; BITSPECT_PLACES says otherwise

# Captures in which the evidence is not whole, so that less can be proven: (how the name begins, why)
UNFIT = [
    ("forwardproxy", "a proxy excuses what it changes"),
    ("nginx_revproxy", "both sides of a proxy: a fault on one side makes them two uploads"),
    ("e_file_cut", "the capture ends before the session does"),
    ("e_random_drop", "frames are missing"),
    ("e_multi_interface", "its connections were seen by two taps, whose order proves nothing"),
]

# (how the name begins, rule, why the capture may leave it undecided)
OPEN = [
    ("legal_early", "rcr-unexpected", "until the connection of the refused Fragment ends, bytes may come by it"),
    ("legal_early", "needless-416", "the same"),
]


def report(bitspect, path):
    command = [bitspect, "report", "--undecided", "-T", "ndjson", path]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, 4):
        raise RuntimeError(f"{path}: exit {done.returncode}: {done.stderr.decode()[:200]}")
    return [r for r in map(json.loads, done.stdout.decode().splitlines()) if r["event_type"] == "finding"]


def follows_of(bitspect):
    done = subprocess.run([bitspect, "rules", "-T", "ndjson"], capture_output=True, check=True)
    return {r["rule"]: r["follows"] for r in map(json.loads, done.stdout.decode().splitlines())}


# ---- what is found --------------------------------------------------------------------------------------------------


def fresh(findings, clean):
    """What the clean capture does not have, as often."""
    fields = operator.itemgetter("rule", "fault", "decision", "severity")
    return collections.Counter(map(fields, findings)) - collections.Counter(map(fields, clean))


def is_dragged(row, rule, party, follows):
    if row.ends and rule == "session-left-open":  # of a capture that ends early
        return True
    return any(rule in follows[of] or (of, rule, party) in [d[:3] for d in DRAGGED] for of, _ in row.expects)


def is_open(path, rule):
    return any(path.name.startswith(prefix) and rule == left for prefix, left, _ in OPEN)


def lacking(row, findings, path):
    for rule, party in row.expects:
        decision = "undecided" if row.undecided else "proven"
        enough = {decision, "undecided"} if is_open(path, rule) else {decision}
        if not any(f[:2] == (rule, party) and f[2] in enough for f in findings):
            yield f"no {decision} {rule} of the {party}"


def further(row, findings):
    return [f for f in findings if f[2] == "proven" and f[:2] not in row.expects]


def is_of_the_tap(rule, path):
    """Frames that the tap has twice are rewritten one by one, and the second may be no copy of the first any more."""
    return rule == "network-loss" and "every_packet_twice" in path


def unfounded(row, findings, follows, path):
    parties = {party for _, party in row.expects}
    for rule, party, _, severity in further(row, findings):
        if is_of_the_tap(rule, path):
            continue
        if (severity == "error" and party not in parties) or not is_dragged(row, rule, party, follows):
            yield f"besides {severity} {rule} of the {party}"


# ---- where faults are put -------------------------------------------------------------------------------------------


def places(row, capture):
    """Spread over those that there are, and not the same ones for every row."""
    found = [x for x in capture.exchanges if row.where(x)]
    n = min(int(os.environ.get("BITSPECT_PLACES", PLACES)), len(found))
    first = sum(map(ord, row.name))
    return [found[(first + k * len(found) // n) % len(found)] for k in range(n)]


def derived(rows, capture):
    """Each fault in its places; where it cannot be put there is nothing to change."""
    for row in rows:
        for x in places(row, capture):
            changes = row.how(x)
            if changes:
                yield row, x, capture.rewritten(changes, x.last_frame if row.ends else None)


class Trial:
    """The rows, put into one capture."""

    def __init__(self, bitspect, rows, follows, is_chatty):
        self.bitspect, self.rows, self.follows, self.is_chatty = bitspect, rows, follows, is_chatty

    def hold(self, path):
        """What failed, and how much was done."""
        clean, failures, tally = report(self.bitspect, path), [], collections.Counter()
        if any(r["severity"] != "note" and r["decision"] == "proven" for r in clean):
            return failures, tally
        tally["clean"] += 1
        with tempfile.TemporaryDirectory() as folder:
            capture = pathlib.Path(folder, "derived.pcapng")
            for row, x, frames in derived(self.rows, rewriting.Capture(path)):
                captures.write(capture, frames)
                found = fresh(report(self.bitspect, capture), clean)
                wrong = list(lacking(row, found, path))
                tally.update({"captures": 1, row.name: 1, "found": not wrong, "further": len(further(row, found))})
                wrong += unfounded(row, found, self.follows, str(path))
                failures += [f"{path.name}: {row.name} (frame {x.frame + 1}): {w}" for w in wrong]
                self.tell(path, row, found, wrong, capture)
        return failures, tally

    def tell(self, path, row, found, wrong, capture):
        if self.is_chatty:
            print(f"{path.name}: {row.name}:", *("/".join(f) for f in sorted(found)))
        if wrong and os.environ.get("BITSPECT_KEEP"):
            capture.rename(os.environ["BITSPECT_KEEP"])


def fit_captures():
    paths = captures.among(SAMPLES, os.environ.get("BITSPECT_CORPUS"))
    return [p for p in paths if not p.name.startswith(tuple(prefix for prefix, _ in UNFIT))]


def main():
    bitspect, wanted = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    rows = [row for row in ROWS if wanted in row.name]
    trial = Trial(bitspect, rows, follows_of(bitspect), wanted != "")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(trial.hold, fit_captures()))
    failures = [f for some, _ in results for f in some]
    tally = sum((t for _, t in results), collections.Counter())
    failures += [f"{row.name}: no capture has a place for it" for row in rows if tally[row.name] == 0]
    for failure in failures[:40]:
        print(f"FAILED {failure}")
    for row in rows:
        if row.undecided:
            print(f"undecided: {row.name}: {row.undecided}")
    print(f"{len(rows)} mutations, {tally['captures']} captures made from {tally['clean']} clean ones: "
          f"{tally['found']} found, {tally['further']} further findings, {len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
