//! Integration tests: one module an area, one binary for all, so that libtorch is linked once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also outside its own function")]

#[cfg(feature = "torch")]
mod bench;
#[cfg(feature = "torch")]
mod branches;
#[cfg(feature = "torch")]
mod by_hand;
mod cli;
mod contributing;
mod data_command;
#[cfg(not(feature = "torch"))]
mod data_import;
mod eval_command;
mod export_command;
mod gallery;
#[cfg(feature = "torch")]
mod generate_command;
#[cfg(feature = "torch")]
mod gpu;
#[cfg(feature = "torch")]
mod head;
#[cfg(feature = "torch")]
mod kernels;
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
#[cfg(feature = "torch")]
mod packed;
mod recipes;
mod report_command;
mod report_page;
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
#[cfg(feature = "torch")]
mod rollout;
mod run_folder;
mod serve_command;
#[cfg(feature = "torch")]
mod training;
#[cfg(feature = "torch")]
mod unread;
mod verify_command;
#[cfg(feature = "torch")]
mod warm_start;
