//! Integration tests, one module an area, one binary for all.

mod counting;
mod encoders;
mod graphs;
