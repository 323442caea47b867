//! Integration tests, one module an area.

mod data;
mod data_fetch;
mod data_hostile;
