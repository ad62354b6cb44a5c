"""Compiled libraries by what they were made of: a folder each, complete or not there.

An entry appears by one rename, so processes may share a folder; entry.json has the hash of each of its files, and
what does not fit, or belongs to another user, is not used and made anew.
"""
import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time

from .compiler import hash_file

LIMIT = 4 << 30  # bytes; what was not used longest goes first
ENTRY = "entry.json"
STALE = 24 * 3600  # seconds after which a folder that nobody finished is taken away


def folder_of(cache):
    """Where entries are, or None: `cache` is True, False or a path."""
    if cache is False:
        return None
    if cache is not True and cache is not None:
        return os.path.abspath(os.fspath(cache))
    own = os.environ.get("SWIN_CACHE_DIR")
    if own == "off":
        return None
    base = own or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "swin-compile")
    return os.path.join(os.path.abspath(base), "python")


def digest_of(path):
    digest = hashlib.sha256()
    hash_file(digest, path)
    return digest.hexdigest()


def seal(folder, notes):
    """Writes what an entry must be from now on."""
    files = {name: digest_of(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}
    with open(os.path.join(folder, ENTRY), "w", encoding="utf-8") as file:
        json.dump({"files": files, "notes": notes}, file)


def find(folder):
    """The notes of a whole entry, else None."""
    path = os.path.join(folder, ENTRY)
    try:
        if os.stat(folder).st_uid != os.getuid() or os.stat(path).st_uid != os.getuid():
            return None
        with open(path, encoding="utf-8") as file:
            entry = json.load(file)
        files, notes = entry["files"], entry["notes"]
        if any(digest_of(os.path.join(folder, name)) != digest for name, digest in files.items()):
            return None
        if not any(name.endswith(".so") for name in files):
            return None
        os.utime(path)  # when it was used last
        return [str(note) for note in notes]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def get(base, key, make):
    """The folder of an entry, its notes, and whether it was there; `make(folder)` fills one and returns notes."""
    folder = os.path.join(base, key)
    notes = find(folder)
    if notes is not None:
        return folder, notes, True
    os.makedirs(base, mode=0o700, exist_ok=True)
    scratch = tempfile.mkdtemp(prefix=".making-", dir=base)
    try:
        notes = make(scratch)
        seal(scratch, notes)
        put(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    trim(base, folder)
    return folder, notes, False


def put(scratch, folder):
    """Makes a finished folder the entry; one that another process has made meanwhile is as good."""
    for _ in range(8):
        with contextlib.suppress(OSError):
            os.rename(scratch, folder)
            return
        if find(folder) is not None:
            return
        # Damaged: out of the way, whole processes that still use it keep their files.
        with contextlib.suppress(OSError):
            aside = tempfile.mkdtemp(prefix=".making-", dir=os.path.dirname(folder))
            os.rename(folder, os.path.join(aside, "damaged"))
            shutil.rmtree(aside, ignore_errors=True)
    raise OSError(f"{folder} cannot be replaced; delete it, or pass another cache=")


def trim(base, kept):
    """Takes away what nobody finished and, beyond LIMIT, what was not used longest."""
    entries = []
    for name in os.listdir(base):
        path = os.path.join(base, name)
        with contextlib.suppress(OSError):
            if name.startswith(".making-"):
                if time.time() - os.stat(path).st_mtime > STALE:
                    shutil.rmtree(path, ignore_errors=True)
                continue
            size = sum(os.stat(os.path.join(path, each)).st_size for each in os.listdir(path))
            entries.append((os.stat(os.path.join(path, ENTRY)).st_mtime, size, path))
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= LIMIT:
            break
        if path != kept:
            shutil.rmtree(path, ignore_errors=True)
            total -= size
