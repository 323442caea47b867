//! `graph/completion`: the missing entity of a knowledge graph's test triples, asked from both sides.
//!
//! - `choice`: one of k options; the wrong ones stand on the same side of the relation in training and complete no true triple
//!   of any split. Accuracy, and MRR of the options by how likely their answers are. Not comparable with a full ranking
//! - `rerank`: a base scorer's m best candidates, true training answers left out, in the order that the reply gives
//! - `likelihood`: every entity by the log-prob of its name, by token
//!
//! The last two are filtered rankings over all entities with realistic ranks, the optimistic and the pessimistic beside them.
//! Context is training triples of the given entity that lead to no candidate, so that neither the answer nor a triple that
//! reverses it is shown.

mod config;
mod rerank;

pub use config::{Base, CompletionConfig, Method};
pub use rerank::{reordered, reranked};

use rayon::prelude::*;
use serde_json::Value;

use super::baselines::triples::{Constant, Frequency, ReversedPair};
use super::benchmark::{graph_of, json, settings, writing};
use super::filtered::{KnownTriples, Query, Side, TripleScorer, by_side};
use super::metrics::{Estimate, HITS, Ranking, Ranks};
use super::{Benchmark, EvalError, Exam, Respondent, Row, Subject};
use crate::question::{Writing, options};
use crate::sample::Subgraph;
use crate::{Edge, Graph, Node};
use ssl4rl_tasks::verifiers::wording::{normalised, write_items};
use ssl4rl_tasks::verifiers::{Choice, ChoiceTruth};
use ssl4rl_tasks::{Split, TaskRng, Verdict, Verifier, protocol};

const NAME: &str = "graph/completion";
/// Draws of a wrong option before any entity may be one, and before it is given up.
const DRAWS: usize = 200;

/// The benchmark.
pub struct Completion;

impl Benchmark for Completion {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "the missing entity of a knowledge graph's test triples"
    }

    fn defaults(&self) -> Value {
        json(&CompletionConfig::default())
    }

    fn exam(&self, subject: &Subject, changes: Value) -> Result<Box<dyn Exam>, EvalError> {
        let graph = graph_of(NAME, subject)?;
        let config = settings(NAME, &CompletionConfig::default(), &changes, CompletionConfig::check)?;
        let writing = writing(NAME, &CompletionConfig::default(), &config.writing)?;
        let unusable =
            |reason: String| EvalError::Unusable { benchmark: NAME, dataset: graph.name().to_owned(), reason };
        if !graph.has_relations() || graph.held_out().test.is_empty() {
            return Err(unusable(
                "it has no test triples; `graph/link-prediction` is for graphs without relations".into(),
            ));
        }
        if graph.edges().is_empty() {
            return Err(unusable("its training triples are absent, so that nothing can be filtered or counted".into()));
        }
        let Some(names) = graph.node_names() else { return Err(unusable("its entities have no names".into())) };
        if config.method == Method::Likelihood && graph.node_count() > config.most_entities {
            let reason = format!(
                "`likelihood` scores every entity for every query, and it has {}, more than `most_entities`",
                graph.node_count()
            );
            return Err(unusable(reason));
        }
        let (names, triples) = (names.to_vec(), triples(graph, &config));
        let both = |triple: &Edge| [Side::Tail, Side::Head].map(|side| Query::of(triple, side));
        let queries = triples.iter().flat_map(both).collect();
        let (known, frequency) = (KnownTriples::of(graph), Frequency::of(graph));
        Ok(Box::new(CompletionExam { graph: graph.clone(), config, writing, names, queries, known, frequency }))
    }
}

/// The test triples that are asked about.
fn triples(graph: &Graph, config: &CompletionConfig) -> Vec<Edge> {
    let mut triples = graph.held_out().test.clone();
    if config.samples > 0 {
        let mut rng = TaskRng::new(config.seed, NAME, Split::HeldOut, u64::MAX);
        let count = rng.sample_front(&mut triples, config.samples).len();
        triples.truncate(count);
    }
    triples
}

struct CompletionExam {
    graph: Graph,
    config: CompletionConfig,
    writing: Writing,
    names: Vec<String>,
    /// Tail and head of each triple in turn.
    queries: Vec<Query>,
    known: KnownTriples,
    frequency: Frequency,
}

impl Exam for CompletionExam {
    fn settings(&self) -> Value {
        json(&self.config)
    }

