"""`clio serve` over real HTTP: published files, and nothing else, to this machine alone."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from clio_assets.config import parse_settings
from clio_assets.release.bundle import write_bundle
from clio_assets.release.withdraw import withdraw_period
from clio_assets.storage.layout import Layout
from clio_assets_tests.release.marts import write_warehouse
from clio_assets_tests.release.serve.serving import NEWEST, Served, command, published, serving

SHRINK = "UPDATE released_topics SET conversations = 60 WHERE period = '2026-11-04' AND level = 0"
PRIVATE = "a conversation nobody may read"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three periods, a private zone, and everything in the way that a folder may come to hold."""
    home = tmp_path_factory.mktemp("home")
    bundles = published(home)
    (home / "private").mkdir()
    (home / "private" / "secret.json").write_text(PRIVATE)
    (home / "private" / "v1").mkdir()
    shutil.copytree(bundles / NEWEST, home / "private" / "copied")
    (bundles / "notes.txt").write_text(PRIVATE)
    (bundles / ".new-abc").mkdir()
    (bundles / ".new-abc" / "index.html").write_text(PRIVATE)
    (bundles / "2026-11-05").symlink_to(home / "private" / "copied")
    (bundles / NEWEST / "v7").symlink_to(home / "private" / "v1")
    (bundles / "2026-11-06").mkdir()
    (bundles / "2026-11-06" / "latest.json").symlink_to(bundles / NEWEST / "latest.json")
    (bundles / "2026-11-07").mkdir()
    os.mkfifo(bundles / "2026-11-07" / "latest.json")
    return home


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Served]:
    with serving(home) as running:
        yield running


def test_every_file_of_a_manifest_is_served_as_it_was_published(served: Served, home: Path) -> None:
    manifest = json.loads(served.ask(f"/{NEWEST}/v1/manifest.json").body)
    assert len(manifest["files"]) >= 13
    for name, stated in manifest["files"].items():
        answer = served.ask(f"/{NEWEST}/v1/{name}")
        assert answer.status == 200
        assert hashlib.sha256(answer.body).hexdigest() == stated["sha256"]
        assert int(answer.headers["content-length"]) == stated["bytes"]
    page = served.ask(f"/{NEWEST}/v1/")
    assert page.body == (home / "release/bundles" / NEWEST / "v1/index.html").read_bytes()


@pytest.mark.parametrize(
    ("name", "kind", "saved"),
    [
        ("index.html", "text/html; charset=utf-8", False),
        ("manifest.json", "application/json", False),
        ("topics.csv", "text/csv; charset=utf-8", True),
        ("topics.parquet", "application/vnd.apache.parquet", True),
    ],
)
def test_a_browser_is_told_what_a_file_is(
    served: Served, name: str, kind: str, saved: bool
) -> None:
    headers = served.ask(f"/{NEWEST}/v1/{name}").headers
    assert headers["content-type"] == kind
    expected = f'attachment; filename="{NEWEST}-v1-{name}"' if saved else None
    assert headers.get("content-disposition") == expected


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 200),
        (f"/{NEWEST}/v1/", "GET", 200),
        (f"/{NEWEST}/v1/topics.csv", "HEAD", 200),
        ("/nothing", "GET", 404),
        ("/", "POST", 405),
    ],
)
def test_every_answer_is_sealed(served: Served, path: str, method: str, status: int) -> None:
    answer = served.ask(path, method)
    assert answer.status == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "server" not in answer.headers


def test_the_pages_own_policy_is_in_force_as_a_header(served: Served) -> None:
    page = served.ask(f"/{NEWEST}/v1/")
    stated = re.search(r'Content-Security-Policy" content="([^"]*)"', page.text)
    assert stated
    inside = stated[1].replace("&#39;", "'")
    assert page.headers["content-security-policy"] == f"{inside}; frame-ancestors 'none'"


