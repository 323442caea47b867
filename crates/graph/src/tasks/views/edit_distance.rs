//! `graph/edit-distance`: the fewest edges to add or remove until one graph is another but for the names.
//!
//! Both graphs have the same number of nodes. The answer lists the edits of the first graph; their number is the distance.
//! It is feasible if each edit can be done (adding an edge that is not there, removing one that is, none twice) and the
//! result is isomorphic to the second graph; it then earns the distance over the number of edits, and 1 at the optimum.
//! The distance is exact: all ways to lay the second graph on the first are tried (Sanfeliu and Fu 1983 with unit costs for
//! edges, none for nodes).
//!
//! Chance: whoever counts the edges of both graphs and looks no further adds or removes as many at random as they differ by, or
//! one of each where they do not differ. The share of such lists that are right is stated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::matching::{isomorphic, second_names};
use crate::count::SmallGraph;
use crate::exact::for_each_order;
use crate::question::blind::choose;
use crate::question::ranges::check;
use crate::question::{Cut, CutConfig, Shown, Writing, WritingConfig, add_random_edge, answer};
use crate::sample::Subgraph;
use crate::{Direction, Edge, Graph};
use ssl4rl_tasks::{Part, PretextTask, Sample, TaskError, TaskRng, Verdict, Verifier, protocol};

/// Draws of a small graph before the sample is given up.
const DRAWS: usize = 24;
/// Most nodes; all orders of them are tried.
const MOST_NODES: usize = 7;

/// Settings of [`EditDistance`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EditDistanceConfig {
    /// Largest distance, 1 to 4; how far the graphs are apart is uniform from 1.
    pub edits: usize,
    /// The small graph, 4 to 7 nodes.
    pub cut: CutConfig,
    /// How both are written; the second is named in letters, or in numbers where the first has letters.
    pub writing: WritingConfig,
}

impl Default for EditDistanceConfig {
    fn default() -> Self {
        Self {
            edits: 2,
            cut: CutConfig { chords: 2, ..CutConfig::default().sized(5, 6) },
            writing: WritingConfig::default(),
        }
    }
}

/// Both graphs and a shortest list of edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditTruth {
    /// The graph that is edited.
    pub first: Shown,
    /// The graph that must come out.
    pub second: Shown,
    /// A shortest list of edits: pairs of nodes of the first graph whose edge is added or removed.
    pub edits: Vec<(u32, u32)>,
}

impl EditTruth {
    /// Reads `add (0, 1), remove (2, 3)`; `None` unless every edit can be done on the first graph.
    fn read(&self, text: &str) -> Option<Vec<(u32, u32)>> {
        if text.len() > answer::LONGEST {
            return None;
        }
        let text = text.to_lowercase();
        let mut rest = text.trim();
        let mut edits: Vec<(u32, u32)> = Vec::new();
        while !rest.is_empty() {
            let (adds, after) = match (rest.strip_prefix("add"), rest.strip_prefix("remove")) {
                (Some(after), _) => (true, after),
                (_, Some(after)) => (false, after),
                _ => return None,
            };
            let end = after.find(')')? + 1;
            let pairs = answer::edges(&after[..end], &self.first)?;
            let &[(left, right)] = pairs.as_slice() else { return None };
            let edit = (left.min(right), left.max(right));
            if left == right || edits.contains(&edit) || self.first.links(left, right) == adds {
                return None;
            }
            edits.push(edit);
            rest = after[end..].trim_start_matches([',', ';', ' ', '\n', '.']);
        }
        Some(edits)
    }

    /// Whether the edits of the first graph make the second.
    fn succeeds(&self, edits: &[(u32, u32)]) -> bool {
        let edited = |&(left, right): &(u32, u32)| edits.contains(&(left.min(right), left.max(right)));
        let kept = self.first.edges.iter().copied().filter(|edge| !edited(edge));
        let added = edits.iter().copied().filter(|&(left, right)| !self.first.links(left, right));
        let result = SmallGraph::new(self.first.node_count(), kept.chain(added));
        // Deserialized graphs may be of any size; the search is meant for small ones.
        let small = self.first.node_count() <= MOST_NODES;
        match (result, self.second.small()) {
            (Ok(result), Ok(second)) => small && isomorphic(&result, &second),
            _ => false,
        }
    }

