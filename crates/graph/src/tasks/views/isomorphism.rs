//! `graph/isomorphism`: two drawings of one graph; which node is which?
//!
//! With `form = "mapping"` the answer gives every node of the first graph a different node of the second; the score is the
//! share of edges that fall on edges, and 1 where all do. A random bijection earns the density of the graph, and so does
//! any fixed one, since the second drawing's names are dealt at random: that is the stated chance.
//!
//! With `form = "yes-no"` the second graph is the first drawn again, or a near miss with as many nodes and edges: either
//! one edge moved so that the degrees differ and the triangles do not, or two edges that exchanged ends so that the number
//! of triangles differs and the degrees do not. With `certificate` a `yes` counts only with an isomorphism after it, and a
//! `no` only with the name of an invariant in which the graphs differ, `degrees` or `triangles`: half of each are asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::matching::{isomorphic, second_names};
use crate::count::SmallGraph;
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Posed, Shown, Writing, WritingConfig, answer, assignment::listing};
use crate::sample::Subgraph;
use crate::{Direction, Edge, Graph};
use ssl4rl_tasks::verifiers::wording::{LONGEST_PHRASE, normalised};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Draws of a small graph, or of a change, before the sample is given up.
const DRAWS: usize = 24;
/// Largest density of a graph to be matched: in a denser one any bijection keeps most edges.
const DENSEST: f64 = 0.7;

/// Settings of [`Isomorphism`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IsomorphismConfig {
    /// `mapping` (match the nodes) or `yes-no` (is it one graph?).
    pub form: IsomorphismForm,
    /// Whether a yes or no counts only with a witness.
    pub certificate: bool,
    /// The small graph.
    pub cut: CutConfig,
    /// How both are written; the second is named in letters, or in numbers where the first has letters.
    pub writing: WritingConfig,
}

impl Default for IsomorphismConfig {
    fn default() -> Self {
        Self {
            form: IsomorphismForm::Mapping,
            certificate: true,
            cut: CutConfig::default().sized(5, 8),
            writing: WritingConfig::default(),
        }
    }
}

/// How the question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IsomorphismForm {
    /// Match the nodes.
    Mapping,
    /// One graph or two?
    YesNo,
}

/// Both graphs, and what is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IsomorphismTruth {
    /// The first graph.
    pub first: Shown,
    /// The second.
    pub second: Shown,
    /// An isomorphism, where there is one: the node of the second graph for each of the first.
    pub matched: Option<Vec<u32>>,
    /// How it was asked.
    pub form: IsomorphismForm,
    /// Whether a yes or no needs a witness.
    pub certificate: bool,
}

/// Invariants that a near miss may differ in.
const INVARIANTS: [&str; 2] = ["degrees", "triangles"];

impl IsomorphismTruth {
    /// Places of the first graph's nodes in the second that `text` gives; `None` unless it is a bijection.
    fn bijection(&self, text: &str) -> Option<Vec<u32>> {
        let index = self.second.index();
        let mut places = vec![u32::MAX; self.first.node_count()];
        let mut taken = vec![false; self.second.node_count()];
        for (node, name) in answer::mapping(text, &self.first)? {
            let place = index.id(name)?;
            if places[node as usize] != u32::MAX || std::mem::replace(&mut taken[place as usize], true) {
                return None;
            }
            places[node as usize] = place;
        }
        (!places.contains(&u32::MAX)).then_some(places)
    }

    /// Edges of the first graph that fall on edges of the second.
    fn kept(&self, places: &[u32]) -> usize {
        let place = |id: u32| places.get(id as usize).copied().unwrap_or(u32::MAX);
        self.first.edges.iter().filter(|&&(left, right)| self.second.links(place(left), place(right))).count()
    }

    fn is_isomorphism(&self, places: &[u32]) -> bool {
        self.first.edges.len() == self.second.edges.len() && self.kept(places) == self.first.edges.len()
    }

    /// Whether the graphs differ in the invariant of this name.
    fn differ_in(&self, invariant: &str) -> bool {
        let (Ok(first), Ok(second)) = (self.first.small(), self.second.small()) else { return false };
        match invariant {
            "degrees" => sorted_degrees(&first) != sorted_degrees(&second),
            "triangles" => first.triangles() != second.triangles(),
            _ => false,
        }
    }

    fn write(&self, places: &[u32]) -> String {
        let name =
            |(id, &place): (usize, &u32)| (self.first.name(id as u32).to_owned(), self.second.name(place).to_owned());
        listing(places.iter().enumerate().map(name).collect())
    }

