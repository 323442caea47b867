//! The rewards of published work on such tasks, by name: what parts of an answer earn, and what the form of a completion does.
//!
//! Each is a settings file of weights (`[reward.weights]`) and of the tasks that it was made for. `ssl4rl vision --reward NAME` lays
//! one between the defaults and all that a settings file and the flags say.
//!
//! ```
//! assert_eq!(ssl4rl_vision::rewards::names().next(), Some("visual-jigsaw"));
//! assert!(ssl4rl_vision::rewards::text("spatial-ssrl").unwrap().contains("format = 0.1"));
//! ```

/// Name and settings file of every reward.
const REWARDS: [(&str, &str); 4] = [
    ("visual-jigsaw", include_str!("rewards/visual-jigsaw.toml")),
    ("jigsaw-r1", include_str!("rewards/jigsaw-r1.toml")),
    ("jigsaw-r1-connections", include_str!("rewards/jigsaw-r1-connections.toml")),
    ("spatial-ssrl", include_str!("rewards/spatial-ssrl.toml")),
];

/// The names of all rewards.
pub fn names() -> impl Iterator<Item = &'static str> {
    REWARDS.iter().map(|(name, _)| *name)
}

/// The settings file of a reward; `None` where there is none of this name.
pub fn text(name: &str) -> Option<&'static str> {
    REWARDS.iter().find(|(reward, _)| *reward == name).map(|(_, text)| *text)
}
