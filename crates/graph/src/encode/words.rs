//! The pieces that texts of several encoders are made of: names in quotes where needed, connectors, qualifiers, lists.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Direction;

use super::Scene;
use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene, ReadListed};
use super::quote::{ISOLATED, LINKED, NONE, NUMBERED, collides, in_quotes, quoted};

/// What may follow a relation between the ends of an edge.
const AFTER_RELATION: &[&str] = &["-> ", "- "];
/// What may follow a relation in brackets.
const AFTER_QUALIFIER: &[&str] = &[", ", "]"];
/// Largest number in a range of nodes, so that a short text cannot ask for a large graph.
const LARGEST_RANGE: u32 = 100_000;

/// A scene's names as they stand in the text of one encoder.
pub(super) struct Words<'scene> {
    scene: &'scene Scene<'scene>,
    nodes: Vec<Cow<'scene, str>>,
    /// Those of the scene's edges alone: a knowledge graph has hundreds.
    relations: BTreeMap<u32, Cow<'scene, str>>,
}

/// An edge whose names are ready to be written.
pub(super) struct WrittenEdge<'words> {
    pub(super) source: &'words str,
    pub(super) target: &'words str,
    pub(super) relation: Option<&'words str>,
    pub(super) weight: Option<u32>,
}

/// A name in a node's list, with what is said of the edge to it.
#[derive(Clone, Copy)]
pub(super) struct Listed<'words> {
    pub(super) name: &'words str,
    pub(super) relation: Option<&'words str>,
    pub(super) weight: Option<u32>,
}

impl<'scene> Words<'scene> {
    /// Names for a text where `node_marks` may follow a node and `relation_marks` a relation.
    pub(super) fn new(scene: &'scene Scene<'scene>, node_marks: &[&str], relation_marks: &[&str]) -> Self {
        let nodes = scene.node_names.iter().map(|name| quoted(name, node_marks)).collect();
        let mut relations = BTreeMap::new();
        for edge in &scene.subgraph.edges {
            if let Some(name) = scene.relation(edge) {
                relations.entry(edge.relation).or_insert_with(|| quoted(name, relation_marks));
            }
        }
        Self { scene, nodes, relations }
    }

    /// Names for a text whose relations stand in [connectors](WrittenEdge::connector).
    pub(super) fn with_connectors(scene: &'scene Scene<'scene>, node_marks: &[&str]) -> Self {
        Self::new(scene, node_marks, AFTER_RELATION)
    }

    /// Names for a text whose relations stand in [qualifiers](append_qualifiers).
    pub(super) fn with_qualifiers(scene: &'scene Scene<'scene>, node_marks: &[&str]) -> Self {
        Self::new(scene, node_marks, AFTER_QUALIFIER)
    }

