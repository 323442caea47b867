//! Edges as tuples whose parts a sentence explains: `(i, j)`, with relations `(i, r, j)`, with weights `(i, j, w)`.
//!
//! The sentence says which parts there are and whether edges have a direction; an edge without a relation is `linked`
//! where others have one.

use crate::Direction;

use super::Scene;
use super::cursor::Cursor;
use super::parsed::{Collector, ParseError};
use super::quote::LINKED;
use super::words::Words;

/// What stands between the parts of a tuple, and between tuples.
#[derive(Clone, Copy)]
pub(super) struct Tuples {
    pub(super) comma: &'static str,
    pub(super) between: &'static str,
}

/// What the tuples of a text hold.
#[derive(Clone, Copy)]
pub(super) struct Form {
    direction: Direction,
    relations: bool,
    weights: bool,
}

impl Form {
    /// The form that shows all of a scene.
    pub(super) fn of(scene: &Scene<'_>) -> Self {
        let relations = !scene.relation_names.is_empty();
        Self { direction: scene.direction, relations, weights: scene.weights.is_some() }
    }

    /// The same form with weights left to other words.
    pub(super) fn unweighted(self) -> Self {
        Self { weights: false, ..self }
    }

    fn all() -> impl Iterator<Item = Self> {
        let directions = [Direction::Undirected, Direction::Directed].into_iter();
        let marked = [(false, false), (false, true), (true, false), (true, true)];
        directions.flat_map(move |direction| marked.map(|(relations, weights)| Self { direction, relations, weights }))
    }

    /// `In a directed graph, (i, r, j) is an edge of kind r from i to j.`
    pub(super) fn meaning(self, tuples: Tuples) -> String {
        let parts = [Some("i"), self.relations.then_some("r"), Some("j"), self.weights.then_some("w")];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        let marks = match (self.relations, self.weights) {
            (false, false) => "",
            (true, false) => " of kind r",
            (false, true) => " of weight w",
            (true, true) => " of kind r and weight w",
        };
        let (graph, ends) = match self.direction {
            Direction::Undirected => ("an undirected", "between i and j"),
            Direction::Directed => ("a directed", "from i to j"),
        };
        format!("In {graph} graph, ({}) is an edge{marks} {ends}.", parts.join(tuples.comma))
    }
}

impl Tuples {
    /// What may follow a node or a relation.
    pub(super) fn marks(self) -> [&'static str; 2] {
        [self.comma, ")"]
    }

    /// Appends the tuples of all edges.
    pub(super) fn append(self, words: &Words<'_>, form: Form, text: &mut String) {
        for (position, edge) in words.edges().enumerate() {
            text.extend([if position > 0 { self.between } else { "" }, "(", edge.source, self.comma]);
            if form.relations {
                text.extend([edge.relation_or_linked(), self.comma]);
            }
            text.push_str(edge.target);
            if let Some(weight) = edge.weight {
                text.extend([self.comma, &weight.to_string()]);
            }
            text.push(')');
        }
    }

    /// Reads the sentence that [`Form::meaning`] gave.
    pub(super) fn read_meaning(self, line: &mut Cursor<'_>, found: &mut Collector) -> Result<Form, ParseError> {
        let form = Form::all().find(|form| line.take(&form.meaning(self)));
        let form = form.ok_or_else(|| line.error("a sentence such as `In an undirected graph, (i, j) is …`"))?;
        found.direct(form.direction);
        Ok(form)
    }

    /// Reads tuples up to the end of the line.
    pub(super) fn read(self, form: Form, line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
        loop {
            self.read_one(form, line, found)?;
            if line.is_done() {
                return Ok(());
            }
            line.expect(self.between)?;
        }
    }

    fn read_one(self, form: Form, line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
        line.expect("(")?;
        let source = line.name(&self.marks())?;
        line.expect(self.comma)?;
        let mut relation = None;
        if form.relations {
            relation = line.name_or(LINKED, &self.marks())?;
            line.expect(self.comma)?;
        }
        let target = line.name(&self.marks())?;
        let mut weight = None;
        if form.weights {
            line.expect(self.comma)?;
            weight = Some(line.number()?);
        }
        line.expect(")")?;
        let (source, target) = (found.node(source), found.node(target));
        found.edge(source, target, relation, weight);
        Ok(())
    }
}
