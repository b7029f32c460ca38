//! The app file that something new is added to. What it says already stays as it is, to the byte.

use crate::names::{self, Name};
use anyhow::{Result, bail};
use appfile::app::Task;
use appfile::{App, Folders};
use std::path::PathBuf;

/// An app file.
pub struct System {
    path: PathBuf,
    text: String,
    folders: Folders,
}

impl System {
    /// One with this text, which is or will be at this path.
    #[must_use]
    pub fn new(path: PathBuf, text: String, folders: Folders) -> Self {
        Self { path, text, folders }
    }

    /// With a task that writes on the console: no more important than any other, but idle.
    pub(crate) fn with_client(self, name: &Name, section: &str) -> Result<(PathBuf, String)> {
        let app = self.load(&self.text)?;
        let console = Console::of(&app, name);
        let others = app.tasks.iter().filter(|task| !is_idle(task));
        let least = others.map(|task| task.priority).max().unwrap_or_default();
        let priority = least.max(console.priority + 1);
        self.with(&app, name, section, priority, console, false)
    }

    /// With a driver, which is less important than what it needs itself and nothing else.
    pub(crate) fn with_driver(self, name: &Name, section: &str) -> Result<(PathBuf, String)> {
        let app = self.load(&self.text)?;
        let console = Console::of(&app, name);
        self.with(&app, name, section, console.priority + 1, console, true)
    }

    fn with(
        &self,
        app: &App,
        name: &Name,
        section: &str,
        priority: u32,
        console: Console,
        supervised: bool,
    ) -> Result<(PathBuf, String)> {
        if app.tasks.iter().any(|task| is_idle(task) && task.priority <= priority) {
            bail!("{} has no priority left between console and idle task", self.path.display());
        }
        let supervisor = supervised.then(|| ("supervisor", supervisor(app)));
        let slots: Vec<_> = [("console", &*console.name)].into_iter().chain(supervisor).collect();
        let values = [("NAME", name.text())];
        let added = names::section(section, &values, &priority.to_string(), &listed(&slots));
        let text = format!("{}\n\n{}{added}", self.text.trim_end(), console.section);
        // A name that is taken, a device that has an owner: said before anything is written.
        self.load(&text)?;
        Ok((self.path.clone(), text))
    }

    fn load(&self, text: &str) -> Result<App> {
        Ok(appfile::load(&self.path.display().to_string(), text, &self.folders)?)
    }
}

/// Whom the new task writes to.
struct Console {
    name: String,
    priority: u32,
    /// What adds it, if it is new as well.
    section: String,
}

impl Console {
    /// The app's, or one for this client.
    fn of(app: &App, client: &Name) -> Self {
        let serves = |task: &&Task| task.serves.iter().any(|name| name == "console");
        if let Some(task) = app.tasks.iter().find(serves) {
            let (name, priority) = (task.name.clone(), task.priority);
            return Self { name, priority, section: String::new() };
        }
        let slots = listed(&[("supervisor", supervisor(app))]);
        let values = [("NAME", client.text())];
        let section = names::section(crate::CONSOLE, &values, "1", &slots);
        Self { name: "console".into(), priority: 1, section: section + "\n" }
    }
}

fn supervisor(app: &App) -> &str {
    app.tasks.first().map_or("supervisor", |task| &task.name)
}

fn is_idle(task: &Task) -> bool {
    task.krate == "task-idle"
}

/// Slots by name and target, as short as can be.
fn listed(slots: &[(&str, &str)]) -> String {
    let plain = slots.iter().all(|(slot, task)| slot == task);
    let each = slots.iter().map(|(slot, task)| match plain {
        true => format!("\"{slot}\""),
        false => format!("{slot} = \"{task}\""),
    });
    let each = each.collect::<Vec<_>>().join(", ");
    if plain { format!("[{each}]") } else { format!("{{ {each} }}") }
}
