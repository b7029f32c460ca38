//! Texts of settings that have one of a few forms.

use super::settings::Record;
use crate::code::Code;
use crate::suggest;
use crate::tree::Node;

impl Record<'_> {
    pub fn form(&mut self, what: &str, node: &Node, text: &str, most: usize, forms: &[String]) {
        if forms.iter().any(|form| fits(form, text)) {
            return self.text(what, node, text, most);
        }
        let message = format!("{what} cannot be `{text}`");
        let help = Some(format!("write {}", wanted(forms)));
        self.wrong(Code::BadChoice, message, node.place, "has none of its forms", help);
    }
}

/// Whether a text has this form; see `userlib::settings::Type::Form`.
fn fits(form: &str, text: &str) -> bool {
    let rest = |end| form.strip_suffix(end).and_then(|start| text.strip_prefix(start));
    if let Some(rest) = rest('*') {
        !rest.is_empty()
    } else if let Some(rest) = rest('#') {
        is_number(rest)
    } else if let Some(rest) = rest('%') {
        is_guid(rest)
    } else {
        form == text
    }
}

/// From 1 on, written in one way.
fn is_number(text: &str) -> bool {
    text.parse().is_ok_and(|number: u32| number > 0 && number.to_string() == text)
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_hexdigit());
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.into_iter().all(digits)
}

/// A form as a person is told of it.
fn shown(form: &str) -> String {
    form.replace('*', "NAME").replace('#', "NUMBER").replace('%', "GUID")
}

pub fn wanted(forms: &[String]) -> String {
    let forms: Vec<String> = forms.iter().map(|form| shown(form)).collect();
    let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
    format!("one of: {}", suggest::list(&forms))
}

/// A text of the first of these forms.
pub fn example(forms: &[String]) -> String {
    forms.first().map(|form| shown(form)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_text_has_a_form_or_not() {
        let guid = "guid:C12A7328-f81f-11d2-ba4b-00a0c93ec93b";
        for (form, text) in
            [("disk", "disk"), ("label:*", "label:a b"), ("index:#", "index:10"), ("guid:%", guid)]
        {
            assert!(fits(form, text), "{form} {text}");
        }
        for (form, text) in [
            ("disk", "disks"),
            ("label:*", "label:"),
            ("label:*", "lable:a"),
            ("index:#", "index:0"),
            ("index:#", "index:+1"),
            ("index:#", "index:4294967296"),
            ("guid:%", "guid:c12a7328"),
            ("guid:%", &guid[..guid.len() - 1]),
            ("guid:%", &guid.replace('3', "g")),
            ("guid:%", &guid.replace('-', "+")),
        ] {
            assert!(!fits(form, text), "{form} {text}");
        }
    }
}
