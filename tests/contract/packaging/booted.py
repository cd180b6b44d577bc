# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The scratch root as a machine that has started: systemd as process 1 of
namespaces of its own, with the bus and logind, so that users have managers that
an administrator's programs reach. It has no hold on the machine it runs on: its
devices are the harmless ones, /sys and /proc/sys are for reading."""

import os
import shutil
import subprocess
import sys
import time

HIERARCHY = "/run/control-groups"
UNITS = "/etc/systemd/system/"
# What starts a machine, and has nothing to do in this one.
WANTED = ("sysinit.target.wants", "basic.target.wants", "sockets.target.wants")
TARGET = """[Unit]
Requires=dbus.socket systemd-logind.service
After=dbus.socket systemd-logind.service
"""
# What process 1 does first, while it is still a shell.
FIRST = """set -e
mkdir /run/devices
mount -t tmpfs -o mode=755 tmpfs /run/devices
for name in null zero full random urandom tty; do
    : >"/run/devices/$name"
    mount --bind "/dev/$name" "/run/devices/$name"
done
mount --move /run/devices /dev
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount -o remount,bind,ro /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec /lib/systemd/systemd --system --unit=booted.target --log-target=console \
    --log-level=notice --show-status=no --default-standard-output=inherit
"""


def new_group():
    """A folder in the one hierarchy that a new systemd agrees to; ends the test
    with 77 where there is none."""
    os.mkdir(HIERARCHY)
    done = subprocess.run(["mount", "-t", "cgroup2", "cgroup2", HIERARCHY],
                          stderr=subprocess.PIPE, text=True, check=False)
    with open("/proc/self/cgroup", encoding="ascii") as groups:
        ours = [line.strip()[3:] for line in groups if line.startswith("0::")]
    why = done.stderr or "it has no place for this process"
    if done.returncode == 0 and ours:
        group = (f"{HIERARCHY}{ours[0].rstrip('/')}"
                 f"/booted-{time.monotonic_ns()}")
        try:
            os.mkdir(group)
            return group
        except OSError as err:
            why = err
    print("skipped: no control groups for a machine of its own:", why)
    sys.exit(77)


class Booted:
    def __init__(self, seconds=60):
        self.group = new_group()
        for name in WANTED:
            for place in ("/lib/systemd/system/", UNITS):
                shutil.rmtree(place + name, ignore_errors=True)
        os.makedirs(UNITS, exist_ok=True)
        for name, text in (("sysinit.target", "[Unit]\n"),
                           ("basic.target", "[Unit]\n"),
                           ("booted.target", TARGET)):
            with open(UNITS + name, "w", encoding="ascii") as file:
                file.write(text)
        self.log = open("/run/booted.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            ["sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', self.group,
             "unshare", "--pid", "--fork", "--kill-child", "--mount",
             "--mount-proc", "--uts", "--cgroup", "sh", "-c", FIRST],
            env={"PATH": os.environ["PATH"], "container": "scratch"},
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.prefix = []
        end = time.monotonic() + seconds
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise AssertionError("systemd does not start as process 1")
            time.sleep(0.05)

    def is_up(self):
        if not self.prefix:
            done = subprocess.run(
                ["pgrep", "-P", str(self.process.pid)], check=False,
                stdout=subprocess.PIPE, text=True)
            if done.returncode != 0:
                return False
            self.prefix = ["nsenter", "--target", done.stdout.strip(),
                           "--pid", "--mount", "--uts"]
        return self.ask("systemctl", "is-active", "booted.target") == "active"

    def start(self, *command, **options):
        """A program inside, which has nothing to do with systemd."""
        return subprocess.Popen([*self.prefix, *command], **options)

    def ask(self, *command):
        """What a program inside says, however it ends."""
        return subprocess.run([*self.prefix, *command], check=False, text=True,
                              stdout=subprocess.PIPE, timeout=120,
                              stderr=subprocess.STDOUT).stdout.strip()

    def run(self, *command):
        """The same for one that has to succeed."""
        done = subprocess.run([*self.prefix, *command], check=False, text=True,
                              stdout=subprocess.PIPE, timeout=300,
                              stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise AssertionError(f"{command} ended with {done.returncode}:\n"
                                 f"{done.stdout}")
        return done.stdout

    def stop(self):
        """All its processes end with process 1."""
        self.process.kill()
        self.process.wait()
        self.log.seek(0)
        print(self.log.read())
        self.log.close()
        for folder, _, _ in os.walk(self.group, topdown=False):
            end = time.monotonic() + 20
            while os.path.isdir(folder):
                try:
                    os.rmdir(folder)
                except OSError:
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.05)
