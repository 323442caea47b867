//! [`Numbered`]: a graph, or several, whose files know nodes by their numbers, as arrays and benchmark exports do.

use std::path::Path;

use super::format::Description;
use super::read_error::ReadError;
use ssl4rl_graph::{
    Csr, Direction, Features, Graph, GraphBuilder, Labels, MemberLabels, MemberSplit, Members, Node, NodeSplit,
};

/// Most nodes that a number may claim without data of as many.
const MAX_BARE_NODES: usize = 10_000_000;

/// What a reader has found. Lists are checked against each other when the graph is made.
#[derive(Default)]
pub(super) struct Numbered {
    /// Nodes of each member; one entry for a single graph.
    pub(super) sizes: Vec<usize>,
    /// Ends of each edge, in the union.
    pub(super) edges: Vec<[Node; 2]>,
    /// Weight of each edge; empty where edges have none.
    pub(super) weights: Vec<f32>,
    /// Relation of each edge; empty where edges have none.
    pub(super) relations: Vec<u32>,
    pub(super) relation_names: Vec<String>,
    /// Feature rows.
    pub(super) features: Option<FeatureRows>,
    /// Class of each node, negative where unknown; empty where there are no classes.
    pub(super) labels: Vec<i64>,
    /// Class names by number, as far as known.
    pub(super) class_names: Vec<String>,
    pub(super) split: Option<[Vec<Node>; 3]>,
    /// Class of each member, negative where unknown; empty where there are no classes.
    pub(super) member_labels: Vec<i64>,
    pub(super) member_split: Option<[Vec<Node>; 3]>,
    pub(super) ignored: Vec<String>,
}

/// Sparse features, built row by row.
#[derive(Debug, Default)]
pub(super) struct FeatureRows {
    pub(super) names: Option<Vec<String>>,
    pub(super) columns: usize,
    starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl FeatureRows {
    /// No rows yet.
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, starts: vec![0], ..Self::default() }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Adds a row of all values.
    pub(super) fn dense(&mut self, row: impl IntoIterator<Item = f32>) {
        self.sparse(row.into_iter().enumerate().map(|(column, value)| (column as u32, value)));
    }

    /// Adds a row of columns and values, ascending; zeros are left out.
    pub(super) fn sparse(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in row.into_iter().filter(|(_, value)| *value != 0.0) {
            self.indices.push(column);
            self.values.push(value);
        }
        self.starts.push(self.indices.len());
    }
}

impl Numbered {
    /// The graph. `origin` is what errors name.
    pub(super) fn finish(mut self, description: &Description<'_>, origin: &Path) -> Result<Graph, ReadError> {
        let node_count = self.sizes.iter().fold(0usize, |all, &size| all.saturating_add(size));
        if node_count == 0 {
            return Err(ReadError::Empty {
                path: origin.to_owned(),
                expected: "a graph with at least one node".into(),
            });
        }
        let wrong = ReadError::graph(origin);
        let content = |problem: String| ReadError::Content { path: origin.to_owned(), problem };
        let described = self.labels.len() + self.edges.len() + self.features.as_ref().map_or(0, FeatureRows::rows);
        if node_count > MAX_BARE_NODES && node_count > 4 * described {
            return Err(content(format!("it claims {node_count} nodes and describes {described} edges and nodes")));
        }
        let stated = if self.relations.is_empty() { Direction::Undirected } else { Direction::Directed };
        let mut builder = GraphBuilder::new(description.name, node_count, description.direction.unwrap_or(stated));
        builder.relations(std::mem::take(&mut self.relation_names));
        for (what, length) in [("weights", self.weights.len()), ("relations", self.relations.len())] {
            if length != 0 && length != self.edges.len() {
                return Err(content(format!("there are {length} {what} for {} edges", self.edges.len())));
            }
        }
        for (position, &[source, target]) in self.edges.iter().enumerate() {
            let relation = self.relations.get(position).copied().unwrap_or(0);
            match self.weights.get(position) {
                Some(&weight) => builder.weighted(source, relation, target, weight).map_err(&wrong)?,
                None => builder.triple(source, relation, target).map_err(&wrong)?,
            }
        }
        if let Some(rows) = self.features.take() {
            let known = vec![true; rows.rows()];
            let shape = (rows.rows(), rows.columns);
            let matrix = Csr::try_new(shape, rows.starts, rows.indices, rows.values);
            let matrix = matrix.map_err(|(.., problem)| content(format!("the features: {problem}")))?;
            builder.features(Features { matrix, names: rows.names, known }).map_err(&wrong)?;
        }
        if self.labels.iter().any(|&class| class >= 0) {
            let (classes, of_node) = self.classes(&self.labels, description, origin)?;
            builder.labels(Labels { classes, of_node }).map_err(&wrong)?;
        }
        if let Some([train, validation, test]) = self.split.take() {
            builder.split(NodeSplit { train, validation, test }).map_err(&wrong)?;
        }
        if self.sizes.len() > 1 {
            let mut members = Members::of_sizes(self.sizes.iter().copied());
            if self.member_labels.iter().any(|&class| class >= 0) {
                let (classes, of_member) = self.classes(&self.member_labels, description, origin)?;
                members.labels = Some(MemberLabels { classes, of_member });
            }
            members.split =
                self.member_split.take().map(|[train, validation, test]| MemberSplit { train, validation, test });
            builder.members(members).map_err(&wrong)?;
        }
        for what in &self.ignored {
            builder.ignored(what);
        }
        builder.build().map_err(&wrong)
    }

    /// Class names, and for each entry the class; a negative one is unknown.
    fn classes(
        &self,
        labels: &[i64],
        description: &Description<'_>,
        origin: &Path,
    ) -> Result<(Vec<String>, Vec<Option<u32>>), ReadError> {
        let names = if self.class_names.is_empty() { description.class_names } else { &self.class_names[..] };
        let count =
            labels.iter().max().map_or(0, |&class| usize::try_from(class).map_or(0, |class| class.saturating_add(1)));
        // More classes than entries would be names without end.
        if count > labels.len().max(names.len()) {
            let problem = format!("class {} among {} labels: classes must be numbered from 0", count - 1, labels.len());
            return Err(ReadError::Content { path: origin.to_owned(), problem });
        }
        let name = |class: usize| names.get(class).cloned().unwrap_or_else(|| format!("class {class}"));
        let classes = (0..count.max(names.len())).map(name).collect();
        Ok((classes, labels.iter().map(|&class| u32::try_from(class).ok()).collect()))
    }
}
