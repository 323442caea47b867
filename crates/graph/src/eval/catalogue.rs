//! Every benchmark, and how one is found by its name.

use ssl4rl_tasks::nearest;

use super::{Benchmark, EvalError, completion, link_prediction, nlgraph, node_classification};

/// Every benchmark.
pub fn benchmarks() -> &'static [&'static dyn Benchmark] {
    &[
        &node_classification::NODES,
        &node_classification::EGO_NETS,
        &completion::Completion,
        &link_prediction::LinkPrediction,
        &nlgraph::NlGraph,
    ]
}

/// The benchmark with this name.
pub fn benchmark(name: &str) -> Result<&'static dyn Benchmark, EvalError> {
    let names = || benchmarks().iter().map(|benchmark| benchmark.name());
    let found = benchmarks().iter().find(|benchmark| benchmark.name() == name);
    found.copied().ok_or_else(|| EvalError::UnknownBenchmark {
        name: name.to_owned(),
        hint: match nearest(name, names()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("known are {}", names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        },
    })
}
