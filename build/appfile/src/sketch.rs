//! What an app file says, mistakes and all: for drawing an app that is refused.
//!
//! Nothing is resolved. Each name that a mistake is about carries that mistake's message, so a
//! drawing shows what is wrong where it is wrong.

use crate::app::Access;
use crate::check::is_idle;
use crate::diagnostic::{At, Diagnostic, Report};
use crate::parse::{RawApp, RawTask, Whom};

/// An app as it is written.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    /// Its name.
    pub name: String,
    /// Its board, as the file names it.
    pub board: String,
    /// Its tasks, in the file's order.
    pub tasks: Vec<SketchTask>,
    /// Its shared regions, with their sizes in bytes where they can be read.
    pub regions: Vec<(Word, Option<u64>)>,
    /// Why it is refused, if it is.
    pub report: Option<Report>,
}

/// A word of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// What is wrong with it.
    pub wrong: Option<String>,
}

/// A task as it is written.
#[derive(Clone, Debug, Default)]
pub struct SketchTask {
    /// Its name.
    pub name: Word,
    /// Its crate.
    pub krate: String,
    /// Its priority, if it can be read, and what is wrong with it.
    pub priority: Option<(u32, Option<String>)>,
    /// Whether it runs when nobody else can.
    pub idle: bool,
    /// Name of the slot, and whom it leads to.
    pub slots: Vec<(String, Word)>,
    /// Path, and the server of the file system there.
    pub mounts: Vec<(String, Word)>,
    /// Whose notifications it may set, and which.
    pub posts: Vec<(Word, Vec<Word>)>,
    /// Devices and tables.
    pub uses: Vec<Word>,
    /// Source, and the notification it sets.
    pub interrupts: Vec<(Word, String)>,
    /// Whose restart it hears of, and the notification that tells.
    pub on_restart: Vec<(Word, String)>,
    /// Shared regions, and what it may do there.
    pub regions: Vec<(Word, Access)>,
    /// Bytes of DMA memory.
    pub dma: Option<u64>,
    /// Interfaces.
    pub serves: Vec<Word>,
    /// Rights over other tasks: kind, and whom; `*` is everybody.
    pub rights: Vec<(&'static str, Vec<Word>)>,
    /// May reset the system.
    pub reset: bool,
    /// Whether it starts by itself.
    pub start: bool,
}

impl Sketch {
    pub(crate) fn of(app: &RawApp, report: Option<Report>) -> Self {
        let mistakes = report.as_ref().map_or(&[][..], |report| &report.diagnostics);
        let pen = Pen { mistakes };
        let text = |at: &Option<At<String>>| at.as_ref().map(|at| at.value.clone());
        let region = |region: &crate::parse::RawRegion| {
            (pen.word(&region.name), region.size.as_ref().map(|size| size.value))
        };
        Self {
            name: text(&app.name).unwrap_or_default(),
            board: text(&app.board).unwrap_or_default(),
            tasks: app.tasks.iter().map(|task| pen.task(task)).collect(),
            regions: app.regions.iter().map(region).collect(),
            report,
        }
    }
}

struct Pen<'a> {
    mistakes: &'a [Diagnostic],
}

impl Pen<'_> {
    fn wrong<T>(&self, at: &At<T>) -> Option<String> {
        let mistake = self.mistakes.iter().find(|mistake| mistake.place() == at.place)?;
        Some(mistake.message().to_owned())
    }

    fn word(&self, at: &At<String>) -> Word {
        Word { text: at.value.clone(), wrong: self.wrong(at) }
    }

    fn words(&self, words: &[At<String>]) -> Vec<Word> {
        words.iter().map(|word| self.word(word)).collect()
    }

    fn task(&self, task: &RawTask) -> SketchTask {
        let pairs = |pairs: &[(At<String>, At<String>)]| -> Vec<(Word, String)> {
            pairs.iter().map(|(key, value)| (self.word(key), value.value.clone())).collect()
        };
        let slots = task.slots.iter().map(|(name, target)| (name.value.clone(), self.word(target)));
        let mounts = task.mounts.iter().filter_map(|mount| {
            let server = self.word(mount.server.as_ref()?);
            let wrong = server.wrong.or_else(|| self.wrong(&mount.path));
            Some((mount.path.value.clone(), Word { wrong, ..server }))
        });
        let posts = task.rights.post.iter();
        let regions = task.regions.iter();
        SketchTask {
            name: self.word(&task.name),
            krate: task.krate.as_ref().map(|krate| krate.value.clone()).unwrap_or_default(),
            priority: task.priority.as_ref().map(|at| (at.value, self.wrong(at))),
            idle: is_idle(task),
            slots: slots.collect(),
            mounts: mounts.collect(),
            posts: posts.map(|(whom, bits)| (self.word(whom), self.words(bits))).collect(),
            uses: task.uses.iter().map(|(_, name)| self.word(name)).collect(),
            interrupts: pairs(&task.interrupts),
            on_restart: pairs(&task.on_restart),
            regions: regions.map(|share| (self.word(&share.region), share.access)).collect(),
            dma: task.dma.as_ref().map(|at| at.value),
            serves: self.words(&task.serves),
            rights: self.rights(task),
            reset: task.rights.reset,
            start: task.start.as_ref().is_none_or(|at| at.value),
        }
    }

    fn rights(&self, task: &RawTask) -> Vec<(&'static str, Vec<Word>)> {
        let rights = &task.rights;
        let all = [
            ("status", &rights.status),
            ("restart", &rights.restart),
            ("fault", &rights.fault),
            ("dump", &rights.dump),
        ];
        let named = all.into_iter().map(|(kind, whom)| (kind, self.whom(whom)));
        named.filter(|(_, whom)| !whom.is_empty()).collect()
    }

    fn whom(&self, whom: &Whom) -> Vec<Word> {
        if whom.all.is_some() {
            return vec![Word { text: "*".into(), wrong: None }];
        }
        self.words(&whom.names)
    }
}
