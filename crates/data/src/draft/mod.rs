//! [`Draft`]: a graph as a user's file states it, and the rules by which attributes become parts of a [`Graph`].
//!
//! A file gives nodes with ids of any text and attributes by name, and edges with or without a weight and a relation. By the
//! attribute's name, in any case:
//!
//! | attribute of a node | becomes |
//! |---|---|
//! | `name`, `title` | the node's name |
//! | `text`, `abstract`, `description`, `content` | the node's text |
//! | `class`, `category`, `y` | the node's class |
//! | `label` | the class where values repeat, else the name |
//! | `split` | the part of the public split: `train`, `validation` (or `val`, `valid`, `dev`), `test`, or nothing |
//! | others with numbers, `true` or `false` | a feature |
//! | others with at most [`MAX_VALUES`] texts | a feature `attribute=value` for each of them |
//!
//! | attribute of an edge | becomes |
//! |---|---|
//! | `weight`, `value` | the weight; an edge without one weighs 1 where others have weights |
//! | `relation`, `predicate`, `type`, `label` | the relation |
//!
//! Everything else is left out and named in [`Provenance::ignored`](ssl4rl_graph::Provenance). Without a name a node goes by
//! its id. A graph with relations is directed and any other undirected, unless the file or the user says otherwise. An empty
//! value says that nothing is known.

mod column;
mod features;
mod part;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::format::Description;
use super::interner::Interner;
use super::names::unique_names;
use super::read_error::ReadError;
pub(crate) use column::numbered;
use column::{Column, NodeRole, spread};
use features::FeatureColumns;
pub(crate) use part::Part;
use ssl4rl_graph::{Direction, Edge, Graph, GraphBuilder, Labels, MemberLabels, MemberSplit, Members, Node, NodeSplit};
use ssl4rl_tasks::counted;

/// Most distinct texts of an attribute that becomes features.
pub(super) const MAX_VALUES: usize = 256;

/// What an edge's attribute is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EdgeRole {
    Weight,
    Relation,
}

impl EdgeRole {
    pub(super) fn of(attribute: &str) -> Option<Self> {
        match attribute.to_lowercase().as_str() {
            "weight" | "value" => Some(Self::Weight),
            "relation" | "predicate" | "type" | "label" => Some(Self::Relation),
            _ => None,
        }
    }
}

/// What is known of an edge beside its ends.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EdgeValues<'text> {
    pub(super) weight: Option<f32>,
    pub(super) relation: Option<&'text str>,
}

/// Nodes and edges as they are read.
#[derive(Default)]
pub(super) struct Draft {
    /// Ids of the member in progress; each member has ids of its own.
    scope: Interner,
    scope_start: usize,
    ids: Vec<String>,
    columns: Vec<Column>,
    column_of: HashMap<String, usize>,
    edges: Vec<Edge>,
    /// NaN where an edge has none; empty where no edge has one.
    weights: Vec<f32>,
    relations: Interner,
    /// Edges without a relation, before and after the first with one.
    without_relation: usize,
    member_starts: Vec<usize>,
    members: Vec<Member>,
    directions: Vec<Direction>,
    ignored: BTreeMap<String, usize>,
}

struct Member {
    name: String,
    class: Option<String>,
    part: Option<Part>,
}

impl Draft {
    /// What follows belongs to another graph, with ids of its own.
    pub(super) fn start_member(&mut self, name: &str) {
        self.ids.append(&mut self.scope.take_names());
        self.scope_start = self.ids.len();
        self.member_starts.push(self.scope_start);
        self.members.push(Member { name: name.to_owned(), class: None, part: None });
    }

    /// An attribute of the graph in progress.
    pub(super) fn member_attribute(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Some(member) = self.members.last_mut() else { return Ok(()) };
        set_member(member, name, value, &mut self.ignored)
    }

    /// An attribute of a graph that was read before, by its name; whether there is such a graph.
    pub(super) fn attribute_of_member(&mut self, member: &str, name: &str, value: &str) -> Result<bool, String> {
        match self.members.iter_mut().find(|other| other.name == member) {
            Some(member) => set_member(member, name, value, &mut self.ignored).map(|()| true),
            None => Ok(false),
        }
    }

    /// The node with this id in the graph in progress, a new one where it is new.
    pub(super) fn node(&mut self, id: &str) -> Node {
        self.scope_start as Node + self.scope.intern(id)
    }

    /// The node with this id in the graph in progress, where there is one.
    pub(super) fn find(&self, id: &str) -> Option<Node> {
        Some(self.scope_start as Node + self.scope.get(id)?)
    }

    /// Number of nodes.
    pub(super) fn node_count(&self) -> usize {
        self.scope_start + self.scope.names().len()
    }

    /// The position of a node attribute's column.
    pub(super) fn column(&mut self, name: &str) -> usize {
        if let Some(&column) = self.column_of.get(name) {
            return column;
        }
        self.columns.push(Column { name: name.to_owned(), values: Vec::new() });
        self.column_of.insert(name.to_owned(), self.columns.len() - 1);
        self.columns.len() - 1
    }

