//! Integration tests: one module an area, one binary for all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also outside its own function")]

mod data;
mod data_arrays;
mod data_fetch;
mod data_hostile;
mod data_markup;
mod data_user;
