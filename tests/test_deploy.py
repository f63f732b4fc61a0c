"""What `deploy/` offers, as far as it can be tried on this machine: nginx with its example before a real hub."""

import datetime
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plughub import app, checks
from plughub.config import Settings
from plughub.db import private
from tests import make, server
from tests.journeys.hub import free_port
from tests.wait import until

DEPLOY = Path(__file__).parents[1] / "deploy"
TOKEN = "t0ken-that-no-log-may-hold"

needs_nginx = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "hub.example.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "hub.example.key").write_bytes(key.private_bytes(*plain))


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[tuple[int, int]]:
    """The ports for HTTPS and HTTP of an nginx with our example, its paths and ports changed and nothing else."""
    secure, plain = free_port(), free_port()
    example = (DEPLOY / "nginx.conf").read_text()
    for ours, theirs in {
        "listen 443 ssl": f"listen 127.0.0.1:{secure} ssl",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
        "/etc/ssl/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
    }.items():
        assert ours in example
        example = example.replace(ours, theirs)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/main.log;\nevents {{}}\nhttp {{\n{paths}{example}}}\n"
    )
    certificate(folder)
    command = [str(shutil.which("nginx")), "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    with subprocess.Popen(command) as process:
        try:
            until(lambda: (folder / "pid").exists() and (folder / "pid").read_text().strip())
            yield secure, plain
        finally:
            process.terminate()


@needs_nginx
async def test_behind_nginx_no_token_reaches_a_log_of_the_proxy(address: str, http: aiohttp.ClientSession):
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    path, to = f"/pluggto/products?access_token={TOKEN}", {"Host": "hub.example"}
    with server.folder() as folder:
        with nginx(folder, urlsplit(address).port or 0) as (secure, plain):
            async with http.get(f"https://127.0.0.1:{secure}{path}", ssl=trust, headers=to) as answer:
                assert (answer.status, (await answer.json())["code"]) == (401, 401)
            async with http.get(f"https://127.0.0.1:{secure}/metrics", ssl=trust, headers=to) as answer:
                assert answer.status == 404
            async with http.get(f"http://127.0.0.1:{plain}{path}", headers=to, allow_redirects=False) as answer:
                # The redirect of a request that has shown its token in the clear does not show it again.
                assert answer.headers["Location"] == "https://hub.example/pluggto/products"
        log = (folder / "plughub.log").read_text()
        with nginx(folder, free_port()) as (secure, _):
            async with http.get(f"https://127.0.0.1:{secure}{path}", ssl=trust, headers=to) as answer:
                assert answer.status == 502

        assert "GET /pluggto/products 401" in log
        assert [file for file in folder.glob("*.log") if TOKEN in file.read_text()] == []


async def test_a_hub_works_with_the_roles_of_the_example():
    """On a server of its own, where only the name of the private owner has to make way."""
    text = (DEPLOY / "roles.sql").read_text()
    text = text.replace("plughub_owner", "site_owner").replace("DATABASE plughub", "DATABASE site")
    text = text.replace(":'owner_password'", "'one'").replace(":'hub_password'", "'two'")
    statements = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("--")).split(";\n")
    with server.folder() as folder, private.running(folder) as running:
        admin = await asyncpg.connect(running.superuser_url)
        try:
            for statement in filter(str.strip, statements):
                await admin.execute(statement)
        finally:
            await admin.close()

        def url(role: str) -> str:
            return re.sub(r"//\w+@/\w+", f"//{role}@/site", running.url)

        settings = Settings(data=folder, database_url=url("plughub_hub"), admin_database_url=url("site_owner"))
        await app.migrate(settings)
        found = {one.name: one for one in await checks.database(settings)}

        assert [one for one in found.values() if not one.ok] == []
        assert found["role"].detail == "works as plughub_app"
        assert found["sessions"].detail == "site_owner sees those of plughub_hub"
        hub = app.open_hub(settings)
        try:
            shop = await make.shop(hub)
            await make.product(shop, "A")
        finally:
            await hub.close()
