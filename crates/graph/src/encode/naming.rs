//! Names for the nodes of a prompt: `0 1 2`, `A B C`, first names, or the names that the data has.
//!
//! | scheme | names |
//! |---|---|
//! | `integers` | `0 1 2` |
//! | `letters` | `A B C` |
//! | `names` | first names, in random order as all that follow |
//! | `characters` | figures of Shakespeare |
//! | `legends` | figures of Greek legend |
//! | `statesmen` | statesmen of history |
//! | `random-integers` | distinct integers below 1000 |
//! | `codes` | five letters each, `QXKJT` |
//! | `real` | what the data calls its nodes, without the marks that separate names in lists and answers |
//!
//! Ids of a [`Subgraph`] are already in random order, so counting names tell nothing about the graph.
//! Every scheme gives distinct names without line breaks.

mod lists;

use std::collections::BTreeSet;

use crate::Graph;
use crate::sample::Subgraph;
use ssl4rl_tasks::TaskRng;
use ssl4rl_tasks::verifiers::wording::{bare, normalised};

use lists::{CHARACTERS, FIRST_NAMES, LEGENDS, STATESMEN};

/// Words that mean an empty list in an answer, and so are no names.
const NO_NAMES: [&str; 3] = ["none", "empty", "∅"];

/// A way to name the nodes of a subgraph.
pub trait Naming: Send + Sync {
    /// Key in configurations: `letters`.
    fn name(&self) -> &'static str;
    /// One distinct name per node of `subgraph`, in the order of its ids; `None` where `graph` lacks what the scheme needs.
    fn names(&self, graph: &Graph, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<String>>;
}

/// Every naming scheme.
pub fn schemes() -> &'static [&'static dyn Naming] {
    &[
        &Integers,
        &Letters,
        &FromList { name: "names", list: &FIRST_NAMES },
        &FromList { name: "characters", list: &CHARACTERS },
        &FromList { name: "legends", list: &LEGENDS },
        &FromList { name: "statesmen", list: &STATESMEN },
        &RandomIntegers,
        &Codes,
        &Real,
    ]
}

/// The naming scheme with this name.
pub fn by_name(name: &str) -> Result<&'static dyn Naming, UnknownNaming> {
    let found = schemes().iter().find(|scheme| scheme.name() == name);
    let hint = || super::hint(name, schemes().iter().map(|scheme| scheme.name()));
    found.copied().ok_or_else(|| UnknownNaming { name: name.into(), hint: hint() })
}

/// No naming scheme has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown naming scheme `{name}`; {hint}")]
pub struct UnknownNaming {
    /// The name asked for.
    pub name: String,
    /// The nearest name, or all of them.
    pub hint: String,
}

struct Integers;

impl Naming for Integers {
    fn name(&self) -> &'static str {
        "integers"
    }

    fn names(&self, _graph: &Graph, subgraph: &Subgraph, _rng: &mut TaskRng) -> Option<Vec<String>> {
        Some(integers(subgraph.len()))
    }
}

struct Letters;

impl Naming for Letters {
    fn name(&self) -> &'static str {
        "letters"
    }

    fn names(&self, _graph: &Graph, subgraph: &Subgraph, _rng: &mut TaskRng) -> Option<Vec<String>> {
        Some(letters(subgraph.len()))
    }
}

/// A list of names, in random order.
struct FromList {
    name: &'static str,
    list: &'static [&'static str],
}

impl Naming for FromList {
    fn name(&self) -> &'static str {
        self.name
    }

    fn names(&self, _graph: &Graph, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<String>> {
        Some(from_list(self.list, subgraph.len(), rng))
    }
}

struct RandomIntegers;

impl Naming for RandomIntegers {
    fn name(&self) -> &'static str {
        "random-integers"
    }

    fn names(&self, _graph: &Graph, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<String>> {
        let bound = 1000.max(2 * subgraph.len());
        Some(distinct_draws(subgraph.len(), || rng.below(bound).to_string()))
    }
}

struct Codes;

impl Naming for Codes {
    fn name(&self) -> &'static str {
        "codes"
    }

    fn names(&self, _graph: &Graph, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<String>> {
        const LENGTH: usize = 5;
        let mut code = || (0..LENGTH).map(|_| char::from(b'A' + rng.below(26) as u8)).collect();
        Some(distinct_draws(subgraph.len(), &mut code))
    }
}

struct Real;

impl Naming for Real {
    fn name(&self) -> &'static str {
        "real"
    }

    fn names(&self, graph: &Graph, subgraph: &Subgraph, _rng: &mut TaskRng) -> Option<Vec<String>> {
        let names = graph.node_names()?;
        // What is made up has no name in the data.
        let own: Option<Vec<&str>> =
            subgraph.nodes.iter().map(|&node| names.get(node as usize).map(String::as_str)).collect();
        Some(readable(&own?))
    }
}

/// `0, 1, 2, …`
pub fn integers(count: usize) -> Vec<String> {
    (0..count).map(|id| id.to_string()).collect()
}

/// `A … Z, AA, AB, …`
pub fn letters(count: usize) -> Vec<String> {
    (0..count).map(letter).collect()
}

/// Bijective base 26.
fn letter(id: usize) -> String {
    let last = char::from(b'A' + (id % 26) as u8);
    if id < 26 { last.into() } else { format!("{}{last}", letter(id / 26 - 1)) }
}

/// Common first names in random order; past the end of the list `Ada2`, `Ada3`, and so on.
pub fn first_names(count: usize, rng: &mut TaskRng) -> Vec<String> {
    from_list(&FIRST_NAMES, count, rng)
}

