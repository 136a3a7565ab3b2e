# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks every byte of extracted files up in the captures, where their provenance says that it is from."""
import json
import pathlib
import subprocess

PACKED = {b"\x1f\x8b": ["gzip", "-dc"], b"\x28\xb5\x2f\xfd": ["zstd", "-dcq"], b"\x04\x22\x4d\x18": ["lz4", "-dcq"]}
KEYS = ["range", "capture", "frames", "timestamp", "connection", "offset"]


def bytes_of(capture):
    """As they were before it was compressed."""
    data = pathlib.Path(capture).read_bytes()
    for magic, command in PACKED.items():
        if data.startswith(magic):
            return subprocess.run(command, input=data, capture_output=True, check=False).stdout
    return data


def lines_of(folder, record):
    text = pathlib.Path(folder, record["file"]["sources"]).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def expected_ranges(record, size):
    """All of the stored file but its gaps."""
    at, ranges = 0, []
    for start, end in record["file"]["gaps"] + [[size, size]]:
        if at < min(start, size):
            ranges.append([at, min(start, size)])
        at = max(at, end)
    return ranges


def merged(lines):
    ranges = []
    for start, end in (line["range"] for line in lines):
        if ranges and ranges[-1][1] == start:
            ranges[-1][1] = end
        else:
            ranges.append([start, end])
    return ranges


def troubles(folder, record):
    """What is wrong with the provenance of a `file` record, as sentences."""
    stored = pathlib.Path(folder, record["file"]["stored"]).read_bytes()
    lines, captures = lines_of(folder, record), {}
    if merged(lines) != expected_ranges(record, len(stored)):
        yield f"{record['file']['sources']} tells of {merged(lines)[:5]}, not of {expected_ranges(record, len(stored))[:5]}"
    for line in lines:
        (start, end), name = line["range"], line["capture"]
        if list(line) != KEYS or len(line["frames"]) != 1:
            yield f"an odd line: {line}"
        if name not in captures:
            captures[name] = bytes_of(name)
        if captures[name][line["offset"]:line["offset"] + end - start] != stored[start:end]:
            yield f"other bytes than in the capture: {line}"