    fn baselines(&self) -> Result<Vec<Row>, EvalError> {
        let rule = ReversedPair::of(&self.graph);
        let scorers: [(&str, &dyn TripleScorer); 3] =
            [("relation frequency", &self.frequency), ("frequency and reversed pairs", &rule), ("constant", &Constant)];
        let mut rows = Vec::new();
        if self.config.method == Method::Choice {
            let asked = self.choices();
            for (who, scorer) in scorers {
                rows.push(self.choice_row(who, &asked.iter().map(|asked| asked.ranks(scorer)).collect::<Vec<_>>()));
            }
            return Ok(rows);
        }
        for (who, scorer) in scorers {
            rows.extend(self.ranking_rows(who, &self.known.rank_all(&self.queries, scorer)));
        }
        Ok(rows)
    }

    fn sit(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError> {
        match self.config.method {
            Method::Choice => self.sit_choice(respondent),
            Method::Rerank => self.sit_rerank(respondent),
            Method::Likelihood => self.sit_likelihood(respondent),
        }
    }
}

/// A multiple-choice question.
struct AskedChoice {
    query: Query,
    /// Entity of each option.
    entities: Vec<Node>,
    truth: ChoiceTruth,
    prompt: String,
}

impl AskedChoice {
    /// The ranks of the right option by a scorer.
    fn ranks(&self, scorer: &dyn TripleScorer) -> Ranks {
        let found = scorer.above_zero(&self.query);
        let score = |entity| score_in(&found, entity);
        let others = self.entities.iter().filter(|&&entity| entity != self.query.answer);
        Ranks::among(others.map(|&entity| score(entity)), score(self.query.answer))
    }
}

/// The score of an entity in an ascending list of those above 0.
fn score_in(found: &[(Node, f64)], entity: Node) -> f64 {
    let place = found.binary_search_by_key(&entity, |&(entity, _)| entity);
    place.map_or(0.0, |place| found[place].1)
}

/// What a random order of equals gives on average: 1 over the number of the best where the answer is one of them.
fn expected_accuracy(ranks: Ranks) -> f64 {
    if ranks.better > 0 { 0.0 } else { 1.0 / (1 + ranks.equal) as f64 }
}

impl CompletionExam {
    fn rng(&self, index: usize) -> TaskRng {
        TaskRng::new(self.config.seed, NAME, Split::HeldOut, index as u64)
    }

    /// `(Paris, capital of, ?)`
    fn pattern(&self, query: &Query) -> String {
        let (known, relation) =
            (&self.names[query.known as usize], &self.graph.relation_names()[query.relation as usize]);
        match query.side {
            Side::Tail => format!("({known}, {relation}, ?)"),
            Side::Head => format!("(?, {relation}, {known})"),
        }
    }

    /// Training triples of the given entity that lead to no candidate, written; empty where there are none.
    fn context(&self, query: &Query, candidates: &[Node], rng: &mut TaskRng) -> Option<String> {
        let around =
            self.graph.incident_edges(query.known).iter().map(|&position| self.graph.edges()[position as usize]);
        let mut shown: Vec<Edge> = around
            .filter(|edge| {
                let other = if edge.source == query.known { edge.target } else { edge.source };
                other != query.answer && !candidates.contains(&other)
            })
            .collect();
        let count = rng.sample_front(&mut shown, self.config.context).len();
        shown.truncate(count);
        if shown.is_empty() {
            return Some(String::new());
        }
        let subgraph = Subgraph::new(Vec::new(), shown, self.graph.direction(), rng);
        let text = self.writing.write(&self.graph, subgraph, rng)?.text;
        Some(format!("Known:\n{text}"))
    }

    fn choices(&self) -> Vec<AskedChoice> {
        let ask = |(index, query): (usize, &Query)| self.choice(query, &mut self.rng(index));
        self.queries.par_iter().enumerate().filter_map(ask).collect()
    }

    fn choice(&self, query: &Query, rng: &mut TaskRng) -> Option<AskedChoice> {
        let on_side = self.frequency.of_side(query.relation, query.side);
        let mut entities = vec![query.answer];
        let mut readings = vec![normalised(&self.names[query.answer as usize])];
        for draw in 0..DRAWS * self.config.options {
            if entities.len() == self.config.options {
                break;
            }
            let of_type = draw < DRAWS * self.config.options / 2 && !on_side.is_empty();
            let entity =
                if of_type { on_side[rng.below(on_side.len())].0 } else { rng.below(self.graph.node_count()) as Node };
            let reading = normalised(&self.names[entity as usize]);
            let free = entity != query.answer && entity != query.known;
            if free && !self.known.is_other_answer(query, entity) && !readings.contains(&reading) {
                entities.push(entity);
                readings.push(reading);
            }
        }
        let name = |&entity: &Node| self.names[entity as usize].clone();
        let wrong: Vec<String> = entities[1..].iter().map(name).collect();
        let truth = options::shuffled(name(&entities[0]), wrong, self.config.answer_style, rng)?;
        let entity_of =
            |option: &String| entities.iter().find(|&&entity| self.names[entity as usize] == *option).copied();
        let listed = truth.options.iter().map(entity_of).collect::<Option<Vec<Node>>>()?;
        let pattern = self.pattern(query);
        let mut prompt = format!("Complete the triple {pattern}. Which option stands for `?`?\n");
        prompt.push_str(&self.context(query, &entities, rng)?);
        options::append(&truth, &mut prompt);
        Some(AskedChoice { query: *query, entities: listed, truth, prompt })
    }

