//! The lines of a chart: steps and values to places in an SVG.
//!
//! The picture is `WIDTH` by `HEIGHT` units; the style sheet stretches it to its column and gives it its colours, so that it
//! follows the reader's light or dark.

use std::fmt::Write;

use super::axis::Axis;
use super::chart::{Point, Series, Shape};
use super::element::{Element, element};

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 214.0;
const LEFT: f64 = 42.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 34.0;
/// Colours in the style sheet; after them the same with other dashes.
const COLORS: usize = 8;
const DASHES: usize = 3;

/// The picture; `axes` are of steps and of values.
pub(super) fn svg(title: &str, description: &str, series: &[Series], axes: &(Axis, Axis)) -> Element {
    let svg = element("svg").with("viewBox", format!("0 0 {WIDTH} {HEIGHT}")).with("role", "img");
    let svg = svg.child(element("title").text(title)).child(element("desc").text(description));
    let svg = svg.child(grid(axes));
    svg.children(series.iter().enumerate().map(|(index, series)| curve(index, series, axes)))
}

/// What stands for a curve in the legend.
pub(super) fn key(index: usize, series: &Series) -> Element {
    let svg = element("svg").class(format!("key {}", classes(index, series)));
    let svg = svg.with("viewBox", "0 0 20 10").with("aria-hidden", "true");
    let svg = if series.points.iter().any(|point| point.spread.is_some()) && series.shape == Shape::Line {
        svg.child(element("path").class("area").with("d", "M0 1H20V9H0Z"))
    } else {
        svg
    };
    let line = element("path").class("line").with("d", "M0 5H20");
    if series.shape == Shape::Dots { svg.child(line).child(dot(10.0, 5.0)) } else { svg.child(line) }
}

fn classes(index: usize, series: &Series) -> String {
    let index = series.color.unwrap_or(index);
    match series.shape {
        Shape::Reference => "reference".to_owned(),
        Shape::Dots => format!("dots s{}", index % COLORS),
        Shape::Line if index < COLORS => format!("s{index}"),
        Shape::Line => format!("s{} d{}", index % COLORS, index / COLORS % DASHES),
    }
}

/// Lines at the ticks of the values, and what stands at both axes.
fn grid(axes: &(Axis, Axis)) -> Element {
    let mut grid = element("g").class("ticks");
    for (value, label) in axes.1.ticks() {
        let y = height(&axes.1, value);
        grid = grid.child(element("path").with("d", format!("M{LEFT} {}H{}", place(y), WIDTH - RIGHT)));
        let text = element("text").class("y").with("x", LEFT - 6.0).with("y", place(y + 3.5));
        grid = grid.child(text.text(label));
    }
    for (step, label) in axes.0.ticks() {
        let text = element("text").class("x").with("x", place(across(&axes.0, step))).with("y", HEIGHT - BOTTOM + 16.0);
        grid = grid.child(text.text(label));
    }
    grid.child(element("text").class("axis").with("x", WIDTH - RIGHT).with("y", HEIGHT - 4.0).text("step"))
}

fn curve(index: usize, series: &Series, axes: &(Axis, Axis)) -> Element {
    let mut group = element("g").class(classes(index, series));
    let runs = unbroken(&series.points, axes);
    if series.shape == Shape::Line {
        let areas: String = runs.iter().filter_map(|run| area(run)).collect();
        if !areas.is_empty() {
            group = group.child(element("path").class("area").with("d", areas));
        }
    }
    let lines: String = runs.iter().filter(|run| run.len() > 1).map(|run| line(run)).collect();
    if !lines.is_empty() {
        group = group.child(element("path").class("line").with("d", lines));
    }
    if series.shape == Shape::Dots {
        let bars: String = runs.iter().flatten().filter_map(bar).collect();
        if !bars.is_empty() {
            group = group.child(element("path").class("bar").with("d", bars));
        }
        group.children(runs.iter().flatten().map(|mark| dot(mark.x, mark.y)))
    } else {
        // A value between two gaps would not be seen.
        group.children(runs.iter().filter(|run| run.len() == 1).flatten().map(|mark| dot(mark.x, mark.y)))
    }
}

/// A point's place, and where its spread ends.
struct Mark {
    x: f64,
    y: f64,
    ends: Option<(f64, f64)>,
}

