"""Log-on with certificates: a real TLS server that asks for one, and signed SAML assertions."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from pytest_httpserver import HTTPServer
from signxml import XMLVerifier

from flowrun.component import Duration, Secret, Surroundings, Url
from flowrun.errors import ConfigurationError, Fatal
from flowrun_connectors.sap import Sap, SapConfig
from flowrun_connectors.sap.logon import ApiKey, Certificate, LogOn, Saml
from flowrun_connectors.sap.logon.saml import GRANT, Assertions
from flowrun_sandbox import Sandbox

pytestmark = pytest.mark.anyio

READ = {"service": "API_X_SRV", "entity": "A_X", "key": "1"}
PASSWORD = "hunter2"


class Papers:
    """An authority, its server, its client, and a client of somebody else."""

    def __init__(self, folder: Path) -> None:
        authority, stranger = trustme.CA(), trustme.CA()
        self.server = authority.issue_cert("127.0.0.1")
        self.authority = authority
        self.ca_file = str(folder / "ca.pem")
        authority.cert_pem.write_to_path(self.ca_file)
        self.client = self._written(folder / "client", authority.issue_cert("flowrun@example.com"))
        self.stranger = self._written(folder / "stranger", stranger.issue_cert("flowrun@example.com"))

    def _written(self, stem: Path, issued: trustme.LeafCert) -> tuple[str, str]:
        certificate, key = f"{stem}.crt", f"{stem}.key"
        Path(certificate).write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(key)
        return certificate, key


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers(tmp_path_factory.mktemp("papers"))


class AsksForACertificate(BaseHTTPRequestHandler):
    """Says whose certificate it was shown."""

    def do_GET(self) -> None:
        shown = self.connection.getpeercert()  # type: ignore[attr-defined] # it is a TLS connection
        names = [value for kind, value in shown.get("subjectAltName", ()) if kind == "email"]
        body = json.dumps({"d": {"Number": names[0]}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
        pass


class Quiet(ThreadingHTTPServer):
    """A handshake that fails is what is tested."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server(papers: Papers) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    papers.server.configure_cert(context)
    papers.authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = (
        ssl.TLSVersion.TLSv1_2
    )  # with 1.3 a refusal may arrive only as a broken connection
    running = Quiet(("127.0.0.1", 0), AsksForACertificate)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"https://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


Connect = Callable[..., Sap]


@pytest.fixture
def connect() -> Connect:
    def make(url: str, logon: LogOn, **settings: Any) -> Sap:
        config = SapConfig(url=Url(url), logon=logon, timeout=Duration(5.0), **settings)
        return Sap(config, Surroundings("sap"))

    return make


def shows(files: tuple[str, str], **more: Any) -> LogOn:
    return LogOn(certificate=Certificate(certificate_file=files[0], key_file=files[1], **more))


async def test_the_certificate_is_shown_to_a_server_that_asks_for_one(
    connect: Connect, server: str, papers: Papers
) -> None:
    async with connect(server, shows(papers.client), ca_file=papers.ca_file) as sap:
        assert (await sap.perform("get", READ))["Number"] == "flowrun@example.com"


async def test_a_certificate_of_somebody_else_lets_nobody_in(
    connect: Connect, server: str, papers: Papers
) -> None:
    async with connect(server, shows(papers.stranger), ca_file=papers.ca_file) as sap:
        with pytest.raises(Fatal, match="refuses our certificate"):
            await sap.perform("get", READ)
    async with connect(server, LogOn(api_key=ApiKey(key=Secret("k"))), ca_file=papers.ca_file) as sap:
        with pytest.raises(Fatal, match="or wants one"):
            await sap.perform("get", READ)


async def test_a_server_of_an_unknown_authority_is_not_talked_to(
    connect: Connect, server: str, papers: Papers
) -> None:
    async with connect(server, shows(papers.client)) as sap:
        with pytest.raises(Fatal, match=r"is not trusted .*`ca_file`"):
            await sap.perform("get", READ)


def encrypted(key_file: str, folder: Path) -> str:
    key = serialization.load_pem_private_key(Path(key_file).read_bytes(), None)
    path = folder / "encrypted.key"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSWORD.encode()),
        )
    )
    return str(path)


async def test_a_key_with_a_password_is_opened_with_it_and_with_no_other(
    connect: Connect, server: str, papers: Papers, tmp_path: Path
) -> None:
    files = papers.client[0], encrypted(papers.client[1], tmp_path)
    logon = shows(files, key_password=Secret(PASSWORD))
    async with connect(server, logon, ca_file=papers.ca_file) as sap:
        await sap.perform("get", READ)
    for more in ({}, {"key_password": Secret("wrong")}):
        with pytest.raises(ConfigurationError, match="`key_password`") as caught:
            await connect(server, shows(files, **more), ca_file=papers.ca_file).open()
        assert PASSWORD not in str(caught.value)


