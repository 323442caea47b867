//! The arguments shared by every verb that trains or evaluates.

use std::path::PathBuf;

use crate::config::{Config, ConfigError, Overrides, within};

/// Settings of a run: a file, flags that override it, where the run goes and how many threads it may use.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RunArgs {
    /// Settings that override the file
    #[command(flatten)]
    pub overrides: Overrides,
    /// Settings file (TOML); flags override it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the run; `runs/<dataset>-<id>` when absent
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Processor threads; all cores when absent
    #[arg(long, value_name = "N", value_parser = within::<1, 1024, u16>)]
    pub threads: Option<u16>,
}

impl RunArgs {
    /// The settings, resolved and checked.
    pub fn config(&self) -> Result<Config, ConfigError> {
        Config::resolve(self.config.as_deref(), &self.overrides)
    }

    /// The same over other defaults.
    pub fn config_over(&self, defaults: &Config) -> Result<Config, ConfigError> {
        defaults.resolve_over(self.config.as_deref(), &self.overrides)
    }

    /// Threads asked for, or as many as this process may use.
    pub fn threads(&self) -> usize {
        self.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get), usize::from)
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches, Parser};

    use super::*;

    /// Train on things
    #[derive(Debug, Parser)]
    struct TrainArgs {
        #[command(flatten)]
        run: RunArgs,
    }

    #[test]
    fn flags_reach_the_settings() {
        let line = "train --dataset cora --task graph/motif=2 --task graph/path --steps 7 --seed 3 --threads 2 \
                    --set rollout.group_size=4 --out here";
        let run = TrainArgs::parse_from(line.split_whitespace()).run;
        let config = run.config().unwrap();
        assert_eq!((config.data.dataset.as_str(), config.grpo.steps, config.seed), ("cora", 7, 3));
        assert_eq!((config.tasks.len(), config.rollout.group_size, run.threads()), (2, 4, 2));
        assert_eq!(run.out, Some(PathBuf::from("here")));
        assert!(TrainArgs::try_parse_from(["train", "--threads", "0"]).is_err());
    }

    #[test]
    fn the_verb_keeps_its_own_help() {
        let command = TrainArgs::augment_args(Command::new("train"));
        assert_eq!(command.get_about().map(ToString::to_string).as_deref(), Some("Train on things"));
        let matches = command.get_matches_from(["train"]);
        assert!(TrainArgs::from_arg_matches(&matches).is_ok());
    }
}
