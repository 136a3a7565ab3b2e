#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The conversations of docs/rules/ by three roads: what the core says of them is written there; the command line and, where
it is given, the plugin have to say the same of them as captures.

usage: three_roads.py CASE_CAPTURE RULES_DIR BITSPECT [PLUGIN]
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wireshark import Tshark

# rule -> why the plugin says nothing of a conversation that breaks it
NOT_DRAWN = {"head-too-long": "TCP keeps the frames of a head until it is whole; of this one it never is"}
LINE = re.compile(r"(undecided )?(\w+) (\w+) ([a-z0-9-]+)(?: \(drags ([^)]*)\))?: ")


def written(case_capture, rules, capture):
    """The cases in order: (name, what is written of it)."""
    out = subprocess.run([case_capture, rules, capture], check=True, capture_output=True, text=True).stdout
    cases = []
    for line in out.splitlines():
        if "\t" in line:
            cases.append(("{1} {2}: {3}".format(*line.split("\t")), collections.Counter()))
        else:
            undecided, severity, fault, rule, drags = LINE.match(line).groups()
            cases[-1][1][rule, severity, fault, bool(undecided), tuple((drags or "").split(", "))] += 1
    return cases


def number_of(address):
    _, a, b, _ = map(int, address.split("."))
    return 256 * a + b


def by_command_line(bitspect, capture):
    """case -> what is said of it"""
    said = collections.defaultdict(collections.Counter)
    done = subprocess.run([bitspect, "report", "--undecided", "-T", "ndjson", capture], check=True, capture_output=True, text=True)
    for record in map(json.loads, done.stdout.splitlines()):
        if record["event_type"] == "finding":
            said[number_of(record["src_ip"])][record["rule"], record["severity"], record["fault"], record["decision"] == "undecided",
                                              tuple(record["follows"] or [""])] += 1
    return said


def by_plugin(plugin, capture):
    """The same; the plugin has no field for what is dragged along, and none for severity and party of what is undecided."""
    said = collections.defaultdict(collections.Counter)
    with Tshark(plugin) as tshark:
        fields = ["ip.src", "bits.finding", "bits.finding.severity", "bits.finding.fault", "bits.undecided"]
        rows = tshark.fields(capture, fields, "-2", "-o", "bits.tcp.port:80,8080", "-Y", "bits.finding || bits.undecided")
    for source, rules, severities, faults, undecided in rows:
        case = said[number_of(source[0])]
        case.update(zip(rules, severities, faults))
        case.update((rule, "undecided", "undecided") for rule in undecided)
    return said


def as_plugin_says(findings):
    short = collections.Counter()
    for (rule, severity, fault, undecided, _), n in findings.items():
        short[(rule, "undecided", "undecided") if undecided else (rule, severity, fault)] += n
    return short


def compare(road, cases, said, short=lambda findings: findings, not_drawn=()):
    wrong = 0
    for i, (name, findings) in enumerate(cases):
        missing, more = short(findings) - said[i], said[i] - short(findings)
        if more or (missing and name.split()[0] not in not_drawn):
            wrong += 1
            print(f"FAILED {name}\n  {road} does not say: {sorted(missing.elements())}\n  {road} says: {sorted(more.elements())}")
    print(f"{road}: {len(cases) - wrong} of {len(cases)} conversations as written")
    return wrong


def main():
    case_capture, rules, bitspect, *plugin = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        capture = os.path.join(folder, "cases.pcap")
        cases = written(case_capture, rules, capture)
        wrong = compare("the command line", cases, by_command_line(bitspect, capture))
        if plugin:
            wrong += compare("the plugin", cases, by_plugin(plugin[0], capture), as_plugin_says, NOT_DRAWN)
    sys.exit(1 if wrong else 0)


main()
