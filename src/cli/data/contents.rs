//! What a dataset of the user's holds, for `ssl4rl data import`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::grouped;
use crate::data::LoadedDataset;
use crate::graph::{Direction, Edge, Graph, Node};
use crate::tasks::{counted, noun};

/// What a user's own dataset holds.
#[derive(Debug, Serialize)]
pub(super) struct Contents {
    name: String,
    path: PathBuf,
    files: Vec<PathBuf>,
    /// What the files hold and the graph does not.
    not_used: Vec<String>,
    graphs: usize,
    weighted: bool,
    conflicting_weights: usize,
    directed: bool,
    nodes: usize,
    edges: usize,
    /// The first edge in words: it shows which column was read as what.
    first_edge: Option<String>,
    relations: usize,
    /// Relations called like a node.
    relations_named_like_nodes: usize,
    components: usize,
    isolated_nodes: usize,
    largest_degree: usize,
    edge_records: usize,
    duplicates: usize,
    self_loops: usize,
    dangling: usize,
    features: Option<usize>,
    nodes_with_features: usize,
    classes: usize,
    /// Training, validation and test nodes.
    node_split: Option<[usize; 3]>,
    node_texts: bool,
    validation_triples: usize,
    test_triples: usize,
}

impl Contents {
    /// Counts what was loaded from `path`.
    pub(super) fn of(name: &str, path: &Path, loaded: &LoadedDataset) -> Self {
        let graph = &loaded.graph;
        let degrees = || (0..graph.node_count() as Node).map(|node| graph.degree(node));
        let provenance = graph.provenance();
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            files: loaded.files.iter().map(|(path, _)| path.clone()).collect(),
            not_used: loaded.notes.clone(),
            graphs: graph.member_count(),
            weighted: graph.weights().is_some(),
            conflicting_weights: provenance.conflicting_weights,
            directed: graph.direction() == Direction::Directed,
            nodes: graph.node_count(),
            edges: graph.edges().len(),
            first_edge: graph.edges().first().map(|edge| in_words(graph, edge)),
            relations: graph.relation_names().len(),
            relations_named_like_nodes: named_like_nodes(graph),
            components: components(graph),
            isolated_nodes: degrees().filter(|&degree| degree == 0).count(),
            largest_degree: degrees().max().unwrap_or(0),
            edge_records: provenance.edge_records,
            duplicates: provenance.duplicates,
            self_loops: provenance.self_loops,
            dangling: provenance.dangling,
            features: graph.features().map(|features| features.matrix.cols()),
            nodes_with_features: graph
                .features()
                .map_or(0, |features| features.known.iter().filter(|&&known| known).count()),
            classes: graph.labels().map_or(0, |labels| labels.classes.len()),
            node_split: graph.split().map(|split| [&split.train, &split.validation, &split.test].map(Vec::len)),
            node_texts: graph.node_texts().is_some(),
            validation_triples: graph.held_out().validation.len(),
            test_triples: graph.held_out().test.len(),
        }
    }

    /// What to do where the columns were hardly meant as they were read: no line gave an edge, or most relations are called like nodes,
    /// as where the second of three columns has the relations.
    pub(super) fn doubt(&self) -> Option<String> {
        if self.edges == 0 {
            return Some("the graph has no edges, and nearly every task asks about edges; see `records` for what became of the lines".into());
        }
        let (alike, all) = (self.relations_named_like_nodes, self.relations);
        (2 * alike > all).then(|| {
            format!(
                "{alike} of {} {} called like nodes; where a line is head, relation, tail, call the file `train.txt` or `train.tsv`, \
                 which is read in this order",
                counted(all as u64, "relation", "relations"),
                noun(alike as u64, "is", "are")
            )
        })
    }

    /// The same in lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let count = |count: usize| grouped(count as u64);
        let kind = if self.directed { "directed" } else { "undirected" };
        let files: Vec<String> = self.files.iter().map(|path| path.display().to_string()).collect();
        let mut lines = vec![
            format!("read        {}", files.join(", ")),
            format!("nodes       {} ({} without an edge)", count(self.nodes), count(self.isolated_nodes)),
            format!("edges       {} {kind}", count(self.edges)),
            format!(
                "records     {} ({} repeated, {} {}, {} with an unknown node)",
                count(self.edge_records),
                count(self.duplicates),
                count(self.self_loops),
                noun(self.self_loops as u64, "self loop", "self loops"),
                count(self.dangling)
            ),
            format!("components  {}; largest degree {}", count(self.components), count(self.largest_degree)),
        ];
        lines.extend(self.first_edge.iter().map(|edge| format!("an edge     {edge}")));
        if self.graphs > 1 {
            lines.push(format!("graphs      {}", count(self.graphs)));
        }
        if self.weighted {
            let conflicting = count(self.conflicting_weights);
            let edges = noun(self.conflicting_weights as u64, "repeated edge has", "repeated edges have");
            lines.push(format!("weights     yes ({conflicting} {edges} another than the first)"));
        }
        if self.relations > 0 {
            lines.push(format!("relations   {}", count(self.relations)));
            let (validation, test) = (count(self.validation_triples), count(self.test_triples));
            lines.push(format!("held out    {validation} validation and {test} test triples"));
        }
        if let Some(features) = self.features {
            let nodes = noun(self.nodes_with_features as u64, "node", "nodes");
            lines.push(format!(
                "features    {}, known for {} {nodes}",
                count(features),
                count(self.nodes_with_features)
            ));
        }
        if self.classes > 0 {
            lines.push(format!("classes     {}", count(self.classes)));
        }
        if let Some([train, validation, test]) = self.node_split.map(|parts| parts.map(count)) {
            lines.push(format!("split       {train} training, {validation} validation and {test} test nodes"));
        }
        lines.push(format!("node texts  {}", if self.node_texts { "yes" } else { "no" }));
        lines.extend(self.not_used.iter().cloned());
        lines
    }
}

fn named_like_nodes(graph: &Graph) -> usize {
    let nodes: HashSet<&str> = graph.node_names().unwrap_or_default().iter().map(String::as_str).collect();
    graph.relation_names().iter().filter(|relation| nodes.contains(relation.as_str())).count()
}

/// An edge by the names of its ends and of its relation, as far as there are any.
fn in_words(graph: &Graph, edge: &Edge) -> String {
    let name = |node: Node| match graph.node_names() {
        Some(names) => shortened(&names[node as usize]),
        None => node.to_string(),
    };
    let arrow = if graph.direction() == Direction::Directed { "->" } else { "-" };
    let relation = graph.relation_names().get(edge.relation as usize);
    let relation = relation.map(|relation| format!(", relation {}", shortened(relation))).unwrap_or_default();
    format!("{} {arrow} {}{relation}", name(edge.source), name(edge.target))
}

/// A name in quotes, without control characters, of at most 40 characters.
fn shortened(name: &str) -> String {
    const MOST: usize = 40;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}…", &name[..end]),
        None => format!("{name:?}"),
    }
}

/// Number of connected components, an isolated node being one.
fn components(graph: &Graph) -> usize {
    let mut seen = vec![false; graph.node_count()];
    let mut stack = Vec::new();
    let mut count = 0;
    for start in 0..graph.node_count() as Node {
        if std::mem::replace(&mut seen[start as usize], true) {
            continue;
        }
        count += 1;
        stack.push(start);
        while let Some(node) = stack.pop() {
            for &neighbour in graph.neighbours(node) {
                if !std::mem::replace(&mut seen[neighbour as usize], true) {
                    stack.push(neighbour);
                }
            }
        }
    }
    count
}