NOT_PUBLISHED = [
    "/.lock",
    "/notes.txt",
    "/.new-abc/index.html",
    "/.new-abc/v1/",
    "//",
    "/index.html",
    f"/{NEWEST}",
    f"/{NEWEST}/",
    f"/{NEWEST}/latest.json",
    f"/{NEWEST}/v1",
    f"/{NEWEST}/v1/index.html/",
    f"/{NEWEST}/v1//index.html",
    f"/{NEWEST}/v1/.",
    f"/{NEWEST}/v1/..",
    f"/{NEWEST}/v1/../v1/index.html",
    f"/{NEWEST}/v1/%2e%2e/latest.json",
    f"/{NEWEST}/v1/..%2flatest.json",
    f"/{NEWEST}/v1/..%2f..%2f..%2f..%2fprivate%2fsecret.json",
    f"/{NEWEST}/v1/%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fprivate%2fsecret.json",
    f"/{NEWEST}/v1/%252e%252e%252flatest.json",
    f"/{NEWEST}/v1/..%5clatest.json",
    f"/{NEWEST}/v1/index.html%00.csv",
    f"/{NEWEST}/v1/%ff%fe",
    f"/{NEWEST}/v0/",
    f"/{NEWEST}/v2/",
    f"/{NEWEST}/v01/",
    f"/{NEWEST}/V1/",
    f"/{NEWEST}/v\N{FULLWIDTH DIGIT ONE}/".replace("\N{FULLWIDTH DIGIT ONE}", "%EF%BC%91"),
    f"/{NEWEST}%0a/v1/",
    f"/./{NEWEST}/v1/",
    f"/x/../{NEWEST}/v1/",
    "/../private/secret.json",
    "/..%2f..%2fprivate/secret.json",
    "/../../private/v1/",
    "/2026-11-03/v1/TOPICS.CSV",
    "/2026-11-03/v1/.hidden",
    "/2026-11-99/v1/",
    f"/{NEWEST}/v7/",
    "/2026-11-05/v1/",
    "/2026-11-05/v1/topics.csv",
    "/2026-11-06/v1/",
    "/2026-11-07/v1/",
    "/released.duckdb",
    "/../released.duckdb",
    "/../clio.duckdb",
    "http://127.0.0.1/etc/passwd",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("path", NOT_PUBLISHED)
def test_nothing_else_is_reachable(served: Served, path: str) -> None:
    answer = served.ask(path)
    assert answer.status == 404
    assert answer.text == "Nothing is published here. The index is at /\n"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "WHAT"])