    /// Gives a node a value in a column; an empty one says that nothing is known.
    pub(super) fn value(&mut self, node: Node, column: usize, value: &str) {
        if !value.is_empty() {
            self.columns[column].values.push((node, value.to_owned()));
        }
    }

    /// Adds an edge.
    pub(super) fn edge(&mut self, source: Node, target: Node, values: EdgeValues<'_>) {
        let relation = values.relation.map_or(0, |relation| self.relations.intern(relation));
        self.without_relation += usize::from(values.relation.is_none());
        if values.weight.is_some() && self.weights.is_empty() {
            self.weights.resize(self.edges.len(), f32::NAN);
        }
        if values.weight.is_some() || !self.weights.is_empty() {
            self.weights.push(values.weight.unwrap_or(f32::NAN));
        }
        // The position of a relation moves up by one where some edge has none.
        let relation = if values.relation.is_some() { relation + 1 } else { 0 };
        self.edges.push(Edge { source, target, relation });
    }

    /// Gives values to the edges between two nodes, where there are any; in the other direction where there are none.
    pub(super) fn edge_values(&mut self, positions: &[usize], values: EdgeValues<'_>) {
        for &position in positions {
            if let Some(weight) = values.weight {
                self.weights.resize(self.edges.len(), f32::NAN);
                self.weights[position] = weight;
            }
            if let Some(relation) = values.relation {
                let before = std::mem::replace(&mut self.edges[position].relation, self.relations.intern(relation) + 1);
                self.without_relation -= usize::from(before == 0);
            }
        }
    }

    /// The edges so far.
    pub(super) fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Notes the direction that the file states; a file that states both is refused.
    pub(super) fn direction(&mut self, direction: Direction) {
        if !self.directions.contains(&direction) {
            self.directions.push(direction);
        }
    }

    /// Notes the direction of a file whose edges state none, as one without edges.
    pub(super) fn direction_without_edges(&mut self, direction: Direction) {
        if self.directions.is_empty() {
            self.directions.push(direction);
        }
    }

    /// A node's id.
    pub(super) fn id(&self, node: usize) -> &str {
        let own = node.checked_sub(self.scope_start);
        own.map_or_else(|| &self.ids[node], |own| &self.scope.names()[own])
    }

    /// Counts something that is left out.
    pub(super) fn ignore(&mut self, what: &str) {
        match self.ignored.get_mut(what) {
            Some(count) => *count += 1,
            None => {
                self.ignored.insert(what.to_owned(), 1);
            }
        }
    }

    /// The graph.
    pub(super) fn finish(mut self, description: &Description<'_>, path: &Path) -> Result<Graph, ReadError> {
        self.ids.append(&mut self.scope.take_names());
        if self.ids.is_empty() {
            return Err(ReadError::Empty { path: path.to_owned(), expected: "a graph with at least one node".into() });
        }
        let wrong = ReadError::graph(path);
        let direction = self.chosen_direction(description, path)?;
        let mut builder = GraphBuilder::new(description.name, self.ids.len(), direction);
        self.add_edges(&mut builder).map_err(&wrong)?;
        let members = if self.members.len() > 1 { Some(self.members(path)?) } else { None };
        self.add_attributes(&mut builder, members.is_some(), path)?;
        if let Some(members) = members {
            builder.members(members).map_err(&wrong)?;
        }
        for (what, count) in &self.ignored {
            builder.ignored(if *count > 1 { format!("{what} ({count} times)") } else { what.clone() });
        }
        builder.build().map_err(&wrong)
    }

    fn chosen_direction(&self, description: &Description<'_>, path: &Path) -> Result<Direction, ReadError> {
        match (description.direction, &self.directions[..]) {
            (Some(direction), _) | (None, &[direction]) => Ok(direction),
            (None, []) if self.relations.names().is_empty() => Ok(Direction::Undirected),
            (None, []) => Ok(Direction::Directed),
            (None, _) => Err(ReadError::Content {
                path: path.to_owned(),
                problem: "it holds directed and undirected edges; import it with `--directed` or `--undirected`".into(),
            }),
        }
    }

    fn add_edges(&mut self, builder: &mut GraphBuilder) -> Result<(), ssl4rl_graph::GraphError> {
        let has_relations = !self.relations.names().is_empty();
        let unnamed = usize::from(has_relations && self.without_relation > 0);
        if has_relations {
            let first = std::iter::repeat_n("no relation".to_owned(), unnamed);
            builder.relations(first.chain(self.relations.names().iter().cloned()).collect());
        }
        let mut unweighted = 0;
        for (position, edge) in self.edges.iter().enumerate() {
            // Without an edge that has no relation, the first relation is 0 and not 1.
            let relation = if has_relations { edge.relation - u32::from(unnamed == 0) } else { 0 };
            match self.weights.get(position) {
                None => builder.triple(edge.source, relation, edge.target)?,
                Some(weight) => {
                    unweighted += usize::from(weight.is_nan());
                    builder.weighted(
                        edge.source,
                        relation,
                        edge.target,
                        if weight.is_nan() { 1.0 } else { *weight },
                    )?;
                }
            }
        }
        if unnamed > 0 {
            let edges = counted(self.without_relation as u64, "edge has", "edges have");
            builder.ignored(format!("{edges} no relation, taken as `no relation`"));
        }
        if unweighted > 0 {
            let edges = counted(unweighted as u64, "edge has", "edges have");
            builder.ignored(format!("{edges} no weight, taken as 1"));
        }
        Ok(())
    }

