//! New tasks, drivers and apps, from templates that build and boot as they are.
//!
//! [`task`], [`driver`] and [`app`] plan, [`Plan::carry_out`] writes: nothing is written unless
//! everything can be, and no file is overwritten.

#![forbid(unsafe_code)]

mod names;
mod plan;
mod system;

pub use plan::Plan;
pub use system::System;

use anyhow::Result;
use names::{Name, fill};

macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("templates/", $name))
    };
}

/// What an app without a console gets.
pub(crate) const CONSOLE: &str = template!("console.app.toml");

/// A task that says hello. It is added to a system, or else the plan says what to add.
///
/// # Errors
/// If the name will not do, or the system has no room for it.
pub fn task(name: &str, system: Option<System>) -> Result<Plan> {
    let name = Name::check(name)?;
    let values = [("NAME", name.text())];
    let mut plan = Plan::default();
    let folder = format!("task/{}", name.text());
    plan.file(format!("{folder}/Cargo.toml"), fill(template!("task.Cargo.toml"), &values));
    plan.file(format!("{folder}/src/main.rs"), fill(template!("task.main.rs"), &values));
    let section = template!("task.app.toml");
    match system {
        Some(system) => plan.change(system.with_client(&name, section)?),
        None => plan.advise(names::section(section, &values, "7", "[\"console\"]")),
    }
    Ok(plan)
}

/// A driver of one of the board's devices: a library with a test, an interface, a task that joins
/// them, added to a system.
///
/// # Errors
/// If the name will not do, or the system has no room for it.
pub fn driver(name: &str, device: &str, system: System) -> Result<Plan> {
    let name = Name::check(name)?;
    let kind = name.type_name()?;
    let (resource, uses) = (device.replace('-', "_"), uses(&name, &kind));
    let values = [
        ("NAME", name.text()),
        ("TYPE", &kind),
        ("DEVICE", device),
        ("RESOURCE", &resource),
        ("USES", &uses),
    ];
    let mut plan = Plan::default();
    let drv = format!("drv/{}", name.text());
    for (path, text) in [
        (format!("idl/{}.idl", name.text()), template!("driver.idl")),
        (format!("{drv}/Cargo.toml"), template!("driver.Cargo.toml")),
        (format!("{drv}/src/lib.rs"), template!("driver.lib.rs")),
        (format!("{drv}-api/Cargo.toml"), template!("driver.api.Cargo.toml")),
        (format!("{drv}-api/build.rs"), template!("driver.api.build.rs")),
        (format!("{drv}-api/src/lib.rs"), template!("driver.api.lib.rs")),
        (format!("{drv}-server/Cargo.toml"), template!("driver.server.Cargo.toml")),
        (format!("{drv}-server/src/main.rs"), template!("driver.main.rs")),
    ] {
        plan.file(path, fill(text, &values));
    }
    plan.change(system.with_driver(&name, &fill(template!("driver.app.toml"), &values))?);
    Ok(plan)
}

/// An app with a task of its own, of the same name.
///
/// # Errors
/// If the name will not do.
pub fn app(name: &str, system: System) -> Result<Plan> {
    task(name, Some(system))
}

/// Where a new app's file is.
#[must_use]
pub fn app_file(name: &str) -> String {
    format!("{name}.toml")
}

/// What is in it before anything is added: a supervisor and the idle task.
///
/// # Errors
/// If the name will not do.
pub fn app_text(name: &str) -> Result<String> {
    let name = Name::check(name)?;
    let file = app_file(name.text());
    Ok(fill(template!("app.toml"), &[("NAME", name.text()), ("FILE", &file)]))
}

/// The server's imports, in the order that rustfmt wants.
fn uses(name: &Name, kind: &str) -> String {
    let krate = name.text().replace('-', "_");
    let mut uses = [
        "use console_api::Text;".into(),
        "use core::fmt::Write;".into(),
        "use supervisor_api::client::Supervisor;".into(),
        "use userlib::ipc::{Bits, Caller, InOrder};".into(),
        format!("use drv_{krate}::{kind};"),
        format!("use {krate}_api::server::{{self, Refuse}};"),
    ];
    uses.sort();
    uses.join("\n")
}

#[cfg(test)]
mod tests;
