//! [`Tiles`]: which tile belongs to each place of a grid.
//!
//! The answer lists the number of a tile for every place, row by row, and must name each tile once, else it scores 0. Numbers are
//! separated as in [`words_listed`], rows also by a `/`. Tiles that are equal pixel for pixel may stand for each other. Score 1 needs every place right; below that [`TileCredit`] chooses
//!
//! - `positions`: the share of right places
//! - `scaled`: a fifth of that share, and nothing for grids of up to four tiles (Visual Jigsaw)
//! - `connections`: the share of neighbours that are neighbours in the picture, the same way round (Jigsaw-R1)
//! - `exact`: nothing
//!
//! ```
//! use ssl4rl_tasks::Verifier;
//! use ssl4rl_vision::question::{TileCredit, TileTruth, Tiles};
//! let truth = TileTruth::new((2, 2), vec![3, 1, 2, 4], TileCredit::Positions);
//! assert_eq!(Tiles.verify("<answer>3, 1, 2, 4</answer>", &truth).score, 1.0);
//! assert_eq!(Tiles.verify("<answer>1, 3, 2, 4</answer>", &truth).score, 0.5);
//! assert_eq!(Tiles.verify("<answer>1, 1, 1, 1</answer>", &truth).score, 0.0);
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ssl4rl_tasks::protocol;
use ssl4rl_tasks::verifiers::wording::words_listed;
use ssl4rl_tasks::{Verdict, Verifier};

/// What an order that is right in part earns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TileCredit {
    /// Nothing.
    Exact,
    /// The share of right places.
    #[default]
    Positions,
    /// A fifth of the share of right places, for more than four tiles.
    Scaled,
    /// The share of right neighbours.
    Connections,
}

/// The right tile of every place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileTruth {
    /// Rows and columns of the grid.
    pub grid: (usize, usize),
    /// Number of the tile that belongs to each place, row by row, from 1.
    pub order: Vec<usize>,
    /// For the tile of each number the smallest number of an equal tile: its own where it has no equal.
    pub alike: Vec<usize>,
    /// What an order that is right in part earns.
    pub credit: TileCredit,
}

/// Part of the share of right places that `scaled` pays.
const SCALED_PART: f64 = 0.2;
/// Most tiles for which `scaled` pays nothing.
const SCALED_FROM: usize = 4;

impl TileTruth {
    /// A grid of rows and columns with no two tiles equal.
    pub fn new(grid: (usize, usize), order: Vec<usize>, credit: TileCredit) -> Self {
        let alike = (1..=order.len()).collect();
        Self { grid, order, alike, credit }
    }

    /// The right answer.
    pub fn right_answer(&self) -> String {
        self.order.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Expected score of any fixed order, where the right one is uniform.
    pub fn blind_score(&self) -> f32 {
        let count = self.order.len();
        let mut equals = vec![0_usize; count + 1];
        for &class in &self.alike {
            equals[class.min(count)] += 1;
        }
        let squares: usize = equals.iter().map(|equal| equal * equal).sum();
        let position = squares as f64 / (count * count).max(1) as f64;
        let same_orders: f64 = equals.iter().map(|&equal| factorial(equal)).product();
        let whole = same_orders / factorial(count);
        (match self.credit {
            TileCredit::Exact => whole,
            TileCredit::Positions => position,
            TileCredit::Scaled if count <= SCALED_FROM => whole,
            TileCredit::Scaled => whole + SCALED_PART * (position - whole),
            TileCredit::Connections => {
                let (beside, below) = self.neighbours();
                let pairs = (count * count.saturating_sub(1)).max(1) as f64;
                (beside * beside + below * below) as f64 / ((beside + below).max(1) as f64 * pairs)
            }
        }) as f32
    }

    /// Number of neighbours side by side, and one below the other.
    fn neighbours(&self) -> (usize, usize) {
        let (rows, columns) = self.grid;
        (rows * columns.saturating_sub(1), rows.saturating_sub(1) * columns)
    }

    /// The tile numbers of an answer; `None` unless it names each once.
    fn read(&self, answer: &str) -> Option<Vec<usize>> {
        let answer = answer.replace('/', " ");
        let given = words_listed(&answer);
        if given.len() != self.order.len() {
            return None;
        }
        let mut free = vec![true; self.order.len()];
        given
            .into_iter()
            .map(|item| {
                let number: usize = item.parse().ok()?;
                std::mem::replace(free.get_mut(number.checked_sub(1)?)?, false).then_some(number)
            })
            .collect()
    }

    /// Whether two numbers name the same tile or equal ones.
    fn same(&self, left: usize, right: usize) -> bool {
        let class = |number: usize| number.checked_sub(1).and_then(|at| self.alike.get(at));
        class(left).is_some() && class(left) == class(right)
    }

    fn connections(&self, given: &[usize]) -> f64 {
        let (rows, columns) = self.grid;
        let place_of = |number: usize| self.order.iter().position(|&tile| tile == number);
        let follows = |from: usize, to: usize, step: usize| {
            let (from, to) = (place_of(given[from]), place_of(given[to]));
            let same_row = |from: usize, to: usize| step != 1 || from / columns == to / columns;
            from.zip(to).is_some_and(|(from, to)| from + step == to && same_row(from, to))
        };
        let (mut right, mut all) = (0, 0);
        for at in 0..(rows * columns).min(given.len()) {
            if at % columns + 1 < columns {
                all += 1;
                right += usize::from(follows(at, at + 1, 1));
            }
            if at / columns + 1 < rows {
                all += 1;
                right += usize::from(follows(at, at + columns, columns));
            }
        }
        f64::from(right as u32) / f64::from(all.max(1))
    }

    fn partial(&self, given: &[usize]) -> f64 {
        let right = given.iter().zip(&self.order).filter(|(given, right)| self.same(**given, **right)).count();
        let share = right as f64 / self.order.len().max(1) as f64;
        match self.credit {
            TileCredit::Exact => 0.0,
            TileCredit::Positions => share,
            TileCredit::Scaled if self.order.len() <= SCALED_FROM => 0.0,
            TileCredit::Scaled => SCALED_PART * share,
            TileCredit::Connections => self.connections(given),
        }
    }
}

/// Scores an order of tiles.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tiles;

impl Verifier for Tiles {
    const SCORING: &'static str =
        "1 for every tile in its place; else the share of places or of neighbours, of permutations only";
    type Truth = TileTruth;

