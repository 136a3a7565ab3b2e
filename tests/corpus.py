#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold bitspect against captures whose truth is known.

usage: corpus.py BITSPECT FOLDER

For every NAME.json in FOLDER: the sessions that `report` calls complete must be exactly the uploads that the truth
calls complete and whose bytes the capture has, one for one; `extract` must write those files; the verdict on the
one-outstanding-request rule must be the truth's; whatever else is told as an error stands in a list with its reason.
What the readers do not cover yet is listed, and counted.
"""
import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import provenance

ORDER_RULES = {"outstanding-request", "pipelined-request", "parallel-connection-same-session"}

# Links and sides of a connection that are not read: (pattern of the name, why)
NOT_COVERED = [
    (r"^https_(?!.*exportedpdu)", "TLS"),
]

# What the truth says of captures that lack bytes which were on the wire.
LACKS = re.compile(r"hole inside|gaps in|truncated|one-way|capture starts|bytes are missing")

# Every error that is told of a capture, but for the order of requests: (capture, rule, party, why it is one)
ERRORS = [
    ("error_400_range_lighttpd", "range-malformed", "client", "deliberate"),
    ("error_400_range_lighttpd", "packet-type-unknown", "client", "deliberate"),
    ("error_416_gap_gobits", "fragment-gap", "client", "deliberate: a Fragment sent too early"),
    ("odd_names_gobits", "session-id-missing", "client", "the laboratory's client goes on after a Create-Session was redirected"),
]

failures = []


def fail(name, text):
    failures.append(name)
    print(f"FAILED {name}: {text}")


def records(bitspect, command, captures, *options):
    done = subprocess.run([bitspect, command, "-T", "ndjson", *options, *captures], capture_output=True, check=False)
    lines = done.stdout.decode().splitlines()
    return done.returncode, [json.loads(line) for line in lines], done.stderr.decode()


def of_type(recs, event_type):
    return [r for r in recs if r["event_type"] == event_type]


def complete_hashes(sessions):
    """One per upload: the other side of a proxy is the same upload."""
    return collections.Counter(
        s["file"]["sha256"] for s in sessions if s["file"]["state"] == "complete" and s["same_upload_as"] is None
    )


def true_hashes(truth):
    return collections.Counter(u["sha256"] for u in truth.get("uploads", []) if u.get("wire_complete"))


def check_sessions(name, truth, sessions):
    found, true = complete_hashes(sessions), true_hashes(truth)
    if LACKS.search(str(truth.get("wrong")) + str(truth.get("note"))):
        if found - true:
            fail(name, f"complete, but no such upload: {found - true}")
    elif found != true:
        fail(name, f"complete: {dict(found)}, truth: {dict(true)}")


def check_verdict(name, truth, findings):
    broken = [f for f in findings if f["rule"] in ORDER_RULES and f["decision"] == "proven"]
    if truth["one_outstanding_rule"].startswith("VIOLATION"):
        if not broken or any(f["fault"] != "client" or f["severity"] != "error" for f in broken):
            fail(name, f"the client's violation was not found: {broken}")
    elif broken:
        fail(name, f"false accusation: {broken[0]['text']} (frames {broken[0]['frames']})")


def check_errors(name, findings):
    told = {(f["rule"], f["fault"]) for f in findings
            if f["severity"] == "error" and f["decision"] == "proven" and f["rule"] not in ORDER_RULES}
    listed = {(rule, party) for capture, rule, party, _ in ERRORS if name.split(".")[0] == capture}
    for rule, party in told ^ listed:
        fail(name, f"{rule} of the {party}: {'told, but in no list' if (rule, party) in told else 'listed, but not told'}")


def check_extract(name, bitspect, captures, sessions):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "out")
        code, recs, err = records(bitspect, "extract", captures, "-d", str(out))
        written = sorted(p.name for p in (out / "files").iterdir()) if (out / "files").is_dir() else []
        sums = {p: hashlib.sha256((out / "files" / p).read_bytes()).hexdigest() for p in written}
        whole = collections.Counter(sums[p] for p in written if not is_marked(p))
        expected = collections.Counter(s["file"]["sha256"] for s in sessions if is_plain(s))
        if code not in (0, 4):
            fail(name, f"extract: exit {code}: {err}")
        if whole != expected:
            fail(name, f"extract wrote {dict(whole)}, report said {dict(expected)}")
        stored = [r for r in recs if r["event_type"] == "file" and r["file"]["stored"] is not None]
        for record in stored:
            for trouble in provenance.troubles(out, record):
                fail(name, trouble)
        if len(stored) != len(list((out / "sources").iterdir())):
            fail(name, "a file without its provenance, or the other way round")
        if written:
            done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=out, check=False)
            if done.returncode != 0:
                fail(name, "sha256sum -c fails")


def is_marked(name):
    return re.search(r"\.(partial|unconfirmed|cancelled|conflict-\d+)$", name) is not None


def is_plain(session):
    return session["file"]["state"] == "complete" and session["bits"]["outcome"] != "cancelled"


def captures_of(folder, truth_path, truth):
    files = truth.get("capture") or [truth_path.name[: -len(".json")]]
    return [str(folder / f) for f in ([files] if isinstance(files, str) else files)]


def check(bitspect, folder, truth_path):
    truth = json.loads(truth_path.read_text())
    name = truth_path.name[: -len(".json")]
    captures = captures_of(folder, truth_path, truth)
    for pattern, why in NOT_COVERED:
        if any(re.search(pattern, pathlib.Path(c).name) for c in captures):
            print(f"not yet covered: {name} ({why})")
            return False
    code, recs, err = records(bitspect, "report", captures)
    if code not in (0, 4):
        fail(name, f"report: exit {code}: {err}")
        return True
    sessions = of_type(recs, "session")
    check_sessions(name, truth, sessions)
    check_verdict(name, truth, of_type(recs, "finding"))
    check_errors(name, of_type(recs, "finding"))
    check_extract(name, bitspect, captures, sessions)
    return True


def main():
    bitspect, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    truths = sorted(folder.glob("*.json"))
    if not truths:
        sys.exit(f"no truth in {folder}")
    covered = sum(check(bitspect, folder, path) for path in truths)
    print(f"{covered} of {len(truths)} captures covered, {len(set(failures))} failed")
    sys.exit(1 if failures else 0)


main()
