"""As much of a Kubernetes client as the test takes: JSON over HTTPS, with a certificate or a
token."""

import http.client
import json
import ssl
import threading


class ApiError(Exception):
    def __init__(self, status, body):
        message = body.get("message", body) if isinstance(body, dict) else body
        super().__init__(f"{status}: {message}")
        self.status = status


class Cluster:
    """One identity at one API server. Any thread: each has a connection of its own."""

    FIELD_MANAGER = "studio-test"

    def __init__(self, port, ca, certificate=None, token=None):
        self.port, self.token = port, token
        self.context = ssl.create_default_context(cafile=ca)
        if certificate:
            self.context.load_cert_chain(*certificate)
        self.local = threading.local()
        self.kinds = {}

    def request(self, method, path, body=None, content_type="application/json"):
        """The parsed answer; ApiError with its status where that is none of success."""
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        for attempt in (1, 2):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                connection = self.local.connection = http.client.HTTPSConnection(
                    "127.0.0.1", self.port, context=self.context, timeout=30)
            try:
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException):
                connection.close()
                self.local.connection = None
                if attempt == 2:
                    raise
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = text.decode(errors="replace")
        if answer.status >= 300:
            raise ApiError(answer.status, parsed)
        return parsed

    def get(self, path):
        return self.request("GET", path)

    def patch(self, path, body):
        return self.request("PATCH", path, body, "application/merge-patch+json")

    def _kind(self, version, kind):
        if (version, kind) not in self.kinds:
            root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
            for found in self.get(root)["resources"]:
                if "/" not in found["name"]:
                    self.kinds[version, found["kind"]] = (
                        f"{root}/", found["name"], found["namespaced"])
        if (version, kind) not in self.kinds:
            raise KeyError(f"the API server knows no {version} {kind}")
        return self.kinds[version, kind]

    def path(self, thing, namespace=None):
        """Of an object."""
        root, plural, is_namespaced = self._kind(thing["apiVersion"], thing["kind"])
        where = thing["metadata"].get("namespace") or namespace
        middle = f"namespaces/{where}/" if is_namespaced else ""
        return f"{root}{middle}{plural}/{thing['metadata']['name']}"

    def apply(self, thing, namespace=None):
        """Server-side apply; unknown and doubled fields are errors."""
        return self.request(
            "PATCH", f"{self.path(thing, namespace)}?fieldManager={self.FIELD_MANAGER}&force=true"
            "&fieldValidation=Strict", thing, "application/apply-patch+yaml")

    def delete(self, thing, namespace=None):
        self.request("DELETE", self.path(thing, namespace))

    def token_for(self, namespace, account, pod=None):
        """A token as the kubelet asks for: bound to the pod where one is given."""
        spec = {"expirationSeconds": 7200}
        if pod:
            spec["boundObjectRef"] = {"kind": "Pod", "apiVersion": "v1",
                                      "name": pod["metadata"]["name"],
                                      "uid": pod["metadata"]["uid"]}
        answer = self.request(
            "POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec})
        return answer["status"]["token"]

    def pods(self, namespace, selector):
        return self.get(f"/api/v1/namespaces/{namespace}/pods?labelSelector={selector}")["items"]
