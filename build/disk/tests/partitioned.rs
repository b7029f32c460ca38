//! Partitioned images, judged by sgdisk and mtools.

use disk::files::Format;
use disk::{Named, default_contents, make_partitioned};
use std::path::Path;
use std::process::{Command, Output};

const GUID: &str = "11111111-2222-4333-8444-555555555555";

fn run(program: &str, arguments: &[&str], image: &Path) -> Output {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new(program);
    let command = command.args(arguments).env("PATH", path);
    let image = image.display().to_string();
    let output = match program {
        "mcopy" => command.env("MTOOLS_SKIP_CHECK", "1").arg("-n").output(),
        _ => command.arg(image).output(),
    };
    output.unwrap_or_else(|error| panic!("{program} (packages gdisk and mtools): {error}"))
}

#[test]
fn every_partition_is_where_it_is_looked_for_and_has_the_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("disk.img");
    let named = ["label:data store", "index:1", &format!("guid:{GUID}")]
        .map(|text| (Named::parse(text).expect("it names one"), Format::Fat));
    let contents = default_contents();
    make_partitioned(&image, &named, disk::SIZE, &contents).expect("an image");
    let verified = run("sgdisk", &["--verify"], &image);
    let words = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(words.contains("No problems found"), "{words}");
    let table = String::from_utf8(run("sgdisk", &["--print"], &image).stdout).expect("text");
    // The label's is the first on the disk, with the first number that nobody asked for.
    for (number, first, label) in [(2, 2048, "data store"), (1, 133120, ""), (3, 264192, "")] {
        let line = table.lines().find(|line| line.trim_start().starts_with(&format!("{number} ")));
        let words: Vec<&str> = line.expect("it is there").split_whitespace().collect();
        assert_eq!(words[1], first.to_string());
        assert!(table.contains(label));
        let drive = format!("{}@@{}", image.display(), first * 512);
        let content = &contents[0];
        let path = format!("::{}", content.path);
        let copied = run("mcopy", &["-i", &drive, &path, "-"], &image);
        assert!(copied.stdout == content.bytes, "{copied:?}");
    }
    let third = String::from_utf8(run("sgdisk", &["--info=3"], &image).stdout).expect("text");
    assert!(third.contains(GUID), "{third}");
}

#[test]
fn what_is_no_partition_names_none() {
    for text in ["disk", "label", "index:x", "boot"] {
        assert_eq!(Named::parse(text), None);
    }
}
