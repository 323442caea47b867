//! [`Element`]: a piece of a page. Tags are balanced and text is escaped by construction.
//!
//! ```text
//! element("p").class("note").text("1 < 2")   ->   <p class="note">1 &lt; 2</p>
//! ```

use std::fmt::{self, Display, Formatter, Write};

use super::escape::write_text;

/// Elements that have no content and no closing tag.
const VOID: [&str; 3] = ["br", "col", "meta"];
/// Elements that stand within a line: no line break follows them.
const INLINE: [&str; 8] = ["a", "b", "code", "span", "svg", "td", "th", "tspan"];

/// Highest first.
const HEADINGS: [&str; 5] = ["h1", "h2", "h3", "h4", "h5"];

/// A tag, its attributes and what is in it.
#[derive(Debug, Clone)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Node>,
}

#[derive(Debug, Clone)]
enum Node {
    Text(String),
    Element(Element),
    Style(&'static str),
}

/// An empty element.
pub(super) fn element(name: &'static str) -> Element {
    Element { name, attributes: Vec::new(), content: Vec::new() }
}

impl Element {
    /// With an attribute.
    pub(super) fn with(mut self, attribute: &'static str, value: impl Display) -> Self {
        self.attributes.push((attribute, value.to_string()));
        self
    }

    /// With classes of the style sheet.
    pub(super) fn class(self, names: impl Display) -> Self {
        self.with("class", names)
    }

    /// With text at its end.
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.content.push(Node::Text(text.into()));
        self
    }

    /// With another element at its end.
    pub(super) fn child(mut self, child: Self) -> Self {
        self.content.push(Node::Element(child));
        self
    }

    /// With other elements at its end.
    pub(super) fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.content.extend(children.into_iter().map(Node::Element));
        self
    }

    /// With other elements at its end, a space between any two.
    pub(super) fn spaced(self, children: impl IntoIterator<Item = Self>) -> Self {
        let spaced = children.into_iter().enumerate();
        spaced.fold(
            self,
            |parent, (index, child)| if index > 0 { parent.text(" ").child(child) } else { parent.child(child) },
        )
    }

    /// With every heading in it one level higher.
    pub(super) fn raised(mut self) -> Self {
        let level = HEADINGS.iter().position(|heading| *heading == self.name);
        self.name = level.map_or(self.name, |level| HEADINGS[level.saturating_sub(1)]);
        let raised = |node| if let Node::Element(child) = node { Node::Element(child.raised()) } else { node };
        self.content = self.content.into_iter().map(raised).collect();
        self
    }

    /// With a style sheet of this program, which is not escaped.
    pub(super) fn style(mut self, sheet: &'static str) -> Self {
        self.content.push(Node::Style(sheet));
        self
    }
}

impl Display for Element {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(out, " {name}=\"")?;
            write_text(out, value)?;
            out.write_char('"')?;
        }
        out.write_char('>')?;
        // The first line break in a `pre` does not count; without one of ours, the text's own would be lost.
        if self.name == "pre" {
            out.write_char('\n')?;
        }
        for node in &self.content {
            match node {
                Node::Text(text) => write_text(out, text)?,
                Node::Element(element) => element.fmt(out)?,
                Node::Style(sheet) => out.write_str(sheet)?,
            }
        }
        if !VOID.contains(&self.name) {
            write!(out, "</{}>", self.name)?;
        }
        if INLINE.contains(&self.name) { Ok(()) } else { out.write_char('\n') }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let link = element("a").with("href", "#\"><script>").text("<b>").child(element("b").text("&"));
        assert_eq!(link.to_string(), "<a href=\"#&quot;&gt;&lt;script&gt;\">&lt;b&gt;<b>&amp;</b></a>");
    }

    #[test]
    fn headings_rise_together() {
        let part = element("div").child(element("h3").text("a")).spaced([element("b"), element("h5")]);
        assert_eq!(part.raised().to_string(), "<div><h2>a</h2>\n<b></b> <h4></h4>\n</div>\n");
    }

    #[test]
    fn lines_are_kept() {
        assert_eq!(element("pre").text("\nx").to_string(), "<pre>\n\nx</pre>\n");
        assert_eq!(element("meta").with("charset", "utf-8").to_string(), "<meta charset=\"utf-8\">\n");
    }
}
