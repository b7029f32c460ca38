//! Lines of generated text, indented.

/// Collects lines.
#[derive(Default)]
pub struct Writer {
    text: String,
    depth: usize,
}

impl Writer {
    /// One line.
    pub fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n("    ", self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// A line, then a block one step further in, then its end.
    pub fn block(&mut self, head: impl AsRef<str>, body: impl FnOnce(&mut Self)) {
        self.block_end(head, "}", body);
    }

    /// As `block`, with another last line.
    pub fn block_end(&mut self, head: impl AsRef<str>, end: &str, body: impl FnOnce(&mut Self)) {
        self.line(format!("{} {{", head.as_ref()));
        self.depth += 1;
        body(self);
        self.depth -= 1;
        self.line(end);
    }

    /// Doc comments; `otherwise` if there are none.
    pub fn docs(&mut self, docs: &[String], otherwise: &str) {
        for line in docs {
            self.line(format!("/// {line}").trim_end());
        }
        if docs.is_empty() {
            self.line(format!("/// {otherwise}"));
        }
    }

    /// All of it.
    pub fn finish(self) -> String {
        self.text
    }
}