    fn choice_row(&self, who: &str, ranks: &[Ranks]) -> Row {
        let part = format!("one of {}", self.config.options);
        let accuracies: Vec<f64> = ranks.iter().map(|&ranks| expected_accuracy(ranks)).collect();
        let ranking = Ranking::of(ranks.iter().map(|&ranks| vec![ranks]));
        Row::new(part, who, ranks.len())
            .with("accuracy", Estimate::mean(&accuracies))
            .with("MRR", ranking.mean_reciprocal(Ranks::realistic))
    }

    fn sit_choice(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError> {
        let asked = self.choices();
        let prompts: Vec<String> = asked.iter().map(|asked| asked.prompt.clone()).collect();
        let answers = |asked: &AskedChoice| {
            let answer = |place| protocol::wrap(&asked.truth.answer_at(place).unwrap_or_default());
            (0..asked.truth.options.len()).map(answer).collect::<Vec<String>>()
        };
        let continuations: Vec<Vec<String>> = asked.iter().map(answers).collect();
        let (rule, replies) = (respondent.answer_rule(), respondent.reply(&prompts)?);
        let likely = respondent.log_likelihoods(&prompts, &continuations)?;
        let (mut verdicts, mut ranks) = (Vec::new(), Vec::new());
        for ((asked, reply), likely) in asked.iter().zip(replies).zip(likely) {
            let (Some(reply), Some(likely)) = (reply, likely) else { continue };
            verdicts.push(match reply.answer(rule) {
                Some(answer) => Choice.verify(&protocol::wrap(&answer), &asked.truth),
                None => Verdict::unreadable("no answer block"),
            });
            let scores: Vec<f64> = likely.iter().map(|likely| likely.per_token()).collect();
            let others = (0..scores.len()).filter(|&place| place != asked.truth.correct).map(|place| scores[place]);
            ranks.push(Ranks::among(others, scores[asked.truth.correct]));
        }
        if verdicts.is_empty() {
            return Err(EvalError::NothingFits { benchmark: NAME, questions: asked.len() });
        }
        let row = self
            .choice_row(Row::MODEL, &ranks)
            .with("accuracy", Estimate::share(verdicts.iter().map(|verdict| verdict.exact)))
            .with("unread", Estimate::share(verdicts.iter().map(|verdict| verdict.parsed.is_none())));
        Ok(vec![row.skipping(asked.len() - verdicts.len())])
    }

    /// Rows of a ranking over both sides, and over each.
    fn ranking_rows(&self, who: &str, ranks: &[Ranks]) -> Vec<Row> {
        let of = |(part, ranking): (&str, Ranking)| {
            let row = Row::new(part, who, ranking.queries())
                .with("MRR", ranking.mean_reciprocal(Ranks::realistic))
                .with("MRR optimistic", ranking.mean_reciprocal(Ranks::optimistic))
                .with("MRR pessimistic", ranking.mean_reciprocal(Ranks::pessimistic));
            HITS.into_iter().fold(row, |row, limit| row.with(format!("Hits@{limit}"), ranking.hits(limit)))
        };
        by_side(&self.queries, ranks).into_iter().map(of).collect()
    }

    /// The base scorer's best candidates, best first, equals in random order, true training answers left out.
    fn candidates(&self, query: &Query, scorer: &dyn TripleScorer, rng: &mut TaskRng) -> Vec<(Node, f64)> {
        let answers = |edge: &Edge| match query.side {
            Side::Tail => (edge.source, edge.relation, edge.target),
            Side::Head => (edge.target, edge.relation, edge.source),
        };
        let around =
            self.graph.incident_edges(query.known).iter().map(|&position| self.graph.edges()[position as usize]);
        let trained: Vec<Node> = around
            .map(|edge| answers(&edge))
            .filter(|&(known, relation, _)| (known, relation) == (query.known, query.relation))
            .map(|(_, _, answer)| answer)
            .collect();
        let mut found = scorer.above_zero(query);
        found.retain(|(entity, _)| !trained.contains(entity));
        rng.shuffle(&mut found);
        found.sort_by(|left, right| right.1.total_cmp(&left.1));
        found.truncate(self.config.candidates);
        found
    }

    fn sit_rerank(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError> {
        let rule = ReversedPair::of(&self.graph);
        let scorer: &dyn TripleScorer = match self.config.base {
            Base::Frequency => &self.frequency,
            Base::ReversedPair => &rule,
        };
        let asked: Vec<(Vec<(Node, f64)>, String)> = self
            .queries
            .par_iter()
            .enumerate()
            .filter_map(|(index, query)| {
                let mut rng = self.rng(index);
                let candidates = self.candidates(query, scorer, &mut rng);
                let prompt = self.rerank_prompt(query, &candidates, &mut rng)?;
                Some((candidates, prompt))
            })
            .collect();
        let prompts: Vec<String> = asked.iter().map(|(_, prompt)| prompt.clone()).collect();
        let (answer_rule, replies) = (respondent.answer_rule(), respondent.reply(&prompts)?);
        let (mut ranks, mut listed, mut read, mut skipped) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for ((query, (candidates, _)), reply) in self.queries.iter().zip(&asked).zip(replies) {
            skipped += usize::from(reply.is_none());
            let answer = reply.and_then(|reply| reply.answer(answer_rule));
            read.push(answer.is_some());
            listed.push(candidates.iter().any(|&(entity, _)| entity == query.answer));
            ranks.push(self.reranked(query, scorer, candidates, answer.as_deref()));
        }
        let mut rows = self.ranking_rows(Row::MODEL, &ranks);
        if let Some(both) = rows.first_mut() {
            let unread = Estimate::share(read.iter().map(|read| !read));
            *both = both.clone().with("recall@m", Estimate::share(listed)).with("unread", unread).skipping(skipped);
        }
        Ok(rows)
    }

    fn rerank_prompt(&self, query: &Query, candidates: &[(Node, f64)], rng: &mut TaskRng) -> Option<String> {
        let entities: Vec<Node> = candidates.iter().map(|&(entity, _)| entity).collect();
        let context = self.context(query, &entities, rng)?;
        let list = write_items(entities.iter().map(|&entity| &self.names[entity as usize]));
        Some(format!(
            "Order the candidates by how likely they complete the triple {}, the most likely first.\n{context}Candidates: {list}\nReply {}.",
            self.pattern(query),
            protocol::wrap("candidate | candidate | …")
        ))
    }

    fn reranked(
        &self,
        query: &Query,
        scorer: &dyn TripleScorer,
        candidates: &[(Node, f64)],
        answer: Option<&str>,
    ) -> Ranks {
        let entities: Vec<Node> = candidates.iter().map(|&(entity, _)| entity).collect();
        let names: Vec<String> = entities.iter().map(|&entity| self.names[entity as usize].clone()).collect();
        let found = scorer.above_zero(query);
        let right = score_in(&found, query.answer);
        let compared = |entity: Node| (entity, score_in(&found, entity).total_cmp(&right));
        let order: Vec<_> = reordered(&entities, &names, answer).into_iter().map(compared).collect();
        let base = self.known.rank(query, scorer);
        reranked(query.answer, base, &order, |entity| self.known.is_other_answer(query, entity))
    }

    fn sit_likelihood(&self, respondent: &mut dyn Respondent) -> Result<Vec<Row>, EvalError> {
        let form = protocol::wrap("entity");
        let prompt = |query: &Query| format!("Complete the triple {}. Reply {form}.", self.pattern(query));
        let every: Vec<String> = self.names.iter().map(|name| protocol::wrap(name)).collect();
        let mut ranks = Vec::with_capacity(self.queries.len());
        let mut answered = Vec::with_capacity(self.queries.len());
        // In pieces: what is likely of every entity is forgotten as soon as it is ranked.
        for piece in self.queries.chunks(64) {
            let prompts: Vec<String> = piece.iter().map(prompt).collect();
            let found = respondent.log_likelihoods(&prompts, &vec![every.clone(); piece.len()])?;
            for (query, likely) in piece.iter().zip(found) {
                let Some(likely) = likely else { continue };
                let scores: Vec<f64> = likely.iter().map(|likely| likely.per_token()).collect();
                ranks.push(self.known.rank_dense(query, &scores));
                answered.push(*query);
            }
        }
        if answered.len() < self.queries.len() {
            return Err(EvalError::NothingFits { benchmark: NAME, questions: self.queries.len() - answered.len() });
        }
        Ok(self.ranking_rows(Row::MODEL, &ranks))
    }
}
