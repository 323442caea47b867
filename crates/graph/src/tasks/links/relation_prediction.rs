//! `graph/relation-prediction`: the relation of a triple (head, ?, tail) is hidden, and told from other triples of both.
//!
//! Every edge between head and tail is hidden, in both directions and of every relation. Context comes from the training
//! triples only. With `frequency` negatives each wrong relation is that of another triple drawn by the same process, and
//! no pair has another's relation, so the options are exchangeable to whoever sees nothing else.
//!
//! Held-out targets are the validation triples, which are no edges of the graph; where a knowledge graph brings none, one
//! pair in ten is held out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::question::ranges::check;
use crate::question::{Writing, WritingConfig, options, owns_text};
use crate::sample::{Subgraph, View};
use crate::{Direction, Edge, Graph, Node, Relation};
use ssl4rl_tasks::verifiers::{AnswerStyle, Choice, ChoiceTruth};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, counted, prompt_text, protocol};

use super::edge_prediction::EdgeForm;
use super::pieces::check_evidence;
use crate::question::triples::{is_true, random_incident, random_target, without_relations};

/// Draws of a triple, or of a wrong relation, before the sample is given up.
const DRAWS: usize = 64;
/// Triples of an entity looked at for one of the hidden relation; keeps hubs cheap.
const PROBES: usize = 32;

/// A hidden triple and the shown triples that have its relation.
struct Target {
    triple: Edge,
    evidence: Vec<Edge>,
}

/// Settings of [`RelationPrediction`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RelationPredictionConfig {
    /// `choice` among `options` relations, or `yes-no`.
    pub form: EdgeForm,
    /// Number of relations to choose from, 2 to 10; a yes-no question has two answers.
    pub options: usize,
    /// Where wrong relations come from: `uniform` over all relations, `frequency` (of other triples, drawn as the hidden
    /// one is), or `type-compatible` (relations that head or tail have with other entities). None is ever true of the pair
    /// in training, validation or test triples.
    pub negatives: RelationNegatives,
    /// Answer by the option's `text` or its `letter`.
    pub answer_style: AnswerStyle,
    /// Shown evidence: the ends, 0 to 2, that show another triple of the hidden relation.
    pub support: usize,
    /// Triples listed of each entity, 1 to 20, at least `support`.
    pub neighbours: usize,
    /// How the subgraph is written.
    pub writing: WritingConfig,
}

impl Default for RelationPredictionConfig {
    fn default() -> Self {
        Self {
            form: EdgeForm::Choice,
            options: 4,
            negatives: RelationNegatives::Frequency,
            answer_style: AnswerStyle::Text,
            support: 1,
            neighbours: 2,
            writing: WritingConfig::default(),
        }
    }
}

/// Where wrong relations come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RelationNegatives {
    /// Any relation.
    Uniform,
    /// The relation of another triple.
    Frequency,
    /// A relation in which the head is a head, or the tail a tail.
    TypeCompatible,
}

/// The task.
pub struct RelationPrediction {
    config: RelationPredictionConfig,
    writing: Writing,
}

impl PretextTask for RelationPrediction {
    const NAME: &'static str = "graph/relation-prediction";
    const SUMMARY: &'static str = "tell which relation a hidden triple has";
    type Config = RelationPredictionConfig;
    type Input = Graph;
    type Truth = ChoiceTruth;
    type Verifier = Choice;

    fn new(config: RelationPredictionConfig) -> Result<Self, TaskError> {
        check(Self::NAME, "options", &config.options, 2..=10)?;
        check_evidence(Self::NAME, config.support, config.neighbours, 2)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<ChoiceTruth>> {
        let (target, wrong) = (0..DRAWS).find_map(|_| self.exclusive_relations(graph, rng))?;
        let context = self.context(graph, &target, rng);
        // So few triples are shown that prompts repeat by chance; names are dealt anew until the text is one of the split's.
        (0..DRAWS).find_map(|_| {
            let sample = self.question(graph, target.triple, wrong.clone(), context.clone(), rng)?;
            owns_text(rng.split(), &prompt_text(&sample.prompt)).then_some(sample)
        })
    }

    fn verifier(&self) -> &Choice {
        &Choice
    }

    fn oracle(&self, truth: &ChoiceTruth) -> String {
        protocol::wrap(&truth.right_answer())
    }

    fn chance(&self, truth: &ChoiceTruth) -> f32 {
        truth.blind_score()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        if graph.edges().is_empty() {
            return Some("the graph has no edges".into());
        }
        let (relations, options) = (graph.relation_names().len(), self.option_count());
        without_relations(graph, "graph/edge-prediction").or_else(|| {
            let relations_named = counted(relations as u64, "relation", "relations");
            (relations < options).then(|| format!("it has only {relations_named}, too few for {options} options"))
        })
    }
}

impl RelationPrediction {
    /// Options made for one question; a yes-no question needs the right one and one other.
    fn option_count(&self) -> usize {
        match self.config.form {
            EdgeForm::Choice => self.config.options,
            EdgeForm::YesNo => 2,
        }
    }

