//! [`GraphBuilder`]: collects edges and attributes, checks them, and freezes them into a [`Graph`].
//!
//! ```
//! use ssl4rl::graph::{Direction, GraphBuilder};
//! let mut builder = GraphBuilder::new("triangle with a tail", 4, Direction::Undirected);
//! for (left, right) in [(0, 1), (1, 2), (2, 0), (2, 3), (3, 2)] {
//!     builder.edge(left, right).unwrap();
//! }
//! let graph = builder.build().unwrap();
//! assert_eq!(graph.edges().len(), 4);
//! assert_eq!(graph.neighbours(2), [0, 1, 3]);
//! assert_eq!(graph.provenance().duplicates, 1);
//! ```

use super::{Csr, Direction, Edge, Features, Graph, HeldOutTriples, Labels, Node, NodeSplit, Provenance, Relation};

/// Collects a graph's parts.
pub struct GraphBuilder {
    name: String,
    node_count: usize,
    direction: Direction,
    edges: Vec<Edge>,
    relation_names: Vec<String>,
    node_names: Option<Vec<String>>,
    node_texts: Option<Vec<String>>,
    features: Option<Features>,
    labels: Option<Labels>,
    split: Option<NodeSplit>,
    held_out: HeldOutTriples,
    provenance: Provenance,
}

impl GraphBuilder {
    /// An empty graph of `node_count` nodes.
    pub fn new(name: impl Into<String>, node_count: usize, direction: Direction) -> Self {
        Self {
            name: name.into(),
            node_count,
            direction,
            edges: Vec::new(),
            relation_names: Vec::new(),
            node_names: None,
            node_texts: None,
            features: None,
            labels: None,
            split: None,
            held_out: HeldOutTriples::default(),
            provenance: Provenance::default(),
        }
    }

    /// Names the relations; triples may then use positions below the number of names. Self loops are kept from here on.
    pub fn relations(&mut self, names: Vec<String>) -> &mut Self {
        self.relation_names = names;
        self
    }

    /// Adds an edge of a graph without relations. Duplicates and self loops are counted and dropped.
    pub fn edge(&mut self, source: Node, target: Node) -> Result<(), GraphError> {
        self.triple(source, 0, target)
    }

    /// Adds a triple `(source, relation, target)`.
    pub fn triple(&mut self, source: Node, relation: Relation, target: Node) -> Result<(), GraphError> {
        for node in [source, target] {
            self.check_node(node)?;
        }
        self.check_relation(relation)?;
        self.provenance.edge_records += 1;
        if source == target && self.relation_names.is_empty() {
            self.provenance.self_loops += 1;
            return Ok(());
        }
        let (source, target) = if self.direction == Direction::Undirected {
            (source.min(target), source.max(target))
        } else {
            (source, target)
        };
        self.edges.push(Edge { source, target, relation });
        Ok(())
    }

    /// Counts a record that names an unknown node and was left out.
    pub fn dangling_record(&mut self) {
        self.provenance.edge_records += 1;
        self.provenance.dangling += 1;
    }

    /// Sets node names, one per node.
    pub fn node_names(&mut self, names: Vec<String>) -> Result<&mut Self, GraphError> {
        self.check_len("node names", names.len())?;
        self.node_names = Some(names);
        Ok(self)
    }

    /// Sets node texts, one per node.
    pub fn node_texts(&mut self, texts: Vec<String>) -> Result<&mut Self, GraphError> {
        self.check_len("node texts", texts.len())?;
        self.node_texts = Some(texts);
        Ok(self)
    }

    /// Sets features, one row per node, every value finite.
    pub fn features(&mut self, features: Features) -> Result<&mut Self, GraphError> {
        self.check_len("feature rows", features.matrix.rows())?;
        self.check_len("known-feature flags", features.known.len())?;
        if let Some(names) = &features.names
            && names.len() != features.matrix.cols()
        {
            return Err(GraphError::WrongLength {
                what: "feature names",
                expected: features.matrix.cols(),
                got: names.len(),
            });
        }
        for (node, row) in features.matrix.outer_iterator().enumerate() {
            if let Some((column, value)) = row.iter().find(|(_, value)| !value.is_finite()) {
                return Err(GraphError::NotFinite { node, column, value: *value });
            }
        }
        self.features = Some(features);
        Ok(self)
    }

    /// Sets node classes.
    pub fn labels(&mut self, labels: Labels) -> Result<&mut Self, GraphError> {
        self.check_len("labels", labels.of_node.len())?;
        if let Some(class) = labels.of_node.iter().flatten().find(|&&class| class as usize >= labels.classes.len()) {
            return Err(GraphError::OutOfRange { what: "class", got: u64::from(*class), limit: labels.classes.len() });
        }
        self.labels = Some(labels);
        Ok(self)
    }

    /// Sets the public node split.
    pub fn split(&mut self, split: NodeSplit) -> Result<&mut Self, GraphError> {
        for &node in split.train.iter().chain(&split.validation).chain(&split.test) {
            self.check_node(node)?;
        }
        self.split = Some(split);
        Ok(self)
    }

