//! Synthetic graphs from a seed, written as `name:knob=value,knob=value`.
//!
//! | spec | graph |
//! |---|---|
//! | `er:n=100,p=0.05` | Erdős–Rényi: every pair is an edge with probability p |
//! | `ba:n=100,m=2` | Barabási–Albert: every new node joins m earlier ones, hubs first |
//! | `ws:n=100,k=4,p=0.1` | Watts–Strogatz: a ring of k nearest neighbours, edges moved with probability p |
//! | `regular:n=100,d=3` | random regular: every node has d neighbours |
//! | `sbm:n=500,k=5` | stochastic block model with words and titles on the nodes |
//! | `tree:n=50` | uniform random labelled tree |
//! | `grid:rows=4,columns=6` | rectangular grid |
//! | `knowledge:n=400` | a knowledge graph: people, cities, countries, companies |
//! | `path:n=9`, `cycle:n=9`, `star:n=9`, `complete:n=9` | what the names say |
//! | `synthetic` | a block model like a small citation network, with words and titles |
//!
//! Ids are in random order wherever the construction would otherwise give the structure away.
//!
//! ```
//! let graph = ssl4rl_graph::generate::from_spec("grid:rows=3,columns=4", 1).unwrap().unwrap();
//! assert_eq!((graph.node_count(), graph.edges().len()), (12, 17));
//! let error = ssl4rl_graph::generate::from_spec("grid:rows=3,colums=4", 1).unwrap().unwrap_err();
//! assert_eq!(error.to_string(), "generator `grid`: unknown knob `colums`; did you mean `columns`?");
//! assert!(ssl4rl_graph::generate::from_spec("cora", 1).is_none());
//! ```

mod barabasi_albert;
mod bernoulli;
mod erdos_renyi;
mod grid;
mod knobs;
mod knowledge;
mod random_regular;
mod shapes;
mod stochastic_block;
mod tree;
mod watts_strogatz;
mod words;

pub use knobs::{GenerateError, Knob, Values};

use super::{Direction, Graph, GraphBuilder, Node};
use ssl4rl_tasks::{Split, TaskRng};

/// Makes graphs of one kind.
pub trait Generator: Send + Sync {
    /// What a spec starts with: `er`.
    fn name(&self) -> &'static str;
    /// One line for listings.
    fn summary(&self) -> &'static str;
    /// Its knobs, in the order in which they are documented.
    fn knobs(&self) -> &'static [Knob];
    /// A graph called `name`. `values` holds every knob, each within its own range.
    fn generate(&self, name: &str, values: &Values, rng: &mut TaskRng) -> Result<Graph, GenerateError>;
}

/// The built-in default graph.
pub const SYNTHETIC: &str = "synthetic";

/// The block model behind [`SYNTHETIC`]: small dense blocks, so that triangles and shared words are as common as among cited papers.
const SYNTHETIC_SPEC: &str = "sbm:n=800,k=40,p_in=0.3,p_out=0.0015";

/// Most edges that a generator may be expected to make.
const MAX_EDGES: f64 = 5e7;

/// Every generator.
pub fn generators() -> &'static [&'static dyn Generator] {
    &[
        &erdos_renyi::ErdosRenyi,
        &barabasi_albert::BarabasiAlbert,
        &watts_strogatz::WattsStrogatz,
        &random_regular::RandomRegular,
        &stochastic_block::StochasticBlock,
        &tree::Tree,
        &grid::Grid,
        &knowledge::Knowledge,
        &shapes::PATH,
        &shapes::CYCLE,
        &shapes::STAR,
        &shapes::COMPLETE,
    ]
}

/// The graph that `spec` describes, a function of `spec` and `seed` alone; `None` where it does not start with a generator's name.
pub fn from_spec(spec: &str, seed: u64) -> Option<Result<Graph, GenerateError>> {
    match spec.split_once(':').unwrap_or((spec, "")) {
        (SYNTHETIC, settings) => match Values::parse(SYNTHETIC, &[], settings) {
            Ok(_) => generate(SYNTHETIC, SYNTHETIC_SPEC, seed),
            Err(error) => Some(Err(error)),
        },
        _ => generate(spec, spec, seed),
    }
}

fn generate(graph_name: &str, spec: &str, seed: u64) -> Option<Result<Graph, GenerateError>> {
    let (name, settings) = spec.split_once(':').unwrap_or((spec, ""));
    let generator = generators().iter().find(|generator| generator.name() == name)?;
    let mut rng = TaskRng::new(seed, &format!("generate/{name}"), Split::Train, 0);
    Some(
        Values::parse(generator.name(), generator.knobs(), settings)
            .and_then(|values| generator.generate(graph_name, &values, &mut rng)),
    )
}

/// An undirected graph of these edges without attributes, ids in random order.
fn relabelled(
    name: &str,
    node_count: usize,
    edges: impl IntoIterator<Item = (usize, usize)>,
    rng: &mut TaskRng,
) -> Result<Graph, GenerateError> {
    let id_of = rng.permutation(node_count);
    let mut builder = GraphBuilder::new(name, node_count, Direction::Undirected);
    for (left, right) in edges {
        builder.edge(id_of[left] as Node, id_of[right] as Node)?;
    }
    Ok(builder.build()?)
}