    fn members(&mut self, path: &Path) -> Result<Members, ReadError> {
        let ends = self.member_starts.iter().skip(1).copied().chain([self.ids.len()]);
        let sizes: Vec<usize> = self.member_starts.iter().zip(ends).map(|(start, end)| end - start).collect();
        if let Some(&start) = self.member_starts.first().filter(|&&start| start > 0) {
            let problem = format!("{start} nodes stand before the first graph");
            return Err(ReadError::Content { path: path.to_owned(), problem });
        }
        let mut members = Members::of_sizes(sizes);
        members.names = self.members.iter().map(|member| member.name.clone()).collect();
        let classes: Vec<Option<&str>> = self.members.iter().map(|member| member.class.as_deref()).collect();
        if classes.iter().any(Option::is_some) {
            let (classes, of_member) = numbered(&classes);
            members.labels = Some(MemberLabels { classes, of_member });
        }
        let of = |part| {
            let all = self.members.iter().zip(0u32..);
            all.filter(|(member, _)| member.part == Some(part)).map(|(_, position)| position).collect()
        };
        if self.members.iter().any(|member| member.part.is_some()) {
            let (train, validation, test) = (of(Part::Train), of(Part::Validation), of(Part::Test));
            members.split = Some(MemberSplit { train, validation, test });
        }
        Ok(members)
    }

    /// Hands every column to its role; the first of several with one role has it.
    fn add_attributes(&mut self, builder: &mut GraphBuilder, is_union: bool, path: &Path) -> Result<(), ReadError> {
        let wrong = ReadError::graph(path);
        let node_count = self.ids.len();
        let mut roles: Vec<(NodeRole, Column)> = Vec::new();
        for column in std::mem::take(&mut self.columns) {
            let role = NodeRole::of(&column);
            if role != NodeRole::Feature && roles.iter().any(|(other, _)| *other == role) {
                self.ignore(&format!("node attribute `{}`, a second {}", column.name, role.name()));
            } else {
                roles.push((role, column));
            }
        }
        let mut features = FeatureColumns::new(node_count);
        let mut named = false;
        for (role, column) in roles {
            match role {
                NodeRole::Name => {
                    let unique = unique_names(&self.ids, &spread(&column, node_count));
                    builder.node_names(unique).map_err(&wrong)?;
                    named = true;
                }
                NodeRole::Text => {
                    let texts = spread(&column, node_count).into_iter();
                    let texts = texts.map(|text| text.unwrap_or_default().to_owned()).collect();
                    builder.node_texts(texts).map_err(&wrong)?;
                }
                NodeRole::Class => {
                    let (classes, of_node) = numbered(&spread(&column, node_count));
                    builder.labels(Labels { classes, of_node }).map_err(&wrong)?;
                }
                NodeRole::Split => {
                    builder.split(self.node_split(&column, path)?).map_err(&wrong)?;
                }
                NodeRole::Feature => {
                    if let Err(problem) = features.add(&column) {
                        self.ignore(&format!("node attribute `{}`: {problem}", column.name));
                    }
                }
            }
        }
        if let Some(features) = features.finish(&self.ids, path)? {
            builder.features(features).map_err(&wrong)?;
        }
        // The ids of a union repeat from graph to graph and name nothing.
        if !named && !is_union {
            builder.node_names(std::mem::take(&mut self.ids)).map_err(&wrong)?;
        }
        Ok(())
    }

    fn node_split(&self, column: &Column, path: &Path) -> Result<NodeSplit, ReadError> {
        let mut split = NodeSplit { train: Vec::new(), validation: Vec::new(), test: Vec::new() };
        for (node, value) in &column.values {
            match Part::of(value) {
                Ok(Some(Part::Train)) => split.train.push(*node),
                Ok(Some(Part::Validation)) => split.validation.push(*node),
                Ok(Some(Part::Test)) => split.test.push(*node),
                Ok(None) => {}
                Err(problem) => {
                    let problem = format!("node `{}`: {problem}", self.ids[*node as usize].escape_debug());
                    return Err(ReadError::Content { path: path.to_owned(), problem });
                }
            }
        }
        for part in [&mut split.train, &mut split.validation, &mut split.test] {
            part.sort_unstable();
        }
        Ok(split)
    }
}

fn set_member(
    member: &mut Member,
    name: &str,
    value: &str,
    ignored: &mut BTreeMap<String, usize>,
) -> Result<(), String> {
    match name.to_lowercase().as_str() {
        "class" | "category" | "label" | "y" if !value.is_empty() => member.class = Some(value.to_owned()),
        "name" | "title" if !value.is_empty() => value.clone_into(&mut member.name),
        "split" => member.part = Part::of(value)?,
        _ => *ignored.entry(format!("graph attribute `{name}`")).or_default() += 1,
    }
    Ok(())
}