    /// Sets validation and test triples; they are sorted, so that a triple is found in O(log triples).
    pub fn held_out(&mut self, mut held_out: HeldOutTriples) -> Result<&mut Self, GraphError> {
        for edge in held_out.validation.iter().chain(&held_out.test) {
            self.check_node(edge.source)?;
            self.check_node(edge.target)?;
            self.check_relation(edge.relation)?;
        }
        held_out.validation.sort_unstable();
        held_out.test.sort_unstable();
        self.held_out = held_out;
        Ok(self)
    }

    /// Sorts, removes duplicates and freezes.
    pub fn build(mut self) -> Result<Graph, GraphError> {
        let before = self.edges.len();
        self.edges.sort_unstable();
        self.edges.dedup();
        self.provenance.duplicates = before - self.edges.len();
        if u32::try_from(self.edges.len()).is_err() {
            return Err(GraphError::OutOfRange {
                what: "number of edges",
                got: self.edges.len() as u64,
                limit: u32::MAX as usize,
            });
        }
        Ok(Graph {
            neighbours: symmetric_adjacency(self.node_count, &self.edges),
            incidence: incidence(self.node_count, &self.edges),
            name: self.name,
            direction: self.direction,
            edges: self.edges,
            relation_names: self.relation_names,
            node_names: self.node_names,
            node_texts: self.node_texts,
            features: self.features,
            labels: self.labels,
            split: self.split,
            held_out: self.held_out,
            provenance: self.provenance,
        })
    }

    fn check_node(&self, node: Node) -> Result<(), GraphError> {
        if (node as usize) < self.node_count {
            return Ok(());
        }
        Err(GraphError::OutOfRange { what: "node", got: u64::from(node), limit: self.node_count })
    }

    fn check_relation(&self, relation: Relation) -> Result<(), GraphError> {
        let limit = self.relation_names.len().max(1);
        if (relation as usize) < limit {
            return Ok(());
        }
        Err(GraphError::OutOfRange { what: "relation", got: u64::from(relation), limit })
    }

    fn check_len(&self, what: &'static str, got: usize) -> Result<(), GraphError> {
        if got == self.node_count {
            return Ok(());
        }
        Err(GraphError::WrongLength { what, expected: self.node_count, got })
    }
}

impl Graph {
    /// The same graph with another public node split.
    pub fn with_split(mut self, split: NodeSplit) -> Result<Self, GraphError> {
        let limit = self.node_count();
        let mut nodes = split.train.iter().chain(&split.validation).chain(&split.test);
        if let Some(&node) = nodes.find(|&&node| node as usize >= limit) {
            return Err(GraphError::OutOfRange { what: "node", got: u64::from(node), limit });
        }
        self.split = Some(split);
        Ok(self)
    }
}

/// `[nodes, nodes]` with both directions of every edge, self loops left out; values are the first edge's position.
fn symmetric_adjacency(node_count: usize, edges: &[Edge]) -> Csr<u32> {
    let mut entries: Vec<(Node, Node, u32)> = Vec::with_capacity(edges.len() * 2);
    for (position, edge) in edges.iter().enumerate().filter(|(_, edge)| edge.source != edge.target) {
        entries.push((edge.source, edge.target, position as u32));
        entries.push((edge.target, edge.source, position as u32));
    }
    entries.sort_unstable();
    entries.dedup_by_key(|&mut (source, target, _)| (source, target));
    csr(node_count, node_count, &entries)
}

/// `[nodes, edges]`; 1 where the node is the source, 2 where it is the target, 3 for a self loop.
fn incidence(node_count: usize, edges: &[Edge]) -> Csr<u8> {
    let mut entries: Vec<(Node, u32, u8)> = Vec::with_capacity(edges.len() * 2);
    for (position, edge) in edges.iter().enumerate() {
        if edge.source == edge.target {
            entries.push((edge.source, position as u32, 3));
        } else {
            entries.push((edge.source, position as u32, 1));
            entries.push((edge.target, position as u32, 2));
        }
    }
    entries.sort_unstable();
    csr(node_count, edges.len(), &entries)
}

/// A CSR matrix from entries sorted by row and column without repetition.
fn csr<Value: Copy>(rows: usize, columns: usize, entries: &[(u32, u32, Value)]) -> Csr<Value> {
    let mut row_starts = vec![0; rows + 1];
    for &(row, _, _) in entries {
        row_starts[row as usize + 1] += 1;
    }
    for row in 0..rows {
        row_starts[row + 1] += row_starts[row];
    }
    let indices = entries.iter().map(|&(_, column, _)| column).collect();
    let values = entries.iter().map(|&(_, _, value)| value).collect();
    Csr::new((rows, columns), row_starts, indices, values)
}

/// Why a graph cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// An id is outside its range.
    #[error("{what} {got} is out of range: it must be below {limit}")]
    OutOfRange {
        /// What the id names.
        what: &'static str,
        /// The id.
        got: u64,
        /// First id that is too large.
        limit: usize,
    },
    /// A per-node list has the wrong length.
    #[error("{what}: expected {expected}, got {got}")]
    WrongLength {
        /// What the list holds.
        what: &'static str,
        /// Length it must have.
        expected: usize,
        /// Length it has.
        got: usize,
    },
    /// A feature is NaN or infinite.
    #[error("feature {column} of node {node} is {value}; features must be finite")]
    NotFinite {
        /// Row.
        node: usize,
        /// Column.
        column: usize,
        /// The value.
        value: f32,
    },
}
