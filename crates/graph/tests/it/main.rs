//! Integration tests: one module an area, one binary for all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also outside its own function")]

mod attributes;
mod communities;
mod conformance;
mod consistency;
mod counting;
mod degenerate;
mod distances;
mod encoders;
mod exact;
mod examples;
mod generators;
mod graph_eval;
mod graph_eval_exam_leaks;
mod graph_eval_exams;
mod graph_eval_leaks;
mod graph_eval_nlgraph;
mod graph_members;
mod graph_tasks;
mod graphlets;
mod graphs;
mod hand;
mod leaks;
mod leaks_order;
mod links;
mod measures;
mod optima;
mod patterns;
mod processes;
mod prompts;
mod reading;
mod roles;
mod scenes;
mod shortcuts;
mod structure;
mod triples;
mod views;
mod walks;
mod writing;
