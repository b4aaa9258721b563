"""Answers of servers on disk, each whole and with its checksum, so that a fetch goes on where it stopped."""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transport_sim.errors import NetworkError


@dataclass(frozen=True)
class AnswerCache:
    """A folder of answers. Each is two files: the body as it came, and who was asked what and when."""

    folder: Path

    def get(self, url: str, query: str) -> tuple[bytes, dict[str, Any]] | None:
        """Return the body and its description; anything missing or damaged counts as not asked yet."""
        body_file, text_file = self._files(url, query)
        try:
            body, text = body_file.read_bytes(), json.loads(text_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(text, dict) or text.get("sha256") != hashlib.sha256(body).hexdigest():
            return None
        return body, text

    def put(self, url: str, query: str, body: bytes, *, retrieved: str) -> dict[str, Any]:
        """Keep an answer and return its description; the description is written last and makes it count.

        Raises
        ------
        NetworkError
            If the folder cannot be written.
        """
        digest = hashlib.sha256(body).hexdigest()
        text = {"url": url, "query": query, "retrieved": retrieved, "sha256": digest, "size_bytes": len(body)}
        body_file, text_file = self._files(url, query)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_whole(body_file, body)
            _write_whole(text_file, json.dumps(text, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise NetworkError(f"{self.folder}: answers cannot be kept here: {error.strerror or error}") from None
        return text

    def _files(self, url: str, query: str) -> tuple[Path, Path]:
        """Name the two files after server and query, so that no server's answer passes for another's."""
        key = hashlib.sha256(f"{url}\n{query}".encode()).hexdigest()[:32]
        return self.folder / f"{key}.json", self.folder / f"{key}.about.json"


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
