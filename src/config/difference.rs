//! How two settings differ, knob by knob.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Config;

/// One knob that two settings have different values for.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its path: `rollout.group_size`.
    pub knob: String,
    /// Value on the left; null where it is absent.
    pub left: Value,
    /// Value on the right; null where it is absent.
    pub right: Value,
}

impl Config {
    /// Every knob whose value is not that of `other`, in the order of their names.
    ///
    /// ```
    /// use ssl4rl::config::Config;
    /// let mut other = Config::default();
    /// other.set("rollout.group_size=4")?;
    /// let differences = Config::default().differences(&other);
    /// assert_eq!((differences.len(), differences[0].knob.as_str()), (1, "rollout.group_size"));
    /// # Ok::<(), ssl4rl::config::ConfigError>(())
    /// ```
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let (left, right) = (self.leaves(), other.leaves());
        let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
        names.sort();
        names.dedup();
        let value = |leaves: &BTreeMap<String, Value>, name: &str| leaves.get(name).cloned().unwrap_or_default();
        let pairs = names.into_iter().map(|name| (name, value(&left, name), value(&right, name)));
        let differing = pairs.filter(|(_, left, right)| left != right);
        differing.map(|(name, left, right)| Difference { knob: name.clone(), left, right }).collect()
    }

    /// Every value that is no table by its dotted path, nulls left out.
    fn leaves(&self) -> BTreeMap<String, Value> {
        fn walk(prefix: &str, value: Value, leaves: &mut BTreeMap<String, Value>) {
            match value {
                Value::Null => {}
                Value::Object(table) => {
                    for (name, below) in table {
                        let path = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                        walk(&path, below, leaves);
                    }
                }
                leaf => {
                    leaves.insert(prefix.to_owned(), leaf);
                }
            }
        }
        let mut leaves = BTreeMap::new();
        // Plain structs with string keys always serialize.
        walk("", serde_json::to_value(self).unwrap_or_default(), &mut leaves);
        leaves
    }
}