    /// Every name, in the order of ids.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|name| &**name)
    }

    /// The edges in the scene's order.
    pub(super) fn edges(&self) -> impl Iterator<Item = WrittenEdge<'_>> {
        self.scene.edges().map(|(edge, weight)| WrittenEdge {
            source: &self.nodes[edge.source as usize],
            target: &self.nodes[edge.target as usize],
            relation: self.relations.get(&edge.relation).map(|name| &**name),
            weight,
        })
    }

    /// What each node lists: the ends of its arrows, or of its edges in both directions.
    pub(super) fn lists(&self) -> Vec<Vec<Listed<'_>>> {
        let mut lists = vec![Vec::new(); self.nodes.len()];
        for ((edge, _), written) in self.scene.edges().zip(self.edges()) {
            let listed = |name| Listed { name, relation: written.relation, weight: written.weight };
            lists[edge.source as usize].push(listed(written.target));
            if self.scene.direction == Direction::Undirected && edge.source != edge.target {
                lists[edge.target as usize].push(listed(written.source));
            }
        }
        lists
    }

    /// Appends `Isolated: 5 7` and a line break where some node has no edge.
    pub(super) fn append_isolated(&self, text: &mut String) {
        let touched = self.scene.touched();
        let isolated = self.nodes().zip(&touched).filter(|(_, touched)| !**touched);
        let isolated: Vec<_> = isolated.map(|(name, _)| Listed { name, relation: None, weight: None }).collect();
        if !isolated.is_empty() {
            text.push_str(ISOLATED);
            self.append_list(&isolated, text);
            text.push('\n');
        }
    }

    /// Appends names and weights, `1[5] 2[3]`, with blanks between them, or commas where some name of the scene contains a
    /// blank. A list of one name has neither, so that a name with a blank is quoted there.
    pub(super) fn append_list(&self, list: &[Listed<'_>], text: &mut String) {
        if list.is_empty() {
            text.push_str(NONE);
        }
        for (position, listed) in list.iter().enumerate() {
            if position > 0 {
                text.push_str(self.scene.separator());
            }
            let splits = collides(listed.name, ", ") || list.len() == 1 && listed.name.contains(' ');
            if splits && !listed.name.starts_with('"') {
                text.push_str(&in_quotes(listed.name));
            } else {
                text.push_str(listed.name);
            }
            if let Some(weight) = listed.weight {
                let _ = write!(text, "[{weight}]");
            }
        }
    }

    /// Appends all names with commas between them.
    pub(super) fn append_nodes(&self, text: &mut String) {
        if self.nodes.is_empty() {
            text.push_str(NONE);
        }
        for (position, name) in self.nodes().enumerate() {
            text.extend([if position > 0 { ", " } else { "" }, name]);
        }
    }

    /// Appends `numbered from 0 to 9` where that says it all, else all names with commas between them.
    pub(super) fn append_range(&self, text: &mut String) {
        let counted = self.scene.node_names.iter().enumerate().all(|(id, name)| *name == id.to_string());
        match self.nodes.len() {
            count if counted && (1..=LARGEST_RANGE as usize).contains(&count) => {
                let _ = write!(text, "{NUMBERED}{}", count - 1);
            }
            _ => self.append_nodes(text),
        }
    }
}

impl WrittenEdge<'_> {
    /// What stands between the ends: `-`, `->`, `-likes-` or `-likes->`.
    pub(super) fn connector(&self, direction: Direction) -> String {
        let tip = if direction == Direction::Directed { "->" } else { "-" };
        match self.relation {
            Some(relation) => format!("-{relation}{tip}"),
            None => tip.into(),
        }
    }

    /// The relation, `linked` without one.
    pub(super) fn relation_or_linked(&self) -> &str {
        self.relation.unwrap_or(LINKED)
    }
}

/// Reads ` -likes-> ` and its like.
pub(super) fn read_connector(cursor: &mut Cursor<'_>, found: &mut Collector) -> Result<Option<String>, ParseError> {
    let (direction, relation) = if cursor.take(" -> ") {
        (Direction::Directed, None)
    } else if cursor.take(" - ") {
        (Direction::Undirected, None)
    } else {
        cursor.expect(" -")?;
        let relation = cursor.name(AFTER_RELATION)?;
        if cursor.take("-> ") {
            (Direction::Directed, Some(relation))
        } else {
            cursor.expect("- ")?;
            (Direction::Undirected, Some(relation))
        }
    };
    direct(direction, cursor, found)?;
    Ok(relation)
}

/// Reads which of two marks stands there, the one for edges without a direction or the one for arrows.
pub(super) fn read_direction(
    cursor: &mut Cursor<'_>,
    [undirected, directed]: [&str; 2],
) -> Result<Direction, ParseError> {
    if cursor.take(directed) {
        return Ok(Direction::Directed);
    }
    cursor.expect(undirected)?;
    Ok(Direction::Undirected)
}

/// Notes the direction of an edge, which all edges of a text share.
pub(super) fn direct(direction: Direction, cursor: &Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    if found.direct(direction) { Ok(()) } else { Err(cursor.error("edges that are all arrows, or none of them")) }
}

/// Appends ` [likes]`, ` [weight 5]`, ` [likes, weight 5]`, or nothing.
pub(super) fn append_qualifiers(relation: Option<&str>, weight: Option<u32>, text: &mut String) {
    let weight = weight.map(|weight| format!("weight {weight}"));
    let qualifiers: Vec<&str> = relation.into_iter().chain(weight.as_deref()).collect();
    if !qualifiers.is_empty() {
        text.extend([" [", &qualifiers.join(", "), "]"]);
    }
}

