#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Man pages are well formed, and name the options that --help names."""

import argparse
import os
import re
import subprocess
import sys

# Man page -> the commands whose --help it describes.
PAGES = {
    "beid-agent.1": [["agent/beid-agent"], ["agent/beid-agent", "serve"]],
    "beid-verify.1": [["portal/verify/beid-verify"]],
}
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
# About the machine that lints, not about the page.
NO_NEWS = re.compile(r"outdated mandoc\.db|referenced manual not found")


def lint(path):
    """What mandoc has to say about a page."""
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", path],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    return [line for line in done.stdout.splitlines()
            if line and not NO_NEWS.search(line)]


def shown(path):
    """The options in the page as a reader sees it."""
    done = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=500", path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=True)
    return set(OPTION.findall(re.sub(".\b", "", done.stdout)))


def told(command):
    """The options that --help tells; it ends with 0 and says something."""
    done = subprocess.run([*command, "--help"], stdout=subprocess.PIPE,
                          text=True, check=True)
    if not done.stdout.strip():
        raise SystemExit(f"{command} --help says nothing")
    return set(OPTION.findall(done.stdout))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--man", required=True, metavar="DIR")
    parser.add_argument("--build", required=True, metavar="DIR")
    options = parser.parse_args()
    findings = []
    for name in sorted(os.listdir(options.man)):
        findings += lint(os.path.join(options.man, name))
    for name, commands in PAGES.items():
        page = shown(os.path.join(options.man, name)) - {"--help", "--user",
                                                         "--now"}
        program = set()
        for command in commands:
            program |= told([os.path.join(options.build, command[0]),
                             *command[1:]])
        program -= {"--help"}
        findings += [f"{name}: {option} is not an option"
                     for option in sorted(page - program)]
        findings += [f"{name}: {option} is missing"
                     for option in sorted(program - page)]
    print("\n".join(findings) or "pages and programs agree")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
