//! The arguments that say how completions are scored.

use std::path::PathBuf;

use super::AsUsage;
use crate::config::Config;
use crate::scoring::Scorer;
use crate::tasks::Registry;
use crate::tasks::protocol::AnswerRule;

/// How completions are scored.
#[derive(Debug, clap::Args)]
pub(super) struct ScorerArgs {
    /// Settings file whose `[reward]` and `[task]` sections apply
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Which answer block counts where a completion's fields do not say
    #[arg(long, value_name = "RULE")]
    answer_rule: Option<AnswerRule>,
}

impl ScorerArgs {
    /// The scorer that they ask for.
    pub(super) fn scorer(&self, registry: &Registry) -> anyhow::Result<Scorer> {
        let config = self.config.as_deref().map_or_else(|| Ok(Config::default()), Config::load).usage()?;
        let scorer = Scorer::new(registry, &config);
        Ok(match self.answer_rule {
            Some(answer_rule) => scorer.with_answer_rule(answer_rule),
            None => scorer,
        })
    }
}
