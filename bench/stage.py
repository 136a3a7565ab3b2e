# SPDX-License-Identifier: GPL-2.0-or-later
"""What bench/run measures with: the captures, made when they are needed, and commands over them, run and timed."""
import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
SHM = "/dev/shm" if os.path.isdir("/dev/shm") else None

Cost = collections.namedtuple("Cost", "wall cpu peak")  # seconds, seconds, MiB

# name: what `generate` is told; {n} stands for n, or an eighth of it in a quick run
CAPTURES = {
    "ten": "bulk 0 1",
    "bulk256": "bulk {256} 1024",
    "bulk256.pcapng": "--pcapng bulk {256} 1024",
    "reord": "reord {256} 1024",
    "lossy": "lossy {256} 1024 HOLES",
    "bulk": "bulk {1024} 1024",
    "many": "many {20000} 8 {2000}",
    "many10": "many {200000} 8 {2000}",
    "hay": "hay {1792} {25000}",
    "hay4": "hay {448} {6250}",
}
PACKERS = {".gz": ["gzip", "-c6"], ".zst": ["zstd", "-qc"], ".lz4": ["lz4", "-qc"]}


def build():
    subprocess.run([ROOT / "scripts" / "setup"], check=True)
    quiet = {"stdout": subprocess.DEVNULL, "check": True, "cwd": ROOT}
    subprocess.run(["cmake", "--preset", "release", "-DBUILD_TESTING=OFF"], **quiet)
    subprocess.run(["cmake", "--build", "--preset", "release", "--target", "bitspect", "bench_generate", "bench_clock", "bench_floor"],
                   **quiet)


class Stage:
    def __init__(self, bitspect=None, quick=False, core=0):
        self.bitspect = bitspect or BUILD / "cli" / "bitspect"
        self.quick = quick
        self.core = str(core)  # of rows that are measured on one
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=SHM))
        self.out = self.folder / "out"
        self.holes = self.folder / "holes"
        self.peaks = {}  # of each command, the most that any run of it had
        self.most = 0  # bytes in the folder

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- captures --

    def path(self, name):
        return self.folder / (name if "." in name else f"{name}.pcap")

    def scaled(self, word):
        """{n}: n, or an eighth of it in a quick run."""
        return int(word[1:-1]) // (8 if self.quick else 1)

    def generate(self, arguments, out):
        words = [str(self.scaled(word)) if word[0] == "{" else word for word in arguments.split()]
        words = [str(self.holes) if word == "HOLES" else word for word in words]
        with open(out, "wb") as f:
            subprocess.run([BUILD / "bench" / "generate", *words], stdout=f, check=True)

    def make(self, name):
        path = self.path(name)
        if path.exists():
            return path
        packer = PACKERS.get(path.suffix)
        if packer:
            with open(path, "wb") as f:
                subprocess.run([*packer, self.make(name.split(".")[0])], stdout=f, check=True)
        else:
            self.generate(CAPTURES[name], path)
        return path

    def drop(self, name):
        self.path(name).unlink(missing_ok=True)

    # -- commands: "VERB CAPTURE" --

    def command(self, text):
        verb, name = text.split()
        path = self.make(name)
        return {
            "list": [self.bitspect, "report", "--no-hash", "-o", "/dev/null", path],
            "extract": [self.bitspect, "extract", "-q", "-d", self.out, path],
            "cat": ["cat", path],
            "openssl": ["openssl", "dgst", "-sha256", path],
            "tshark": ["tshark", "-q", "-z", "io,phs", "-r", path],
            "gzip": ["gzip", "-dc", path],
            "zstd": ["zstd", "-qdc", path],
            "lz4": ["lz4", "-qdc", path],
            "look": [BUILD / "bench" / "floor", "look", path],
            "write": [BUILD / "bench" / "floor", "write", path, self.out],
            "files": [BUILD / "bench" / "floor", "files", path, self.out, self.uploads(name)],
        }[verb]

    def uploads(self, name):
        """How many it has, of those that are made of many."""
        words = CAPTURES[name].split() if name in CAPTURES else []
        return self.scaled(words[1]) if words[:1] == ["many"] else 0

    def run(self, text, cores=1):
        """What one run of it costs; its output goes to /dev/null, and an extraction stays in self.out."""
        command = self.command(text)
        self.clear()
        if text.split()[0] in ("write", "files"):
            self.out.mkdir()
        clocked = ["taskset", "-c", self.core if cores == 1 else "0,1", BUILD / "bench" / "clock", self.folder / "cost", *command]
        with open(os.devnull, "w") as null:
            subprocess.run([str(word) for word in clocked], stdout=null, stderr=null, check=True)
        wall, cpu, peak, status = (self.folder / "cost").read_text().split()
        if status != "0":
            sys.exit(f"bench: {' '.join(map(str, command))} failed with {status}")
        self.peaks[text] = max(self.peaks.get(text, 0), int(peak) / 1024)
        self.note_space()
        return Cost(float(wall), float(cpu), int(peak) / 1024)

    def clear(self):
        shutil.rmtree(self.out, ignore_errors=True)

    def note_space(self):
        used = subprocess.run(["du", "-sk", self.folder], capture_output=True, text=True, check=True).stdout
        self.most = max(self.most, int(used.split()[0]) * 1024)
