//! Exact subgraph counting.
