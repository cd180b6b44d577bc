# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A document whose code blocks are run: "sh run" blocks in one shell, blocks
with file=NAME written before that, and a "text" block behind a run one is
what it prints, line by line, in this order; "…" stands for anything."""

import os
import re
import signal
import subprocess

from process import Failure

FENCE = re.compile(r"^```(\S*)(?: ([^\n]*))?\n(.*?)^```$", re.M | re.S)
MARK = "@@@@ block"


def run_to_end(command, directory, env, seconds):
    """Its exit code and output; what it started and left is ended, too."""
    log = os.path.join(directory, "followed.log")
    with open(log, "w", encoding="utf-8") as out:
        process = subprocess.Popen(command, cwd=directory, env=env, stdout=out,
                                   stderr=out, stdin=subprocess.DEVNULL,
                                   start_new_session=True)
        try:
            code = process.wait(seconds)
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait(30)
    with open(log, encoding="utf-8", errors="replace") as text:
        return code, text.read()


class Step:
    def __init__(self, script):
        self.script = script
        self.shows = []


class Document:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.files, self.steps, self.others = {}, [], 0
        last = None
        for block in FENCE.finditer(self.text):
            language, what, code = block.groups(default="")
            if what.startswith("file="):
                name = what.removeprefix("file=")
                # Whoever reads it rendered does not see the block's name.
                if not self.text[:block.start()].endswith(
                        f"Save as `{name}`:\n"):
                    raise Failure(f"nothing says to save {name} as that")
                self.files[name] = code
            elif (language, what) == ("sh", "run"):
                self.steps.append(Step(code))
                last = self.steps[-1]
                continue
            elif language == "text" and last is not None:
                last.shows = code.splitlines()
            elif what:
                raise Failure(f"a block of no known kind: {language} {what}")
            else:
                self.others += 1
            last = None

    def write_files(self, directory):
        for name, code in self.files.items():
            with open(os.path.join(directory, name), "w",
                      encoding="utf-8") as out:
                out.write(code)

    def script(self):
        """All steps, for one shell."""
        parts = ["set -euo pipefail\n"]
        for number, step in enumerate(self.steps):
            parts.append(f"echo '{MARK} {number}'\n{step.script}")
        return "".join(parts)

    def run(self, directory, env, seconds=240):
        """Runs every step; Failure says which one did what else."""
        code, output = run_to_end(["bash", "-c", self.script()], directory,
                                  env, seconds)
        said = self.said(output)
        if code != 0 or len(said) != len(self.steps):
            failure = Failure(f"step {len(said) - 1} ended with {code}:\n"
                              f"{output}")
            failure.code = code
            raise failure
        for step, lines in zip(self.steps, said):
            missing = first_missing(step.shows, lines)
            if missing is not None:
                raise Failure(f"{missing!r} is not printed, in its order, by"
                              f"\n{step.script}\nbut\n" + "\n".join(lines))

    @staticmethod
    def said(output):
        parts = re.split(rf"^{MARK} \d+\n", output, flags=re.M)
        return [part.splitlines() for part in parts[1:]]


def first_missing(shows, lines):
    """The first line that is shown in the document and not printed."""
    at = 0
    for wanted in shows:
        pattern = ".*".join(re.escape(part) for part in wanted.split("…"))
        while at < len(lines) and not re.fullmatch(pattern, lines[at]):
            at += 1
        if at == len(lines):
            return wanted
        at += 1
    return None
