//! Images made, filled and read by the code of the target.

use disk::files::{Format, Source, check, get, list, make, put};
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
    let partitions = [(named("label:boot"), Format::Fat), (named("label:data"), littlefs)];
    make_partitioned(&image, &partitions, &disk::default_contents()).unwrap();
    let part = |text| Source { partition: Some(text), ..Source::whole(&image) };
    assert_eq!(get(part("label:boot"), "hello.txt").unwrap(), b"hello from the disk\n");
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
