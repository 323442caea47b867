//! Attributes of nodes, and what they become by their name.

use std::collections::HashMap;

use ssl4rl_graph::Node;

/// An attribute of nodes: a value for each node that has one.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) values: Vec<(Node, String)>,
}

/// What a column becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeRole {
    Name,
    Text,
    Class,
    Split,
    Feature,
}

impl NodeRole {
    /// By the column's name, and whether its values repeat.
    pub(super) fn of(column: &Column) -> Self {
        match column.name.to_lowercase().as_str() {
            "text" | "abstract" | "description" | "content" => Self::Text,
            "class" | "category" | "y" => Self::Class,
            "label" if column.repeats() => Self::Class,
            "name" | "title" | "label" => Self::Name,
            "split" => Self::Split,
            _ => Self::Feature,
        }
    }

    /// Its name in a message.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Text => "text",
            Self::Class => "class",
            Self::Split => "split",
            Self::Feature => "feature",
        }
    }
}

impl Column {
    fn repeats(&self) -> bool {
        let mut values: Vec<&str> = self.values.iter().map(|(_, value)| &value[..]).collect();
        values.sort_unstable();
        values.windows(2).any(|pair| pair[0] == pair[1])
    }
}

/// A value for each node; the last one where a node has several.
pub(super) fn spread(column: &Column, node_count: usize) -> Vec<Option<&str>> {
    let mut values = vec![None; node_count];
    for (node, value) in &column.values {
        values[*node as usize] = Some(&value[..]);
    }
    values
}

/// Distinct values, numbers in numeric order and others in alphabetical order, and the position of each.
pub(crate) fn numbered(values: &[Option<&str>]) -> (Vec<String>, Vec<Option<u32>>) {
    let mut distinct: Vec<&str> = values.iter().flatten().copied().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.iter().all(|value| value.parse::<i64>().is_ok()) {
        distinct.sort_by_key(|value| value.parse::<i64>().unwrap_or(0));
    }
    let position: HashMap<&str, u32> = distinct.iter().copied().zip(0..).collect();
    let positions = values.iter().map(|value| position.get((*value)?).copied()).collect();
    (distinct.into_iter().map(String::from).collect(), positions)
}
