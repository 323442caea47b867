//! A curriculum: every task moves along its [levels](super::PretextTask::levels) so that the share of its questions that
//! are solved stays within a band.
//!
//! A task that is nearly always solved, or never, teaches little: rewards within a group are equal then. Where a task's solve
//! rate over a window of completions lies above the band it moves one level up, below it one level down; each level is
//! measured anew. Tasks without levels stay as they are. Held-out evaluation asks at the level of the settings throughout.
//!
//! ```
//! use ssl4rl_tasks::{CurriculumConfig, Standing};
//! let settings = CurriculumConfig { window: 8, ..CurriculumConfig::default() };
//! let mut standing = Standing::default();
//! assert_eq!(settings.observe(&mut standing, 3, 4, 4), 1.0); // half a window
//! assert_eq!(standing.level, 0);
//! settings.observe(&mut standing, 3, 4, 3); // 7 of 8 solved: above 0.8
//! assert_eq!(standing, Standing { level: 1, asked: 0, solved: 0 });
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Mixture;

/// When tasks move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CurriculumConfig {
    /// Whether tasks that have levels move along them.
    pub enabled: bool,
    /// Share of completions that must be exactly right for a task not to move to an easier level, 0 to `high` exclusive.
    pub low: f64,
    /// Share of completions that may be exactly right for a task not to move to a harder level, at most 1.
    pub high: f64,
    /// Completions over which a solve rate is measured, at least 1.
    pub window: u64,
}

impl Default for CurriculumConfig {
    fn default() -> Self {
        Self { enabled: false, low: 0.2, high: 0.8, window: 256 }
    }
}

/// Where a task stands: its level, and what was measured there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Level, 0 the easiest.
    pub level: u64,
    /// Completions of the window so far.
    pub asked: u64,
    /// Those that were exactly right.
    pub solved: u64,
}

impl CurriculumConfig {
    /// Adds `asked` completions, `solved` of them right, of a task with `levels` levels, moves it where the window is full,
    /// and returns the solve rate measured so far.
    pub fn observe(&self, standing: &mut Standing, levels: u64, asked: u64, solved: u64) -> f64 {
        standing.asked += asked;
        standing.solved += solved;
        let rate = standing.solved as f64 / standing.asked.max(1) as f64;
        if standing.asked < self.window {
            return rate;
        }
        let harder = rate > self.high && standing.level + 1 < levels;
        let easier = rate < self.low && standing.level > 0;
        let level = standing.level + u64::from(harder) - u64::from(easier);
        *standing = Standing { level, asked: 0, solved: 0 };
        rate
    }
}

/// Level and solve rate of a task, as a step's metrics show them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Level at which the step asked.
    pub level: u64,
    /// Share of completions that were exactly right, over the window so far.
    pub solve_rate: f64,
}

/// The controller of a run: which level every task of a mixture is at.
#[derive(Debug, Clone)]
pub struct Curriculum {
    settings: CurriculumConfig,
    /// Name and number of levels of each task of the mixture; 0 where it does not move.
    tasks: Vec<(&'static str, u64)>,
    standings: BTreeMap<String, Standing>,
}

impl Curriculum {
    /// A controller over `mixture`. Each task stands where `standings` has it, else at the level whose settings are the
    /// mixture's, else at its easiest one.
    pub fn new(settings: &CurriculumConfig, mixture: &Mixture, standings: BTreeMap<String, Standing>) -> Self {
        let mut curriculum = Self { settings: settings.clone(), tasks: Vec::new(), standings };
        for (position, task) in mixture.tasks().iter().enumerate() {
            let levels = mixture.levels(position);
            let moves = settings.enabled && !levels.is_empty();
            curriculum.tasks.push((task.name(), if moves { levels.len() as u64 } else { 0 }));
            if moves {
                let as_given = levels.iter().position(|level| level.config() == task.config()).unwrap_or_default();
                let start = Standing { level: as_given as u64, ..Standing::default() };
                let standing = curriculum.standings.entry(task.name().to_owned()).or_insert(start);
                standing.level = standing.level.min(levels.len() as u64 - 1);
            }
        }
        curriculum
    }

