//! `rights = { … }`: what a task may ask of kernel and supervisor.

use super::{RawRights, Whom};
use crate::diagnostic::At;
use crate::reader::{Fields, Value};
use crate::words::check_name;

pub(super) fn parse(value: &Value<'_>) -> RawRights {
    let rights = value.fields("`rights`", |rights| RawRights {
        status: whom(rights, "status"),
        restart: whom(rights, "restart"),
        fault: whom(rights, "fault"),
        dump: whom(rights, "dump"),
        reset: rights
            .get("reset")
            .and_then(|value| value.boolean())
            .is_some_and(|reset| reset.value),
        post: rights.get("post").map_or_else(Vec::new, |value| posts(&value)),
    });
    rights.unwrap_or_default()
}

fn whom(rights: &mut Fields<'_>, key: &'static str) -> Whom {
    let mut whom = Whom::default();
    let entries = rights.get(key).map_or_else(Vec::new, |value| value.list());
    for entry in entries {
        if entry.as_string().is_some_and(|text| text.value == "*") {
            whom.all = Some(entry.place);
        } else {
            whom.names.extend(entry.name());
        }
    }
    whom
}

fn posts(value: &Value<'_>) -> Vec<(At<String>, Vec<At<String>>)> {
    let post = |(task, bits): (At<&str>, Value<'_>)| {
        let task = At { value: task.value.to_owned(), place: task.place };
        Some((check_name(task, value.log)?, bits.names()))
    };
    value.entries().into_iter().filter_map(post).collect()
}
