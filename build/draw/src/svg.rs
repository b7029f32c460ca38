//! SVG as text. All letters are of one width, so that sizes are known without a font.

use std::fmt::{Display, Write};

/// Width of a letter by its height.
const LETTER: f64 = 0.605;
const FONT: &str = "'DejaVu Sans Mono', Menlo, Consolas, monospace";

/// How wide so much text is.
pub fn text_width(text: &str, size: f64) -> f64 {
    count(text.chars().count()) * size * LETTER
}

/// A number of things as a length.
pub fn count(things: usize) -> f64 {
    // More things than a u32 counts are in no picture.
    f64::from(u32::try_from(things).unwrap_or(u32::MAX))
}

/// With nothing that SVG would take for its own.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            // Other control characters are in no XML.
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// An element with its attributes.
pub struct Element {
    name: &'static str,
    attributes: String,
}

impl Element {
    /// An element.
    pub fn new(name: &'static str) -> Self {
        Self { name, attributes: String::new() }
    }

    /// With a number, to a tenth of a unit.
    pub fn at(mut self, name: &str, value: f64) -> Self {
        let tenths = (value * 10.0).round() / 10.0;
        // No "-0".
        let _ = write!(self.attributes, " {name}=\"{}\"", tenths + 0.0);
        self
    }

    /// With words.
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        let _ = write!(self.attributes, " {name}=\"{}\"", escape(&value.to_string()));
        self
    }
}

/// A picture in the making.
#[derive(Default)]
pub struct Canvas {
    body: String,
}

impl Canvas {
    /// Adds an element.
    pub fn add(&mut self, element: &Element) {
        let _ = writeln!(self.body, "<{}{}/>", element.name, element.attributes);
    }

    /// Adds an element that explains itself when it is pointed at.
    pub fn add_explained(&mut self, element: &Element, explanation: &str) {
        let Element { name, attributes } = element;
        let title = escape(explanation);
        let _ = writeln!(self.body, "<{name}{attributes}><title>{title}</title></{name}>");
    }

    /// Adds text; `y` is its base line.
    pub fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let Element { attributes, .. } =
            Element::new("text").at("x", x).at("y", y).with("class", class);
        let _ = writeln!(self.body, "<text{attributes}>{}</text>", escape(text));
    }

    /// Elements that belong together.
    pub fn group(&mut self, class: &str, paint: impl FnOnce(&mut Self)) {
        let _ = writeln!(self.body, "<g class=\"{}\">", escape(class));
        paint(self);
        self.body.push_str("</g>\n");
    }

    /// The whole picture.
    pub fn finish(&self, width: f64, height: f64, title: &str, style: &str) -> String {
        let (width, height) = (width.ceil(), height.ceil());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"{FONT}\">\n\
             <title>{}</title>\n<style>\n{style}</style>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{}</svg>\n",
            escape(title),
            self.body
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        let mut canvas = Canvas::default();
        canvas.text(1.0, 2.25, "t", "</text><script>&\u{1}\"");
        let all = canvas.finish(10.0, 10.0, "<", "");
        assert!(all.contains("&lt;/text&gt;&lt;script&gt;&amp; &quot;</text>"), "{all}");
        assert!(all.contains("y=\"2.3\""), "{all}");
    }
}
