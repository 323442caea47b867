//! Readable node names that stay unique.
//!
//! A question that asks for a node by name needs names that name one node only. A readable name that several nodes share
//! is followed by the node's id in brackets, and a node without one goes by its id.

use std::collections::HashMap;

/// One name for each id.
pub(super) fn unique_names(ids: &[String], readable: &[Option<&str>]) -> Vec<String> {
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for name in readable.iter().flatten() {
        *uses.entry(name.trim()).or_default() += 1;
    }
    let name_of = |(id, readable): (&String, Option<&str>)| match readable.map(str::trim) {
        None | Some("") => id.clone(),
        Some(name) if uses.get(name).is_some_and(|&count| count > 1) => format!("{name} ({id})"),
        Some(name) => name.to_owned(),
    };
    ids.iter().zip(readable.iter().copied()).map(name_of).collect()
}

#[cfg(test)]
mod tests {
    use super::unique_names;

    #[test]
    fn shared_names_carry_the_id_and_missing_names_are_the_id() {
        let ids = ["a", "b", "c", "d", "e"].map(String::from);
        let readable = [Some("Paris"), Some("Rome"), Some(" Paris"), None, Some("  ")];
        assert_eq!(unique_names(&ids, &readable), ["Paris (a)", "Rome", "Paris (c)", "d", "e"]);
    }
}
