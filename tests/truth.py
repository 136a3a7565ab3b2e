#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Conversations whose truth is known are recorded badly, and nothing that is said of the recordings contradicts it.

usage: truth.py BITSPECT [--seeds FIRST LAST] [--keep FOLDER] [--breaches]

Every seed is a conversation of BITS clients, a server and perhaps a proxy over a simulated TCP network that loses,
doubles and delays (conversations/).  Two taps see it, and their recordings lose frames, have them twice, in disorder or
cut short, are split, of one direction each, or of clocks that are apart.  Then nobody is accused, no file is called
whole that is not, no byte is wrong or invented, and where nothing is missing nothing is missed.

Every seed is also one in which one party breaks one rule once: nobody else is accused, and where nothing is missing and
nothing else goes wrong it is found, in its frame.  --breaches: only these.  --keep: where to leave the recordings whose
story contradicts the truth, as SEED-RECORDING-FILE.pcapng (with a b behind the seed of a breach).
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from conversations import recordings, verdict
from conversations.breaches import Breach
from conversations.uploads import Conversation

SEEDS = (0, 200)  # what takes some 40 s of one processor
RECORDINGS = 5  # of each conversation
SURE = ("as_it_is", "split", "doubled")  # where a breach has to be found

# What contradicts the truth and is known: (name of the recording as it is kept, why)
EXCUSED = {}


class Trial:
    """One seed."""

    def __init__(self, options, seed, has_breach):
        self.options, self.name, self.rng = options, f"{seed}b" if has_breach else str(seed), random.Random(seed)
        self.breach = Breach(self.rng) if has_breach else None
        self.is_simple = has_breach and self.rng.random() < 0.7
        self.conversation = Conversation(self.name, self.breach, self.is_simple)
        self.tally, self.lines = collections.Counter(), []

    def hold(self):
        if not self.conversation.has_ended or (self.breach and not self.breach.place):
            return
        self.tally["conversations"] += 1
        for number, recording in enumerate(recordings.recordings(self.conversation, self.rng, RECORDINGS)):
            name = f"{self.name}-{number}"
            wrong = self.hold_recording(recording, name)
            if name not in EXCUSED:
                self.lines += [f"{name} {recording.name}: {what}" for what in wrong]

    def hold_recording(self, recording, name):
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder, f"{name}-{n}.pcapng") for n in range(len(recording.files))]
            for path, file in zip(paths, recording.files):
                recordings.write(path, file)
            wrong, records = self.extract(paths, pathlib.Path(folder, "out"))
            self.tally.update({"recordings": 1, "findings": sum(r["event_type"] == "finding" for r in records)})
            wrong += self.judge(recording, records, pathlib.Path(folder, "out"))
            for path in paths if wrong and self.options.keep else ():
                shutil.copy(path, self.options.keep)
        return wrong

    def extract(self, paths, folder):
        command = [self.options.bitspect, "extract", "-T", "ndjson", "-d", folder, *paths]
        done = subprocess.run(command, capture_output=True, check=False, timeout=120)
        wrong = [] if done.returncode in (0, 4) else [f"exit {done.returncode}: {done.stderr.decode()[:200]}"]
        return wrong, list(map(json.loads, done.stdout.decode().splitlines()))

    def judge(self, recording, records, folder):
        if self.breach:
            # What was lost on its way to the tap comes later, by somebody who has heard more.
            must_be_found = self.is_simple and recording.name in SURE and not self.conversation.network.loss
            return [*verdict.of_breach(self.breach, recording, records, must_be_found)]
        return [*verdict.of_innocents(records), *verdict.of_sessions(self.conversation, recording, records, folder)]


def arguments():
    parser = argparse.ArgumentParser(description="Holds what is said of recordings against the truth.")
    parser.add_argument("bitspect")
    parser.add_argument("--seeds", nargs=2, type=int, metavar=("FIRST", "LAST"), default=SEEDS)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--breaches", action="store_true")
    return parser.parse_args()


def hold(options, seed):
    lines, tally = [], collections.Counter()
    for has_breach in (True,) if options.breaches else (False, True):
        trial = Trial(options, seed, has_breach)
        trial.hold()
        lines, tally = lines + trial.lines, tally + trial.tally
    return lines, tally


def main():
    options, tally, contradictions = arguments(), collections.Counter(), 0
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    first, last = options.seeds
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for lines, counts in pool.map(hold, [options] * (last - first), range(first, last), chunksize=4):
            print("".join(f"FAILED {line}\n" for line in lines), end="", flush=True)
            tally, contradictions = tally + counts, contradictions + len(lines)
    done = ", ".join(f"{tally[what]} {what}" for what in ("conversations", "recordings", "findings"))
    print(f"seeds {first} to {last - 1}: {done}, {contradictions} contradictions")
    sys.exit(1 if contradictions or not tally["recordings"] else 0)


if __name__ == "__main__":
    main()
