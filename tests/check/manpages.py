#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Man pages are well formed, and name the options that --help names; every
subcommand of beid-agent has a page."""

import argparse
import os
import re
import subprocess
import sys

# Man page -> the commands whose --help it describes.
PAGES = {
    "beid-agent.1": [["agent/beid-agent"]],
    "beid-verify.1": [["portal/verify/beid-verify"]],
    "beid-virtual-card.1": [["tests/virtual/beid-virtual-card"]],
}
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
COMMAND = re.compile(r"^  ([a-z]+)\b", re.MULTILINE)
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


def help_of(command):
    """What --help tells; it ends with 0 and says something."""
    done = subprocess.run([*command, "--help"], stdout=subprocess.PIPE,
                          text=True, check=True,
                          env={**os.environ, "LC_ALL": "C"})
    if not done.stdout.strip():
        raise SystemExit(f"{command} --help says nothing")
    return done.stdout


def subcommands(build):
    """The pages of beid-agent's subcommands, as PAGES has them."""
    text = help_of([os.path.join(build, "agent/beid-agent")])
    return {f"beid-agent-{name}.1": [["agent/beid-agent", name]]
            for name in COMMAND.findall(text)}


def compare(folder, build, name, commands):
    """Where a page and its commands differ."""
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return [f"{name}: there is no such page"]
    page, program = shown(path), set()
    general = {"--help", "--user", "--now"}
    if name.startswith("beid-agent"):
        general.add("--version")  # another way to say "version"
    for command in commands:
        program |= set(OPTION.findall(help_of(
            [os.path.join(build, command[0]), *command[1:]])))
    return ([f"{name}: {option} is not an option"
             for option in sorted(page - program - general)]
            + [f"{name}: {option} is missing"
               for option in sorted(program - page - general)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--man", required=True, metavar="DIR")
    parser.add_argument("--build", required=True, metavar="DIR")
    options = parser.parse_args()
    findings = []
    for name in sorted(os.listdir(options.man)):
        findings += lint(os.path.join(options.man, name))
    pages = {**PAGES, **subcommands(options.build)}
    for name, commands in pages.items():
        findings += compare(options.man, options.build, name, commands)
    print("\n".join(findings) or "pages and programs agree")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