    fn write(&self, edits: &[(u32, u32)]) -> String {
        let verb = |left, right| if self.first.links(left, right) { "remove" } else { "add" };
        let write = |&(left, right): &(u32, u32)| {
            format!("{} ({}, {})", verb(left, right), self.first.name(left), self.first.name(right))
        };
        edits.iter().map(write).collect::<Vec<_>>().join(", ")
    }
}

/// Scores a list of edits.
#[derive(Debug, Clone, Copy, Default)]
pub struct EditVerifier;

impl Verifier for EditVerifier {
    const SCORING: &'static str =
        "the distance over the number of edits, where these make the second graph; 0 otherwise";
    type Truth = EditTruth;

    fn verify(&self, completion: &str, truth: &EditTruth) -> Verdict {
        let Some(text) = protocol::answer(completion) else { return Verdict::unreadable("no answer block") };
        let Some(edits) = truth.read(text).filter(|edits| !edits.is_empty()) else {
            return Verdict::unreadable("not a list of edits that can be done");
        };
        if !truth.succeeds(&edits) {
            return Verdict::wrong(text, "another graph comes out");
        }
        match (truth.edits.len(), edits.len()) {
            (best, given) if given <= best => Verdict::right(text),
            (best, given) => {
                Verdict::partial(best as f32 / given as f32, text, format!("{given} edits, {best} suffice"))
            }
        }
    }
}

/// The task.
pub struct EditDistance {
    config: EditDistanceConfig,
    cut: Cut,
    writing: Writing,
}

impl PretextTask for EditDistance {
    const NAME: &'static str = "graph/edit-distance";
    const SUMMARY: &'static str = "turn one small graph into another with the fewest edges added or removed";
    const BY_DEFAULT: bool = false;
    type Config = EditDistanceConfig;
    type Input = Graph;
    type Truth = EditTruth;
    type Verifier = EditVerifier;

    fn new(config: EditDistanceConfig) -> Result<Self, TaskError> {
        let cut = Cut::new(Self::NAME, &config.cut)?;
        check(Self::NAME, "edits", &config.edits, 1..=4)?;
        check(Self::NAME, "cut.max_nodes", &config.cut.max_nodes, 4..=MOST_NODES)?;
        check(Self::NAME, "cut.min_nodes", &config.cut.min_nodes, 4..=MOST_NODES)?;
        let writing = Writing::new(Self::NAME, &config.writing)?;
        Ok(Self { config, cut, writing })
    }

    fn make(&self, graph: &Graph, rng: &mut TaskRng) -> Option<Sample<EditTruth>> {
        let wanted = 1 + rng.below(self.config.edits);
        let (first, second, edits) = (0..DRAWS).find_map(|_| {
            let first = self.cut.draw(graph, rng)?;
            let second = changed(&first, wanted, rng);
            let (start, images) = pair_sets(&pairs_of(&first), &pairs_of(&second), first.len())?;
            let edits = shortest_edits(start, &images, first.len())?;
            // The nearest drawing may differ from the one that was made, and so may the edges that are added.
            let free = edits.iter().all(|&(left, right)| !first.holds_out(left, right));
            // Where any edge will do there is nothing to find out.
            let asks = counted(start, &images, first.len()) < 1.0;
            (edits.len() == wanted && free && asks).then_some((first, second, edits))
        })?;
        let posed = self.writing.pose(graph, first, Direction::Undirected, rng, |_| {
            "Add or remove as few edges of the first graph as possible, so that it becomes the second but for the names of \
             nodes.\nFirst graph:\n"
                .to_owned()
        })?;
        let names = second_names(&posed.shown().names);
        let text =
            posed.text.clone() + "Second graph:\n" + &self.writing.text(&second, Direction::Undirected, &names, rng);
        let edits = edits
            .into_iter()
            .map(|(left, right)| (posed.id(left), posed.id(right)))
            .map(|(left, right)| (left.min(right), left.max(right)))
            .collect();
        let edges = second.edges.iter().map(|edge| (edge.source, edge.target)).collect();
        let truth = EditTruth { first: posed.shown(), second: Shown { names, edges, directed: false }, edits };
        let text =
            text + "Reply <answer>add (node, node), remove (node, node), …</answer> with nodes of the first graph.";
        Some(Sample { prompt: vec![Part::Text(text)], truth })
    }

    fn verifier(&self) -> &EditVerifier {
        &EditVerifier
    }

