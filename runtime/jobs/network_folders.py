"""Whether a folder is on a network file system: there SQLite's write-ahead log is not safe."""

from __future__ import annotations

import os
import re
import subprocess
import sys

#: file systems of the kernel that are shared between machines, or that share no memory between processes
_NETWORK = frozenset(
    "9p afpfs afs beegfs ceph cifs coda fhgfs gfs gfs2 glusterfs gpfs lustre macfuse ncpfs nfs nfs3 nfs4 ocfs2 orangefs"
    " osxfuse panfs pvfs2 smb smb2 smb3 smbfs vboxsf webdav".split()
)
#: file systems of user space that are on this machine; all others may be anywhere
_LOCAL_FUSE = frozenset(
    "fuse.bindfs fuse.cryfs fuse.encfs fuse.exfat fuse.fuse-overlayfs fuse.gocryptfs fuse.lxcfs fuse.mergerfs"
    " fuse.ntfs fuse.ntfs-3g fuse.snapraid fuse.unionfs fuse.zfs fuseblk".split()
)

Mounts = list[tuple[str, str]]  #: (where, kind of file system), later ones above earlier ones


def network_kind(folder: str) -> str | None:
    """The kind of network file system that the folder is on, or None where it is a local one or not known."""
    path = os.path.realpath(folder)
    if sys.platform == "win32":
        return "share" if path.startswith("\\\\") and not path.startswith("\\\\?\\") else None
    kind = kind_at(path, _mounts())
    return kind if is_network(kind) else None


def is_network(kind: str) -> bool:
    """Whether this kind of file system is one that the write-ahead log is not safe on."""
    return kind in _NETWORK or (kind.split(".")[0] in ("fuse", "fuse3") and kind not in _LOCAL_FUSE)


def kind_at(path: str, mounts: Mounts) -> str:
    """The kind of the file system of an absolute path; "" where none is mounted above it."""
    best, kind = -1, ""
    for where, found in mounts:
        inside = path == where or path.startswith(where.rstrip("/") + "/")
        if inside and len(where) >= best:  # the same place twice: the later one hides the earlier
            best, kind = len(where), found
    return kind


def linux_mounts(mountinfo: str) -> Mounts:
    """The mounts of /proc/self/mountinfo."""
    mounts = []
    for line in mountinfo.splitlines():
        fields, _, rest = line.partition(" - ")
        parts, kinds = fields.split(" "), rest.split(" ")
        if len(parts) > 4 and kinds[0]:
            where = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), parts[4])
            mounts.append((where, kinds[0]))
    return mounts


def mac_mounts(output: str) -> Mounts:
    """The mounts that the command `mount` of macOS prints: `//me@host/data on /Volumes/data (smbfs, nodev)`."""
    return [(found[1], found[2]) for found in re.finditer(r" on (/.*) \(([^,)]+)[^)]*\)$", output, re.MULTILINE)]


def _mounts() -> Mounts:
    try:
        if sys.platform == "darwin":
            command = ["/sbin/mount"]
            return mac_mounts(subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout)
        # octal escapes stand for whitespace only; other bytes stand as they are
        with open("/proc/self/mountinfo", encoding=sys.getfilesystemencoding(), errors="surrogateescape") as file:
            return linux_mounts(file.read())
    except (OSError, subprocess.SubprocessError):
        return []  # not known
