"""Certificates for tests, by openssl: keys of elliptic curves, which take no time to make."""

import os
import subprocess


class Authority:
    """One authority and what it signs, in a folder."""

    def __init__(self, folder, name="authority", days=2):
        self.folder = folder
        self.certificate, self.key = folder / f"{name}.crt", folder / f"{name}.key"
        self._make(self.certificate, self.key, name, days)

    def issue(self, name, names, days=2, folder=None):
        """(certificate, key), good for these DNS names and IP addresses, in `folder`, whose owner
        they belong to."""
        folder = folder or self.folder
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        kinds = ",".join(("IP:" if each.replace(".", "").isdigit() else "DNS:") + each
                         for each in names)
        self._make(certificate, key, name, days, "-CA", self.certificate, "-CAkey", self.key,
                   "-addext", "basicConstraints=critical,CA:FALSE", "-addext",
                   f"subjectAltName={kinds}")
        return certificate, key

    @staticmethod
    def _make(certificate, key, name, days, *more):
        done = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", str(days), "-subj", f"/CN={name}", "-keyout", key, "-out",
             certificate, *more], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        os.chmod(certificate, 0o644)
        os.chmod(key, 0o600)
        owner = os.stat(key.parent)
        if os.geteuid() == 0:
            # Whoever runs the server reads them, and some refuse the key of another.
            os.chown(certificate, owner.st_uid, owner.st_gid)
            os.chown(key, owner.st_uid, owner.st_gid)
