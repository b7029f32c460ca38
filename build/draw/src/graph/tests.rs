//! Pictures of small apps, of a refused one, and of one with many tasks.

use super::Graph;
use appfile::Files;
use std::collections::BTreeMap;
use std::fmt::Write;

const BOARD: &str = include_str!("../../../boards/qemu-virt.toml");

struct OneBoard;

impl Files for OneBoard {
    fn board(&self, _: &str) -> std::io::Result<String> {
        Ok(BOARD.into())
    }
    fn beside(&self, _: &str) -> std::io::Result<String> {
        Err(std::io::ErrorKind::NotFound.into())
    }
    fn boards(&self) -> Vec<String> {
        vec!["qemu-virt".into()]
    }
}

const SMALL: &str = r#"
name = "small"
board = "qemu-virt"
regions.frames.size = "8 KiB"
[tasks.supervisor]
crate = "task-supervisor"
priority = 0
stack = "4 KiB"
notifications = ["fault", "tick"]
serves = ["supervisor"]
[tasks.console]
crate = "drv-pl011-server"
priority = 2
stack = "4 KiB"
uses = ["uart0"]
interrupts = { "uart0.irq" = "irq" }
serves = ["console"]
regions = { frames = "rw" }
[tasks.client]
crate = "task-client"
priority = 5
stack = "4 KiB"
task-slots = { out = "console", supervisor = "supervisor" }
regions = { frames = "r" }
rights = { status = ["*"], post = { supervisor = ["tick"] } }
[tasks.idle]
crate = "task-idle"
priority = 63
stack = "4 KiB"
"#;

fn graph(text: &str) -> Graph {
    Graph::new(&appfile::sketch("app.toml", text, &OneBoard))
}

#[test]
fn a_small_app_in_dot() {
    insta::assert_snapshot!(graph(SMALL).dot());
}

#[test]
fn a_small_app_in_svg() {
    insta::assert_snapshot!(graph(SMALL).svg());
}

/// Left, top, width and height of each task's box, by the name that stands in it.
fn boxes(svg: &str) -> BTreeMap<String, [f64; 4]> {
    let lines: Vec<&str> = svg.lines().collect();
    let number = |line: &str, key: &str| -> f64 {
        let (_, after) = line.split_once(&format!(" {key}=\"")).expect(key);
        after.split('"').next().unwrap_or_default().parse().expect(key)
    };
    let mut found = BTreeMap::new();
    for pair in lines.windows(2) {
        if let Some((_, name)) = pair[1].split_once("class=\"name\">") {
            let name = name.trim_end_matches("</text>").to_owned();
            found.insert(name, ["x", "y", "width", "height"].map(|key| number(pair[0], key)));
        }
    }
    found
}

#[test]
fn the_more_important_is_above() {
    let boxes = boxes(&graph(SMALL).svg());
    let top = |name: &str| boxes[name][1];
    assert!(top("supervisor") < top("console") && top("console") < top("frames"));
    assert!(top("frames") < top("client") && top("client") < top("idle"));
}

#[test]
fn sixty_tasks_do_not_overlap() {
    let mut text = SMALL.to_owned();
    for number in 0..56_usize {
        let (priority, target) = (6 + number / 12, number.saturating_sub(13));
        let slots = if number < 13 { "client".into() } else { format!("task-{target}") };
        let _ = writeln!(
            text,
            "[tasks.task-{number}]\ncrate = \"task-x\"\npriority = {priority}\nstack = \"4 KiB\"\n\
             task-slots = [\"{slots}\", \"supervisor\"]"
        );
    }
    let svg = graph(&text).svg();
    assert!(!svg.contains("is refused"), "{svg}");
    let boxes: Vec<(String, [f64; 4])> = boxes(&svg).into_iter().collect();
    assert_eq!(boxes.len(), 61);
    for (index, (name, a)) in boxes.iter().enumerate() {
        assert!(a[0] > 0.0 && a[0] + a[2] < 2000.0, "{name} at {a:?}");
        for (other, b) in &boxes[index + 1..] {
            let apart = |i: usize| a[i] + a[i + 2] < b[i] || b[i] + b[i + 2] < a[i];
            assert!(apart(0) || apart(1), "{name} at {a:?}, {other} at {b:?}");
        }
    }
}

#[test]
fn what_is_refused_is_drawn_in_red() {
    let right = graph(SMALL);
    assert!(!right.svg().contains("REFUSED") && !right.dot().contains("#d01010"));
    let downhill = SMALL.replace("serves = [\"console\"]", "task-slots = [\"client\"]");
    let wrong = "task `console` would wait for `client`, which is less important";
    for picture in [graph(&downhill).svg(), graph(&downhill).dot()] {
        assert!(picture.contains("console may send to client"), "{picture}");
        assert!(picture.contains(&format!("REFUSED: {wrong}")), "{picture}");
        assert!(picture.contains("#d01010"), "{picture}");
    }
}

#[test]
fn names_that_nothing_has_are_drawn() {
    let wrong = SMALL.replace("out = \"console\"", "out = \"konsole\"");
    let wrong = wrong.replace("frames = \"r\" }", "fames = \"r\" }");
    let boxes = boxes(&graph(&wrong).svg());
    assert!(boxes.contains_key("konsole") && boxes.contains_key("fames"), "{boxes:?}");
}

#[test]
fn what_is_no_app_is_an_empty_picture() {
    for text in ["", "tasks = 3", "[tasks.a]", "[tasks.a]\ntask-slots = [\"a\", \"b\"]", "]"] {
        let graph = graph(text);
        assert!(graph.svg().ends_with("</svg>\n") && graph.dot().ends_with("}\n"));
    }
}
