//! The line that `userlib::config!` leaves in a task's object.

/// What a setting may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Bool,
    Integer {
        name: String,
        bytes: usize,
        least: i128,
        most: i128,
    },
    /// At most so many bytes.
    Text(usize),
    List(Box<Self>, usize),
    /// By name, as in the app file.
    Table(Vec<(String, Self)>),
    /// The same.
    Choice(Vec<String>),
    /// What may be left out.
    Optional(Box<Self>),
    /// A value for each of at most so many clients.
    Clients(Box<Self>, usize),
    /// At most so many bytes, in one of these forms.
    Form(usize, Vec<String>),
}

const INTEGERS: [(&str, usize); 8] =
    [("u8", 1), ("u16", 2), ("u32", 4), ("u64", 8), ("i8", 1), ("i16", 2), ("i32", 4), ("i64", 8)];
/// So deep a type may be.
const DEPTH: usize = 32;

impl Shape {
    /// `None` if the line is damaged.
    pub fn parse(line: &str) -> Option<Self> {
        let mut parser = Parser { rest: line };
        let shape = parser.shape(DEPTH)?;
        parser.rest.is_empty().then_some(shape)
    }

    /// Bytes of its record; `None` if there are more than a machine has.
    pub fn size(&self) -> Option<usize> {
        match self {
            Self::Bool | Self::Choice(_) => Some(1),
            Self::Integer { bytes, .. } => Some(*bytes),
            Self::Text(most) | Self::Form(most, _) => most.checked_add(2),
            Self::List(entry, count) => entry.size()?.checked_mul(*count),
            Self::Optional(value) => value.size()?.checked_add(1),
            Self::Clients(value, count) => value.size()?.checked_add(2)?.checked_mul(*count),
            Self::Table(fields) => {
                fields.iter().try_fold(0usize, |sum, (_, field)| sum.checked_add(field.size()?))
            }
        }
    }
}

struct Parser<'l> {
    rest: &'l str,
}

impl<'l> Parser<'l> {
    fn shape(&mut self, depth: usize) -> Option<Shape> {
        let depth = depth.checked_sub(1)?;
        match self.rest.chars().next()? {
            '{' => self.table(depth),
            '<' => self.choice(),
            '[' => self.list(depth).map(|(entry, count)| Shape::List(entry, count)),
            '?' => {
                self.skip("?");
                Some(Shape::Optional(Box::new(self.shape(depth)?)))
            }
            _ if self.skip("clients") => {
                self.list(depth).map(|(value, count)| Shape::Clients(value, count))
            }
            _ if self.skip("form") => self.form(),
            _ => self.plain(),
        }
    }

    fn table(&mut self, depth: usize) -> Option<Shape> {
        let mut fields = Vec::new();
        self.skip("{");
        while !self.skip("}") {
            let name = self.word()?.replace('_', "-");
            self.expect(":")?;
            fields.push((name, self.shape(depth)?));
            let _ = self.skip(",");
        }
        Some(Shape::Table(fields))
    }

    fn choice(&mut self) -> Option<Shape> {
        let mut words = Vec::new();
        self.skip("<");
        while !self.skip(">") {
            words.push(kebab(self.word()?));
            let _ = self.skip("|");
        }
        (1..=256).contains(&words.len()).then_some(Shape::Choice(words))
    }

    fn list(&mut self, depth: usize) -> Option<(Box<Shape>, usize)> {
        self.expect("[")?;
        let entry = self.shape(depth)?;
        self.expect(";")?;
        let count = self.number()?.try_into().ok()?;
        self.expect("]")?;
        Some((Box::new(entry), count))
    }

    fn form(&mut self) -> Option<Shape> {
        self.expect("(")?;
        let most: u16 = self.number()?.try_into().ok()?;
        self.expect(";")?;
        let forms = self.while_is(|c| c != ')')?;
        self.expect(")")?;
        let forms: Vec<String> = forms.split('|').map(str::to_owned).collect();
        forms.iter().all(|form| !form.is_empty()).then(|| Shape::Form(most.into(), forms))
    }

