//! The language of Graphviz.
//!
//! ```text
//! graph {
//! A -- B
//! A -- "New York" [label="likes", weight=5]
//! D
//! }
//! ```
//!
//! Arrows make it a `digraph` of `A -> B`. Names that are no identifiers, and keywords, are quoted, with `\"` for a quote and `\\` for
//! a backslash. What is read may hold chains `A -- B -- C`, semicolons, comments and other attributes; subgraphs, ports
//! and HTML labels are refused.

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::{Encoder, Scene};

const KEYWORDS: [&str; 6] = ["node", "edge", "graph", "digraph", "subgraph", "strict"];

/// The encoder `dot`.
pub(super) struct Dot;

impl Encoder for Dot {
    fn name(&self) -> &'static str {
        "dot"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let directed = scene.direction == Direction::Directed;
        text.push_str(if directed { "digraph {\n" } else { "graph {\n" });
        let names: Vec<_> = scene.node_names.iter().map(|name| identifier(name)).collect();
        for (edge, weight) in scene.edges() {
            let arrow = if directed { " -> " } else { " -- " };
            text.extend([&names[edge.source as usize], arrow, &names[edge.target as usize]]);
            let label = scene.relation(edge).map(|name| format!("label={}", string(name)));
            let weight = weight.map(|weight| format!("weight={weight}"));
            let attributes: Vec<_> = label.into_iter().chain(weight).collect();
            if !attributes.is_empty() {
                text.extend([" [", &attributes.join(", "), "]"]);
            }
            text.push('\n');
        }
        for (name, _) in names.iter().zip(scene.touched()).filter(|(_, touched)| !touched) {
            text.extend([name, "\n"]);
        }
        text.push_str("}\n");
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut parser = Parser { cursor: Cursor::whole(self.name(), text), found: Collector::default() };
        parser.read()?;
        Ok(parser.found.finish())
    }
}

/// The name as an identifier or a quoted string.
fn identifier(name: &str) -> String {
    let first_is_letter = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let word = first_is_letter && name.bytes().all(is_word) && !is_keyword(name);
    let numeral = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    if word || numeral { name.into() } else { string(name) }
}

fn string(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Keywords are the same in capitals.
fn is_keyword(name: &str) -> bool {
    KEYWORDS.iter().any(|keyword| name.eq_ignore_ascii_case(keyword))
}

struct Parser<'text> {
    cursor: Cursor<'text>,
    found: Collector,
}

/// An identifier as it was written.
struct Identifier {
    text: String,
    keyword: bool,
}

impl Parser<'_> {
    fn read(&mut self) -> Result<(), ParseError> {
        let mut kind = self.identifier("`graph` or `digraph`")?;
        if kind.keyword && kind.text.eq_ignore_ascii_case("strict") {
            kind = self.identifier("`graph` or `digraph`")?;
        }
        let direction = match kind.text.to_ascii_lowercase().as_str() {
            "graph" if kind.keyword => Direction::Undirected,
            "digraph" if kind.keyword => Direction::Directed,
            _ => return Err(self.cursor.error("`graph` or `digraph` before this")),
        };
        self.found.direct(direction);
        if !self.take("{") {
            self.identifier("`{`")?;
            self.expect("{")?;
        }
        while !self.take("}") {
            self.statement(direction)?;
        }
        self.skip_blank();
        self.cursor.finish()
    }

    fn statement(&mut self, direction: Direction) -> Result<(), ParseError> {
        if self.take(";") {
            return Ok(());
        }
        let first = self.identifier("a node or `}`")?;
        if first.keyword {
            if first.text.eq_ignore_ascii_case("subgraph") {
                return Err(self.cursor.error("no subgraph before this"));
            }
            return self.attributes().map(|_| ());
        }
        if self.take("=") {
            return self.identifier("a value").map(|_| ());
        }
        let arrow = if direction == Direction::Directed { "->" } else { "--" };
        let mut chain = vec![self.found.node(first.text)];
        while self.take(arrow) {
            let next = self.identifier("a node")?;
            if next.keyword {
                return Err(self.cursor.error("no keyword before this"));
            }
            chain.push(self.found.node(next.text));
        }
        let (relation, weight) = self.attributes()?;
        for pair in chain.windows(2) {
            self.found.edge(pair[0], pair[1], relation.clone(), weight);
        }
        Ok(())
    }

    /// Reads `[label="likes", weight=5]`, which may be absent.
    fn attributes(&mut self) -> Result<(Option<String>, Option<u32>), ParseError> {
        let (mut relation, mut weight) = (None, None);
        while self.take("[") {
            while !self.take("]") {
                if self.take(",") || self.take(";") {
                    continue;
                }
                let key = self.identifier("an attribute or `]`")?;
                self.expect("=")?;
                let value = self.identifier("a value")?;
                match key.text.as_str() {
                    "label" => relation = Some(value.text),
                    "weight" => {
                        let number = value.text.parse();
                        weight = Some(number.map_err(|_| self.cursor.error("a weight below 2^32 before this"))?);
                    }
                    _ => {}
                }
            }
        }
        Ok((relation, weight))
    }

    fn identifier(&mut self, expected: &str) -> Result<Identifier, ParseError> {
        self.skip_blank();
        if self.cursor.take("\"") {
            return Ok(Identifier { text: self.string()?, keyword: false });
        }
        let text = self.cursor.take_while(|character| {
            character.is_ascii_alphanumeric()
                || matches!(character, '_' | '.')
                || !character.is_ascii() && !character.is_whitespace()
        });
        if text.is_empty() {
            return Err(self.cursor.error(expected));
        }
        Ok(Identifier { keyword: is_keyword(text), text: text.into() })
    }

    /// Reads a string whose opening quote is passed.
    fn string(&mut self) -> Result<String, ParseError> {
        let mut text = String::new();
        loop {
            text.push_str(self.cursor.take_while(|character| !matches!(character, '"' | '\\')));
            if self.cursor.take("\"") {
                return Ok(text);
            } else if self.cursor.take("\\\"") {
                text.push('"');
            } else if self.cursor.take("\\\\") || self.cursor.take("\\") {
                text.push('\\');
            } else {
                return Err(self.cursor.error("a closing quote"));
            }
        }
    }

    fn take(&mut self, mark: &str) -> bool {
        self.skip_blank();
        self.cursor.take(mark)
    }

    fn expect(&mut self, mark: &str) -> Result<(), ParseError> {
        self.skip_blank();
        self.cursor.expect(mark)
    }

    /// Passes white space and comments.
    fn skip_blank(&mut self) {
        loop {
            self.cursor.take_while(char::is_whitespace);
            if self.cursor.take("//") || self.cursor.take("#") {
                self.cursor.take_while(|character| character != '\n');
            } else if self.cursor.take("/*") {
                while !(self.cursor.is_done() || self.cursor.take("*/")) {
                    self.cursor.take("*");
                    self.cursor.take_while(|character| character != '*');
                }
            } else {
                return;
            }
        }
    }
}
