//! Pretext tasks on graphs, one file each, in a folder a family.
//!
//! All cut a small subgraph out through a [`View`](super::sample::View), give it random ids, write it with an
//! [encoder](super::encode), and ask about what was hidden or what follows from what is shown; [`question`](super::question)
//! has the parts. Held-out nodes and edges are the same for every task, so that a mixture of tasks cannot train on what one
//! of them is evaluated on.
//!
//! | family | asks about |
//! |---|---|
//! | [`attributes`] | hidden features, words, titles |
//! | [`communities`] | groups, cuts |
//! | [`consistency`] | lines that must agree with a graph |
//! | [`distances`] | how far, along which path, within which context |
//! | [`links`] | hidden, false or missing edges and triples |
//! | [`optima`] | the best set, order, tree, flow or route |
//! | [`patterns`] | triangles, cycles, cliques, graphlets |
//! | [`processes`] | messages, votes, walks, step by step; graphs made to order |
//! | [`reading`] | what stands in the text: neighbours, degrees, counts |
//! | [`roles`] | how central, clustered, deep or needed a node is |
//! | [`structure`] | yes or no about the whole, with a witness |
//! | [`views`] | several views of one graph: drawn again, changed, cut in pieces |

pub mod attributes;
pub mod communities;
pub mod consistency;
pub mod distances;
pub mod links;
pub mod optima;
pub mod patterns;
pub mod processes;
pub mod reading;
pub mod roles;
pub mod structure;
pub mod views;

use ssl4rl_tasks::{Registry, RegistryError};

/// A registry of the graph tasks.
pub fn registry() -> Result<Registry, RegistryError> {
    let mut registry = Registry::new();
    register(&mut registry)?;
    Ok(registry)
}

/// Adds every graph task.
pub fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    attributes::register(registry)?;
    communities::register(registry)?;
    consistency::register(registry)?;
    distances::register(registry)?;
    links::register(registry)?;
    optima::register(registry)?;
    patterns::register(registry)?;
    processes::register(registry)?;
    reading::register(registry)?;
    roles::register(registry)?;
    structure::register(registry)?;
    views::register(registry)?;
    Ok(())
}
