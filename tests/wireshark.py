# SPDX-License-Identifier: GPL-2.0-or-later
"""wireshark.py - tshark with the plugin that was just built, and nothing of the user's own.

Run as root, Wireshark loads no plugin but those of the system, and does not say so: root becomes nobody here.  Nobody may
not be able to read the build or the samples, so that both are copied to a folder of his own."""
import json
import os
import shutil
import subprocess
import tempfile

NOBODY = 65534


class Tshark:
    """plugin: .../wireshark/4.0/epan/bits.so"""

    def __init__(self, plugin, wrapper=()):
        self.folder = tempfile.mkdtemp(prefix="bitspect-wireshark-")
        minor = os.path.basename(os.path.dirname(os.path.dirname(plugin)))
        self.epan = epan = os.path.join(self.folder, "plugins", minor, "epan")
        os.makedirs(epan)
        shutil.copy(plugin, epan)
        os.makedirs(os.path.join(self.folder, "home"))
        self.wrapper = list(wrapper)
        self.copies = {}
        self.status = 0 # of the latest run
        self._give(self.folder)

    def close(self):
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _give(self, path):
        """To whoever tshark runs as."""
        if os.getuid() != 0:
            return
        for top, _, files in os.walk(path):
            os.chown(top, NOBODY, NOBODY)
            for name in files:
                os.chown(os.path.join(top, name), NOBODY, NOBODY)

    def readable(self, path):
        """A copy of a file that tshark can read."""
        if path not in self.copies:
            copy = os.path.join(self.folder, str(len(self.copies)) + "-" + os.path.basename(path))
            shutil.copyfile(path, copy)
            os.chmod(copy, 0o644)
            self.copies[path] = copy
        return self.copies[path]

    def run(self, capture, *args, program="tshark", check=True, text=None):
        """(standard output, standard error) of tshark over the capture."""
        env = {"PATH": os.environ["PATH"], "HOME": os.path.join(self.folder, "home"), "LC_ALL": "C.UTF-8", "TZ": "UTC",
               "WIRESHARK_PLUGIN_DIR": os.path.join(self.folder, "plugins"), "G_SLICE": "always-malloc"}
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        command = self.wrapper + [program] + (["-r", self.readable(capture)] if capture else []) + list(args)
        done = subprocess.run(command, env=env, capture_output=True, input=text.encode() if text is not None else None, check=False, cwd=self.folder, **who)
        self.status = done.returncode
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        cut_short = done.returncode == 2 and "cut short in the middle of a packet" in err
        if check and ((done.returncode != 0 and not cut_short) or "Dissector bug" in out + err):
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{err[-2000:]}")
        return out, err

    def fields(self, capture, names, *args):
        """Rows of lists of values."""
        wanted = [word for name in names for word in ("-e", name)]
        out, _ = self.run(capture, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=\x1f", *wanted, *args)
        return [[cell.split("\x1f") if cell else [] for cell in line.split("\t")] for line in out.splitlines()]

    def packets(self, capture, *args):
        """(frame number, list of what bits drew) of each frame that has a BITS packet, or a finding without one."""
        out, _ = self.run(capture, "-T", "json", "-J", "frame bits bits_data", "--no-duplicate-keys", "-Y", "bits || bits.finding",
                          *args)
        for packet in json.loads(out or "[]"):
            layers = packet["_source"]["layers"]
            yield int(layers["frame"]["frame.number"]), as_list(layers.get("bits")) + as_list(layers.get("bits_data"))


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]
