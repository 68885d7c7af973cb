"""A stream under a passphrase: AES-256-GCM in chunks, each bound to its place, the last one marked (the STREAM
construction, Hoang et al. 2015), so that nothing can be changed, swapped, cut off or appended unseen.

Layout: `JPSEAL1\\n`, 16 bytes of salt, 7 bytes of nonce; then chunks of up to 1 MiB, each with its tag of 16.
The key is scrypt(passphrase, salt, n=2^15, r=8, p=1).
"""

from __future__ import annotations

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bridge.errors import RefuseInput

MAGIC = b"JPSEAL1\n"
CHUNK = 1024 * 1024
_TAG, _SALT, _NONCE = 16, 16, 7
SHORTEST = 20


def check_passphrase(passphrase: str) -> None:
    """Raises RefuseInput where it is short: a backup is attacked offline, at leisure."""
    if len(passphrase) < SHORTEST:
        raise RefuseInput(
            "BACKUP-KEY-SHORT",
            f"Kunci cadangan terlalu pendek. Pakai paling sedikit {SHORTEST} huruf.",
            f"The backup key is too short. Use {SHORTEST} characters or more.",
        )


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode()))


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


class SealingWriter(io.RawIOBase):
    """Writes what it is given, sealed, to `target`. `close` writes the last chunk; `target` stays open."""

    def __init__(self, target: BinaryIO, passphrase: str) -> None:
        check_passphrase(passphrase)
        salt, self._prefix = os.urandom(_SALT), os.urandom(_NONCE)
        self._target, self._header = target, MAGIC + salt + self._prefix
        self._cipher = _cipher(passphrase, salt)
        self._waiting = bytearray()
        self._number = 0
        target.write(self._header)

    def writable(self) -> bool:
        return True

    def write(self, content: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._waiting += content
        while len(self._waiting) > CHUNK:  # never empty: the last chunk must be known as the last
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(content)

    def _seal(self, content: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._target.write(self._cipher.encrypt(nonce, content, self._header))
        self._number += 1

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._waiting), last=True)
        super().close()


class SealedReader(io.RawIOBase):
    """Reads what SealingWriter wrote. Raises RefuseInput on a wrong passphrase or a changed or cut file."""

    def __init__(self, source: BinaryIO, passphrase: str, *, where: str = "") -> None:
        self._header = source.read(len(MAGIC) + _SALT + _NONCE)
        if len(self._header) != len(MAGIC) + _SALT + _NONCE or not self._header.startswith(MAGIC):
            raise self._refused(where)
        salt = self._header[len(MAGIC) : len(MAGIC) + _SALT]
        self._prefix = self._header[len(MAGIC) + _SALT :]
        self._source, self._where = source, where
        self._cipher = _cipher(passphrase, salt)
        self._next = source.read(CHUNK + _TAG)
        self._plain = b""
        self._number = 0
        self._over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._plain and not self._over:
            self._open_one()
        taken = min(len(buffer), len(self._plain))
        buffer[:taken] = self._plain[:taken]
        self._plain = self._plain[taken:]
        return taken

    def _open_one(self) -> None:
        chunk, self._next = self._next, self._source.read(CHUNK + _TAG)
        self._over = not self._next
        nonce = _nonce(self._prefix, self._number, last=self._over)
        try:
            self._plain = self._cipher.decrypt(nonce, chunk, self._header)
        except (InvalidTag, ValueError) as error:
            raise self._refused(self._where) from error
        self._number += 1

    @staticmethod
    def _refused(where: str) -> RefuseInput:
        return RefuseInput(
            "BACKUP-SEALED",
            "Cadangan tidak dapat dibuka: kuncinya salah, atau berkasnya rusak. Periksa kunci, lalu coba lagi.",
            "The backup can't be opened: wrong key, or the file is damaged. Check the key, then try again.",
            where=where,
        )


def is_sealed(head: bytes) -> bool:
    return head.startswith(MAGIC)
