//! Sentences per node and distance, as instruction-tuned models read neighbourhoods (`InstructGLM`).
//!
//! ```text
//! Ada is connected with Ben, Carl within one hop.
//! Ben is connected with Ada within one hop.
//! Carl is connected with Ada within one hop.
//! Ben is connected with Carl within two hops.
//! ```
//!
//! Every node has a one-hop sentence, `none` where it has no neighbour; two-hop sentences follow, they add nothing to the
//! graph and are skipped when it is read back. Arrows read `Ada leads to Ben within one hop.`; a relation or weight stands
//! behind the neighbour, `Ben [likes, weight 5]`.

use std::collections::BTreeSet;

use crate::Direction;

use super::cursor::Cursor;
use super::parsed::{Collector, ParseError, ParsedScene};
use super::words::{Listed, Words, append_listed, direct, read_direction, read_listed};
use super::{Encoder, Scene};

const CONNECTED: &str = " is connected with ";
const LEADS: &str = " leads to ";
const ONE_HOP: &str = " within one hop";
const TWO_HOPS: &str = " within two hops";
const AFTER_NODE: &[&str] = &[", ", " [", CONNECTED, LEADS, ONE_HOP, TWO_HOPS];

/// The encoder `hops`.
pub(super) struct Hops;

impl Encoder for Hops {
    fn name(&self) -> &'static str {
        "hops"
    }

    fn encode(&self, scene: &Scene<'_>, text: &mut String) {
        let words = Words::with_qualifiers(scene, AFTER_NODE);
        let verb = if scene.direction == Direction::Directed { LEADS } else { CONNECTED };
        let mut append = |name: &str, list: &[Listed<'_>], hops: &str| {
            text.extend([name, verb]);
            append_listed(list, text);
            text.extend([hops, ".\n"]);
        };
        for (name, list) in words.nodes().zip(words.lists()) {
            append(name, &list, ONE_HOP);
        }
        let names: Vec<&str> = words.nodes().collect();
        for (name, ring) in names.iter().zip(second_rings(scene)).filter(|(_, ring)| !ring.is_empty()) {
            let listed = |&node: &u32| Listed { name: names[node as usize], relation: None, weight: None };
            append(name, &ring.iter().map(listed).collect::<Vec<_>>(), TWO_HOPS);
        }
    }

    fn parse(&self, text: &str) -> Result<ParsedScene, ParseError> {
        let mut found = Collector::default();
        for mut line in Cursor::lines(self.name(), text) {
            read_sentence(&mut line, &mut found)?;
        }
        Ok(found.finish())
    }
}

/// The nodes exactly two steps from each node, in the order of ids.
fn second_rings(scene: &Scene<'_>) -> Vec<BTreeSet<u32>> {
    let mut steps = vec![BTreeSet::new(); scene.subgraph.len()];
    for edge in &scene.subgraph.edges {
        steps[edge.source as usize].insert(edge.target);
        if scene.direction == Direction::Undirected {
            steps[edge.target as usize].insert(edge.source);
        }
    }
    let ring = |node: usize| {
        let two: BTreeSet<u32> = steps[node].iter().flat_map(|&next| &steps[next as usize]).copied().collect();
        two.into_iter().filter(|other| *other as usize != node && !steps[node].contains(other)).collect()
    };
    (0..steps.len()).map(ring).collect()
}

fn read_sentence(line: &mut Cursor<'_>, found: &mut Collector) -> Result<(), ParseError> {
    line.expect_last(".")?;
    let name = line.name(AFTER_NODE)?;
    let direction = read_direction(line, [CONNECTED, LEADS])?;
    let list = read_listed(line, AFTER_NODE)?;
    if !line.take(TWO_HOPS) {
        line.expect(ONE_HOP)?;
        direct(direction, line, found)?;
        found.list(name, list, direction);
    }
    line.finish()
}
