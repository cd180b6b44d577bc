# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
usb_bed.py: a USB bus in memory for programs that have umockdev's library
loaded before libudev. Prints the directory that is to be in their environment
as UMOCKDEV_DIR, then answers each line "plug N" or "unplug N" with "done".
usb.py starts it, with that library loaded too.
"""

import ctypes
import sys

VENDOR, PRODUCT = "be1d", "0001"


def describe(number):
    """A device with one interface, in umockdev's own words."""
    return f"""P: /devices/usb1/1-{number}
N: bus/usb/001/{number:03}
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
E: DEVNAME=/dev/bus/usb/001/{number:03}
A: idVendor={VENDOR}
A: idProduct={PRODUCT}
A: bDeviceClass=00

P: /devices/usb1/1-{number}/1-{number}:1.0
E: SUBSYSTEM=usb
E: DEVTYPE=usb_interface
A: bInterfaceNumber=00

"""


def main():
    library = ctypes.CDLL("libumockdev.so.0")
    library.umockdev_testbed_new.restype = ctypes.c_void_p
    library.umockdev_testbed_get_root_dir.restype = ctypes.c_char_p
    bed = ctypes.c_void_p(library.umockdev_testbed_new())
    print(library.umockdev_testbed_get_root_dir(bed).decode(), flush=True)
    for line in sys.stdin:
        verb, number = line.split()
        device = f"/sys/devices/usb1/1-{number}"
        if verb == "plug":
            # Tells of both that they were added.
            good = library.umockdev_testbed_add_from_string(
                bed, describe(int(number)).encode(), None)
        else:
            part = f"{device}/1-{number}:1.0".encode()
            library.umockdev_testbed_uevent(bed, part, b"remove")
            library.umockdev_testbed_remove_device(bed, part)
            library.umockdev_testbed_remove_device(bed, device.encode())
            good = True
        print("done" if good else "failed", flush=True)
    ctypes.CDLL("libgobject-2.0.so.0").g_object_unref(bed)


if __name__ == "__main__":
    main()
