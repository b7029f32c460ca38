//! Images made, filled and read by the code of the target.

use disk::files::{Format, Kind, Source, check, get, list, make, put};
use disk::{Named, make_partitioned};

const FORMATS: [(Format, u64); 3] = [
    (Format::Fat, 40 << 20),
    (Format::Littlefs { block_size: 4096 }, 1 << 20),
    (Format::Littlefs { block_size: 262_144 }, 4 << 20),
];

#[test]
fn what_is_put_into_an_image_is_there() {
    for (format, size) in FORMATS {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("disk.img");
        make(&image, format, size, 512).unwrap();
        assert!(list(Source::whole(&image), "", true).unwrap().is_empty(), "{format:?}");
        let bytes = disk::pattern(100_000);
        put(Source::whole(&image), "/some/where/pattern.bin", &bytes).unwrap();
        put(Source::whole(&image), "short.txt", b"before").unwrap();
        put(Source::whole(&image), "short.txt", b"it").unwrap();
        assert!(
            get(Source::whole(&image), "some/where/pattern.bin").unwrap() == bytes,
            "{format:?}"
        );
        let all = list(Source::whole(&image), "", true).unwrap();
        let all: Vec<_> = all.iter().map(|named| (named.path.as_str(), named.size)).collect();
        let expected =
            [("short.txt", 2), ("some", 0), ("some/where", 0), ("some/where/pattern.bin", 100_000)];
        assert_eq!(all, expected, "{format:?}");
        let inside = list(Source::whole(&image), "some", false).unwrap();
        assert_eq!(inside.len(), 1, "{format:?}");
        let checked = check(Source::whole(&image)).unwrap();
        assert_eq!((checked.names, checked.bytes), (4, 100_002), "{format:?}");
        assert_eq!(std::fs::metadata(&image).unwrap().len(), size);
    }
}

#[test]
fn each_partition_has_a_file_system_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("disk.img");
    let littlefs = Format::Littlefs { block_size: 4096 };
    let named = |text| Named::parse(text).unwrap();
    let partitions = [
        (named("label:boot"), Format::Fat),
        (named("label:data"), littlefs),
        (named("label:linux"), Format::Ext(4)),
    ];
    make_partitioned(&image, &partitions, disk::SIZE, &disk::default_contents()).unwrap();
    let part = |text| Source { partition: Some(text), ..Source::whole(&image) };
    assert_eq!(get(part("label:boot"), "hello.txt").unwrap(), b"hello from the disk\n");
    assert_eq!(get(part("label:linux"), "hello.txt").unwrap(), b"hello from the disk\n");
    assert_eq!(check(part("label:linux")).unwrap().space.format, "ext4");
    assert!(list(part("label:data"), "", true).unwrap().is_empty());
    put(part("label:data"), "a/b", b"c").unwrap();
    assert_eq!(get(part("index:2"), "a/b").unwrap(), b"c");
    assert_eq!(check(part("label:data")).unwrap().space.format, "littlefs");
    assert_eq!(check(part("label:boot")).unwrap().space.format, "fat32");
    let error = |text| format!("{:#}", check(part(text)).unwrap_err());
    assert!(error("label:none").contains("label:none"), "{}", error("label:none"));
    assert!(error("none").contains("label:NAME"), "{}", error("none"));
}

#[test]
fn what_linux_tools_made_is_read_and_not_written() {
    for (version, sector) in [(2, 512), (3, 512), (4, 512), (4, 4096)] {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("disk.img");
        make(&image, Format::Ext(version), 8 << 20, sector).unwrap();
        let source = Source { sector_size: sector, ..Source::whole(&image) };
        let bytes = disk::pattern(100_000);
        let file = folder.path().join("pattern");
        std::fs::write(&file, &bytes).unwrap();
        // Something that starts a machine, and ends as the first sector of FAT.
        let begin = [&[0x90; 510][..], &[0x55, 0xaa]].concat();
        let mut whole = std::fs::read(&image).unwrap();
        whole[..512].copy_from_slice(&begin);
        std::fs::write(&image, whole).unwrap();
        let write = format!("write {} there", file.display());
        for request in ["mkdir some", "symlink link some/where", "mknod pipe p", &write] {
            let mut command = std::process::Command::new("/sbin/debugfs");
            let output = command.args(["-w", "-R", request]).arg(&image).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        let all = list(source, "", true).unwrap();
        let told = |name: &str| {
            let named = all.iter().find(|named| named.path == name).unwrap();
            (named.kind, named.size, named.target.as_deref())
        };
        assert_eq!(told("some"), (Kind::Directory, 0, None));
        assert_eq!(told("link"), (Kind::Link, 10, Some("some/where")));
        assert_eq!(told("pipe"), (Kind::Other, 0, None));
        assert_eq!(told("there"), (Kind::File, 100_000, None));
        assert!(get(source, "there").unwrap() == bytes);
        let checked = check(source).unwrap();
        let format = checked.space.format;
        assert_eq!((checked.names, checked.bytes), (all.len(), 100_000), "{format}");
        assert_eq!(format, format!("ext{version}"));
        let before = std::fs::read(&image).unwrap();
        let refused = format!("{:#}", put(source, "there", b"x").unwrap_err());
        assert!(refused.contains("takes no writes"), "{refused}");
        assert!(std::fs::read(&image).unwrap() == before);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("disk.img");
    std::fs::write(&image, vec![0; 1 << 20]).unwrap();
    let error = |result: anyhow::Result<()>| format!("{:#}", result.unwrap_err());
    assert!(error(check(Source::whole(&image)).map(|_| ())).contains("holds no file system"));
    let littlefs = Format::Littlefs { block_size: 4096 };
    assert!(error(make(&image, littlefs, 1 << 20, 512)).contains("exists"));
    let image = folder.path().join("other.img");
    assert!(error(make(&image, littlefs, 4096, 512)).contains("full"));
    assert!(!image.exists(), "no half image is left");
    make(&image, littlefs, 1 << 16, 512).unwrap();
    assert!(error(put(Source::whole(&image), "large", &[0; 1 << 17])).contains("full"));
    assert!(error(get(Source::whole(&image), "missing").map(|_| ())).contains("/missing"));
    assert!(
        error(list(Source { sector_size: 1000, ..Source::whole(&image) }, "", true).map(|_| ()))
            .contains("sector")
    );
}