    fn plain(&mut self) -> Option<Shape> {
        let word = self.word()?;
        match word {
            "bool" => return Some(Shape::Bool),
            "text" => {
                self.expect("(")?;
                let most: u16 = self.number()?.try_into().ok()?;
                self.expect(")")?;
                return Some(Shape::Text(most.into()));
            }
            _ => {}
        }
        let (name, bytes) = *INTEGERS.iter().find(|(name, _)| *name == word)?;
        let bits = bytes * 8;
        let (mut least, mut most) = match name.starts_with('i') {
            true => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
            false => (0, (1 << bits) - 1),
        };
        if self.skip("(") {
            least = self.number()?.max(least);
            self.expect("..")?;
            most = self.number()?.min(most);
            self.expect(")")?;
        }
        Some(Shape::Integer { name: name.to_owned(), bytes, least, most })
    }

    fn skip(&mut self, words: &str) -> bool {
        let rest = self.rest.strip_prefix(words);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, words: &str) -> Option<()> {
        self.skip(words).then_some(())
    }

    fn while_is(&mut self, is: impl Fn(char) -> bool) -> Option<&'l str> {
        let end = self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn word(&mut self) -> Option<&'l str> {
        self.while_is(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn number(&mut self) -> Option<i128> {
        self.while_is(|c| c.is_ascii_digit() || c == '-')?.parse().ok()
    }
}

/// `FastMode` as `fast-mode`.
fn kebab(name: &str) -> String {
    let mut word = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(if c == '_' { '-' } else { c.to_ascii_lowercase() });
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read() {
        let shape = Shape::parse("{a_b:u16(1..9),c:[[text(3);2];4],d:<Off|FastMode>,e:{f:bool}}");
        let Some(Shape::Table(fields)) = shape else { panic!() };
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a-b", "c", "d", "e"]);
        assert_eq!(fields.iter().map(|(_, shape)| shape.size().unwrap()).sum::<usize>(), 44);
        assert_eq!(fields[2].1, Shape::Choice(vec!["off".into(), "fast-mode".into()]));
        let Shape::Integer { least, most, .. } = fields[0].1 else { panic!() };
        assert_eq!((least, most), (1, 9));
        let Some(Shape::Integer { least, most, .. }) = Shape::parse("i64") else { panic!() };
        assert_eq!((least, most), (i64::MIN.into(), i64::MAX.into()));
    }

    #[test]
    fn so_is_what_may_be_left_out() {
        let shape = Shape::parse("{a:?u16(1..9),b:clients[form(8;disk|label:*);3]}");
        let Some(Shape::Table(fields)) = shape else { panic!() };
        assert_eq!(fields.iter().map(|(_, shape)| shape.size().unwrap()).sum::<usize>(), 3 + 36);
        let Shape::Clients(part, 3) = &fields[1].1 else { panic!() };
        assert_eq!(**part, Shape::Form(8, vec!["disk".into(), "label:*".into()]));
    }

    #[test]
    fn a_damaged_description_is_none() {
        for line in [
            "",
            "{",
            "{a}",
            "{a:}",
            "{a:u17}",
            "u8 ",
            "[u8;]",
            "[u8;-1]",
            "text(-1)",
            "text(99999)",
            "<>",
            "<A",
            "u8(1..",
            "?",
            "clients",
            "clients[u8]",
            "clients[u8;-1]",
            "form(8;",
            "form(8;)",
            "form(8;a||b)",
            "form(99999;a)",
            &"[".repeat(10_000),
            "{a:bool}}",
        ] {
            assert_eq!(Shape::parse(line), None, "{line}");
        }
        let huge = "[[[u64;9999999999999];9999999999999];9999999999999]";
        assert_eq!(Shape::parse(huge).unwrap().size(), None);
    }
}
