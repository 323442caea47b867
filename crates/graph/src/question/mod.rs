//! What graph questions are made of: a small graph, its text, options, and a split of its own.
//!
//! - [`Cut`]: a small graph, cut out of the data or drawn at random
//! - [`Writing`]: how it is written; [`Writing::pose`] asks about it under ids that belong to the sample's split
//! - [`EdgeOrder`]: in which order the text lists edges
//! - [`Shown`]: the small graph as the verifier needs it, stored with the truth
//! - [`DrawnNumber`], [`settle`]: a number drawn before its graph, and a graph changed until it has the number
//! - [`NodeSet`], [`EdgeSet`]: sets as answers, scored by F1
//! - [`answer`]: reads nodes, edges, mappings, groups and decisions out of an answer
//! - [`blind`]: what answers earn that look at nothing
//! - [`Assignment`], [`Partition`]: scored answers that give every node a value, or a group
//! - [`Fraction`]: exact numbers
//! - [`options`], [`titles`], [`triples`], [`ranges`]: multiple choice, titles of nodes, targets in knowledge graphs, checks
//!   of knobs
//!
//! A question about a small graph, from the data to the prompt:
//!
//! ```
//! use ssl4rl_graph::question::{Cut, CutConfig, Writing, WritingConfig};
//! use ssl4rl_graph::{Direction, generate};
//! use ssl4rl_tasks::{Split, TaskRng};
//!
//! let graph = generate::from_spec("synthetic", 1).unwrap().unwrap();
//! let cut = Cut::new("graph/example", &CutConfig::default()).unwrap();
//! let writing = Writing::new("graph/example", &WritingConfig::default()).unwrap();
//! let mut rng = TaskRng::new(0, "graph/example", Split::Train, 0);
//! let subgraph = cut.draw(&graph, &mut rng).unwrap();
//! let (asked, size) = (rng.below(subgraph.len()) as u32, subgraph.len());
//! let posed = writing
//!     .pose(&graph, subgraph, Direction::Undirected, &mut rng, |name| format!("Who is linked to {}?\n", name(asked)))
//!     .unwrap();
//! assert!(posed.text.starts_with(&format!("Who is linked to {}?\n", posed.name(asked))));
//! assert_eq!(posed.shown().names.len(), size);
//! ```

pub mod answer;
pub mod assignment;
pub mod blind;
mod cut;
mod distractors;
mod drawn;
mod edge_order;
mod fraction;
pub mod options;
pub mod partition;
mod sets;
mod settle;
mod shown;
pub mod titles;
pub mod triples;
mod writing;

pub use assignment::{Assignment, AssignmentTruth};
pub use cut::{Cut, CutConfig, Source, add_random_edge, make_simple};
pub use drawn::{DrawnNumber, DrawnVerifier};
pub use edge_order::EdgeOrder;
pub use fraction::Fraction;
pub use partition::{Partition, PartitionTruth};
pub use sets::{EdgeSet, EdgeSetVerifier, NodeSet, NodeSetVerifier, f1_above_all};
pub use settle::settle;
pub use shown::{NameIndex, Shown};
pub use ssl4rl_tasks::ranges;
pub use writing::{Posed, Writing, WritingConfig, Written, owns_text};
