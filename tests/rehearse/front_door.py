"""The front door as callers see it: Caddy with a certificate, and the exporter that looks at it
from outside. Who signs the certificate is of the rehearsal; Caddy reads it at its start."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import servers as real  # noqa: E402
from certificates import Authority  # noqa: E402


class FrontDoor(real.Server):
    name = "caddy"

    def __init__(self):
        super().__init__({})
        self.program = real.find_program("caddy", "caddy")
        self.authority = Authority(self.folder, days=900)
        self.renew()
        (self.folder / "Caddyfile").write_text("\n".join([
            "{", "\tadmin off", "\tauto_https disable_redirects", "\tskip_install_trust",
            f"\tstorage file_system {self.folder}/data", "}",
            f"https://localhost:{self.port} {{", "\tbind 127.0.0.1",
            f"\ttls {self.folder}/site.crt {self.folder}/site.key",
            '\trespond /health/live "ok"', "}", ""]))

    def renew(self, days=90):
        """A new certificate beside the one that is served."""
        self.authority.issue("site", ["localhost"], days)

    def command(self):
        return [self.program, "run", "--config", self.folder / "Caddyfile", "--adapter",
                "caddyfile"]


class BlackBox(real.Server):
    """Debian's exporter with the module that prometheus.yml asks for."""

    name = "blackbox"

    def __init__(self, authority):
        super().__init__({})
        self.program = real.find_program("prometheus-blackbox-exporter",
                                         "prometheus-blackbox-exporter")
        (self.folder / "blackbox.yml").write_text(json.dumps({"modules": {"http_2xx": {
            "prober": "http", "timeout": "2s", "http": {
                "preferred_ip_protocol": "ip4", "tls_config": {"ca_file": str(authority)}}}}}))

    def command(self):
        return [self.program, f"--config.file={self.folder}/blackbox.yml",
                f"--web.listen-address=127.0.0.1:{self.port}"]