def test_it_is_for_reading(served: Served, method: str) -> None:
    answer = served.ask(f"/{NEWEST}/v1/topics.csv", method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.text == "This server is for reading: GET and HEAD.\n"


def test_head_has_the_headers_alone(served: Served) -> None:
    asked = served.ask(f"/{NEWEST}/v1/topics.csv", "HEAD")
    assert asked.status == 200
    assert asked.body == b""
    assert int(asked.headers["content-length"]) > 100


def test_a_web_socket_is_not_opened(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as line:
        line.sendall(
            f"GET /ws HTTP/1.1\r\nHost: localhost:{served.port}\r\nConnection: close, Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert line.recv(200).startswith(b"HTTP/1.1 404")


def test_it_answers_to_the_names_of_this_machine(served: Served) -> None:
    for host in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        assert served.ask("/", hosts=(f"{host}:{served.port}",)).status == 200


def test_no_other_name_may_be_pointed_at_it(served: Served) -> None:
    """DNS rebinding: a page of evil.example, whose name resolves to 127.0.0.1 the second time."""
    port = served.port
    for hosts in (
        (f"evil.example:{port}",),
        ("localhost",),
        ("127.0.0.1",),
        (f"127.0.0.1:{port + 1}",),
        (f"127.0.0.1:{port}.evil.example",),
        (f"evil.example@127.0.0.1:{port}",),
        (f"localhost.:{port}",),
        (f"0.0.0.0:{port}",),
        ("",),
    ):
        for path in ("/", f"/{NEWEST}/v1/topics.csv"):
            answer = served.ask(path, hosts=hosts)
            assert answer.status == 421, hosts
            assert answer.text == "This server answers to localhost only, on its own port.\n"
    for hosts in ((), (f"127.0.0.1:{port}", f"127.0.0.1:{port}")):
        assert served.ask("/", hosts=hosts).status in (400, 421)


def test_the_index_lists_what_is_published_newest_first(served: Served) -> None:
    page = served.ask("/")
    links = re.findall(r'<th scope="row">\s*<a href="([^"]+)">([^<]+)</a>', page.text)
    assert links == [
        ("/2026-11-04/v1/", "4 November 2026"),
        ("/2026-11-03/v1/", "3 November 2026"),
        ("/2026-11-02/v1/", "2 November 2026"),
    ]
    manifest = json.loads(served.ask(f"/{NEWEST}/v1/manifest.json").body)
    row = page.text.split('<th scope="row">')[1]
    assert f">{manifest['topics']}<" in row
    assert f">{manifest['conversations']:,}" in row
    assert f">{manifest['leaf_coverage']:.0%}<" in row
    assert "<script" not in page.text
    for link in re.findall(r'href="(/[^"]*)"', page.text):
        assert served.ask(link).status == 200


def test_what_is_published_later_appears_and_what_is_withdrawn_vanishes(tmp_path: Path) -> None:
    settings = parse_settings(
        {"home": "home", "source": {"path": "logs", "first_day": "2026-11-01"}}, base=tmp_path
    )
    layout = Layout(settings.home, settings.period)
    with serving(settings.home) as served:
        assert "No report is published yet." in served.ask("/").text
        bundles = published(settings.home, periods=2)
        assert "3 November 2026" in served.ask("/").text
        assert NEWEST not in served.ask("/").text

        write_bundle(write_warehouse(layout.home / "release"), NEWEST, bundles)
        assert served.ask(f"/{NEWEST}/v1/").status == 200
        changed = write_warehouse(layout.home / "release", SHRINK)
        write_bundle(changed, NEWEST, bundles)
        index = served.ask("/").text
        assert f'<a href="/{NEWEST}/v2/">4 November 2026</a>' in index
        assert f'href="/{NEWEST}/v1/">v1</a>' in index

        assert "is withdrawn" in withdraw_period(settings, NEWEST)
        assert NEWEST not in served.ask("/").text
        for version in ("v1", "v2"):
            assert (bundles / NEWEST / version / "index.html").is_file()
            assert served.ask(f"/{NEWEST}/{version}/").status == 404
        assert "nothing changed" in withdraw_period(settings, NEWEST)

        # The old content comes back as what it was; the other version stays away.
        write_bundle(write_warehouse(layout.home / "release"), NEWEST, bundles)
        assert served.ask(f"/{NEWEST}/v1/").status == 200
        assert served.ask(f"/{NEWEST}/v2/").status == 404


def break_file(version: Path) -> None:
    (version / "movers.csv").write_text("period\n")


def break_page(version: Path) -> None:
    (version / "index.html").write_text(f"<script>alert('{PRIVATE}')</script>")


def add_file(version: Path) -> None:
    (version / "more.csv").write_text(PRIVATE)


def link_file(version: Path) -> None:
    content = (version / "topics.csv").read_bytes()
    (version / "topics.csv").unlink()
    (version.parent / "elsewhere.csv").write_bytes(content)
    (version / "topics.csv").symlink_to("../elsewhere.csv")


def lose_manifest(version: Path) -> None:
    (version / "manifest.json").unlink()


def forge_manifest(version: Path) -> None:
    """Whole in itself, and yet not what latest.json names."""
    manifest = json.loads((version / "manifest.json").read_text())
    (version / "manifest.json").write_text(json.dumps(manifest | {"topics": 999}))


def copy_of_another(version: Path) -> None:
    shutil.rmtree(version)
    shutil.copytree(version.parents[1] / "2026-11-02" / "v1", version)


@pytest.mark.parametrize(
    "damage",
    [break_file, break_page, add_file, link_file, lose_manifest, forge_manifest, copy_of_another],
)
def test_a_damaged_bundle_is_refused_with_a_sentence(tmp_path: Path, damage: object) -> None:
    bundles = published(tmp_path, periods=2)
    with serving(tmp_path) as served:
        assert served.ask("/2026-11-03/v1/").status == 200
        damage(bundles / "2026-11-03" / "v1")  # type: ignore[operator]
        for path in ("/2026-11-03/v1/", "/2026-11-03/v1/topics.parquet"):
            answer = served.ask(path)
            assert answer.status == 500
            assert "2026-11-03 v1 is damaged and is not served" in answer.text
            assert "Materialize `insight_report` of 2026-11-03 again" in answer.text
            assert PRIVATE not in answer.text
        index = served.ask("/")
        assert "2026-11-03 v1 is damaged and is not served" in index.text
        assert "999" not in index.text
        assert served.ask("/2026-11-02/v1/").status == 200

        repaired = write_bundle(tmp_path / "release" / "clio.duckdb", "2026-11-03", bundles)
        assert repaired.version == 2
        assert served.ask("/2026-11-03/v2/").status == 200
        assert '<s class="other"' in served.ask("/").text


HOSTILE = "<img src=x onerror=alert(1)>\"'{{ 7 * 7 }}"


def test_hostile_texts_stay_text_in_the_index(tmp_path: Path) -> None:
    bundles = published(tmp_path, periods=1)
    version = bundles / "2026-11-02" / "v1"
    manifest = json.loads((version / "manifest.json").read_text())
    manifest |= {"mode": HOSTILE, "profile": HOSTILE}
    name = 'a"><script>alert(1)</script>.csv'
    (version / name.replace("/", "")).write_text("x")
    manifest["files"][name.replace("/", "")] = {"sha256": hashlib.sha256(b"x").hexdigest()}
    content = json.dumps(manifest).encode()
    (version / "manifest.json").write_bytes(content)
    pointer = json.loads((bundles / "2026-11-02" / "latest.json").read_text())
    pointer["manifest_sha256"] = hashlib.sha256(content).hexdigest()
    (bundles / "2026-11-02" / "latest.json").write_text(json.dumps(pointer))
    (bundles / "<script>alert(2)<").mkdir()
    with serving(tmp_path) as served:
        page = served.ask("/").text
        assert "&lt;img src=x" in page
        assert "<img" not in page
        assert "<script" not in page
        assert "49" not in page
        assert "alert(1)</script>.csv" not in page


def test_another_machine_cannot_be_let_in() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.7", "example.org", "127.0.0.2", ""):  # noqa: S104
        process = command(Path("/nonexistent"), "--host", host, "--port", "0")
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "listens on this machine only: --host 127.0.0.1, localhost or ::1" in out
        assert len(out.splitlines()) == 1


def test_a_taken_port_is_told_in_a_sentence(served: Served, tmp_path: Path) -> None:
    process = command(tmp_path, "--port", str(served.port))
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == (
        f"Port {served.port} is taken by another program, perhaps another `clio serve`: "
        "choose another with --port.\n"
    )


def test_ctrl_c_ends_quietly(tmp_path: Path) -> None:
    published(tmp_path, periods=1)
    with serving(tmp_path) as served:
        idle = socket.create_connection(("127.0.0.1", served.port))
        with idle:
            idle.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{served.port}\r\n\r\n".encode())
            assert idle.recv(15) == b"HTTP/1.1 200 OK"
            assert served.interrupt() == (0, "\n")
