//! [`GraphBuilder`]: collects edges and attributes, checks them, and freezes them into a [`Graph`].
//!
//! ```
//! use ssl4rl_graph::{Direction, GraphBuilder};
//! let mut builder = GraphBuilder::new("triangle with a tail", 4, Direction::Undirected);
//! for (left, right) in [(0, 1), (1, 2), (2, 0), (2, 3), (3, 2)] {
//!     builder.edge(left, right).unwrap();
//! }
//! let graph = builder.build().unwrap();
//! assert_eq!(graph.edges().len(), 4);
//! assert_eq!(graph.neighbours(2), [0, 1, 3]);
//! assert_eq!(graph.provenance().duplicates, 1);
//! ```

use rayon::slice::ParallelSliceMut;

use super::{
    Csr, Direction, Edge, Features, Graph, HeldOutTriples, Labels, Members, Neighbours, Node, NodeSplit, Provenance,
    Relation,
};

/// The adjacency holds both ends of every edge, and counts them in 32 bits.
const EDGE_LIMIT: usize = 1 << 31;

/// Collects a graph's parts.
pub struct GraphBuilder {
    name: String,
    node_count: usize,
    direction: Direction,
    edges: Vec<Edge>,
    weights: Vec<f32>,
    relation_names: Vec<String>,
    node_names: Option<Vec<String>>,
    node_texts: Option<Vec<String>>,
    features: Option<Features>,
    labels: Option<Labels>,
    split: Option<NodeSplit>,
    held_out: HeldOutTriples,
    members: Option<Members>,
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
            weights: Vec::new(),
            relation_names: Vec::new(),
            node_names: None,
            node_texts: None,
            features: None,
            labels: None,
            split: None,
            held_out: HeldOutTriples::default(),
            members: None,
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

    /// Adds an edge or triple with a weight, which must be finite. Either all edges have one or none.
    pub fn weighted(&mut self, source: Node, relation: Relation, target: Node, weight: f32) -> Result<(), GraphError> {
        if !weight.is_finite() {
            return Err(GraphError::BadWeight { left: source, right: target, weight });
        }
        let before = self.edges.len();
        self.triple(source, relation, target)?;
        if self.edges.len() > before {
            self.weights.push(weight);
        }
        Ok(())
    }

