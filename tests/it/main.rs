//! Integration tests: one module an area, one binary for all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also outside its own function")]

#[cfg(feature = "torch")]
mod bench;
#[cfg(feature = "torch")]
mod by_hand;
mod cli;
mod communities;
mod conformance;
mod contributing;
mod counting;
mod curriculum;
mod data;
mod data_command;
mod data_fetch;
mod data_hostile;
mod encoders;
mod exact;
mod examples;
#[cfg(feature = "torch")]
mod generate_command;
mod graph_members;
mod graph_tasks;
mod graphlets;
mod graphs;
mod hand;
#[cfg(feature = "torch")]
mod head;
#[cfg(feature = "torch")]
mod kernels;
mod leaks;
#[cfg(feature = "torch")]
mod long_prompts;
#[cfg(feature = "torch")]
mod lora;
#[cfg(feature = "torch")]
mod lora_command;
#[cfg(feature = "torch")]
mod lora_hostile;
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
mod optima;
#[cfg(feature = "torch")]
mod packed;
mod patterns;
mod prompts;
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
mod roles;
#[cfg(feature = "torch")]
mod rollout;
mod run_folder;
mod streams;
mod structure;
#[cfg(feature = "torch")]
mod training;
mod verifiers;
mod verify_command;
mod writing;
