#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fields.py - what the plugin shows of every sample, as fields: against its golden, and one pass against two.

usage: fields.py PLUGIN SAMPLES GOLDEN [UPDATE=1 in the environment rewrites the goldens]

Two passes are the golden.  One pass shows the same but for what a later frame decides."""
import glob
import os
import sys

from wireshark import Tshark

# What the packet itself and the frames before it say.
NOW = ["frame.number", "_ws.col.Protocol", "_ws.col.Info", "frame.protocols", "bits.method", "bits.uri", "bits.packet_type",
       "bits.session_id", "bits.session", "bits.range.first", "bits.range.last", "bits.range.total", "bits.received",
       "bits.protocol", "bits.supported_protocol", "bits.host_id", "bits.fallback_timeout", "bits.reply_url",
       "bits.content_name", "bits.content_length", "bits.error_code", "bits.error_context", "bits.status", "bits.malformed",
       "bits.request_in", "bits.first_frame", "bits.result", "http.request.method", "http.response.code", "http.host",
       "http.authorization", "http.www_authenticate"]
# What looks ahead.
AHEAD = ["bits.response_in", "bits.outcome", "bits.upload.state", "bits.upload.size", "bits.upload.seen", "bits.upload.acked",
         "bits.finding", "bits.finding.severity", "bits.finding.fault", "bits.finding.frame", "bits.undecided"]


def rows_of(tshark, capture, *args):
    """{frame: {field: values}}"""
    names = NOW + AHEAD
    rows = {}
    for cells in tshark.fields(capture, names, "-Y", "bits", *args):
        rows[int(cells[0][0])] = {name: cell for name, cell in zip(names, cells) if cell}
    return rows


def text_of(rows):
    lines = []
    for frame, row in rows.items():
        lines.append(f"frame {frame}: {'; '.join(row['_ws.col.Info'])}")
        lines += [f"  {name} = {' | '.join(row[name])}" for name in NOW[3:] + AHEAD if name in row]
    return "\n".join(lines) + "\n"


def check_golden(path, text):
    if os.environ.get("UPDATE"):
        with open(path, "w", encoding="utf-8") as golden:
            golden.write(text)
        return True
    try:
        with open(path, encoding="utf-8") as golden:
            wanted = golden.read()
    except FileNotFoundError:
        wanted = ""
    for number, (have, want) in enumerate(zip(text.splitlines() + ["(end)"], wanted.splitlines() + ["(end)"]), 1):
        if have != want:
            print(f"{path}:{number}:\n  shown    {have}\n  expected {want}")
            return False
    return True


# Behind a hole one pass knows what a frame was only when the hole is given up.
LATE = {"e_gap_one_segment.pcapng", "e_missing_one_ack_response.pcapng"}


def check_passes(name, once, twice):
    if set(once) != set(twice) and (name not in LATE or set(once) - set(twice)):
        print(f"{name}: one pass alone shows frames {sorted(set(once) - set(twice))}, two {sorted(set(twice) - set(once))}")
        return False
    if name in LATE:
        return True
    for frame, row in once.items():
        for field in NOW:
            if row.get(field) != twice[frame].get(field):
                print(f"{name}: frame {frame}: {field}: one pass {row.get(field)}, two {twice[frame].get(field)}")
                return False
    return True


def main():
    plugin, samples, goldens = sys.argv[1:4]
    failed = shown = 0
    with Tshark(plugin) as tshark:
        for capture in sorted(glob.glob(os.path.join(samples, "*.pcap*"))):
            name = os.path.basename(capture)
            if name.endswith(".json"):
                continue
            once, twice = rows_of(tshark, capture), rows_of(tshark, capture, "-2")
            shown += len(twice)
            good = check_golden(os.path.join(goldens, name + ".txt"), text_of(twice))
            failed += not (check_passes(name, once, twice) and good)
    print(f"{shown} packets shown, {failed} samples failed")
    return 1 if failed or shown == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
