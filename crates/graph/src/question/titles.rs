//! Titles of nodes: read out of their texts or names, and the words that two titles share.

use crate::{Graph, Node};

/// Longest title shown, in words; texts without a marked title are cut here.
const LONGEST_TITLE: usize = 15;
/// Shortest word, in bytes, that counts as shared by two titles.
const SHORTEST_SHARED_WORD: usize = 5;

/// A node's title: what follows `Title:` in its text, else its first line up to a full stop, else its name.
pub fn title(graph: &Graph, node: Node) -> Option<String> {
    let source = match graph.node_texts() {
        Some(texts) => titled_part(&texts[node as usize]),
        None => &graph.node_names()?[node as usize],
    };
    let words: Vec<&str> = source.split_whitespace().take(LONGEST_TITLE).collect();
    let title = words.join(" ");
    let title = title.trim_end_matches(['.', ',', ';', ':']);
    (!title.is_empty()).then(|| title.to_owned())
}

/// Whether two titles share a long word.
pub fn share_a_word(left: &str, right: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|symbol: char| !symbol.is_alphanumeric())
            .filter(|word| word.len() >= SHORTEST_SHARED_WORD)
            .map(str::to_lowercase)
            .collect()
    };
    let left = words(left);
    words(right).iter().any(|word| left.contains(word))
}

fn titled_part(text: &str) -> &str {
    let text = text.trim_start();
    let untitled = text.strip_prefix("Title:").unwrap_or(text);
    let end = ["Abstract:", "\n", ". "].iter().filter_map(|mark| untitled.find(mark)).min();
    untitled[..end.unwrap_or(untitled.len())].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_ends_where_the_abstract_begins() {
        assert_eq!(titled_part("Title: Learning to learn  Abstract: We learn. And so on"), "Learning to learn");
        assert_eq!(titled_part("A gloss. Another sentence"), "A gloss");
        assert_eq!(titled_part(""), "");
    }

    #[test]
    fn only_long_words_are_shared() {
        assert!(share_a_word("Genetic search", "A genetic algorithm"));
        assert!(!share_a_word("Search in the dark", "The cat in the hat"));
    }
}