    fn oracle(&self, truth: &EditTruth) -> String {
        protocol::wrap(&truth.write(&truth.edits))
    }

    fn chance(&self, truth: &EditTruth) -> f32 {
        let Some((first, images)) = pair_sets(&truth.first.edges, &truth.second.edges, truth.first.node_count()) else {
            return 0.0;
        };
        (counted(first, &images, truth.first.node_count()) as f32).min(1.0_f32.next_down())
    }

    fn levels(config: &EditDistanceConfig) -> Vec<EditDistanceConfig> {
        [(4, 4, 1), (4, 5, 2), (5, 6, 2), (6, 7, 3), (7, 7, 4)]
            .map(|(least, most, edits)| EditDistanceConfig {
                edits,
                cut: config.cut.sized(least, most),
                ..config.clone()
            })
            .to_vec()
    }

    fn unusable(&self, graph: &Graph) -> Option<String> {
        self.cut.unusable(graph)
    }
}

/// The graph with up to `edits` edges added or removed, under random new ids, edges shuffled.
fn changed(subgraph: &Subgraph, edits: usize, rng: &mut TaskRng) -> Subgraph {
    let mut changed = subgraph.clone();
    for _ in 0..edits {
        if rng.coin() && changed.edges.len() > 1 {
            changed.edges.swap_remove(rng.below(changed.edges.len()));
        } else {
            add_random_edge(&mut changed, rng);
        }
    }
    let permutation = rng.permutation(changed.len());
    changed.relabel(&permutation);
    rng.shuffle(&mut changed.edges);
    changed
}

fn pairs_of(subgraph: &Subgraph) -> Vec<(u32, u32)> {
    subgraph.edges.iter().map(|edge: &Edge| (edge.source, edge.target)).collect()
}

/// A shortest list of edits from the first edge set to one of the others, as pairs of ids.
fn shortest_edits(first: u32, images: &[u32], nodes: usize) -> Option<Vec<(u32, u32)>> {
    let nearest = images.iter().min_by_key(|&image| ((first ^ image).count_ones(), *image))?;
    let difference = first ^ nearest;
    let pairs = (0..nodes as u32).flat_map(|right| (0..right).map(move |left| (left, right)));
    Some(pairs.filter(|&(left, right)| difference >> pair_bit(left, right) & 1 == 1).collect())
}

/// The share of right lists among those that add or remove as many edges as the numbers of edges differ by, or one of each where these
/// are equal.
fn counted(first: u32, images: &[u32], nodes: usize) -> f64 {
    let edges = first.count_ones() as usize;
    let wanted = images.first().map_or(0, |image| image.count_ones() as usize);
    let (added, removed) =
        if edges == wanted { (1, 1) } else { (wanted.saturating_sub(edges), edges.saturating_sub(wanted)) };
    let is_right = |image: &&u32| {
        ((*image & !first).count_ones() as usize, (first & !*image).count_ones() as usize) == (added, removed)
    };
    let lists = choose(nodes * (nodes - 1) / 2 - edges, added) * choose(edges, removed);
    // No list is shorter than the distance, so that right ones of these are of that length and earn 1.
    images.iter().filter(is_right).count() as f64 / lists.max(1.0)
}

/// The first edge set, and every edge set that the second can be laid on, as bits of pairs; `None` for too many nodes.
fn pair_sets(first: &[(u32, u32)], second: &[(u32, u32)], nodes: usize) -> Option<(u32, Vec<u32>)> {
    let fits = |edges: &[(u32, u32)]| edges.iter().all(|&(left, right)| (left.max(right) as usize) < nodes);
    if !(2..=MOST_NODES).contains(&nodes) || !fits(first) || !fits(second) {
        return None;
    }
    let bits = |edges: &[(u32, u32)], places: &[u32]| {
        edges
            .iter()
            .fold(0_u32, |set, &(left, right)| set | 1 << pair_bit(places[left as usize], places[right as usize]))
    };
    let mut places: Vec<u32> = (0..nodes as u32).collect();
    let start = bits(first, &places);
    let mut images = Vec::new();
    for_each_order(&mut places, &mut |places| images.push(bits(second, places)));
    images.sort_unstable();
    images.dedup();
    Some((start, images))
}

/// The bit of a pair of different nodes.
fn pair_bit(left: u32, right: u32) -> u32 {
    let (low, high) = (left.min(right), left.max(right));
    high * high.saturating_sub(1) / 2 + low
}
