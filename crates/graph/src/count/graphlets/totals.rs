//! [`GraphletTotals`]: how often each graphlet occurs in a graph.

use super::super::conversion::OF_GRAPHLETS;
use super::super::graphlet::{GRAPHLETS, Graphlet};

/// Number of occurrences of each graphlet, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphletTotals {
    counts: Vec<u128>,
}

impl GraphletTotals {
    pub(super) fn new(counts: Vec<u128>) -> Self {
        Self { counts }
    }

    /// The counts, in the order of [`GRAPHLETS`]: 3, 9 or 30 numbers.
    pub fn counts(&self) -> &[u128] {
        &self.counts
    }

    /// The count of the graphlet with this name.
    pub fn named(&self, name: &str) -> Option<u128> {
        self.iter().find(|(graphlet, _)| graphlet.name == name).map(|(_, count)| count)
    }

    /// Every graphlet with its count.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Graphlet, u128)> {
        GRAPHLETS.iter().zip(self.counts.iter().copied())
    }

    /// Counts of subgraphs with further edges among their nodes allowed, from induced counts.
    #[must_use]
    pub fn to_non_induced(&self) -> Self {
        let mut counts: Vec<i128> = self.counts.iter().map(|&count| count as i128).collect();
        OF_GRAPHLETS.to_non_induced(&mut counts);
        Self { counts: counts.into_iter().map(|count| count as u128).collect() }
    }

    /// Induced counts from those that [`GraphletTotals::to_non_induced`] makes.
    #[must_use]
    pub fn to_induced(&self) -> Self {
        let mut counts: Vec<i128> = self.counts.iter().map(|&count| count as i128).collect();
        OF_GRAPHLETS.to_induced(&mut counts);
        Self { counts: counts.into_iter().map(|count| count as u128).collect() }
    }
}