    fn verify(&self, completion: &str, truth: &TileTruth) -> Verdict {
        let Some(answer) = protocol::answer(completion) else {
            return Verdict::unreadable("no answer block, or one too long to be read");
        };
        let Some(given) = truth.read(answer) else {
            return if answer.is_empty() {
                Verdict::unreadable("the answer is blank")
            } else {
                Verdict::wrong(answer, "does not name each tile once")
            };
        };
        if given.iter().zip(&truth.order).all(|(given, right)| truth.same(*given, *right)) {
            return Verdict::right(answer);
        }
        match truth.partial(&given) as f32 {
            score if score > 0.0 => Verdict::partial(score, answer, "right in part"),
            _ => Verdict::wrong(answer, "another order"),
        }
    }
}

fn factorial(count: usize) -> f64 {
    (1..=count).map(|factor| factor as f64).product()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the scores are exact by hand calculation")]
mod tests {
    use super::*;

    fn score(truth: &TileTruth, answer: &str) -> f32 {
        Tiles.verify(&protocol::wrap(answer), truth).score
    }

    #[test]
    fn equal_tiles_stand_for_each_other() {
        let mut truth = TileTruth::new((2, 2), vec![3, 1, 2, 4], TileCredit::Positions);
        truth.alike = vec![1, 2, 1, 4];
        assert_eq!(score(&truth, "1, 3, 2, 4"), 1.0);
        assert_eq!(score(&truth, "2, 3, 1, 4"), 0.5);
        // Four places: 2/4 for each of the two equal tiles' places, 1/4 for the others.
        assert_eq!(truth.blind_score(), 6.0 / 16.0);
    }

    #[test]
    fn what_is_no_permutation_earns_nothing() {
        let truth = TileTruth::new((2, 2), vec![1, 2, 3, 4], TileCredit::Positions);
        for answer in
            ["1,2,3", "1,2,3,4,5", "1,2,3,3", "0,1,2,3", "1,2,3,five", "", "1.0,2,3,4", "99999999999999999999,2,3,4"]
        {
            assert_eq!(score(&truth, answer), 0.0, "{answer}");
        }
    }

    #[test]
    fn rows_are_written_in_many_ways() {
        let truth = TileTruth::new((2, 2), vec![1, 2, 3, 4], TileCredit::Positions);
        for answer in [
            "[1 2 3 4]",
            "1, 2\n3, 4",
            "1 2\n3 4",
            "1, 2; 3, 4",
            "1 2 / 3 4",
            "1, 2 / 3, 4",
            "[[1, 2], [3, 4]]",
            "1, 2, 3 and 4",
            "1, 2, 3, and 4.",
            "**1, 2, 3, 4**",
        ] {
            assert_eq!(score(&truth, answer), 1.0, "{answer}");
        }
        for answer in
            ["1 2 3 or 4", "1, 2, 3, 4 or 4, 3, 2, 1", "1 2 3 4 / 4 3 2 1", "1234", "1-2-3-4", "not 1, 2, 3, 4"]
        {
            assert_eq!(score(&truth, answer), 0.0, "{answer}");
        }
    }

    #[test]
    fn connections_by_hand() {
        let truth = TileTruth::new((2, 2), vec![1, 2, 3, 4], TileCredit::Connections);
        // 3 4 over 1 2: 3-4 and 1-2 stand side by side as they should; 3 over 1 and 4 over 2 do not.
        assert_eq!(score(&truth, "3, 4, 1, 2"), 0.5);
        assert_eq!(score(&truth, "4, 3, 2, 1"), 0.0);
        // 2 3 are neighbours in the list but not in the grid.
        assert_eq!(score(&truth, "2, 3, 1, 4"), 0.0);
    }

    #[test]
    fn blind_scores_are_means_over_all_orders() {
        let mut orders = vec![vec![]];
        for tile in 1..=4 {
            orders = orders
                .iter()
                .flat_map(|shorter: &Vec<usize>| {
                    (0..=shorter.len()).map(move |at| {
                        let mut longer = shorter.clone();
                        longer.insert(at, tile);
                        longer
                    })
                })
                .collect();
        }
        assert_eq!(orders.len(), 24);
        for credit in [TileCredit::Exact, TileCredit::Positions, TileCredit::Scaled, TileCredit::Connections] {
            for grid in [(2, 2), (1, 4)] {
                let truths = orders.iter().map(|order| TileTruth::new(grid, order.clone(), credit));
                let mean = truths.map(|truth| f64::from(score(&truth, "2, 4, 1, 3"))).sum::<f64>() / 24.0;
                let stated = f64::from(TileTruth::new(grid, orders[0].clone(), credit).blind_score());
                assert!((mean - stated).abs() < 1e-6, "{credit:?} {grid:?}: {mean} against {stated}");
            }
        }
    }
}
