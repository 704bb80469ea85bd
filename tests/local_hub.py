"""A small Hugging Face Hub on this machine: the requests that huggingface_hub makes, and faults on demand."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class LocalHub:
    """Serves every `owner/name` folder under `root` as a repository with one commit, on branch "main".

    Use as a context manager; `endpoint` is the value for HF_ENDPOINT.

    Faults can be changed at any time: `gated` names repositories; `cut` and `corrupt` name files whose body
    comes short or with a byte changed; `drop_once` names files whose first answer breaks off half-way;
    `delay` (seconds) holds every answer; `status` answers every request with that error; `login_page` answers
    200 and HTML, as a captive portal does.
    """

    root: Path
    gated: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    corrupt: set[str] = field(default_factory=set)
    drop_once: set[str] = field(default_factory=set)
    delay: float = 0.0
    status: int | None = None
    login_page: bool = False
    requests: list[str] = field(default_factory=list)

    def __enter__(self) -> LocalHub:
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _is_lfs(file: Path) -> bool:
    return file.suffix in {".safetensors", ".bin", ".model"}


def _etag(content: bytes, lfs: bool) -> str:
    if lfs:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _entry(file: Path, name: str, names: tuple[str, str, str]) -> dict[str, Any]:
    """Describe a file; the Hub calls the same things otherwise in each listing, hence `names`."""
    content = file.read_bytes()
    name_key, blob_key, lfs_key = names
    entry: dict[str, Any] = {name_key: name, "size": len(content), blob_key: _etag(content, lfs=False)}
    if _is_lfs(file):
        entry["lfs"] = {lfs_key: _etag(content, lfs=True), "size": len(content), "pointerSize": 134}
    return entry


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the tests look at `requests`."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _error(self, status: int, code: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Repo-Commit": COMMIT})

    def _answer(self) -> None:
        hub = self.hub
        hub.requests.append(f"{self.command} {self.path}")
        time.sleep(hub.delay)
        url = urlsplit(self.path)
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        if hub.status:
            return self._send(hub.status, b"")
        if hub.login_page:
            return self._send(200, b"<html>Welcome to our hotel</html>", {"Content-Type": "text/html"})
        if parts == ["api", "models"]:
            return self._json([])
        api = parts[:2] == ["api", "models"]
        parts = parts[2:] if api else parts
        repo, route = "/".join(parts[:2]), parts[2] if len(parts) > 2 else "revision"
        revision, rest = parts[3] if len(parts) > 3 else "main", "/".join(parts[4:])
        folder = hub.root / repo
        if not folder.is_dir():
            return self._error(401, "RepoNotFound")  # the Hub does not tell strangers what does not exist
        if revision not in {"main", COMMIT}:
            return self._error(404, "RevisionNotFound")
        files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
        if api and route == "tree":
            tree = [
                {"type": "file", **_entry(file, name, ("path", "oid", "oid"))}
                for name, file in files.items()
                if name.startswith(f"{rest}/" if rest else "")
            ]
            return self._json(tree) if tree else self._error(404, "EntryNotFound")
        if api:
            blobs = "blobs" in parse_qs(url.query)
            siblings = [
                _entry(file, name, ("rfilename", "blobId", "sha256")) if blobs else {"rfilename": name}
                for name, file in sorted(files.items())
            ]
            return self._json({"id": repo, "sha": COMMIT, "private": False, "siblings": siblings})
        if repo in hub.gated:
            return self._error(403, "GatedRepo")
        if rest not in files:
            return self._error(404, "EntryNotFound")
        return self._file(rest, files[rest])

    def _file(self, name: str, file: Path) -> None:
        hub = self.hub
        content = file.read_bytes()
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{_etag(content, _is_lfs(file))}"'}
        if self.command == "GET":
            if name in hub.drop_once:
                hub.drop_once.remove(name)
                self._send(
                    200, content[: len(content) // 2], {**headers, "Content-Length": str(len(content))}
                )
                self.close_connection = True
                return None
            if name in hub.cut:
                content = content[: len(content) // 2]
            if name in hub.corrupt:
                content = content[:-1] + bytes([content[-1] ^ 1])
        start = self.headers.get("Range", "").removeprefix("bytes=").rstrip("-")
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return self._send(206, content[int(start) :], headers)
        return self._send(200, content, headers)