    fn verify_mapping(&self, text: &str) -> Verdict {
        let Some(places) = self.bijection(text) else {
            return Verdict::unreadable("not a different node of the second graph for every node of the first");
        };
        match (self.kept(&places), self.first.edges.len()) {
            _ if self.is_isomorphism(&places) => Verdict::right(text),
            (0, _) => Verdict::wrong(text, "no edge falls on an edge"),
            (kept, all) => Verdict::partial(kept as f32 / all as f32, text, format!("{kept} of {all} edges")),
        }
    }

    fn verify_decision(&self, text: &str) -> Verdict {
        let Some((yes, witness)) = answer::decision(text) else { return Verdict::unreadable("neither yes nor no") };
        if yes != self.matched.is_some() {
            return Verdict::wrong(text, "the other way");
        }
        let shown = match (self.certificate, yes) {
            // What follows the word must not take it back.
            (false, _) => witness.is_empty(),
            (true, true) => self.bijection(witness).is_some_and(|places| self.is_isomorphism(&places)),
            (true, false) => witness.len() <= LONGEST_PHRASE && self.differ_in(&normalised(witness)),
        };
        if shown { Verdict::right(text) } else { Verdict::wrong(text, "the witness does not hold") }
    }
}

/// Scores a mapping by edges, a decision by its witness.
#[derive(Debug, Clone, Copy, Default)]
pub struct IsomorphismVerifier;

impl Verifier for IsomorphismVerifier {
    const SCORING: &'static str = "share of edges that fall on edges; a yes or no counts with its witness only";
    type Truth = IsomorphismTruth;

    fn verify(&self, completion: &str, truth: &IsomorphismTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        match truth.form {
            IsomorphismForm::Mapping => truth.verify_mapping(text),
            IsomorphismForm::YesNo => truth.verify_decision(text),
        }
    }
}

