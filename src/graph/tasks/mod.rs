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
//! | [`links`] | hidden, false or missing edges and triples |
//! | [`patterns`] | triangles, cycles, cliques, graphlets |
//! | [`views`] | several views of one graph: drawn again, changed, cut in pieces |
//! | [`processes`] | messages, votes, walks, step by step; graphs made to order |
//! | [`consistency`] | lines that must agree with a graph |

pub mod attributes;
pub mod consistency;
pub mod links;
pub mod patterns;
pub mod processes;
pub mod views;

use crate::tasks::{Registry, RegistryError};

/// Adds every graph task.
pub fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    attributes::register(registry)?;
    links::register(registry)?;
    patterns::register(registry)?;
    views::register(registry)?;
    processes::register(registry)?;
    consistency::register(registry)?;
    Ok(())
}