fn from_list(list: &[&str], count: usize, rng: &mut TaskRng) -> Vec<String> {
    let mut order = list.to_vec();
    rng.shuffle(&mut order);
    let numbered = |id: usize| match id / order.len() {
        0 => order[id].into(),
        round => format!("{}{}", order[id % order.len()], round + 1),
    };
    (0..count).map(numbered).collect()
}

/// Draws until `count` names differ. There must be at least twice as many to draw from.
fn distinct_draws(count: usize, mut draw: impl FnMut() -> String) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut names = Vec::with_capacity(count);
    while names.len() < count {
        let name = draw();
        if taken.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}

/// The given names on one line each; empty ones read `unnamed`, repeated ones get the first free ` (2)`, ` (3)`, and so on.
pub fn distinct<'name>(names: impl Iterator<Item = &'name str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut result = Vec::new();
    for name in names {
        let mut base = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if base.is_empty() {
            base = "unnamed".into();
        }
        let mut free = base.clone();
        let mut copy = 1;
        while !taken.insert(free.clone()) {
            copy += 1;
            free = format!("{base} ({copy})");
        }
        result.push(free);
    }
    result
}

/// The given names as answers can hold them: without marks of lists, mappings and tags, with single blanks, and distinct however
/// they are written, for which repeated ones are numbered. Blank ones read `unnamed`.
fn readable(names: &[&str]) -> Vec<String> {
    let mark = |symbol: char| {
        symbol.is_control()
            || ",;|:=→()[]{}<>".contains(symbol)
            || matches!(symbol, '\u{200b}'..='\u{202e}' | '\u{feff}')
    };
    let mut taken: BTreeSet<String> = NO_NAMES.iter().map(|word| (*word).to_owned()).collect();
    let numbered = |name: &&str| {
        let plain: String = name.chars().map(|symbol| if mark(symbol) { ' ' } else { symbol }).collect();
        let words = bare(&plain).split_whitespace().collect::<Vec<_>>().join(" ");
        let base = if normalised(&words).is_empty() { "unnamed".to_owned() } else { words };
        let mut free = base.clone();
        let mut copy = 1;
        while !taken.insert(normalised(&free)) {
            copy += 1;
            free = format!("{base} {copy}");
        }
        free
    };
    names.iter().map(numbered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Direction, GraphBuilder};
    use ssl4rl_tasks::Split;

    #[test]
    fn letters_count_on_past_z() {
        let names = letters(26 * 27 + 1);
        assert_eq!((&*names[0], &*names[25], &*names[26], &*names[27]), ("A", "Z", "AA", "AB"));
        assert_eq!((&*names[26 * 27 - 1], &*names[26 * 27]), ("ZZ", "AAA"));
    }

    #[test]
    fn first_names_are_distinct_past_the_end_of_the_list() {
        let mut rng = TaskRng::new(3, "test", Split::Train, 0);
        let names = first_names(200, &mut rng);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 200);
        assert_ne!(names, first_names(200, &mut rng));
    }

    #[test]
    fn lists_hold_no_name_twice_and_nothing_that_needs_quotes() {
        for list in [&FIRST_NAMES[..], &CHARACTERS, &LEGENDS, &STATESMEN] {
            assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len());
            assert!(list.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_alphabetic())));
        }
    }

    #[test]
    fn every_scheme_gives_distinct_names_in_an_order_that_says_nothing() {
        let mut builder = GraphBuilder::new("path", 30, Direction::Undirected);
        (0..29).for_each(|node| builder.edge(node, node + 1).unwrap());
        builder.node_names((0..30).map(|node| format!("town {node}")).collect()).unwrap();
        let graph = builder.build().unwrap();
        let subgraph = Subgraph { nodes: (0..30).collect(), edges: Vec::new() };
        for scheme in schemes() {
            let names = |index| {
                let mut rng = TaskRng::new(7, "test", Split::Train, index);
                scheme.names(&graph, &subgraph, &mut rng).unwrap()
            };
            assert_eq!(names(0).iter().collect::<BTreeSet<_>>().len(), 30, "{}", scheme.name());
            assert_eq!(names(0), names(0));
            // Names that do not count are drawn anew for every question.
            let counted = ["integers", "letters", "real"].contains(&scheme.name());
            assert_eq!(names(0) == names(1), counted, "{}", scheme.name());
        }
    }

    #[test]
    fn repeated_names_get_the_first_free_number() {
        let names = ["Paris", "Paris (2)", "Paris", " Paris\n", ""];
        assert_eq!(distinct(names.into_iter()), ["Paris", "Paris (2)", "Paris (3)", "Paris (4)", "unnamed"]);
    }

    #[test]
    fn real_names_can_be_told_apart_in_any_list() {
        let names = [
            "Paris, Texas",
            "paris texas",
            "a -> b",
            "(c) {d}",
            "e: f",
            "\"g\"",
            "g.",
            "",
            "none",
            "h\ni",
            "</answer>",
        ];
        let expected =
            ["Paris Texas", "paris texas 2", "a - b", "c d", "e f", "g", "g 2", "unnamed", "none 2", "h i", "/answer"];
        assert_eq!(readable(&names), expected);
    }

    #[test]
    fn a_slip_of_the_finger_is_named() {
        assert_eq!(
            by_name("leters").err().unwrap().to_string(),
            "unknown naming scheme `leters`; did you mean `letters`?"
        );
    }
}
