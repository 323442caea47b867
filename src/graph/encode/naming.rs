//! Names for the nodes of a prompt: `0 1 2`, `A B C`, first names, or the names that the data has.
//!
//! Ids of a [`Subgraph`] are already in random order, so counting names tell nothing about the graph.
//! Every scheme gives distinct names without line breaks.

use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::graph::sample::Subgraph;
use crate::tasks::TaskRng;

/// A way to name the nodes of a subgraph.
pub trait Naming: Send + Sync {
    /// Key in configurations: `letters`.
    fn name(&self) -> &'static str;
    /// One distinct name per node of `subgraph`, in the order of its ids; `None` where `graph` lacks what the scheme needs.
    fn names(&self, graph: &Graph, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<String>>;
}

/// Every naming scheme.
pub fn schemes() -> &'static [&'static dyn Naming] {
    &[&Integers, &Letters, &FirstNames, &Real]
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

struct FirstNames;

impl Naming for FirstNames {
    fn name(&self) -> &'static str {
        "names"
    }

    fn names(&self, _graph: &Graph, subgraph: &Subgraph, rng: &mut TaskRng) -> Option<Vec<String>> {
        Some(first_names(subgraph.len(), rng))
    }
}

struct Real;

impl Naming for Real {
    fn name(&self) -> &'static str {
        "real"
    }

    fn names(&self, graph: &Graph, subgraph: &Subgraph, _rng: &mut TaskRng) -> Option<Vec<String>> {
        let names = graph.node_names()?;
        Some(distinct(subgraph.nodes.iter().map(|&node| names[node as usize].as_str())))
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
    let mut order = FIRST_NAMES.to_vec();
    rng.shuffle(&mut order);
    let numbered = |id: usize| match id / order.len() {
        0 => order[id].into(),
        round => format!("{}{}", order[id % order.len()], round + 1),
    };
    (0..count).map(numbered).collect()
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

const FIRST_NAMES: [&str; 64] = [
    "Ada", "Alan", "Alma", "Anna", "Ben", "Bruno", "Carl", "Clara", "Cora", "Dan", "Dora", "Edith", "Ella", "Emil",
    "Emma", "Eric", "Eva", "Felix", "Finn", "Frida", "Gina", "Grace", "Greta", "Hans", "Helen", "Henry", "Hugo", "Ida",
    "Igor", "Iris", "Ivan", "Jack", "Jane", "John", "Julia", "Karl", "Kate", "Lara", "Laura", "Lena", "Leo", "Liam",
    "Lily", "Lucy", "Lukas", "Mary", "Max", "Mia", "Nina", "Noah", "Nora", "Olga", "Oscar", "Otto", "Paul", "Peter",
    "Rosa", "Ruth", "Sam", "Sara", "Sofia", "Theo", "Tom", "Vera",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Split;

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
    fn repeated_names_get_the_first_free_number() {
        let names = ["Paris", "Paris (2)", "Paris", " Paris\n", ""];
        assert_eq!(distinct(names.into_iter()), ["Paris", "Paris (2)", "Paris (3)", "Paris (4)", "unnamed"]);
    }

    #[test]
    fn a_slip_of_the_finger_is_named() {
        assert_eq!(
            by_name("leters").err().unwrap().to_string(),
            "unknown naming scheme `leters`; did you mean `letters`?"
        );
    }
}
