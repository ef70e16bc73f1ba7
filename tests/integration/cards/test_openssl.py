"""What another program thinks of the test authority's certificates and lists."""

import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit.cards.municipal_office import NOW, issue, office


def test_openssl_reads_and_verifies_what_the_test_authority_makes(tmp_path: Path) -> None:
    """Another library finds chain, purpose, list and answer in order."""
    found = issue()
    (tmp_path / "ca.pem").write_bytes(office().certificate.public_bytes(Encoding.PEM))
    certificate = x509.load_der_x509_certificate(found.certificate)
    (tmp_path / "card.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    listed = x509.load_der_x509_crl(office().revocation_list(NOW))
    (tmp_path / "list.pem").write_bytes(listed.public_bytes(Encoding.PEM))
    at = str(int(NOW.timestamp()))
    checked = "verify -x509_strict -purpose sslclient -crl_check -policy_check -explicit_policy"
    command = ["openssl", *checked.split(), "-policy", "1.2.392.200149.8.5.1.3.30"]
    command += ["-attime", at, "-CAfile", "ca.pem", "-CRLfile", "list.pem", "card.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    office().revoke(found.serial, x509.ReasonFlags.key_compromise, NOW)
    listed = x509.load_der_x509_crl(office().revocation_list(NOW))
    (tmp_path / "list.pem").write_bytes(listed.public_bytes(Encoding.PEM))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "certificate revoked" in done.stderr
