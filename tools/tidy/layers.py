"""The layer table, as cmake/module.cmake states it: written once, held twice."""
import re


class Layers:
    """Which module may include which; a module is `core/turn`, or `base` where a layer is flat."""

    def __init__(self, cmake_text):
        self.table = {name: words.replace('"', "").split() for name, words in
                      re.findall(r"^set\(STUDIO_LAYER_(\w+) ([^)]*)\)", cmake_text, re.MULTILINE)}
        self.exceptions = {name: words.split() for name, words in re.findall(
            r"^set\(STUDIO_EXCEPTION_([\w/]+) ([^)]*)\)", cmake_text, re.MULTILINE)}

    @staticmethod
    def module_of(parts):
        """Of a file's path below src/, split at its slashes."""
        folders = [part for part in parts[:-1] if part != "internal"]
        return "/".join(folders[:2])

    def refusal(self, module, target):
        """Why `module` may not include the path `target`, or None."""
        parts = target.split("/")
        layer = module.split("/")[0]
        if layer not in self.table:
            return f"'{layer}' is no layer (add it to cmake/module.cmake, with what it may use)"
        if target.endswith(".pb.h"):
            return None  # Generated from the module's own .proto.
        if parts[0] not in self.table:
            return f"{target} does not start below src/ (write the path from src/)"
        other = self.module_of(parts)
        if other == module:
            return None
        allowed = self.table[layer] + self.exceptions.get(module, [])
        if parts[0] not in allowed and other not in allowed:
            return (f"{module} includes {target} (allowed: {', '.join(allowed) or 'nothing'}; "
                    "put a port or a plain value between)")
        if "internal" in parts:
            return f"{target} is internal to {other} (use its public header)"
        return None
