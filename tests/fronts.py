#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fronts.py - two fronts, one verdict: the plugin in tshark and the command line over the same captures.

usage: fronts.py BITSPECT PLUGIN LIST FOLDER...        fronts.py --ways ... asks less, of other preferences of TCP: that the
                                                        plugin finds nothing that bitspect does not

LIST says of captures that are not `equal` which kind they are, with which options of tshark, and why:
`name kind options reason`, `-` for no options; several options are joined by commas.
  equal   the same sessions and the same findings
  fewer   each finding of the plugin is one of bitspect's: Wireshark does not deliver what bitspect sees
  cut     fewer, and what only the end of a capture tells: no dissector hears that its file is damaged
  truth   bitspect does not read this capture: the plugin is held against the truth alone (exported.py)
  skip    neither does"""
import collections
import glob
import json
import os
import subprocess
import sys

from wireshark import Tshark, as_list


WAYS = ["tcp.desegment_tcp_streams:FALSE", "tcp.reassemble_out_of_order:TRUE", "tcp.relative_sequence_numbers:FALSE",
        "tcp.no_subdissector_on_error:FALSE"]


def kinds_of(path):
    kinds = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, kind, options, _reason = line.split(None, 3)
                kinds[name] = kind, [] if options == "-" else [w for one in options.split(",") for w in ("-o", one)]
    return kinds


def told_by_bitspect(bitspect, capture):
    done = subprocess.run([bitspect, "report", "-T", "ndjson", capture], capture_output=True, check=False)
    if done.returncode not in (0, 4): # 4: the capture is damaged
        raise RuntimeError(f"bitspect {capture}: exit {done.returncode}: {done.stderr.decode()}")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    sessions = {r["bits"]["session"]: ((r["bits"]["session_id"] or "").lower(), r["bits"]["outcome"], r["file"]["state"],
                                       r["file"]["size"]) for r in records if r["event_type"] == "session"}
    findings = collections.Counter((r["rule"], r["session"], r["fault"]) for r in records if r["event_type"] == "finding")
    return sessions, findings


def told_by_plugin(tshark, capture, options):
    sessions, ids, findings = {}, collections.defaultdict(set), collections.Counter()
    for _frame, drawn in tshark.packets(capture, "-2", *options):
        for packet in drawn:
            number = int(packet["bits.session"]) if "bits.session" in packet else None
            if number is not None:
                tree = packet["bits.session_tree"]
                size = tree.get("bits.upload.size")
                sessions[number] = (tree["bits.outcome"], tree["bits.upload.state"], None if size is None else int(size))
                ids[number] |= {one.lower() for one in as_list(packet.get("bits.session_id"))}
            for rule, tree in zip(as_list(packet.get("bits.finding")), as_list(packet.get("bits.finding_tree"))):
                findings[(rule, number, tree["bits.finding.fault"])] += 1
    return sessions, ids, findings


def same_sessions(ours, theirs, ids):
    """The id of a session is what its packets say."""
    if set(ours) != set(theirs):
        return False
    return all(theirs[n] == ours[n][1:] and (ours[n][0] in ids[n] or (not ours[n][0] and not ids[n])) for n in ours)


def loose(findings):
    """Findings of no session are drawn on a packet of some session."""
    return collections.Counter((rule, fault) for (rule, _session, fault), n in findings.items() for _ in range(n))


def compare(kind, cli, plugin):
    sessions, findings = cli
    shown, ids, found = plugin
    more = loose(found) - loose(findings)
    if kind == "cut":
        more.pop(("session-left-open", "client"), None)
    if more:
        return f"the plugin alone finds {dict(more)}"
    if kind == "ways":
        return None
    if kind in ("fewer", "cut"):
        return None if set(shown) == set(sessions) else f"sessions differ: bitspect {sessions}, plugin {shown}"
    if loose(findings) != loose(found):
        return f"bitspect alone finds {dict(loose(findings) - loose(found))}"
    if not same_sessions(sessions, shown, ids):
        return f"sessions differ: bitspect {sessions}, plugin {shown} {dict(ids)}"
    return None


def main():
    ways = WAYS if sys.argv[1] == "--ways" else [None]
    bitspect, plugin, listed, *folders = sys.argv[2:] if ways[0] else sys.argv[1:]
    listed = kinds_of(listed)
    count, failed = collections.Counter(), 0
    with Tshark(plugin) as tshark:
        for capture in sorted(path for folder in folders for path in glob.glob(os.path.join(folder, "*.pcap*"))):
            name = os.path.basename(capture)
            kind, options = listed.get(name, ("equal", []))
            if name.endswith(".json") or kind in ("truth", "skip"):
                continue
            told = told_by_bitspect(bitspect, capture)
            for way in ways:
                asked = "ways" if way else kind
                count[asked] += 1
                wrong = compare(asked, told, told_by_plugin(tshark, capture, options + (["-o", way] if way else [])))
                if wrong:
                    failed += 1
                    print(f"{name} ({way or kind}): {wrong}")
    print(", ".join(f"{n} {kind}" for kind, n in sorted(count.items())), f"- {failed} failed")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