    fn question(
        &self,
        graph: &Graph,
        triple: Edge,
        wrong: Vec<Relation>,
        context: Vec<Edge>,
        rng: &mut TaskRng,
    ) -> Option<Sample<ChoiceTruth>> {
        let Edge { source: head, target: tail, .. } = triple;
        let subgraph = Subgraph::new(vec![head, tail], context, graph.direction(), rng);
        let written = self.writing.write(graph, subgraph, rng)?;
        let (head, tail) = (written.name(head)?, written.name(tail)?);
        let name = |relation: Relation| graph.relation_names()[relation as usize].clone();
        let style = self.config.answer_style;
        let (question, truth) = match self.config.form {
            EdgeForm::Choice => {
                let wrong = wrong.into_iter().map(name).collect();
                let truth = options::shuffled(name(triple.relation), wrong, style, rng)?;
                (format!("The relation from node {head} to node {tail} is hidden. Which option is it?\n"), truth)
            }
            EdgeForm::YesNo => {
                let yes = rng.coin();
                let asked = name(if yes { triple.relation } else { *wrong.first()? });
                let truth = options::yes_no(yes, style);
                (format!("The relation from node {head} to node {tail} is hidden. Is it \"{asked}\"?\n"), truth)
            }
        };
        let mut text = question + &written.text;
        options::append(&truth, &mut text);
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    /// Draws a triple of this split with enough evidence.
    fn target(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Target> {
        (0..DRAWS).find_map(|_| {
            let triple = random_target(graph, rng)?;
            let view = View::context(graph).hiding(triple.source, triple.target);
            let mut evidence: Vec<Edge> = [triple.source, triple.target]
                .into_iter()
                .filter_map(|entity| similar_triple(&view, entity, triple, rng))
                .collect();
            rng.shuffle(&mut evidence);
            evidence.truncate(self.config.support);
            (evidence.len() == self.config.support.min(2)).then_some(Target { triple, evidence })
        })
    }

    /// The evidence and other triples of head and tail, up to `neighbours` of each.
    fn context(&self, graph: &Graph, target: &Target, rng: &mut TaskRng) -> Vec<Edge> {
        let view = View::context(graph).hiding(target.triple.source, target.triple.target);
        let mut context = target.evidence.clone();
        for entity in [target.triple.source, target.triple.target] {
            let touches = |edge: &&Edge| edge.source == entity || edge.target == entity;
            let mut shown = context.iter().filter(touches).count();
            for _ in 0..PROBES {
                if shown >= self.config.neighbours {
                    break;
                }
                if let Some(edge) = random_incident(&view, entity, rng)
                    && !context.contains(&edge)
                {
                    context.push(edge);
                    shown += 1;
                }
            }
        }
        context
    }

    /// A target and the wrong relations. One clash between drawn triples discards all of them: keeping the target would
    /// make common relations right more often than wrong.
    fn exclusive_relations(&self, graph: &Graph, rng: &mut TaskRng) -> Option<(Target, Vec<Relation>)> {
        let target = self.target(graph, rng)?;
        let view = View::context(graph).hiding(target.triple.source, target.triple.target);
        let mut triples = vec![target.triple];
        for _ in 0..DRAWS {
            if triples.len() == self.option_count() {
                break;
            }
            let Some(other) = self.other_triple(&view, target.triple, rng) else { continue };
            let own_pair = (other.source, other.target) == (target.triple.source, target.triple.target);
            let clash = triples.iter().any(|triple| {
                other.relation == triple.relation
                    || is_true(graph, Edge { relation: other.relation, ..*triple })
                    || (!own_pair && is_true(graph, Edge { relation: triple.relation, ..other }))
            });
            if !clash {
                triples.push(other);
            } else if self.config.negatives == RelationNegatives::Frequency {
                return None;
            }
        }
        let complete = triples.len() == self.option_count();
        complete.then(|| (target, triples[1..].iter().map(|triple| triple.relation).collect()))
    }

    /// A triple whose relation may be a wrong option; one with the hidden pair itself stands for the relation alone.
    fn other_triple(&self, view: &View<'_>, right: Edge, rng: &mut TaskRng) -> Option<Edge> {
        let graph = view.graph;
        match self.config.negatives {
            RelationNegatives::Frequency => self.target(graph, rng).map(|target| target.triple),
            RelationNegatives::Uniform => {
                let relation = rng.below(graph.relation_names().len()) as Relation;
                (relation != right.relation).then_some(Edge { relation, ..right })
            }
            RelationNegatives::TypeCompatible => {
                let as_head = rng.coin();
                let entity = if as_head { right.source } else { right.target };
                let edge = random_incident(view, entity, rng)?;
                let fits = if as_head { edge.source == entity } else { edge.target == entity };
                fits.then_some(Edge { relation: edge.relation, ..right })
            }
        }
    }
}

/// A visible triple of `entity` with the relation of `triple`, and with `entity` on the same side of it.
fn similar_triple(view: &View<'_>, entity: Node, triple: Edge, rng: &mut TaskRng) -> Option<Edge> {
    (0..PROBES).find_map(|_| {
        let edge = random_incident(view, entity, rng)?;
        let same_side = (edge.source == entity && triple.source == entity)
            || (edge.target == entity && triple.target == entity)
            || view.graph.direction() == Direction::Undirected;
        (edge.relation == triple.relation && same_side).then_some(edge)
    })
}