async def test_files_that_are_missing_or_do_not_belong_together_are_named(
    connect: Connect, papers: Papers, tmp_path: Path
) -> None:
    (tmp_path / "empty.pem").write_text("")
    empty = str(tmp_path / "empty.pem")
    for files, told in (
        ((papers.client[0], str(tmp_path / "none.key")), r"`key_file` '.*none.key' is not there"),
        ((str(tmp_path / "none.crt"), papers.client[1]), r"`certificate_file` '.*none.crt' is not there"),
        ((papers.client[0], papers.stranger[1]), "belong together"),
        ((empty, papers.client[1]), "PEM files"),
    ):
        with pytest.raises(ConfigurationError, match=told):
            await connect("https://127.0.0.1:9", shows(files)).open()
    with pytest.raises(ConfigurationError, match="`ca_file`"):
        await connect("https://127.0.0.1:9", shows(papers.client), ca_file=empty).open()


# --- SAML ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The certificate and the key of an identity provider."""
    folder = tmp_path_factory.mktemp("signing")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "flowrun")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "idp.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "idp.key").write_bytes(pem)
    return str(folder / "idp.crt"), str(folder / "idp.key")


def saml(token_url: str, signing: tuple[str, str] | None, **more: Any) -> Saml:
    usual: dict[str, Any] = {
        "token_url": Url(token_url),
        "client_id": "FLOWRUN_CLIENT",
        "client_secret": Secret("sandbox-client-secret"),
        "audience": "sandbox-s4hana",
    }
    if signing is not None:
        usual |= {"issuer": "flowrun.example.com", "subject": "BUYER"}
        usual |= {"certificate_file": signing[0], "key_file": signing[1]}
    return Saml(**{**usual, **more})


def texts(assertion: Any) -> dict[str, str]:
    return {etree.QName(one).localname: one.text for one in assertion.iter() if one.text and one.text.strip()}


def test_an_assertion_says_who_for_whom_where_and_how_long_under_a_signature_that_holds(
    signing: tuple[str, str],
) -> None:
    settings = saml("https://sap.example.com/token", signing, name_id_format="emailAddress")
    now = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
    signed = Assertions("sap", settings).signed(now)
    verified = XMLVerifier().verify(
        signed, x509_cert=Path(signing[0]).read_text(), id_attribute="ID", ignore_ambiguous_key_info=True
    )
    assertion = verified.signed_xml
    assert assertion is not None
    assert etree.QName(assertion).localname == "Assertion"
    assert {"Issuer": "flowrun.example.com", "NameID": "BUYER", "Audience": "sandbox-s4hana"}.items() <= (
        texts(assertion).items()
    )
    assert texts(assertion)["AttributeValue"] == "FLOWRUN_CLIENT"
    attributes = {etree.QName(one).localname: dict(one.attrib) for one in assertion.iter()}
    assert attributes["NameID"]["Format"].endswith("emailAddress")
    assert attributes["SubjectConfirmationData"] == {
        "NotOnOrAfter": "2026-03-14T09:31:53Z",
        "Recipient": "https://sap.example.com/token",
    }
    assert attributes["Conditions"] == {
        "NotBefore": "2026-03-14T09:25:53Z",
        "NotOnOrAfter": "2026-03-14T09:31:53Z",
    }
    order = [etree.QName(one).localname for one in etree.fromstring(signed)]
    assert order[:3] == ["Issuer", "Signature", "Subject"]


async def test_an_assertion_becomes_a_token_of_the_sandbox(
    connect: Connect, sandbox: Sandbox, signing: tuple[str, str]
) -> None:
    settings = saml(f"{sandbox.sap_url}/sap/bc/sec/oauth2/token", signing)
    async with connect(sandbox.sap_url, LogOn(saml=settings)) as sap:
        await sap.probe()


async def test_a_ready_assertion_is_sent_as_it_is_in_base64(connect: Connect, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/token").respond_with_json({"access_token": "t"})
    httpserver.expect_request("/sap/opu/odata/sap/API_X_SRV/A_X('1')").respond_with_json(
        {"d": {"Number": "1"}}
    )
    ready = "<Assertion>hunter2 \xe4\xf6\xfc?</Assertion>"
    encoded = base64.urlsafe_b64encode(ready.encode()).decode().rstrip("=")
    for given in (ready, f"\n{ready}\n", encoded):
        settings = saml(httpserver.url_for("/token"), None, assertion=Secret(given))
        async with connect(httpserver.url_for("").rstrip("/"), LogOn(saml=settings)) as sap:
            await sap.perform("get", READ)
            assert "hunter2" not in repr(sap.config) + repr(vars(sap))
        asked = next(one for one, _ in reversed(httpserver.log) if one.path == "/token")
        form = parse_qs(asked.get_data(as_text=True))
        assert (form["assertion"], form["grant_type"]) == ([encoded], [GRANT])


async def test_a_key_that_cannot_sign_is_told_before_anything_is_sent(
    connect: Connect, signing: tuple[str, str], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.key"
    broken.write_text("hunter2")
    settings = saml("https://sap.example.com/token", (signing[0], str(broken)))
    with pytest.raises(ConfigurationError, match="cannot sign an assertion") as caught:
        await connect("https://sap.example.com", LogOn(saml=settings)).open()
    assert "hunter2" not in str(caught.value)
    settings = saml("https://sap.example.com/token", (signing[0], str(tmp_path / "none.key")))
    with pytest.raises(ConfigurationError, match=r"`key_file` '.*none.key' cannot be read"):
        await connect("https://sap.example.com", LogOn(saml=settings)).open()
