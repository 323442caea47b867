//! Integration tests: one module an area, one binary for all.
//!
//! What neither needs libtorch nor is changed by it is compiled and run without it only: `cargo test --no-default-features`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also outside its own function")]

#[cfg(not(feature = "torch"))]
mod attributes;
#[cfg(feature = "torch")]
mod bench;
#[cfg(feature = "torch")]
mod by_hand;
mod cli;
#[cfg(not(feature = "torch"))]
mod communities;
mod conformance;
#[cfg(not(feature = "torch"))]
mod consistency;
mod contributing;
mod counting;
mod curriculum;
mod data;
#[cfg(not(feature = "torch"))]
mod data_arrays;
mod data_command;
mod data_fetch;
#[cfg(not(feature = "torch"))]
mod data_hostile;
#[cfg(not(feature = "torch"))]
mod data_import;
#[cfg(not(feature = "torch"))]
mod data_user;
#[cfg(not(feature = "torch"))]
mod degenerate;
#[cfg(not(feature = "torch"))]
mod distances;
#[cfg(not(feature = "torch"))]
mod encoders;
mod eval_command;
#[cfg(not(feature = "torch"))]
mod exact;
#[cfg(not(feature = "torch"))]
mod examples;
mod gallery;
#[cfg(feature = "torch")]
mod generate_command;
#[cfg(not(feature = "torch"))]
mod generators;
#[cfg(not(feature = "torch"))]
mod graph_eval;
#[cfg(not(feature = "torch"))]
mod graph_eval_exams;
#[cfg(not(feature = "torch"))]
mod graph_eval_leaks;
#[cfg(not(feature = "torch"))]
mod graph_eval_nlgraph;
mod graph_members;
#[cfg(not(feature = "torch"))]
mod graph_tasks;
#[cfg(not(feature = "torch"))]
mod graphlets;
#[cfg(not(feature = "torch"))]
mod graphs;
#[cfg(not(feature = "torch"))]
mod hand;
#[cfg(feature = "torch")]
mod head;
#[cfg(feature = "torch")]
mod kernels;
#[cfg(not(feature = "torch"))]
mod leaks;
#[cfg(not(feature = "torch"))]
mod links;
#[cfg(feature = "torch")]
mod long_prompts;
#[cfg(feature = "torch")]
mod lora;
#[cfg(feature = "torch")]
mod lora_command;
#[cfg(feature = "torch")]
mod lora_hostile;
#[cfg(not(feature = "torch"))]
mod measures;
#[cfg(feature = "torch")]
mod memory;
#[cfg(feature = "torch")]
mod model;
#[cfg(feature = "torch")]
mod model_config;
#[cfg(feature = "torch")]
mod model_hub;
#[cfg(feature = "torch")]
mod model_turns;
#[cfg(feature = "torch")]
mod model_weights;
#[cfg(not(feature = "torch"))]
mod optima;
#[cfg(feature = "torch")]
mod packed;
#[cfg(not(feature = "torch"))]
mod patterns;
#[cfg(not(feature = "torch"))]
mod processes;
#[cfg(not(feature = "torch"))]
mod prompts;
#[cfg(not(feature = "torch"))]
mod reading;
mod recipes;
mod report_command;
#[cfg(feature = "torch")]
mod resume;
#[cfg(feature = "torch")]
mod rl_advantages;
#[cfg(feature = "torch")]
mod rl_golden;
#[cfg(feature = "torch")]
mod rl_log_probs;
#[cfg(feature = "torch")]
mod rl_losses;
#[cfg(feature = "torch")]
mod rl_optimizer;
mod rl_presets;
#[cfg(feature = "torch")]
mod rl_schedule;
#[cfg(feature = "torch")]
mod rl_training;
#[cfg(not(feature = "torch"))]
mod roles;
#[cfg(feature = "torch")]
mod rollout;
mod run_folder;
mod streams;
#[cfg(not(feature = "torch"))]
mod structure;
#[cfg(feature = "torch")]
mod training;
mod verifiers;
mod verify_command;
#[cfg(not(feature = "torch"))]
mod views;
#[cfg(not(feature = "torch"))]
mod writing;
