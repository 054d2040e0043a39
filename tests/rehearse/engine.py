"""The words of `docker` that runbooks use, carried out on processes of this machine: a program of
that name, first on the PATH of a runbook's commands, tells them to the rehearsal over a socket.
What it does not know is an error, so that a runbook cannot pass by saying what nobody does."""

import json
import os
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

SHIM = """#!{python}
import json, os, socket, sys
channel = socket.socket(socket.AF_UNIX)
channel.connect({path!r})
channel.sendall(json.dumps([sys.argv[1:], dict(os.environ)]).encode() + b"\\n")
answer = json.loads(channel.makefile().readline())
sys.stdout.write(answer["output"])
sys.stderr.write(answer["error"])
sys.exit(answer["code"])
"""
WITH_VALUE = {"--time", "--filter", "-f", "--profile", "--tail", "--since", "--timeout", "--scale",
              "--status"}
# Those that may be said more than once, each with its value.
REPEATED = {"-v", "-e"}
FLAGS = {"-d", "-a", "-q", "-T", "--no-deps", "--no-recreate", "--wait", "--no-stream", "--rm"}


class Unknown(Exception):
    pass


def split(words):
    """(options, plain words): options with their values, until the first plain word of exec or
    run."""
    options, plain = {}, []
    words = list(words)
    while words:
        word = words.pop(0)
        if word in WITH_VALUE:
            options[word] = words.pop(0)
        elif word in REPEATED:
            options.setdefault(word, []).append(words.pop(0))
        elif word in FLAGS:
            options[word] = True
        elif word.startswith("-"):
            raise Unknown(f"unknown option {word}")
        else:
            plain.append(word)
            if plain[0] in ("exec", "run") and len(plain) == 2:
                return options, plain + words
    return options, plain


class Engine:
    """`services` has an object for each service: up(count, recreate), restart(), describe(), log(),
    run(command), ids(), kill_one(id), restart_one(id), run_once(words, environment)."""

    def __init__(self, folder, services):
        self.services = services
        self.folder = Path(folder) / "bin"
        self.folder.mkdir()
        self.commands = []
        # What `./` means in a volume: where the operator has his files.
        self.home = Path(folder)
        # What removes images that nobody uses.
        self.prune = lambda: ""
        path = str(Path(folder) / "engine.sock")
        shim = self.folder / "docker"
        shim.write_text(SHIM.format(python=sys.executable, path=path))
        shim.chmod(0o755)
        engine = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                words, environment = json.loads(self.rfile.readline())
                answer = engine.carry_out(words, environment)
                self.wfile.write(json.dumps(answer).encode() + b"\n")

        # One thread for all commands: servers end with the thread that started them.
        self.server = socketserver.UnixStreamServer(path, Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def carry_out(self, words, environment):
        self.commands.append(words)
        try:
            if words[0] == "compose":
                code, output = self.compose(words[1:], environment)
            else:
                code, output = self.plain(words)
            return {"code": code, "output": output, "error": ""}
        except Exception as error:  # The one who typed the command is told, whatever it is.
            return {"code": 1, "output": "", "error": f"docker: {error}\n"}

    def service(self, name):
        if name not in self.services:
            raise Unknown(f"the rehearsal has no service {name}")
        return self.services[name]

    def compose(self, words, environment):
        options, plain = split(words)
        if options.get("-f") != "docker-compose.prod.yml":
            raise Unknown("no -f docker-compose.prod.yml")
        command, names = plain[0], plain[1:]
        if command == "exec":
            return self.service(names[0]).run(names[1:])
        if command == "run":
            return self.run_once(options, names, environment)
        services = [self.service(name) for name in names]
        if not services:
            raise Unknown(f"{command} of everything: name the service")
        if command == "up":
            if not options.get("-d"):
                raise Unknown("up without -d never ends")
            counts = dict([options["--scale"].split("=")]) if "--scale" in options else {}
            for name, service in zip(names, services):
                service.up(int(counts.get(name, 0)), recreate="--no-recreate" not in options)
            return 0, ""
        if command == "restart":
            for service in services:
                service.restart()
            return 0, ""
        if command == "ps":
            ids = "-q" in options
            return 0, "".join("".join(f"{each}\n" for each in service.ids()) if ids
                              else service.describe() + "\n" for service in services)
        if command == "logs":
            return 0, "".join(service.log()[-4000:] for service in services)
        raise Unknown(f"compose {command}")

    def run_once(self, options, words, environment):
        """A container of its own, gone afterwards; without its files and variables it would not
        know what the host has."""
        if not options.get("--rm") or not options.get("--no-deps"):
            raise Unknown("run without --rm and --no-deps leaves things behind")
        told = {name: environment.get(name, "") for name in options.get("-e", [])}
        volumes = {inside: str(self.home / outside) for outside, inside, _ in
                   (volume.split(":") for volume in options.get("-v", []))}
        return self.service(words[0]).run_once([volumes.get(word, word) for word in words[1:]],
                                               told)

    def plain(self, words):
        # -f of prune means something else than that of compose.
        options, plain = split([word for word in words if word != "-f"])
        command = plain[0]
        if command == "stats" and options.get("--no-stream"):
            return 0, subprocess.run(["ps", "-eo", "pid,pcpu,rss,comm", "--sort=-pcpu"],
                                     capture_output=True, text=True, check=True).stdout[:2000]
        if command in ("image", "builder") and plain[1] == "prune" or command == "system":
            return 0, self.prune() if "prune" in plain else ""
        if command in ("exec", "kill", "restart"):
            for service in self.services.values():
                if plain[1] in service.ids():
                    if command != "exec":
                        getattr(service, command + "_one")(plain[1])
                        return 0, plain[1] + "\n"
                    return service.run(plain[2:], plain[1])
            raise Unknown(f"no container {plain[1]}")
        raise Unknown(command)


def run_block(engine, text, root, told, timeout=240):
    """A block of a runbook as it stands, by a shell; `told` are variables that the page has the
    operator set. (exit code, output)."""
    done = subprocess.run(
        ["bash", "-e"], input=text, cwd=root, text=True, timeout=timeout, stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        env={**os.environ, **told, "PATH": f"{engine.folder}:{os.environ['PATH']}"})
    return done.returncode, done.stdout
