//! Files that the target wrote, by the eyes of the host's own tools.

use test_system::{cargo, crc32, first_partition, qemu, tool};

#[test]
fn what_random_operations_left_is_sound_and_byte_for_byte_what_the_target_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let whole = folder.path().join("whole.img");
    let named = disk::Named::parse("label:files").expect("a name");
    disk::make_partitioned(
        &whole,
        &[(named, disk::files::Format::Fat)],
        disk::SIZE,
        &disk::default_contents(),
    )
    .expect("room for a disk");
    let disk = whole.to_str().expect("a name in UTF-8");
    let until = ["--until", "suite: end", "--timeout", "300"];
    let arguments = ["xtask", "qemu", "tests/apps/storage.toml", "--disk", disk];
    let outcome = cargo(&[&arguments[..], &until].concat()).expect_success();
    assert!(!outcome.stdout.contains("FAILED"), "{}", outcome.stdout);
    let disk = first_partition(&whole);
    let disk = disk.to_str().expect("a name in UTF-8");
    tool("fsck.fat", &["-n", disk]);
    let read = |name: &str| tool("mtype", &["-i", disk, &format!("::{name}")]);
    let sums = String::from_utf8(read("walk/sums.txt")).expect("text");
    assert!(sums.lines().count() > 2, "{sums}");
    for line in sums.lines() {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().expect("three words");
        let (crc, size, name) = (word(), word(), word());
        let bytes = read(name);
        assert_eq!(bytes.len().to_string(), size, "{name}");
        assert_eq!(format!("{:08x}", crc32(&bytes)), crc, "{name}");
    }
}

#[test]
fn files_written_from_the_shell_are_found_by_other_tools() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let whole = test_system::demo_disk(folder.path());
    let name = whole.to_str().expect("a name in UTF-8");
    let lines = [
        "mkdir some notes",
        "write \"some notes/to do.txt\" buy milk",
        "mv \"some notes\" notes",
        "rm hello.txt",
        "crc notes/to do.txt",
    ];
    let until = format!("{:08x} 9 bytes", crc32(b"buy milk\n"));
    let mut arguments = vec!["--disk", name];
    arguments.extend(lines.iter().flat_map(|line| ["--send", line]));
    arguments.extend(["--until", &until]);
    let _ = qemu(&arguments).expect_success();
    let disk = first_partition(&whole);
    let disk = disk.to_str().expect("a name in UTF-8");
    tool("fsck.fat", &["-n", disk]);
    assert_eq!(tool("mtype", &["-i", disk, "::notes/to do.txt"]), b"buy milk\n");
    let root = String::from_utf8_lossy(&tool("mdir", &["-b", "-i", disk, "::"])).into_owned();
    assert!(!root.contains("hello"), "{root}");
    // The clock says that it is not 1980.
    let listed = String::from_utf8_lossy(&tool("mdir", &["-i", disk, "::notes"])).into_owned();
    assert!(!listed.contains("1980") && listed.contains("20"), "{listed}");
}
