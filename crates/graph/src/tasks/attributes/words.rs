//! Features of nodes as words: which of them are shown, and whether enough are known.

use crate::{Features, Graph, Node};
use ssl4rl_tasks::TaskRng;

/// Whether the node has the feature.
pub(in crate::tasks) fn has_word(features: &Features, node: Node, word: u32) -> bool {
    features.of(node).binary_search(&word).is_ok()
}

/// Up to `count` of the words, in random order.
pub(in crate::tasks) fn some_words(words: &[u32], count: usize, rng: &mut TaskRng) -> Vec<u32> {
    let mut words = words.to_vec();
    rng.sample_front(&mut words, count).to_vec()
}

/// Number of words that stand in both lists.
pub(in crate::tasks) fn shared_words(left: &[u32], right: &[u32]) -> usize {
    left.iter().filter(|word| right.contains(word)).count()
}

/// Appends `name: word word` and a line break.
pub(in crate::tasks) fn append_list(name: &str, words: &[u32], features: &Features, text: &mut String) {
    text.push_str(name);
    text.push(':');
    for &word in words {
        text.push(' ');
        // A name of several lines must not look like another node's list.
        text.push_str(&features.name(word).split_whitespace().collect::<Vec<_>>().join(" "));
    }
    text.push_str(if words.is_empty() { " unknown\n" } else { "\n" });
}

/// Why no question about features and neighbours can be made from the graph, if so.
pub(in crate::tasks) fn unusable(graph: &Graph) -> Option<String> {
    if graph.edges().is_empty() {
        return Some("the graph has no edges, so no node has a neighbourhood".into());
    }
    match graph.features() {
        None => Some("its nodes have no features".into()),
        Some(features) if features.matrix.nnz() == 0 => Some("every feature of every node is zero".into()),
        Some(features) => too_few_known(features),
    }
}

/// Says so where most neighbourhoods show no feature at all.
pub(in crate::tasks) fn too_few_known(features: &Features) -> Option<String> {
    const SMALLEST_SHARE: usize = 4; // one node in four
    let known = features.known.iter().filter(|&&known| known).count();
    (known * SMALLEST_SHARE < features.known.len()).then(|| {
        format!(
            "features are known of only {known} of its {} nodes, which leaves too few targets to hold out",
            features.known.len()
        )
    })
}
