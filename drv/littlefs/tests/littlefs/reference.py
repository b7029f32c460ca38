"""Makes, changes and reads images with the reference implementation.

reference.py make|make-old|change|read IMAGE BLOCK_SIZE PROG_SIZE [SEED]; each prints what is there afterwards.
"""
import random
import sys

from littlefs import LittleFS, LittleFSError, UserContext


# Attributes that are used, by their numbers.
NUMBERS = [0x40, 0x41, 0x42, 0x74]


def attributes(fs, path):
    for number in NUMBERS:
        try:
            value = fs.getattr(path, number)
        except LittleFSError as error:
            if error.code != LittleFSError.Error.LFS_ERR_NOATTR:
                raise
            continue
        print("a", value.hex() or "-", path.strip("/") + f"\0user.lfs.{number:02x}")


def tree(fs):
    attributes(fs, "/")
    for root, directories, files in fs.walk("/"):
        for name in directories:
            path = root.rstrip("/") + "/" + name
            print("d -", path[1:])
            attributes(fs, path)
        for name in files:
            path = root.rstrip("/") + "/" + name
            with fs.open(path, "rb") as file:
                print("f", file.read().hex() or "-", path[1:])
            attributes(fs, path)


def change(fs, seed):
    rng = random.Random(seed)
    names = ["a", "ab", "abc", "b", "long name with many letters", "\u00dcml\u00e4ut"]
    for _ in range(70):
        directories = ["/"] + [r.rstrip("/") + "/" + d for r, ds, _ in fs.walk("/") for d in ds]
        path = rng.choice(directories).rstrip("/") + "/" + rng.choice(names) + str(rng.randrange(6))
        other = rng.choice(directories).rstrip("/") + "/" + rng.choice(names) + str(rng.randrange(6))
        choice = rng.randrange(13)
        try:
            if choice < 1 and path.count("/") < 4:
                fs.mkdir(path)
            elif choice < 2:
                fs.remove(path)
            elif choice < 4 and not other.startswith(path) and not path.startswith(other):
                fs.rename(path, other)
            elif choice >= 11:
                fs.setattr(path, rng.choice(NUMBERS[:3]), rng.randbytes(rng.choice([1, 8, 40])))
            elif choice >= 10:
                fs.removeattr(path, rng.choice(NUMBERS[:3]))
            else:
                with fs.open(path, rng.choice(["wb", "ab"])) as file:
                    file.write(rng.randbytes(rng.choice([0, 30, 400, 3000, 20000])))
        except (OSError, LittleFSError) as error:
            # Refused, because it is not there, a directory, not empty, or full; but it may not
            # find the disk wrong.
            if getattr(error, "code", 0) in (-5, -84):
                raise


def main():
    what, image, block, prog = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with open(image, "rb") as file:
        context = UserContext(0)
        context.buffer = bytearray(file.read())
    fs = LittleFS(
        context=context, block_size=block, block_count=len(context.buffer) // block,
        read_size=prog, prog_size=prog, cache_size=max(prog, 512), block_cycles=20, mount=False,
        disk_version=0x00020000 if what == "make-old" else 0,
    )
    if what in ("make", "make-old"):
        fs.format()
    fs.mount()
    if what != "read":
        change(fs, int(sys.argv[5]))
    tree(fs)
    fs.unmount()
    with open(image, "wb") as file:
        file.write(context.buffer)


main()
