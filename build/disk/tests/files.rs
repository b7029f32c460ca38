//! Images made, filled and read by the code of the target.

use disk::files::{Format, check, get, list, make, put};

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
        assert!(list(&image, 512, "", true).unwrap().is_empty(), "{format:?}");
        let bytes = disk::pattern(100_000);
        put(&image, 512, "/some/where/pattern.bin", &bytes).unwrap();
        put(&image, 512, "short.txt", b"before").unwrap();
        put(&image, 512, "short.txt", b"it").unwrap();
        assert!(get(&image, 512, "some/where/pattern.bin").unwrap() == bytes, "{format:?}");
        let all = list(&image, 512, "", true).unwrap();
        let all: Vec<_> = all.iter().map(|named| (named.path.as_str(), named.size)).collect();
        let expected =
            [("short.txt", 2), ("some", 0), ("some/where", 0), ("some/where/pattern.bin", 100_000)];
        assert_eq!(all, expected, "{format:?}");
        let inside = list(&image, 512, "some", false).unwrap();
        assert_eq!(inside.len(), 1, "{format:?}");
        let checked = check(&image, 512).unwrap();
        assert_eq!((checked.names, checked.bytes), (4, 100_002), "{format:?}");
        assert_eq!(std::fs::metadata(&image).unwrap().len(), size);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("disk.img");
    std::fs::write(&image, vec![0; 1 << 20]).unwrap();
    let error = |result: anyhow::Result<()>| format!("{:#}", result.unwrap_err());
    assert!(error(check(&image, 512).map(|_| ())).contains("holds no file system"));
    let littlefs = Format::Littlefs { block_size: 4096 };
    assert!(error(make(&image, littlefs, 1 << 20, 512)).contains("exists"));
    let image = folder.path().join("other.img");
    assert!(error(make(&image, littlefs, 4096, 512)).contains("full"));
    assert!(!image.exists(), "no half image is left");
    make(&image, littlefs, 1 << 16, 512).unwrap();
    assert!(error(put(&image, 512, "large", &[0; 1 << 17])).contains("full"));
    assert!(error(get(&image, 512, "missing").map(|_| ())).contains("/missing"));
    assert!(error(list(&image, 1000, "", true).map(|_| ())).contains("sector"));
}
