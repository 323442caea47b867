//! [`Chart`]: curves over the steps of a run, as a figure with inline SVG.
//!
//! ```text
//! Chart::new("Entropy", "nats a token", Range::FromZero).with(Series::line("entropy", points)).figure()
//! ```
//!
//! The SVG has a title, and a description in words for those who cannot see it.

use super::axis::{Axis, drawable, short};
use super::draw;
use super::element::{Element, element};
use super::thin::{self, block_length, block_means};
use crate::tasks::counted;

/// One value of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Step of the run.
    pub(super) step: f64,
    /// The value; none where it was not measured, or was not a finite number.
    pub(super) value: Option<f64>,
    /// How far up and down an area or an error bar reaches.
    pub(super) spread: Option<f64>,
}

/// How a curve is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A line, with an area of the spread where there is one.
    Line,
    /// Dots with error bars, joined by a thin line.
    Dots,
    /// What others are compared with: grey and dashed.
    Reference,
}

/// A curve and its name.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) points: Vec<Point>,
    /// Number of its colour; its place among the curves where there is none.
    pub(super) color: Option<usize>,
}

impl Series {
    /// A curve of `shape`; values too large to be drawn are none.
    pub(super) fn new(name: impl Into<String>, shape: Shape, points: Vec<Point>) -> Self {
        let fit = |point: Point| Point {
            value: point.value.and_then(drawable),
            spread: point.spread.and_then(drawable),
            ..point
        };
        Self { name: name.into(), shape, points: points.into_iter().map(fit).collect(), color: None }
    }

    /// The values there are, in order.
    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = f64> + '_ {
        self.points.iter().filter_map(|point| point.value)
    }

    /// Points without a value.
    fn gaps(&self) -> usize {
        self.points.len() - self.values().count()
    }
}

/// What the vertical axis shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// 0 to 1, and what lies beyond.
    Share,
    /// What there is, and 0.
    FromZero,
    /// What there is.
    Free,
    /// Whole numbers, and 0.
    Whole,
}

/// Curves with one pair of axes.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) unit: String,
    range: Range,
    pub(super) series: Vec<Series>,
    /// Most points of a curve.
    most: usize,
}

impl Chart {
    /// A chart without curves.
    pub(super) fn new(title: impl Into<String>, unit: impl Into<String>, range: Range) -> Self {
        Self { title: title.into(), unit: unit.into(), range, series: Vec::new(), most: thin::MOST }
    }

