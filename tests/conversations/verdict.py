# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said of a recording, held against the truth; what contradicts it is yielded as a sentence."""
import hashlib
import pathlib

from conversations import breaches, recordings
from conversations.network import CLIENT

UNREAD, DOUBTFUL, READ = range(3)


def accusations(records):
    """The network is a party too, and the one that really did it."""
    for r in records:
        is_charge = r["event_type"] == "finding" and r["decision"] == "proven" and r["severity"] in ("error", "warning")
        if is_charge and r["fault"] != "network":
            yield r


def told(finding):
    what = f"{finding['severity']} {finding['rule']} of the {finding['fault']}"
    return f"{what}, frames {finding['frames']}: {finding['text']}"


# ---- which bytes of each file are in a recording --------------------------------------------------------------------


def captured(conversation, files):
    """For each upload a byte for each of its bytes: can it be READ, or is there no more than a keep-alive?"""
    masks = {upload: bytearray(upload.size) for upload in conversation.uploads}
    for file in files:
        for segment in (seen.segment for seen in file.seen):
            if segment.side == CLIENT and segment.payload:
                kept = recordings.kept_payload(segment, file.snaplen)
                how = DOUBTFUL if recordings.is_keep_alive(segment) else READ
                mark(masks, segment.connection.carried, segment.offset, segment.offset + kept, how)
    return masks


def mark(masks, carried, start, end, how):
    for first, last, upload, offset in carried:
        low, high = offset + max(first, start) - first, offset + min(last, end) - first
        if low < high and (how == READ or masks[upload][low] == UNREAD):
            masks[upload][low:high] = bytes([how]) * (high - low)


# ---- sessions -------------------------------------------------------------------------------------------------------


def path_of(session):
    url = session["bits"]["url"]
    return "/" + url.split("/", 3)[3] if url and url.count("/") > 2 else url


def uploads_of(conversation, session):
    """Those that it may be: of its id, and of its path where several have that; else, of its path."""
    of_path = [upload for upload in conversation.uploads if upload.path == path_of(session)]
    of_id = [upload for upload in conversation.uploads if upload.id and upload.id == session["bits"]["session_id"]]
    return [upload for upload in of_id if upload in of_path] or of_id or of_path


class Claim:
    """One session that is told of, beside the upload that it is."""

    def __init__(self, session, upload, mask, is_whole):
        self.bits, self.file, self.upload = session["bits"], session["file"], upload
        self.mask, self.is_whole = mask, is_whole
        self.held = len(upload.session.content) if upload.session else 0
        self.state = upload.session.state if upload.session else "open"

    def contradictions(self):
        if self.file["state"] in ("complete", "unconfirmed"):
            yield from self.whole_file()
        if (self.file["acked"] or 0) > self.held:
            yield f"acked {self.file['acked']}, the server had {self.held}"
        if self.file["conflicts"]:
            yield f"conflicts {self.file['conflicts']}"
        if self.bits["outcome"] in ("closed", "cancelled") and self.bits["outcome"] != self.state:
            yield f"outcome {self.bits['outcome']}, the server's session is {self.state}"
        if self.is_whole:
            yield from self.lost()

    def whole_file(self):
        state, right = self.file["state"], hashlib.sha256(self.upload.content).hexdigest()
        if self.file["size"] != self.upload.size:
            yield f"{state}, size {self.file['size']} instead of {self.upload.size}"
        elif UNREAD in self.mask:
            yield f"{state}, but byte {self.mask.index(UNREAD)} was not captured"
        elif self.file["sha256"] != right:
            yield f"{state}, SHA-256 {self.file['sha256']} instead of {right}"
        if state == "complete" and self.held < self.upload.size:
            yield f"complete, but the server had {self.held} of {self.upload.size}"

    def lost(self):
        """Nothing is missing, so that nothing may be missed, but with a Create-Session that came to nothing."""
        outcome = {"Close-Session": "closed", "Cancel-Session": "cancelled"}.get(self.upload.ended)
        if not outcome or not self.bits["session_id"]:
            return
        if self.bits["outcome"] != outcome:
            yield f"outcome {self.bits['outcome']}, truly {outcome}"
        if outcome == "closed" and self.file["state"] != "complete":
            yield f"state {self.file['state']}, truly complete"

    def wrong_bytes(self, data):
        """What is no gap was captured, and is as it was sent."""
        at, gaps = 0, self.file["gaps"] + [[len(data), len(data)]]
        for start, end in gaps:
            if self.differs(data, at, start):
                yield f"bytes differ in [{at}, {start})"
            if UNREAD in self.mask[at:start]:
                yield f"bytes in [{at}, {start}) that were not captured"
            at = end

    def differs(self, data, start, end):
        part, sent = data[start:end], self.upload.content[start:end]
        if part == sent or len(part) != len(sent):
            return part != sent
        return any(part[n] != sent[n] and self.mask[start + n] == READ for n in range(len(part)))


def of_session(conversation, session, stored, masks, is_whole):
    candidates = uploads_of(conversation, session)
    if not candidates:
        if session["bits"]["fragments"] or session["bits"]["session_id"] or session["file"]["state"] != "none":
            yield f"session {session['bits']['session_id']} that nobody had"
        return
    # Several uploads of one id and path: what fits one of them is right.
    claims = [Claim(session, upload, masks[upload], is_whole) for upload in candidates]
    wrongs = [[*claim.contradictions(), *(w for data in stored for w in claim.wrong_bytes(data))] for claim in claims]
    yield from min(wrongs, key=len)


def stored_by_session(records, folder):
    files = {}
    for r in records:
        if r["event_type"] == "file" and r["file"].get("stored"):
            files.setdefault(r["session"], []).append(pathlib.Path(folder, r["file"]["stored"]).read_bytes())
    return files


def of_sessions(conversation, recording, records, folder):
    masks, stored = captured(conversation, recording.files), stored_by_session(records, folder)
    sessions = [r for r in records if r["event_type"] == "session"]
    for session in sessions:
        files = stored.get(session["bits"]["session"], [])
        for wrong in of_session(conversation, session, files, masks, recording.is_whole):
            yield f"session {session['bits']['session']}: {wrong}"
    known = {session["bits"]["session_id"] for session in sessions}
    for upload in conversation.uploads:
        if recording.is_whole and upload.id and upload.id not in known:
            yield f"session {upload.id} is not told of"


def of_innocents(records):
    return [told(finding) for finding in accusations(records)]


# ---- a breach -------------------------------------------------------------------------------------------------------


def of_breach(breach, recording, records, must_be_found):
    charges = list(accusations(records))
    yield from (told(finding) for finding in charges if finding["fault"] != breach.kind.party)
    found = [finding for finding in charges if finding["rule"] == breach.kind.rule]
    if must_be_found and not found:
        yield f"{breach.kind.rule} of the {breach.kind.party} is not found"
    has_place = len(recording.files) == 1 and not breach.is_proxied
    if found and has_place and not is_in_place(found, breach.place, recording.files[0]):
        yield f"not where the breach stands: {', '.join(map(told, found))}"


def is_in_place(findings, place, file):
    """One of them names a frame that brings the first byte, if there is one."""
    brings = {number for number, seen in enumerate(file.seen, 1) if breaches.stands_in(place, seen.segment)}
    return not brings or any(finding["frames"][0] in brings for finding in findings)