/// The task.
pub struct Isomorphism {
    config: IsomorphismConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for Isomorphism {
    const NAME: &'static str = "graph/isomorphism";
    const SUMMARY: &'static str = "match the nodes of two drawings of one graph, or tell that they are two graphs";
    const BY_DEFAULT: bool = false;
    type Config = IsomorphismConfig;
    type Input = Graph;
    type Truth = IsomorphismTruth;
    type Verifier = IsomorphismVerifier;

    fn new(config: IsomorphismConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "cut.max_nodes", &config.cut.max_nodes, 4..=20)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<IsomorphismTruth>> {
        let same = self.config.form == IsomorphismForm::Mapping || rng.coin();
        let by_degrees = rng.coin();
        let (first, second) = (0..DRAWS).find_map(|_| {
            let first = self.cut.draw(graph, rng)?;
            let sparse = density(&first) <= DENSEST && !first.edges.is_empty();
            let second = if same { Some(first.edges.clone()) } else { near_miss(&first, by_degrees, rng) };
            second.filter(|_| sparse).map(|edges| (first, edges))
        })?;
        let opening = match self.config.form {
            IsomorphismForm::Mapping => "The second graph is the first with other names. Which node is which?\n",
            IsomorphismForm::YesNo => "Is the second graph the first with other names?\n",
        };
        let posed =
            self.writing.pose(graph, first, Direction::Undirected, rng, |_| format!("{opening}First graph:\n"))?;
        let (redrawn, places) = drawn_again(&posed, &second, rng);
        let names = second_names(&posed.shown().names);
        let text =
            posed.text.clone() + "Second graph:\n" + &self.writing.text(&redrawn, Direction::Undirected, &names, rng);
        let edges = redrawn.edges.iter().map(|edge| (edge.source, edge.target)).collect();
        let truth = IsomorphismTruth {
            first: posed.shown(),
            second: Shown { names, edges, directed: false },
            matched: same.then_some(places),
            form: self.config.form,
            certificate: self.config.certificate,
        };
        Some(Sample { prompt: vec![Part::Text(text + self.instruction())], truth })
    }

    fn verifier(&self) -> &IsomorphismVerifier {
        &IsomorphismVerifier
    }

    fn oracle(&self, truth: &IsomorphismTruth) -> String {
        protocol::wrap(&match (&truth.matched, truth.form, truth.certificate) {
            (Some(places), IsomorphismForm::Mapping, _) => truth.write(places),
            (Some(places), IsomorphismForm::YesNo, true) => format!("yes: {}", truth.write(places)),
            (Some(_), IsomorphismForm::YesNo, false) => "yes".into(),
            (None, _, true) => format!("no: {}", INVARIANTS[usize::from(!truth.differ_in(INVARIANTS[0]))]),
            (None, _, false) => "no".into(),
        })
    }

    fn chance(&self, truth: &IsomorphismTruth) -> f32 {
        match truth.form {
            IsomorphismForm::Mapping => {
                let nodes = truth.first.node_count() as f32;
                (2.0 * truth.first.edges.len() as f32 / (nodes * (nodes - 1.0)).max(1.0)).min(0.99)
            }
            // A near miss differs in either invariant equally often, and half of the questions are near misses.
            IsomorphismForm::YesNo if truth.certificate => 0.25,
            IsomorphismForm::YesNo => 0.5,
        }
    }

    fn levels(config: &IsomorphismConfig) -> Vec<IsomorphismConfig> {
        [(4, 4), (5, 6), (6, 8), (8, 11), (11, 15)]
            .map(|(least, most)| IsomorphismConfig { cut: config.cut.sized(least, most), ..config.clone() })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

impl Isomorphism {
    fn instruction(&self) -> &'static str {
        match (self.config.form, self.config.certificate) {
            (IsomorphismForm::Mapping, _) => {
                "Reply <answer>node: node, node: node, …</answer>, nodes of the first graph before the colons."
            }
            (IsomorphismForm::YesNo, true) => {
                "Reply <answer>yes: node: node, node: node, …</answer> with the matching nodes of both, or \
                 <answer>no: degrees</answer> or <answer>no: triangles</answer>, whichever differs."
            }
            (IsomorphismForm::YesNo, false) => "Reply <answer>yes</answer> or <answer>no</answer>.",
        }
    }
}

/// The edges under random new ids, in random order, and the new id of each node of the posed graph.
fn drawn_again(posed: &Posed, edges: &[Edge], rng: &mut TaskRng) -> (Subgraph, Vec<u32>) {
    let count = posed.shown().node_count();
    let permutation = rng.permutation(count);
    let place = |id: u32| permutation[posed.id(id) as usize] as u32;
    let mut edges: Vec<Edge> =
        edges.iter().map(|edge| Edge { source: place(edge.source), target: place(edge.target), relation: 0 }).collect();
    rng.shuffle(&mut edges);
    for edge in &mut edges {
        if rng.coin() {
            (edge.source, edge.target) = (edge.target, edge.source);
        }
    }
    let places = permutation.iter().map(|&place| place as u32).collect();
    (Subgraph { nodes: (0..count as u32).collect(), edges }, places)
}

fn density(subgraph: &Subgraph) -> f64 {
    let nodes = subgraph.len() as f64;
    2.0 * subgraph.edges.len() as f64 / (nodes * (nodes - 1.0))
}

/// Edges of a graph that differs from `subgraph` in its degrees alone, or in its number of triangles alone.
fn near_miss(subgraph: &Subgraph, by_degrees: bool, rng: &mut TaskRng) -> Option<Vec<Edge>> {
    let before = SmallGraph::of(subgraph).ok()?;
    (0..DRAWS).find_map(|_| {
        let mut changed = subgraph.clone();
        let change = if by_degrees { move_edge } else { exchange_ends };
        change(&mut changed, rng)?;
        let after = SmallGraph::of(&changed).ok()?;
        let same_size = after.edge_count() == before.edge_count();
        let degrees_differ = sorted_degrees(&before) != sorted_degrees(&after);
        let triangles_differ = before.triangles() != after.triangles();
        let wanted = same_size && degrees_differ == by_degrees && triangles_differ != by_degrees;
        (wanted && !isomorphic(&before, &after)).then_some(changed.edges)
    })
}

/// One end of a random edge moves to a random node that it may be linked to.
fn move_edge(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<()> {
    let (edge, node) = (rng.below(subgraph.edges.len()), rng.below(subgraph.len()) as u32);
    let source = subgraph.edges.get(edge)?.source;
    let free = subgraph.may_link(source, node);
    subgraph.edges[edge].target = node;
    free.then_some(())
}

/// Two random edges exchange an end, which keeps all degrees.
fn exchange_ends(subgraph: &mut Subgraph, rng: &mut TaskRng) -> Option<()> {
    let count = subgraph.edges.len();
    let (one, other) = (rng.below(count), rng.below(count));
    if one == other {
        return None;
    }
    let (left, right) = (subgraph.edges[one], subgraph.edges[other]);
    let (kept, moved) = if rng.coin() { (right.source, right.target) } else { (right.target, right.source) };
    let free = subgraph.may_link(left.source, moved) && subgraph.may_link(kept, left.target);
    subgraph.edges[one].target = moved;
    subgraph.edges[other] = Edge { source: kept, target: left.target, relation: 0 };
    free.then_some(())
}

fn sorted_degrees(small: &SmallGraph) -> Vec<u64> {
    let mut degrees: Vec<u64> = (0..small.node_count() as u32).map(|node| small.degree(node)).collect();
    degrees.sort_unstable();
    degrees
}
