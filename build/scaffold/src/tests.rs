//! Names, refusals and what is written. That it builds and boots: `tests/system/tests/copies.rs`.

use super::*;
use appfile::Folders;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn folders() -> Folders {
    Folders { boards: root().join("build/boards"), app: root().to_owned() }
}

fn system(text: String) -> System {
    System::new("x.toml".into(), text, folders())
}

fn refusal(result: Result<Plan>) -> String {
    let error = result.expect_err("it is refused");
    let report = error.downcast_ref::<appfile::Report>();
    report.map_or_else(|| error.to_string(), |report| report.render(false))
}

#[test]
fn names_are_checked_and_errors_say_why() {
    for (name, why) in [
        ("", "not a name"),
        ("Hello", "not a name"),
        ("4ever", "not a name"),
        ("a_b", "not a name"),
        ("a--b", "not a name"),
        ("a-", "not a name"),
        ("../x", "not a name"),
        ("a-name-with-too-many-words", "at most 24"),
        ("clock-api", "`-api`"),
        ("clock-server", "`-server`"),
    ] {
        assert!(refusal(task(name, None)).contains(why), "{name}");
        assert!(refusal(app(name, system(app_text("x").unwrap()))).contains(why), "{name}");
        let system = system(app_text("x").unwrap());
        assert!(refusal(driver(name, "rtc", system)).contains(why), "{name}");
    }
    for name in ["server", "self", "text"] {
        let said = refusal(driver(name, "rtc", system(app_text("x").unwrap())));
        assert!(said.contains("is taken"), "{said}");
    }
    assert!(task("server", None).is_ok());
}

#[test]
fn nothing_is_overwritten_and_then_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("task/hello/src/main.rs");
    std::fs::create_dir_all(main.parent().unwrap()).unwrap();
    std::fs::write(&main, "mine").unwrap();
    let said = task("hello", None).unwrap().carry_out(folder.path()).unwrap_err().to_string();
    assert!(said.contains("task/hello/src/main.rs is there already"), "{said}");
    assert_eq!(std::fs::read_to_string(main).unwrap(), "mine");
    assert!(!folder.path().join("task/hello/Cargo.toml").exists());
}

#[test]
fn an_app_file_keeps_every_byte_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    let before = std::fs::read_to_string(root().join("app.toml")).unwrap();
    let system = System::new(path.clone(), before.clone(), folders());
    task("hello", Some(system)).unwrap().carry_out(folder.path()).unwrap();
    let after = std::fs::read_to_string(path).unwrap();
    assert!(after.starts_with(before.trim_end()));
    // As unimportant as the least important, the logger.
    let added = &after[before.trim_end().len()..];
    assert!(added.contains("[tasks.hello]") && added.contains("priority = 7\n"), "{added}");
    assert!(added.contains("task-slots = [\"console\"]"), "{added}");
}

#[test]
fn slots_have_the_names_that_tasks_have() {
    let text = app_text("x").unwrap().replace("[tasks.supervisor]", "[tasks.boss]");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    let system = System::new(path.clone(), text, folders());
    driver("demo-dev", "rtc", system).unwrap().carry_out(folder.path()).unwrap();
    let written = std::fs::read_to_string(path).unwrap();
    let slots = "task-slots = { console = \"console\", supervisor = \"boss\" }";
    assert!(written.contains(slots), "{written}");
}

#[test]
fn what_the_app_file_would_refuse_is_refused_before() {
    let text = app_text("x").unwrap();
    let said = refusal(driver("demo-dev", "rtx", system(text.clone())));
    assert!(said.contains("rtx"), "{said}");
    let said = refusal(driver("demo-dev", "uart0", system(text.clone())));
    assert!(said.contains("uart0"), "{said}");
    let said = refusal(task("console", Some(system(text.clone()))));
    assert!(said.contains("console"), "{said}");
    let full = text.replace("priority = 63", "priority = 2");
    let said = refusal(task("hello", Some(system(full))));
    assert!(said.contains("no priority left"), "{said}");
}

#[test]
fn nothing_in_a_template_is_left_to_fill_in() {
    let plans = [
        app("x", system(app_text("x").unwrap())).unwrap(),
        task("hello", None).unwrap(),
        driver("demo-dev", "fw-cfg", system(app_text("x").unwrap())).unwrap(),
    ];
    for plan in plans {
        assert!(!format!("{plan:?}").contains('@'), "{plan:?}");
    }
}

#[test]
fn the_interface_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let system = System::new(folder.path().join("x.toml"), app_text("x").unwrap(), folders());
    driver("demo-dev", "rtc", system).unwrap().carry_out(folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join("idl/demo-dev.idl")).unwrap();
    assert!(idl::json("demo-dev.idl", &text).unwrap().contains("DemoDev"));
}