    /// The mixture with every task at its level.
    pub fn mixture(&self, mixture: &Mixture) -> Mixture {
        let level = |&(name, levels): &(&str, u64)| {
            let standing = self.standings.get(name).filter(|_| levels > 0);
            standing.map(|standing| standing.level as usize)
        };
        mixture.at_levels(&self.tasks.iter().map(level).collect::<Vec<_>>())
    }

    /// Takes in a step: for the task at each position, completions and how many of them were exactly right. Returns what was
    /// measured of the tasks that move.
    pub fn observe(&mut self, answered: &BTreeMap<usize, (u64, u64)>) -> BTreeMap<usize, Measured> {
        let mut measured = BTreeMap::new();
        for (&position, &(asked, solved)) in answered {
            let Some(&(name, levels)) = self.tasks.get(position).filter(|(_, levels)| *levels > 0) else { continue };
            let standing = self.standings.entry(name.to_owned()).or_default();
            let level = standing.level;
            let solve_rate = self.settings.observe(standing, levels, asked, solved);
            measured.insert(position, Measured { level, solve_rate });
        }
        measured
    }

    /// Where every task stands, by name: all that a checkpoint needs.
    pub fn standings(&self) -> &BTreeMap<String, Standing> {
        &self.standings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(rates: &[(u64, u64)], levels: u64) -> Vec<u64> {
        let settings = CurriculumConfig { window: 10, ..CurriculumConfig::default() };
        let mut standing = Standing::default();
        let mut visited = Vec::new();
        for &(asked, solved) in rates {
            settings.observe(&mut standing, levels, asked, solved);
            visited.push(standing.level);
        }
        visited
    }

    #[test]
    fn a_task_moves_up_above_the_band_and_down_below_it() {
        assert_eq!(after(&[(10, 9), (10, 9), (10, 5), (10, 1), (10, 1), (10, 1)], 5), [1, 2, 2, 1, 0, 0]);
    }

    #[test]
    fn the_edges_of_the_band_belong_to_it() {
        assert_eq!(after(&[(10, 8), (10, 9), (10, 2)], 5), [0, 1, 1]);
    }

    #[test]
    fn the_hardest_level_is_the_last() {
        assert_eq!(after(&[(10, 10), (10, 10), (10, 10)], 2), [1, 1, 1]);
    }

    #[test]
    fn nothing_moves_before_the_window_is_full_and_every_level_is_measured_anew() {
        assert_eq!(after(&[(5, 5), (4, 4), (1, 1), (9, 9), (1, 1)], 5), [0, 0, 1, 1, 2]);
    }

    /// A policy that solves level `l` with a chance that falls by a fifth a level, and gets better step by step.
    #[test]
    fn the_solve_rate_of_a_policy_that_learns_stays_near_the_band() {
        let settings = CurriculumConfig { window: 50, ..CurriculumConfig::default() };
        let mut standing = Standing::default();
        let mut outside = 0;
        for step in 0..400_u64 {
            let skill = 0.5 + 2.0 * step as f64 / 400.0;
            let chance = (skill - 0.2 * standing.level as f64).clamp(0.0, 1.0);
            let solved = (50.0 * chance).round() as u64;
            settings.observe(&mut standing, 12, 50, solved);
            outside += u64::from(!(0.2..=0.8).contains(&chance));
        }
        // The chance rises by 0.005 a window and is measured to 0.02: at most four windows outside for each of the ten moves
        // that a rise of 2 in steps of 0.2 asks for. At the easiest level it would be 340.
        assert!(outside <= 40, "{outside}");
        assert!((8..12).contains(&standing.level), "{}", standing.level);
    }
}
