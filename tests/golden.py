#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What bitspect says of the samples, as text and as records, to the byte; and every record fits the schema.

usage: golden.py BITSPECT      (UPDATE=1: write the outputs; the diff is reviewed like code)
"""
import json
import os
import pathlib
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree

import jsonschema

TESTS = pathlib.Path(__file__).resolve().parent
SAMPLES = TESTS.parent / "samples"
GOLDEN = TESTS / "golden"
SCHEMA = json.loads((TESTS.parent / "docs" / "record.schema.json").read_text())

REPORTS = """
    any_sll2_gobits.pcap auth401_ntlm.pcapng cancel_midway_gobits.pcapng e_client_to_server_only.pcapng
    e_gap_one_segment.pcapng e_ipfragments_576.pcapng e_missing_one_ack_response.pcapng error_400_range_lighttpd.pcapng
    error_416_gap_gobits.pcapng error_noproto_lighttpd.pcapng legal_early_response_gobits.pcapng
    midsession_sameconn_gobits.pcapng ms_mcbup_4.1_replay.pcapng ms_mcbup_4.2_replay.pcapng
    newconn_fail_safebreach.pcapng odd_names_gobits.pcapng resume_lost_ack_gobits.pcapng
    resume_overlap_gobits.pcapng simple_gobits.pcapng snaplen300_gobits.pcap violation_parallel_lighttpd.pcapng
    violation_pipelined_gobits.pcapng zero_gobits_nofrag.pcapng
""".split()

LADDERS = """
    auth401_ntlm.pcapng e_client_to_server_only.pcapng e_gap_one_segment.pcapng e_missing_one_ack_response.pcapng
    error_416_gap_gobits.pcapng midsession_sameconn_gobits.pcapng newconn_fail_safebreach.pcapng
    odd_names_gobits.pcapng resume_overlap_gobits.pcapng snaplen300_gobits.pcap violation_parallel_lighttpd.pcapng
    violation_pipelined_gobits.pcapng
""".split()

CONNECTIONS = [
    ("resume_overlap_gobits.pcapng", "report"), ("e_gap_one_segment.pcapng", "report"),
    ("e_legal_retransmitted_requests.pcapng", "report"), ("newconn_gobits.pcapng", "report"),
    ("legal_early_response_gobits.pcapng", "packets"), ("simple_gobits.pcapng", "packets"),
]

# (name of the output, arguments); run in samples/, .ascii in a locale that has no more
CASES = (
    [(f"report/{c}.{t}", ["report", "-T", t, c]) for c in REPORTS for t in ("text", "ndjson")]
    + [(f"packets/{c}.{t}", ["packets", "-T", t, c]) for t in ("text", "ndjson") for c in REPORTS
       if c.startswith(("ms_", "resume_", "violation_pipe", "error_4", "simple"))]
    + [(f"connections/{c}.{command}.{t}", [command, "-T", t, "--connections", c]) for c, command in CONNECTIONS
       for t in ("text", "ndjson")]
    + [(f"check/{c}.text", ["check", "--undecided", c]) for c in REPORTS
       if c.startswith(("violation", "simple", "e_client"))]
    + [(f"ladder/{c}.{t}", ["ladder", "--undecided", c]) for t in ("text", "ascii") for c in LADDERS]
    + [(f"ladder/{c}.svg", ["ladder", "-T", "svg", c]) for c in LADDERS
       if c.startswith(("e_gap", "odd", "resume", "violation_pipe"))]
    + [("rules.text", ["rules"]), ("rules.ndjson", ["rules", "-T", "ndjson"]),
       ("rules.pipelined-request.text", ["rules", "pipelined-request"]), ("rules.range-star.text", ["rules", "range-star"]),
       ("../../docs/rules.md", ["rules", "-T", "markdown"]), ("help.text", ["--help"])]
)


def run(bitspect, name, arguments):
    env = {"LC_ALL": "C" if name.endswith(".ascii") else "C.UTF-8", "PATH": os.environ["PATH"], "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}
    done = subprocess.run([bitspect, *arguments], cwd=SAMPLES, env=env, capture_output=True, check=False)
    return done.stdout


def fits_schema(name, output):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    errors = [f"line {n}: {e.message}" for n, line in enumerate(output.decode().splitlines(), 1)
              for e in validator.iter_errors(json.loads(line))]
    for error in errors[:3]:
        print(f"FAILED {name}: {error}")
    return not errors


def too_wide(name, output):
    most = 80 if name.startswith("ladder/") else 100
    wide = [line for line in output.decode().splitlines() if columns(line) > most]
    if wide and name.endswith((".text", ".ascii")):
        print(f"FAILED {name}: wider than {most} columns: {wide[0]}")
        return True
    return False


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def is_picture(name, output):
    try:
        root = xml.etree.ElementTree.fromstring(output)
    except xml.etree.ElementTree.ParseError as error:
        print(f"FAILED {name}: {error}")
        return False
    tags = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
    odd = tags - {"svg", "style", "rect", "text", "line", "polygon"}
    if odd:
        print(f"FAILED {name}: elements {odd}")
    return not odd


def check(bitspect, name, arguments):
    output, path = run(bitspect, name, arguments), GOLDEN / name
    if name.endswith(".ndjson") and not fits_schema(name, output):
        return False
    if name.endswith(".svg") and not is_picture(name, output):
        return False
    if too_wide(name, output):
        return False
    if os.environ.get("UPDATE"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(output)
        return True
    if not path.exists() or path.read_bytes() != output:
        print(f"FAILED {name}: not the golden output (bitspect {' '.join(arguments)})")
        subprocess.run(["diff", "-u", str(path), "-"], input=output, check=False)
        return False
    return True


def main():
    bitspect = pathlib.Path(sys.argv[1]).resolve()
    results = [check(bitspect, name, arguments) for name, arguments in CASES]
    print(f"{sum(results)} of {len(results)} outputs are golden")
    sys.exit(0 if all(results) else 1)


main()
