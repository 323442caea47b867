//! Integration tests: one module an area, one binary for all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also outside its own function")]

mod conformance;
mod curriculum;
mod streams;
mod verifiers;