/// The stretches without gaps.
fn unbroken(points: &[Point], axes: &(Axis, Axis)) -> Vec<Vec<Mark>> {
    let mark = |point: &Point| {
        let value = point.value?;
        let end = |value| height(&axes.1, value);
        let ends = point.spread.map(|spread| (end(value + spread), end(value - spread)));
        Some(Mark { x: across(&axes.0, point.step), y: end(value), ends })
    };
    let stretches = points.split(|point| point.value.is_none());
    stretches
        .map(|stretch| stretch.iter().filter_map(mark).collect::<Vec<_>>())
        .filter(|marks| !marks.is_empty())
        .collect()
}

fn line(run: &[Mark]) -> String {
    let mut path = String::new();
    for (index, mark) in run.iter().enumerate() {
        push(&mut path, if index == 0 { 'M' } else { 'L' }, mark.x, mark.y);
    }
    path
}

/// Around the line, where every point of it has a spread.
fn area(run: &[Mark]) -> Option<String> {
    let ends: Option<Vec<(f64, f64, f64)>> =
        run.iter().map(|mark| mark.ends.map(|(top, bottom)| (mark.x, top, bottom))).collect();
    let ends = ends.filter(|ends| ends.len() > 1)?;
    let mut path = String::new();
    for (index, &(x, top, _)) in ends.iter().enumerate() {
        push(&mut path, if index == 0 { 'M' } else { 'L' }, x, top);
    }
    for &(x, _, bottom) in ends.iter().rev() {
        push(&mut path, 'L', x, bottom);
    }
    path.push('Z');
    Some(path)
}

fn bar(mark: &Mark) -> Option<String> {
    let (top, bottom) = mark.ends?;
    Some(format!("M{} {}V{}", place(mark.x), place(top), place(bottom)))
}

fn dot(x: f64, y: f64) -> Element {
    element("circle").with("cx", place(x)).with("cy", place(y)).with("r", 3)
}

fn push(path: &mut String, command: char, x: f64, y: f64) {
    // Writing to a string cannot fail.
    let _written = write!(path, "{command}{} {}", place(x), place(y));
}

fn across(axis: &Axis, step: f64) -> f64 {
    LEFT + axis.place(step) * (WIDTH - LEFT - RIGHT)
}

/// Within the picture, whatever the value: a band around a score may reach beyond 1.
fn height(axis: &Axis, value: f64) -> f64 {
    TOP + (1.0 - axis.place(value).clamp(0.0, 1.0)) * (HEIGHT - TOP - BOTTOM)
}

/// A place to a tenth of a unit, in as few characters as it takes.
fn place(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    if tenths == 0.0 { "0".to_owned() } else { tenths.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes() -> (Axis, Axis) {
        (Axis::of_steps(0.0, 10.0, 5), Axis::around(0.0, 1.0, 5))
    }

    fn points(values: &[(f64, Option<f64>, Option<f64>)]) -> Vec<Point> {
        values.iter().map(|&(step, value, spread)| Point { step, value, spread }).collect()
    }

    #[test]
    fn places_by_hand() {
        // The plane is 440 - 42 - 12 = 386 wide and 214 - 8 - 34 = 172 high.
        let points = points(&[(0.0, Some(0.0), None), (5.0, Some(1.0), None), (10.0, Some(0.25), None)]);
        let text = curve(0, &Series::new("a", Shape::Line, points), &axes()).to_string();
        assert_eq!(text, "<g class=\"s0\"><path class=\"line\" d=\"M42 180L235 8L428 137\"></path>\n</g>\n");
    }

    #[test]
    fn gaps_break_lines_and_lone_values_are_dots() {
        let points = points(&[(0.0, Some(0.5), None), (5.0, None, None), (10.0, Some(0.5), None)]);
        let text = curve(9, &Series::new("a", Shape::Line, points), &axes()).to_string();
        assert!(text.starts_with("<g class=\"s1 d1\"><circle cx=\"42\" cy=\"94\" r=\"3\">"), "{text}");
        assert!(text.contains("cx=\"428\"") && !text.contains("path"), "{text}");
    }

    #[test]
    fn spreads_are_areas_of_lines_and_bars_of_dots() {
        let points = points(&[(0.0, Some(0.5), Some(0.25)), (10.0, Some(0.5), Some(2.0))]);
        let area = curve(0, &Series::new("a", Shape::Line, points.clone()), &axes()).to_string();
        // From 0.75 and beyond the top to beyond the bottom and 0.25.
        assert!(area.contains("class=\"area\" d=\"M42 51L428 8L428 180L42 137Z\""), "{area}");
        let bars = curve(0, &Series::new("a", Shape::Dots, points), &axes()).to_string();
        assert!(bars.contains("class=\"bar\" d=\"M42 51V137M428 8V180\""), "{bars}");
    }
}
