//! Long curves in few points: means of blocks of neighbours.
//!
//! A mean hides no trend and invents no value; what a single step did is in `metrics.jsonl`. A block without any value is a gap.
//!
//! ```text
//! blocks of 2:  1 2 | 3 - | - - | 7   ->   1.5  3  -  7
//! ```

use super::chart::Point;

/// Most points of a curve.
pub(super) const MOST: usize = 500;

/// Points a block, so that `points` become at most `most`.
pub(super) fn block_length(points: usize, most: usize) -> usize {
    points.div_ceil(most).max(1)
}

/// The mean of every block of `length` points: of their steps, of the values there are, and of their spreads.
pub(super) fn block_means(points: &[Point], length: usize) -> Vec<Point> {
    if length <= 1 {
        return points.to_vec();
    }
    let block = |block: &[Point]| Point {
        step: mean(block.iter().map(|point| Some(point.step))).unwrap_or_default(),
        value: mean(block.iter().map(|point| point.value)),
        spread: mean(block.iter().map(|point| point.spread)),
    };
    points.chunks(length).map(block).collect()
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u32);
    for value in values.flatten() {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[Option<f64>]) -> Vec<Point> {
        (1..).zip(values).map(|(step, &value)| Point { step: f64::from(step), value, spread: None }).collect()
    }

    #[test]
    fn means_by_hand() {
        let thinned = block_means(&points(&[Some(1.0), Some(2.0), Some(3.0), None, None, None, Some(7.0)]), 2);
        // Steps 1 and 2, 3 and 4, 5 and 6, and 7 alone.
        let expected = [(1.5, Some(1.5)), (3.5, Some(3.0)), (5.5, None), (7.0, Some(7.0))];
        assert_eq!(thinned.iter().map(|point| (point.step, point.value)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn blocks_are_as_short_as_can_be() {
        let lengths = [0, 1, 500, 501, 1000, 1001].map(|points| block_length(points, MOST));
        assert_eq!(lengths, [1, 1, 1, 2, 2, 3]);
        let many = points(&vec![Some(0.5); 12_345]);
        let thinned = block_means(&many, block_length(many.len(), MOST));
        // 12,345 in blocks of 25: 494.
        assert_eq!(thinned.len(), 494);
        assert!(thinned.iter().all(|point| point.value == Some(0.5)));
    }
}
