//! Integration tests: one module an area.

mod conformance;
mod streams;