/// Reads what [`append_qualifiers`] wrote.
pub(super) fn read_qualifiers(cursor: &mut Cursor<'_>) -> Result<(Option<String>, Option<u32>), ParseError> {
    if !cursor.take(" [") {
        return Ok((None, None));
    }
    let mut relation = None;
    if !cursor.take("weight ") {
        relation = Some(cursor.name(AFTER_QUALIFIER)?);
        if cursor.take("]") {
            return Ok((relation, None));
        }
        cursor.expect(", weight ")?;
    }
    let weight = cursor.number()?;
    cursor.expect("]")?;
    Ok((relation, Some(weight)))
}

/// Appends `1 [likes], 2`, or `none`.
pub(super) fn append_listed(list: &[Listed<'_>], text: &mut String) {
    if list.is_empty() {
        text.push_str(NONE);
    }
    for (position, listed) in list.iter().enumerate() {
        text.push_str(if position > 0 { ", " } else { "" });
        text.push_str(listed.name);
        append_qualifiers(listed.relation, listed.weight, text);
    }
}

/// Reads what [`append_listed`] wrote, up to the first of `marks`, which hold ` [` and `, `.
pub(super) fn read_listed(cursor: &mut Cursor<'_>, marks: &[&str]) -> Result<Vec<ReadListed>, ParseError> {
    let Some(mut name) = cursor.name_or(NONE, marks)? else { return Ok(Vec::new()) };
    let mut list = Vec::new();
    loop {
        let (relation, weight) = read_qualifiers(cursor)?;
        list.push(ReadListed { name, relation, weight });
        if !cursor.take(", ") {
            return Ok(list);
        }
        name = cursor.name(marks)?;
    }
}

/// Reads the rest of a line as names separated by commas, or by blanks where no comma stands between names.
pub(super) fn read_list(cursor: &mut Cursor<'_>) -> Result<Vec<String>, ParseError> {
    let separator = if has_comma(cursor.rest()) { ", " } else { " " };
    let Some(first) = cursor.name_or(NONE, &[separator])? else { return Ok(Vec::new()) };
    let mut names = vec![first];
    while cursor.take(separator) {
        names.push(cursor.name(&[separator])?);
    }
    cursor.finish()?;
    Ok(names)
}

/// Whether `, ` stands outside of quotes.
pub(super) fn has_comma(text: &str) -> bool {
    let (mut inside, mut escaped, mut comma) = (false, false, false);
    for byte in text.bytes() {
        if comma && byte == b' ' {
            return true;
        }
        comma = byte == b',' && !inside;
        if byte == b'"' && !escaped {
            inside = !inside;
        }
        escaped = inside && byte == b'\\' && !escaped;
    }
    false
}

/// Reads an `Isolated:` line, if it is one.
pub(super) fn read_isolated(cursor: &mut Cursor<'_>, found: &mut Collector) -> Result<bool, ParseError> {
    if !cursor.take(ISOLATED) {
        return Ok(false);
    }
    for name in read_list(cursor)? {
        found.node(name);
    }
    Ok(true)
}

/// The scene, unless the text goes on.
pub(super) fn finish_text<'text>(
    found: Collector,
    mut rest: impl Iterator<Item = Cursor<'text>>,
) -> Result<ParsedScene, ParseError> {
    match rest.next() {
        Some(more) => Err(more.error("the end of the text")),
        None => Ok(found.finish()),
    }
}

/// Reads what [`Words::append_range`] or [`Words::append_nodes`] wrote, up to the first of `marks`, which hold `, `.
pub(super) fn read_nodes(cursor: &mut Cursor<'_>, marks: &[&str], found: &mut Collector) -> Result<(), ParseError> {
    if cursor.take(NUMBERED) {
        let last = cursor.number()?;
        if last >= LARGEST_RANGE {
            return Err(cursor.error(format!("a range of at most {LARGEST_RANGE} nodes")));
        }
        for id in 0..=last {
            found.node(id.to_string());
        }
        return Ok(());
    }
    let Some(first) = cursor.name_or(NONE, marks)? else { return Ok(()) };
    found.node(first);
    while cursor.take(", ") {
        let name = cursor.name(marks)?;
        found.node(name);
    }
    Ok(())
}
