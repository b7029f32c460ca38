//! Images, judged by the format's own tools.

use disk::{Content, default_contents, make_fat32};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

fn image(contents: &[Content]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("disk.img");
    make_fat32(&path, contents).expect("an image");
    (folder, path)
}

fn run(program: &str, arguments: &[&str], image: &Path) -> Output {
    let image = image.display().to_string();
    let arguments = arguments.iter().map(|&word| if word == "IMAGE" { &image } else { word });
    // `fsck.fat` is where only root's PATH leads.
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new(program).args(arguments).env("PATH", path).output();
    output.unwrap_or_else(|error| panic!("{program} (packages dosfstools and mtools): {error}"))
}

#[test]
fn every_file_is_found_whole_by_others() {
    let contents = default_contents();
    let (_folder, image) = image(&contents);
    for content in &contents {
        let file = format!("::{}", content.path);
        let copied = run("mcopy", &["-n", "-i", "IMAGE", &file, "-"], &image);
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        assert!(copied.stdout == content.bytes, "{} differs", content.path);
    }
}

#[test]
fn the_checker_has_nothing_to_say() {
    let (_folder, image) = image(&default_contents());
    let checked = run("fsck.fat", &["-n", "-v", "IMAGE"], &image);
    let words = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{words}");
    assert!(words.contains("32 bit entries"), "not FAT32: {words}");
}

#[test]
fn the_demo_file_says_what_the_readme_promises() {
    let contents = default_contents();
    let hello = contents.iter().find(|content| content.path == "hello.txt");
    assert_eq!(hello.map(|content| &content.bytes[..]), Some(&b"hello from the disk\n"[..]));
    assert!(contents.iter().any(|content| content.path.starts_with("docs/")
        && content.path.rsplit('/').next().is_some_and(|name| name.len() > 12)));
}

#[test]
fn the_same_contents_make_the_same_image() {
    let (_one, first) = image(&default_contents());
    let (_two, second) = image(&default_contents());
    let read = |path: &Path| std::fs::read(path).expect("an image");
    assert!(read(&first) == read(&second));
}

#[test]
fn what_does_not_fit_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("disk.img");
    let large = Content { path: "large".into(), bytes: vec![0; 65 << 20] };
    assert!(make_fat32(&path, &[large]).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
