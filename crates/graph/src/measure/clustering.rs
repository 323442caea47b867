//! Clustering: how often two neighbours of a node are neighbours of each other.

use crate::Graph;
use crate::count::{triangles, triangles_per_node, wedges};

/// Share of the pairs of each node's neighbours that are adjacent; 0 for fewer than two neighbours.
pub fn local_clustering(graph: &Graph) -> Vec<f64> {
    triangles_per_node(graph)
        .into_iter()
        .zip(graph.degrees())
        .map(|(triangles, degree)| {
            let degree = f64::from(degree);
            if triangles == 0 { 0.0 } else { 2.0 * triangles as f64 / (degree * (degree - 1.0)) }
        })
        .collect()
}

/// Mean of [`local_clustering`] over all nodes; 0 without nodes.
pub fn average_clustering(graph: &Graph) -> f64 {
    let local = local_clustering(graph);
    if local.is_empty() { 0.0 } else { local.iter().sum::<f64>() / local.len() as f64 }
}

/// Three times the triangles over the paths of two edges; 0 without such paths.
pub fn transitivity(graph: &Graph) -> f64 {
    let paths = wedges(graph);
    if paths == 0 { 0.0 } else { 3.0 * triangles(graph) as f64 / paths as f64 }
}
