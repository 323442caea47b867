//! A small world of people, cities, countries and companies as a knowledge graph.
//!
//! Types are strict and a few rules hold most of the time, so that hidden triples can be told from the others: who was born
//! in a city of a country is usually its citizen and speaks its language, who works for a company usually lives where the
//! company is based. Names are invented.

use super::{GenerateError, Generator, Knob, Values};
use crate::encode::naming::distinct;
use crate::{Direction, Graph, GraphBuilder, Node, Relation};
use ssl4rl_tasks::TaskRng;

/// Relation names; positions are what the constants below count.
const RELATIONS: [&str; 10] = [
    "lies in",
    "born in",
    "lives in",
    "citizen of",
    "works for",
    "based in",
    "parent of",
    "married to",
    "speaks",
    "official language",
];
const LIES_IN: Relation = 0;
const BORN_IN: Relation = 1;
const LIVES_IN: Relation = 2;
const CITIZEN_OF: Relation = 3;
const WORKS_FOR: Relation = 4;
const BASED_IN: Relation = 5;
const PARENT_OF: Relation = 6;
const MARRIED_TO: Relation = 7;
const SPEAKS: Relation = 8;
const OFFICIAL_LANGUAGE: Relation = 9;

/// Probability that a rule is followed.
const OBEDIENCE: f64 = 0.85;

const ONSETS: [&str; 16] = ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "br", "st"];
const VOWELS: [&str; 6] = ["a", "e", "i", "o", "u", "au"];
const CODAS: [&str; 8] = ["l", "n", "r", "s", "nd", "rt", "m", "ck"];

/// The generator `knowledge`.
pub(super) struct Knowledge;

impl Generator for Knowledge {
    fn name(&self) -> &'static str {
        "knowledge"
    }

    fn summary(&self) -> &'static str {
        "people, cities, countries and companies with ten relations between them"
    }

    fn knobs(&self) -> &'static [Knob] {
        const { &[Knob::count("n", "number of entities", Some(400.0), 40.0)] }
    }

    fn generate(&self, name: &str, values: &Values, rng: &mut TaskRng) -> Result<Graph, GenerateError> {
        let world = World::new(values.count("n"), rng);
        let mut builder = GraphBuilder::new(name, world.entity_count, Direction::Directed);
        builder.relations(RELATIONS.map(String::from).to_vec());
        for (source, relation, target) in world.triples(rng) {
            builder.triple(source, relation, target)?;
        }
        builder.node_names(world.names(rng))?;
        Ok(builder.build()?)
    }
}

/// Which entities are of which kind; ids are in random order.
struct World {
    entity_count: usize,
    countries: Vec<Node>,
    languages: Vec<Node>,
    cities: Vec<Node>,
    companies: Vec<Node>,
    people: Vec<Node>,
}

impl World {
    fn new(entity_count: usize, rng: &mut TaskRng) -> Self {
        let mut ids: Vec<Node> = rng.permutation(entity_count).into_iter().map(|id| id as Node).collect();
        let mut take = |count: usize| ids.split_off(ids.len().saturating_sub(count.max(2)));
        let (countries, languages) = (take(entity_count / 40), take(entity_count / 40));
        let (cities, companies) = (take(entity_count / 8), take(entity_count / 8));
        Self { entity_count, countries, languages, cities, companies, people: ids }
    }

