# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The file rules of an AppArmor profile, asked about paths: read by AppArmor's
own parser and compared by its own library (python3-apparmor), for a machine
whose kernel has no AppArmor."""

import itertools
import re
import subprocess

from apparmor.rule.file import FileRule, FileRuleset

VARIABLE = re.compile(r"@\{(\w+)\}")
EVERY = set("rwmkl")


def flat(path):
    """The profile with all that it includes, a rule a line."""
    text = subprocess.run(["apparmor_parser", "--preprocess", path],
                          stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    for line in text.split("\n"):
        line = line.partition("#")[0].strip()
        if line:
            yield line


class Profile:
    """rules: the profile's name, or that of one in it -> its file rules;
    network: the same -> (family, type), None for any type."""

    def __init__(self, path):
        self.rules = {}
        self.network = {}
        self._variables = {}
        inside = []
        for line in flat(path):
            definition = re.match(r"@\{(\w+)\}\s*\+?=\s*(.*)", line)
            start = re.match(r"profile (\S+).*\{$", line)
            if definition:
                self._variables.setdefault(definition[1], []).extend(
                    definition[2].split())
            elif start:
                inside.append(start[1])
                self.rules["//".join(inside)] = FileRuleset()
                self.network["//".join(inside)] = set()
            elif line == "}":
                inside.pop()
            elif inside:
                self._add("//".join(inside), line)

    def _add(self, name, line):
        network = re.match(r"network (\w+)(?: (\w+))?,", line)
        if network:
            self.network[name].add((network[1], network[2]))
        rules = self.rules[name]
        for one in self._expanded(line):
            what, arrow, target = one.partition(" -> ")
            one = re.sub(r"/{2,}", "/", what) + arrow + target
            if FileRule.match(one):
                read = getattr(FileRule, "create_instance", None) \
                    or FileRule.parse
                rules.add(read(one))

    def _expanded(self, line):
        names = VARIABLE.findall(line)
        if any(name not in self._variables for name in names):
            return  # of another kind of rule, such as @{profile_name}
        for values in itertools.product(*(self._variables[name]
                                          for name in names)):
            left = iter(values)
            one = VARIABLE.sub(lambda _, left=left: next(left), line)
            if VARIABLE.search(one):
                yield from self._expanded(one)
            else:
                yield one

    def permissions(self, name, path, owner):
        """What a process in it may do with the file, execution left out."""
        found = self.rules[name].get_perms_for_path(path)
        given = {}
        for way in ("allow", "deny"):
            sets = [found[way]["all"]]
            if owner or way == "deny":
                sets.append(found[way]["owner"])
            given[way] = set().union(*(
                EVERY if one == FileRule.ALL else one for one in sets))
        return given["allow"] - given["deny"]

    def transition(self, name, path):
        """(permission, target) of the rule for starting exactly this file;
        None: that of any file."""
        for rule in self.rules[name].get_exec_rules_for_path(path).rules:
            return (rule.exec_perms, str(getattr(rule.target, "regex",
                                                 rule.target)))
        return None
