#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A compressed capture says what the capture says, from a file, in a directory and through a pipe.

usage: packed.py BITSPECT FOLDER...

Every capture in the folders is read as it is, then as gzip, zstd and lz4 of several members or frames: all records must be
the same but for the name and the compression of the input, and so must be what `extract` writes.
"""
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

import provenance

failures = []


def fail(name, text):
    failures.append(name)
    print(f"FAILED {name}: {text}")


def by_program(*command):
    return lambda data: subprocess.run(command, input=data, capture_output=True, check=True).stdout


# name as the record has it -> how to pack one member or frame
PACKERS = {"gzip": lambda data: gzip.compress(data, 6, mtime=0), "zstd": by_program("zstd", "-qc"),
           "lz4": by_program("lz4", "-qc")}


def packed(kind, data):
    """In three parts, as somebody makes them who appends."""
    third = len(data) // 3
    return b"".join(PACKERS[kind](part) for part in (data[:third], data[third:2 * third], data[2 * third:]))


def records(bitspect, command, *arguments, stdin=None):
    done = subprocess.run([bitspect, command, "-T", "ndjson", *arguments], input=stdin, capture_output=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()], done.stderr.decode()


def but_for_names(value, names):
    """The text of a record without the name of its capture and how that was packed."""
    text = json.dumps(value)
    for name in names:
        text = text.replace(json.dumps(str(name))[1:-1], "CAPTURE")
    for kind in PACKERS:
        text = text.replace(f'"compression": "{kind}"', '"compression": null')
    return text


def told(result, *names):
    code, recs, err = result
    return code, [but_for_names(r, names) for r in recs], but_for_names(err, names)


def check_same(name, expected, found):
    if expected[0] != found[0]:
        fail(name, f"exit {found[0]}, not {expected[0]}: {found[2]}")
    elif expected != found:
        odd = [(e, f) for e, f in zip(expected[1] + [expected[2]], found[1] + [found[2]]) if e != f]
        fail(name, f"other records: {odd[:1]}")


def check_input(name, kind, recs):
    kinds = {r["compression"] for r in recs if r["event_type"] == "input"}
    if kinds != {kind}:
        fail(name, f"compression {kinds}")


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.parent != folder}


def check_extract(bitspect, name, path, pack, folder):
    outs = folder / "plain", folder / "packed"
    for capture, out in zip((path, pack), outs):
        for record in records(bitspect, "extract", "-d", str(out), str(capture))[1]:
            if record["event_type"] == "file" and record["file"]["stored"] is not None:
                for trouble in provenance.troubles(out, record):
                    fail(name, trouble)
    first, second = (contents(out) for out in outs)
    files = [{k: v for k, v in c.items() if k.parts[0] == "files"} for c in (first, second)]
    if files[0] != files[1]:
        fail(name, f"extract: {sorted(files[0])}, then {sorted(files[1])}")


def check_kind(bitspect, path, kind, plain):
    name = f"{path.name}, {kind}"
    data = packed(kind, path.read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        inside = folder / "dir"
        inside.mkdir()
        pack = inside / "capture.dat"  # told by content
        pack.write_bytes(data)
        for command in ("report", "packets"):
            found = records(bitspect, command, str(pack))
            check_same(f"{name}, {command}", plain[command], told(found, pack))
            check_input(name, kind, found[1])
        check_same(f"{name}, in a directory", plain["report"], told(records(bitspect, "report", str(inside)), pack))
        code, recs, err = records(bitspect, "report", "-", stdin=data)
        check_input(f"{name}, standard input", kind, recs)
        code_, recs_, err_ = told((code, [], err.replace("-: ", "CAPTURE: ")), pack)
        texts = [but_for_names(r, []).replace('"capture": "-"', '"capture": "CAPTURE"').replace('"-: ', '"CAPTURE: ') for r in recs]
        check_same(f"{name}, standard input", plain["report"], (code_, texts, err_))
        check_extract(bitspect, name, path, pack, folder)


def check(bitspect, path):
    plain = {command: told(records(bitspect, command, str(path)), path) for command in ("report", "packets")}
    for kind in PACKERS:
        check_kind(bitspect, path, kind, plain)


def main():
    bitspect, folders = sys.argv[1], sys.argv[2:]
    paths = [p for folder in folders for p in sorted(pathlib.Path(folder).glob("*.pcap*")) if p.suffix in (".pcap", ".pcapng")]
    for path in paths:
        check(bitspect, path)
    print(f"{len(paths)} captures in {len(PACKERS)} kinds, {len(set(failures))} failed")
    sys.exit(1 if failures or not paths else 0)


main()