    /// Notes what the files hold and the graph does not, in words for the user.
    pub fn ignored(&mut self, what: impl Into<String>) {
        self.provenance.ignored.push(what.into());
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

    /// Says which nodes form which graph of a disjoint union.
    pub fn members(&mut self, members: Members) -> Result<&mut Self, GraphError> {
        self.check_len("nodes of all graphs", members.node_count())?;
        let count = members.count();
        let wrong = |what, got| Err(GraphError::WrongLength { what, expected: count, got });
        if !members.names.is_empty() && members.names.len() != count {
            return wrong("names of graphs", members.names.len());
        }
        if let Some(labels) = &members.labels {
            if labels.of_member.len() != count {
                return wrong("labels of graphs", labels.of_member.len());
            }
            let limit = labels.classes.len();
            if let Some(&class) = labels.of_member.iter().flatten().find(|&&class| class as usize >= limit) {
                return Err(GraphError::OutOfRange { what: "class", got: u64::from(class), limit });
            }
        }
        if let Some(split) = &members.split {
            let mut positions = split.train.iter().chain(&split.validation).chain(&split.test);
            if let Some(&member) = positions.find(|&&member| member as usize >= count) {
                return Err(GraphError::OutOfRange { what: "graph", got: u64::from(member), limit: count });
            }
        }
        self.members = Some(members);
        Ok(self)
    }

    /// Sorts, removes duplicates and freezes.
    pub fn build(mut self) -> Result<Graph, GraphError> {
        if !self.weights.is_empty() && self.weights.len() != self.edges.len() {
            let (expected, got) = (self.edges.len(), self.weights.len());
            return Err(GraphError::WrongLength { what: "edge weights", expected, got });
        }
        let before = self.edges.len();
        if self.weights.is_empty() {
            self.edges.par_sort_unstable();
            self.edges.dedup();
        } else {
            self.sort_with_weights();
        }
        self.provenance.duplicates = before - self.edges.len();
        self.check_members()?;
        if self.edges.len() >= EDGE_LIMIT {
            return Err(GraphError::OutOfRange {
                what: "number of edges",
                got: self.edges.len() as u64,
                limit: EDGE_LIMIT,
            });
        }
        Ok(Graph {
            neighbours: neighbours(self.node_count, &self.edges),
            incidence: incidence(self.node_count, &self.edges),
            name: self.name,
            direction: self.direction,
            edges: self.edges.into(),
            weights: (!self.weights.is_empty()).then_some(self.weights),
            relation_names: self.relation_names,
            node_names: self.node_names,
            node_texts: self.node_texts,
            features: self.features,
            labels: self.labels,
            split: self.split,
            held_out: self.held_out,
            members: self.members,
            provenance: self.provenance,
            support: std::sync::OnceLock::new(),
        })
    }

    /// Sorts edges and weights alike; of repeated edges the first added keeps its weight.
    fn sort_with_weights(&mut self) {
        let mut order: Vec<(Edge, usize)> = self.edges.iter().copied().zip(0..).collect();
        order.par_sort_unstable();
        let (mut edges, mut weights): (Vec<Edge>, Vec<f32>) = (Vec::new(), Vec::new());
        for (edge, position) in order {
            let weight = self.weights[position];
            match (edges.last(), weights.last()) {
                (Some(last), Some(&kept)) if *last == edge => {
                    self.provenance.conflicting_weights += usize::from(kept.to_bits() != weight.to_bits());
                }
                _ => {
                    edges.push(edge);
                    weights.push(weight);
                }
            }
        }
        (self.edges, self.weights) = (edges, weights);
    }

    /// No edge joins two members.
    fn check_members(&self) -> Result<(), GraphError> {
        let Some(members) = &self.members else { return Ok(()) };
        match self.edges.iter().find(|edge| members.of_node(edge.source) != members.of_node(edge.target)) {
            None => Ok(()),
            Some(edge) => Err(GraphError::BetweenMembers { left: edge.source, right: edge.target }),
        }
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

/// Both directions of every edge, self loops left out, each neighbour once.
fn neighbours(node_count: usize, edges: &[Edge]) -> Neighbours {
    let joined = edges.iter().filter(|edge| edge.source != edge.target);
    let backward = Rows::collect(node_count, joined.map(|edge| (edge.target, edge.source)));
    let (mut starts, mut neighbours) = (vec![0], Vec::new());
    let mut rest = edges;
    for node in 0..node_count {
        let (own, others) = rest.split_at(rest.iter().take_while(|edge| edge.source as usize == node).count());
        rest = others;
        let forward = own.iter().map(|edge| edge.target).filter(|&target| target as usize != node);
        let start = neighbours.len();
        for neighbour in merged(forward, backward.row(node).iter().copied()) {
            if neighbours.len() == start || neighbours.last() != Some(&neighbour) {
                neighbours.push(neighbour);
            }
        }
        starts.push(neighbours.len() as u32);
    }
    Neighbours::new(starts, neighbours)
}

/// `[nodes, edges]`; 1 where the node is the source, 2 where it is the target, 3 for a self loop.
fn incidence(node_count: usize, edges: &[Edge]) -> Csr<u8> {
    let ends = edges.iter().zip(0u32..).flat_map(|(edge, position)| {
        let is_loop = edge.source == edge.target;
        let source = (edge.source, (position, if is_loop { 3 } else { 1 }));
        std::iter::once(source).chain((!is_loop).then_some((edge.target, (position, 2))))
    });
    let rows = Rows::collect(node_count, ends);
    let (indices, values) = rows.entries.into_iter().unzip();
    Csr::new((node_count, edges.len()), rows.starts, indices, values)
}

/// Entries by row, in each row in the order in which they came.
struct Rows<Entry> {
    starts: Vec<usize>,
    entries: Vec<Entry>,
}

impl<Entry: Copy + Default> Rows<Entry> {
    fn collect(rows: usize, entries: impl Iterator<Item = (Node, Entry)> + Clone) -> Self {
        let mut starts = vec![0; rows + 1];
        for (row, _) in entries.clone() {
            starts[row as usize + 1] += 1;
        }
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        let mut next = starts.clone();
        let mut sorted = vec![Entry::default(); starts[rows]];
        for (row, entry) in entries {
            sorted[next[row as usize]] = entry;
            next[row as usize] += 1;
        }
        Self { starts, entries: sorted }
    }

    fn row(&self, row: usize) -> &[Entry] {
        &self.entries[self.starts[row]..self.starts[row + 1]]
    }
}

/// Two ascending sequences as one.
fn merged<Item: Ord>(
    left: impl Iterator<Item = Item>,
    right: impl Iterator<Item = Item>,
) -> impl Iterator<Item = Item> {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    std::iter::from_fn(move || match (left.peek(), right.peek()) {
        (Some(a), Some(b)) if b < a => right.next(),
        (Some(_), _) => left.next(),
        (None, _) => right.next(),
    })
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
    /// A weight is NaN or infinite.
    #[error("the edge from node {left} to node {right} weighs {weight}; weights must be finite")]
    BadWeight {
        /// Source of the edge.
        left: Node,
        /// Target of the edge.
        right: Node,
        /// The weight.
        weight: f32,
    },
    /// An edge joins two graphs of a disjoint union.
    #[error("the edge from node {left} to node {right} joins two graphs; each edge must lie in one")]
    BetweenMembers {
        /// Source of the edge.
        left: Node,
        /// Target of the edge.
        right: Node,
    },
}
