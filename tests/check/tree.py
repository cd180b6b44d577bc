# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The files of the tree, and how a check reports. Every check is a module
with run(tree) -> list of findings, each "path:line: what is wrong"."""

import argparse
import os
import subprocess
import sys

LEFT_OUT = {".git", "build", "debian", "node_modules", "__pycache__"}


def _walk(root):
    for folder, folders, names in os.walk(root):
        inside = os.path.relpath(folder, root)
        # packaging/debian is ours; a debian folder at the top is a build's.
        folders[:] = sorted(
            name for name in folders
            if name not in LEFT_OUT or (name == "debian" and inside != "."))
        for name in sorted(names):
            yield os.path.normpath(os.path.join(inside, name))


def _listed(root):
    done = subprocess.run(
        ["git", "-c", f"safe.directory={root}", "-C", root, "ls-files", "-z",
         "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, check=True)
    return sorted(set(filter(None, done.stdout.decode().split("\0"))))


class Tree:
    """A source tree: a git work tree, or a bare folder in the self-tests."""

    def __init__(self, root):
        self.root = os.path.realpath(root)
        inside_git = os.path.exists(os.path.join(self.root, ".git"))
        names = _listed(self.root) if inside_git else _walk(self.root)
        self.files = [name for name in names
                      if os.path.isfile(os.path.join(self.root, name))]

    def path(self, name):
        return os.path.join(self.root, name)

    def lines(self, name):
        """The lines of a text file; none of a binary one."""
        with open(self.path(name), "rb") as file:
            data = file.read()
        if b"\0" in data:
            return []
        return data.decode("utf-8", "replace").splitlines()

    def ending(self, *endings):
        return [name for name in self.files if name.endswith(endings)]

    def c_files(self):
        return self.ending(".c", ".h")

    def scripts(self, interpreter):
        """Files whose first line calls this interpreter, and *.sh for sh."""
        found = []
        for name in self.files:
            first = (self.lines(name) or [""])[0]
            shell = interpreter == "sh" and name.endswith(".sh")
            if shell or (first.startswith("#!") and first.rstrip().endswith(
                    interpreter)):
                found.append(name)
        return found


def main(run):
    """Runs one check over --tree DIR and exits 1 when it finds something."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--tree", required=True, metavar="DIR")
    tree = Tree(parser.parse_args().tree)
    findings = run(tree)
    for finding in findings:
        print(finding)
    print(f"{len(tree.files)} files, {len(findings)} findings")
    sys.exit(1 if findings else 0)
