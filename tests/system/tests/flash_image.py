"""Flash memory by the eyes of littlefs-python, in the first blocks of the bank.

flash_image.py make IMAGE | read IMAGE | grow IMAGE; `read` prints "CRC-32 BYTES PATH" of each file.
"""
import sys
import zlib

from littlefs import LittleFS, UserContext

BLOCK, BLOCKS, BANK = 256 << 10, 64, 64 << 20
# As QEMU's chips: a word is the least that is programmed. Commits of other sizes must be borne.
PROG = 4


def content(seed, length):
    """The bytes that `tests/flash-files` expects of a file with this seed."""
    numbers = ((((at + seed) * 2654435761) & 0xFFFFFFFF) >> 23 & 0xFF for at in range(length))
    return bytes(numbers)


def main():
    what, image = sys.argv[1:]
    if what == "make":
        bank = bytearray(b"\xff" * BANK)
    else:
        with open(image, "rb") as file:
            bank = bytearray(file.read())
    context = UserContext(0)
    context.buffer = bank[: BLOCK * BLOCKS]
    fs = LittleFS(
        context=context, block_size=BLOCK, block_count=BLOCKS, read_size=PROG, prog_size=PROG,
        cache_size=4096, block_cycles=100, mount=False,
    )
    if what == "make":
        fs.format()
    fs.mount()
    if what == "make":
        fs.mkdir("host")
        for seed, length in enumerate([10, 1000, 70_000, 600_000]):
            with fs.open(f"host/{seed}.bin", "wb") as file:
                file.write(content(seed, length))
    if what == "grow":
        fs.remove("host/3.bin")
        fs.rename("host/2.bin", "host/moved.bin")
        with fs.open("host/1.bin", "wb") as file:
            file.write(content(1, 300_000))
    if what != "read":
        fs.unmount()
        bank[: BLOCK * BLOCKS] = context.buffer
        with open(image, "wb") as file:
            file.write(bank)
        return
    for root, _, files in fs.walk("/"):
        for name in files:
            path = root.rstrip("/") + "/" + name
            with fs.open(path, "rb") as file:
                data = file.read()
            print(f"{zlib.crc32(data):08x} {len(data)} {path[1:]}")


main()