    /// With at most so many points a curve.
    pub(super) fn thinned_to(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// With a curve, unless that has no points.
    pub(super) fn with(mut self, series: Series) -> Self {
        if !series.points.is_empty() {
            self.series.push(series);
        }
        self
    }

    /// With more curves.
    pub(super) fn with_all(self, series: impl IntoIterator<Item = Series>) -> Self {
        series.into_iter().fold(self, Self::with)
    }

    /// Whether any curve has a value.
    pub(super) fn has_values(&self) -> bool {
        self.series.iter().any(|series| series.values().next().is_some())
    }

    /// Whether every curve stays where it is and none has a gap: a number says as much.
    pub(super) fn is_constant(&self) -> bool {
        let constant = |series: &Series| {
            let mut values = series.values();
            let first = values.next();
            series.gaps() == 0 && values.all(|value| Some(value) == first)
        };
        self.series.iter().all(constant)
    }

    /// The figure: heading, SVG, legend.
    pub(super) fn figure(&self) -> Element {
        let longest = self.series.iter().map(|series| series.points.len()).max().unwrap_or_default();
        let length = block_length(longest, self.most);
        let thinned: Vec<Series> = self
            .series
            .iter()
            .map(|series| Series { points: block_means(&series.points, length), ..series.clone() })
            .collect();
        let means = if length > 1 { format!("means of {length} steps") } else { String::new() };
        let unit =
            [self.unit.as_str(), &means].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        let heading = element("figcaption").child(element("b").text(&self.title)).text(" ");
        let heading = heading.child(element("span").class("unit").text(unit));
        let picture = draw::svg(&self.title, &self.description(), &thinned, &self.axes(&thinned));
        element("figure").class("chart").child(heading).child(picture).child(self.legend())
    }

    fn axes(&self, series: &[Series]) -> (Axis, Axis) {
        let points = || series.iter().flat_map(|series| &series.points);
        let (first, last) = extent(points().map(|point| point.step));
        let ends = points().flat_map(|point| {
            let spread = point.spread.unwrap_or_default();
            [point.value.map(|value| value - spread), point.value.map(|value| value + spread)]
        });
        let (low, high) = extent(ends.flatten());
        let y = match self.range {
            Range::Share => {
                // Penalties may take a reward out of it, the area around a mean does not count.
                let (low, high) = extent(series.iter().flat_map(Series::values));
                Axis::around(low.min(0.0), high.max(1.0), 5)
            }
            Range::Free => Axis::around(low, high, 5),
            Range::FromZero => Axis::around(low.min(0.0), high.max(0.0), 5),
            Range::Whole => Axis::around(low.min(0.0), high.max(1.0), 5).whole(),
        };
        (Axis::of_steps(first, last, 5), y)
    }

    /// What the curves do, in words.
    fn description(&self) -> String {
        let of_series = |series: &Series| {
            let (low, high) = extent(series.values());
            let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), short);
            let (begin, end) = (shown(series.values().next()), shown(series.values().next_back()));
            format!("{}: from {begin} to {end}, least {}, most {}", series.name, short(low), short(high))
        };
        self.series.iter().map(of_series).collect::<Vec<_>>().join("; ")
    }

    fn legend(&self) -> Element {
        let entry = |(index, series): (usize, &Series)| {
            let last = series.values().next_back().map_or_else(|| "-".to_owned(), short);
            let gaps = match series.gaps() {
                0 => String::new(),
                gaps => format!(" (no value in {})", counted(gaps as u64, "step", "steps")),
            };
            element("li")
                .child(draw::key(index, series))
                .child(element("span").text(format!("{}{gaps}", series.name)))
                .text(" ")
                .child(element("span").class("last").with("title", "last value").text(last))
        };
        element("ul").class("legend").children(self.series.iter().enumerate().map(entry))
    }
}

/// The least and the largest; 0 and 0 of nothing.
fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let ends = values.fold(None, |ends: Option<(f64, f64)>, value| {
        Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
    });
    ends.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[Option<f64>]) -> Series {
        let point = |(step, &value): (u32, &Option<f64>)| Point { step: f64::from(step), value, spread: None };
        Series::new("entropy", Shape::Line, (1..).zip(values).map(point).collect())
    }

    fn chart(values: &[Option<f64>]) -> Chart {
        Chart::new("Entropy", "nats a token", Range::FromZero).with(series(values))
    }

    #[test]
    fn what_is_no_number_is_a_gap_and_told() {
        let text = chart(&[Some(1.0), Some(f64::NAN), None, Some(f64::INFINITY), Some(0.5)]).figure().to_string();
        assert!(
            text.contains("entropy (no value in 3 steps)") && !text.contains("NaN") && !text.contains("inf"),
            "{text}"
        );
        assert!(text.contains("entropy: from 1 to 0.5000, least 0.5000, most 1"), "{text}");
    }

    #[test]
    fn constants_are_known() {
        assert!(chart(&[Some(0.0), Some(0.0)]).is_constant());
        assert!(!chart(&[Some(0.0), Some(0.5)]).is_constant());
        assert!(!chart(&[Some(0.0), None]).is_constant());
        assert!(!chart(&[None]).has_values() && chart(&[Some(2.0)]).has_values());
    }

    #[test]
    fn many_steps_are_told_to_be_means() {
        let text = chart(&vec![Some(0.25); 1001]).figure().to_string();
        assert!(text.contains("nats a token, means of 3 steps"), "{text}");
        assert!(text.len() < 10_000, "{}", text.len());
        assert!(!chart(&vec![Some(0.25); 500]).figure().to_string().contains("means of"));
    }
}