    fn triples(&self, rng: &mut TaskRng) -> Vec<(Node, Relation, Node)> {
        let mut triples = Vec::new();
        let language_of: Vec<Node> = self.countries.iter().map(|_| any(&self.languages, rng)).collect();
        triples.extend(
            self.countries.iter().zip(&language_of).map(|(&country, &language)| (country, OFFICIAL_LANGUAGE, language)),
        );
        let country_of: Vec<usize> = self.cities.iter().map(|_| rng.below(self.countries.len())).collect();
        triples.extend(
            self.cities.iter().zip(&country_of).map(|(&city, &country)| (city, LIES_IN, self.countries[country])),
        );
        let base_of: Vec<usize> = self.companies.iter().map(|_| rng.below(self.cities.len())).collect();
        triples.extend(
            self.companies.iter().zip(&base_of).map(|(&company, &city)| (company, BASED_IN, self.cities[city])),
        );
        for &person in &self.people {
            let birthplace = rng.below(self.cities.len());
            let home = country_of[birthplace];
            let country = if obeys(rng) { home } else { rng.below(self.countries.len()) };
            let language = if obeys(rng) { language_of[country] } else { any(&self.languages, rng) };
            let company = rng.below(self.companies.len());
            let residence = if obeys(rng) { base_of[company] } else { rng.below(self.cities.len()) };
            triples.extend([
                (person, BORN_IN, self.cities[birthplace]),
                (person, CITIZEN_OF, self.countries[country]),
                (person, SPEAKS, language),
                (person, WORKS_FOR, self.companies[company]),
                (person, LIVES_IN, self.cities[residence]),
            ]);
        }
        self.families(&mut triples, rng);
        triples
    }

    /// Married pairs, in both directions, each with up to two children among those who come later.
    fn families(&self, triples: &mut Vec<(Node, Relation, Node)>, rng: &mut TaskRng) {
        let adults = self.people.len() / 2;
        let (adults, children) = self.people.split_at(adults);
        for pair in adults.chunks_exact(2) {
            triples.extend([(pair[0], MARRIED_TO, pair[1]), (pair[1], MARRIED_TO, pair[0])]);
            for _ in 0..rng.below(3) {
                let child = any(children, rng);
                triples.extend([(pair[0], PARENT_OF, child), (pair[1], PARENT_OF, child)]);
            }
        }
    }

    fn names(&self, rng: &mut TaskRng) -> Vec<String> {
        let mut names = vec![String::new(); self.entity_count];
        let mut call = |ids: &[Node], ending: &[&str], parts: usize| {
            for &id in ids {
                let ending = ending[rng.below(ending.len())];
                names[id as usize] = format!("{}{ending}", invented(parts, rng));
            }
        };
        call(&self.countries, &["ia", "land"], 2);
        call(&self.languages, &["ish", "ese"], 2);
        call(&self.cities, &["burg", "ford", "ton", "mouth"], 1);
        call(&self.companies, &[" Works", " Brothers", " Mills"], 2);
        call(&self.people, &["a", "o", "er", "en"], 2);
        distinct(names.iter().map(String::as_str))
    }
}

fn any(ids: &[Node], rng: &mut TaskRng) -> Node {
    ids[rng.below(ids.len())]
}

fn obeys(rng: &mut TaskRng) -> bool {
    rng.unit() < OBEDIENCE
}

/// A capitalised word of this many invented syllables.
fn invented(syllables: usize, rng: &mut TaskRng) -> String {
    let mut word = String::new();
    for _ in 0..syllables {
        for sounds in [&ONSETS[..], &VOWELS[..], &CODAS[..]] {
            word.push_str(sounds[rng.below(sounds.len())]);
        }
    }
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::generate::from_spec;

    #[test]
    fn most_people_are_citizens_of_the_country_of_their_birthplace() {
        let graph = from_spec("knowledge:n=400", 1).unwrap().unwrap();
        let target = |source, name: &str| {
            let relation = graph.relation_names().iter().position(|relation| relation == name)? as u32;
            let found = graph.edges().iter().find(|edge| edge.source == source && edge.relation == relation)?;
            Some(found.target)
        };
        let (mut followed, mut people) = (0_usize, 0_usize);
        for person in 0..graph.node_count() as u32 {
            let Some(city) = target(person, "born in") else { continue };
            people += 1;
            followed += usize::from(target(city, "lies in") == target(person, "citizen of"));
        }
        // 85 in 100 obey, and one in ten of the others does by chance.
        assert_eq!(people, 400 - 2 * 10 - 2 * 50);
        assert!((0.8..0.94).contains(&(followed as f64 / people as f64)), "{followed} of {people}");
    }

    #[test]
    fn names_are_distinct_and_the_same_for_a_seed() {
        let graph = from_spec("knowledge", 2).unwrap().unwrap();
        let names = graph.node_names().unwrap();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 400);
        assert_eq!(names, from_spec("knowledge", 2).unwrap().unwrap().node_names().unwrap());
    }
}
