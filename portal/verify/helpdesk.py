#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Writes what is made of helpdesk.txt: the texts of the SDK's decoder and the
tables of HELPDESK.md. --check: only tells whether they are as they would be.
"""

import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PORTAL = os.path.dirname(HERE)
TABLE = os.path.join(HERE, "helpdesk.txt")
MODULE = os.path.join(PORTAL, "sdk", "helpdesk-texts.js")
PAGE = os.path.join(PORTAL, "HELPDESK.md")
LANGUAGES = ("nl", "fr", "de", "en")
PARTS = ("cause", "say", "action")
HEADS = {"nl": ("Code", "Oorzaak", "Zin om te zeggen", "Wat u doet"),
         "fr": ("Code", "Cause", "Phrase à dire", "Que faire"),
         "de": ("Code", "Ursache", "Satz für den Bürger", "Was Sie tun"),
         "en": ("Code", "Cause", "Sentence to say", "What you do")}


def read():
    """The subjects, and the entries as {name: {lang: {part: text}}}."""
    subjects, entries, entry = [], {}, None
    with open(TABLE, encoding="utf-8") as file:
        for line in file.read().split("\n"):
            head = re.fullmatch(r"\[(\w+)\]", line)
            text = re.fullmatch(r"(\w\w)\.(\w+) = (\S.*\S)", line)
            subject = re.fullmatch(r"([EDST]) (\d+|-) ([\w-]+) (\w+)", line)
            if head:
                entry = entries.setdefault(head[1], {})
            elif text and entry is not None:
                entry.setdefault(text[1], {})[text[2]] = text[3]
            elif subject and entry is None:
                number = None if subject[2] == "-" else int(subject[2])
                subjects.append((subject[1], number, subject[3], subject[4]))
            elif line and not line.startswith("#"):
                sys.exit(f"{TABLE}: {line}")
    return subjects, entries


def whole(subjects, entries):
    """Ends when a text is missing or nobody needs it."""
    named = {entry for *_, entry in subjects} | {"labels"}
    if named != set(entries):
        sys.exit(f"no entry, or for nothing: {named ^ set(entries)}")
    for name, entry in entries.items():
        for lang in LANGUAGES:
            parts = set(entry.get(lang, ())) - {"title"}
            if parts != set(PARTS) or set(entry) != set(LANGUAGES):
                sys.exit(f"{name}: {lang} is not whole")


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def module(subjects, entries):
    lines = ["// SPDX-FileCopyrightText: The beid-agent authors",
             "// SPDX-License-Identifier: Apache-2.0", "",
             "// Written by portal/verify/helpdesk.py; change helpdesk.txt there.",
             "", "/** Kind, number, name, and the entry that explains it. */",
             "export const subjects = ["]
    lines += [f"  {json.dumps(list(subject))}," for subject in subjects]
    lines += ["];", "", "/** By entry and language: cause, say, action, and a title"
              " for a situation. */", "export const entries = {"]
    for name, entry in entries.items():
        if name == "labels":
            continue
        lines.append(f"  {name}: {{")
        for lang in LANGUAGES:
            texts = [entry[lang][part] for part in PARTS]
            texts += [entry[lang]["title"]] if "title" in entry[lang] else []
            lines.append(f"    {lang}: [{', '.join(map(quoted, texts))}],")
        lines.append("  },")
    return "\n".join(lines + ["};", ""])


def codes(name, subjects, title):
    """What is looked up for an entry, as the first column shows it."""
    out = [f"**{title}**"] if title else []
    for kind, number, subject, entry in subjects:
        if entry != name:
            continue
        if kind == "E":
            out.append(f"E{number:02} `{subject}`")
        elif kind == "D":
            out.append(f"doctor {number} `{subject}`")
        else:
            out.append(f"`{subject}`")
    return "<br>".join(out)


def table(lang, subjects, entries):
    lines = ["| " + " | ".join(HEADS[lang]) + " |", "|---|---|---|---|"]
    for name, entry in entries.items():
        if name != "labels":
            cells = [codes(name, subjects, entry[lang].get("title"))]
            cells += [entry[lang][part] for part in PARTS]
            lines.append("| " + " | ".join(
                cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def page(text, subjects, entries):
    for lang in LANGUAGES:
        text, count = re.subn(
            f"(<!-- table {lang} -->\n)(?:[|][^\n]*\n)*(<!-- end -->)",
            lambda found, lang=lang: found[1] + table(lang, subjects, entries)
            + "\n" + found[2], text)
        if count != 1:
            sys.exit(f"{PAGE}: no place for the table in {lang}")
    return text


def main():
    subjects, entries = read()
    whole(subjects, entries)
    with open(PAGE, encoding="utf-8") as file:
        old = file.read()
    wanted = {MODULE: module(subjects, entries),
              PAGE: page(old, subjects, entries)}
    for path, text in wanted.items():
        if sys.argv[1:] == ["--check"]:
            with open(path, encoding="utf-8") as file:
                if file.read() != text:
                    sys.exit(f"{path} is not what helpdesk.txt says: run "
                             "portal/verify/helpdesk.py")
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)


if __name__ == "__main__":
    main()
