//! The readers on the real datasets: published counts, the derived plain-text files, and facts counted by other programs.
//!
//! They need the datasets' files: the folder that `SSL4RL_DATA` names. Without it they say so and pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ssl4rl_data::{DataError, LoadedDataset, Manifest, Places, load_named, load_path};
use ssl4rl_graph::{Edge, Graph, Node};

fn data_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("SSL4RL_DATA").map(PathBuf::from);
    if folder.is_none() {
        writeln_skipped();
    }
    folder
}

#[expect(clippy::print_stderr, reason = "tells whoever runs the tests that this one did nothing")]
fn writeln_skipped() {
    eprintln!("skipped: SSL4RL_DATA names no folder with datasets");
}

fn load_from(folder: &Path, name: &str) -> Result<LoadedDataset, DataError> {
    let places = Places { search: vec![folder.to_owned()], download: None };
    load_named(Manifest::embedded().unwrap().find(name).unwrap(), &places, None, &mut |_| {})
}

fn real(name: &str) -> Option<Graph> {
    Some(load_from(&data_folder()?, name).unwrap().graph)
}

fn class_sizes(graph: &Graph) -> BTreeMap<String, usize> {
    let labels = graph.labels().unwrap();
    let mut sizes = BTreeMap::new();
    for class in labels.of_node.iter().flatten() {
        *sizes.entry(labels.classes[*class as usize].clone()).or_default() += 1;
    }
    sizes
}

fn split_sizes(graph: &Graph) -> [usize; 3] {
    let split = graph.split().unwrap();
    [split.train.len(), split.validation.len(), split.test.len()]
}

/// Percent of edges that join nodes of one class.
fn same_class_percent(graph: &Graph) -> f64 {
    let classes = &graph.labels().unwrap().of_node;
    let same = graph.edges().iter().filter(|edge| {
        classes[edge.source as usize].is_some() && classes[edge.source as usize] == classes[edge.target as usize]
    });
    100.0 * same.count() as f64 / graph.edges().len() as f64
}

fn lines(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split('\t').map(String::from).collect()).collect()
}

/// The derived plain-text form of a planetoid graph.
struct Derived {
    /// Class (-1 for none) and part of the split of each node.
    nodes: Vec<(i64, String)>,
    edges: Vec<(Node, Node)>,
}

fn derived(folder: &Path) -> Derived {
    let nodes = lines(&folder.join("planetoid.nodes.tsv"));
    let edges = lines(&folder.join("planetoid.edges.tsv"));
    Derived {
        nodes: nodes.iter().map(|row| (row[1].parse().unwrap(), row[2].clone())).collect(),
        edges: edges.iter().map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap())).collect(),
    }
}

fn agrees_with_derived(graph: &Graph, folder: &Path) {
    let Derived { nodes, edges } = derived(folder);
    assert_eq!(graph.node_count(), nodes.len());
    assert_eq!(graph.edges().iter().map(|edge| (edge.source, edge.target)).collect::<Vec<_>>(), edges);
    let split = graph.split().unwrap();
    for (node, (class, part)) in nodes.iter().enumerate() {
        let node = node as Node;
        assert_eq!(graph.labels().unwrap().of_node[node as usize], u32::try_from(*class).ok(), "class of {node}");
        let own = [("train", &split.train), ("val", &split.validation), ("test", &split.test)]
            .into_iter()
            .find(|(_, nodes)| nodes.contains(&node))
            .map_or("none", |(name, _)| name);
        assert_eq!(own, part, "split of {node}");
    }
}

#[test]
fn cora_has_its_published_counts() {
    let Some(cora) = real("cora") else { return };
    assert_eq!(cora.node_count(), 2708);
    assert_eq!(cora.edges().len(), 5278);
    assert_eq!(cora.provenance().edge_records, 5429);
    assert_eq!(cora.provenance().duplicates, 5429 - 5278);
    assert_eq!((cora.provenance().self_loops, cora.provenance().dangling), (0, 0));
    let features = cora.features().unwrap();
    assert_eq!(features.matrix.shape(), (2708, 1433));
    assert_eq!(features.matrix.nnz(), 49_216);
    assert!(features.known.iter().all(|&known| known));
    let sizes = [
        ("Theory", 351),
        ("Reinforcement_Learning", 217),
        ("Genetic_Algorithms", 418),
        ("Neural_Networks", 818),
        ("Probabilistic_Methods", 426),
        ("Case_Based", 298),
        ("Rule_Learning", 180),
    ];
    assert_eq!(class_sizes(&cora), sizes.map(|(name, size)| (name.to_owned(), size)).into());
    assert_eq!(split_sizes(&cora), [140, 500, 1000]);
    assert!((same_class_percent(&cora) - 81.00).abs() < 0.005);
    assert!((0..2708).all(|node| cora.degree(node) > 0));
}

#[test]
fn cora_nodes_have_the_text_of_their_own_paper() {
    let Some(cora) = real("cora") else { return };
    // Paper 35 is a cited paper of the first line of `cora.cites`, and text 0 by `map.json`.
    let texts = cora.node_texts().unwrap();
    let node = texts.iter().position(|text| text.starts_with("Title: Evolutionary Module Acquisition (1993)")).unwrap();
    // 168 lines of `cora.cites` name paper 35, the most cited one; three of them repeat a pair.
    let citations = lines(&data_folder().unwrap().join("cora/cora.cites"));
    let mut others: Vec<&str> = citations
        .iter()
        .filter(|row| row.contains(&"35".to_owned()))
        .map(|row| if row[0] == "35" { &row[1][..] } else { &row[0] })
        .collect();
    others.sort_unstable();
    others.dedup();
    assert_eq!(cora.degree(node as Node), others.len());
    assert!(cora.node_names().unwrap()[node].starts_with("Evolutionary Module Acquisition (1993)"));
    let mut names = cora.node_names().unwrap().to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 2708, "names are unique");
}

/// `planetoid2paper.tsv` was made by another program. It marks 8 papers as interchangeable, in three groups.
#[test]
fn cora_split_is_that_of_the_derived_mapping() {
    let (Some(folder), Some(cora)) = (data_folder(), real("cora")) else { return };
    let papers = content_ids(&folder.join("cora/cora.content.gz"));
    let mut part_of: BTreeMap<&str, &str> = BTreeMap::new();
    let split = cora.split().unwrap();
    for (name, nodes) in [("train", &split.train), ("val", &split.validation), ("test", &split.test)] {
        part_of.extend(nodes.iter().map(|&node| (&papers[node as usize][..], name)));
    }
    let nodes = derived(&folder.join("cora")).nodes;
    let mapping = lines(&folder.join("cora/planetoid2paper.tsv"));
    let mut ambiguous = 0;
    for row in &mapping {
        let expected = &nodes[row[0].parse::<usize>().unwrap()].1;
        if row[2] == "1" {
            assert_eq!(part_of.get(&row[1][..]).copied().unwrap_or("none"), expected, "paper {}", row[1]);
        } else {
            ambiguous += 1;
        }
    }
    assert_eq!((mapping.len(), ambiguous), (2708, 8));
}

fn content_ids(path: &Path) -> Vec<String> {
    let mut text = String::new();
    let mut reader = flate2::read::GzDecoder::new(fs::File::open(path).unwrap());
    std::io::Read::read_to_string(&mut reader, &mut text).unwrap();
    text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn planetoid_cora_agrees_with_the_derived_files() {
    let Some(folder) = data_folder() else { return };
    let graph = load_path(&folder.join("cora/ind.cora.graph")).unwrap().graph;
    agrees_with_derived(&graph, &folder.join("cora"));
    assert_eq!(graph.features().unwrap().matrix.nnz(), 49_216);
    // 10,858 list entries in the pickle, as counted by Python.
    assert_eq!(graph.provenance().edge_records, 10_858);
}

#[test]
fn citeseer_in_planetoid_form() {
    let (Some(folder), Some(graph)) = (data_folder(), real("citeseer")) else { return };
    agrees_with_derived(&graph, &folder.join("citeseer"));
    assert_eq!((graph.node_count(), graph.edges().len()), (3327, 4552));
    assert_eq!(graph.features().unwrap().matrix.shape(), (3327, 3703));
    let unknown = graph.features().unwrap().known.iter().filter(|&&known| !known).count();
    let unlabelled = graph.labels().unwrap().of_node.iter().filter(|class| class.is_none()).count();
    assert_eq!((unknown, unlabelled), (15, 15));
    assert_eq!(split_sizes(&graph), [120, 500, 1000]);
    assert_eq!((0..3327).filter(|&node| graph.degree(node) == 0).count(), 48);
    // 9,464 list entries, 248 of them self entries, counted by Python.
    assert_eq!(graph.provenance().edge_records, 9464);
    assert_eq!(graph.provenance().self_loops, 248);
    assert_eq!(graph.provenance().duplicates, 9464 - 248 - 4552);
    let sizes = [("AI", 249), ("ML", 590), ("IR", 668), ("DB", 701), ("Agents", 596), ("HCI", 508)];
    assert_eq!(class_sizes(&graph), sizes.map(|(name, size)| (name.to_owned(), size)).into());
    assert!((same_class_percent(&graph) - 73.51).abs() < 0.005);
}

#[test]
fn citeseer_in_linqs_form() {
    let Some(graph) = real("citeseer-linqs") else { return };
    assert_eq!((graph.node_count(), graph.edges().len()), (3312, 4536));
    assert_eq!(graph.features().unwrap().matrix.shape(), (3312, 3703));
    assert_eq!(graph.labels().unwrap().classes, ["AI", "Agents", "DB", "HCI", "IR", "ML"]);
    let provenance = graph.provenance();
    assert_eq!((provenance.edge_records, provenance.dangling, provenance.self_loops), (4732, 17, 124));
    assert_eq!(provenance.duplicates, 4732 - 17 - 124 - 4536);
    assert!(graph.split().is_none());
}

#[test]
fn a_folder_with_two_forms_of_citeseer_asks_which() {
    let Some(folder) = data_folder() else { return };
    let error = load_path(&folder.join("citeseer")).unwrap_err().to_string();
    assert!(error.contains("name the file of the form that you want"), "{error}");
    assert_eq!(load_path(&folder.join("citeseer/citeseer.content.gz")).unwrap().graph.node_count(), 3312);
    assert_eq!(load_path(&folder.join("citeseer/ind.citeseer.graph")).unwrap().graph.node_count(), 3327);
}

#[test]
fn pubmed_without_allx_knows_the_features_of_1060_nodes() {
    let Some(folder) = data_folder() else { return };
    let loaded = load_from(&folder, "pubmed").unwrap();
    let graph = &loaded.graph;
    agrees_with_derived(graph, &folder.join("pubmed"));
    assert_eq!((graph.node_count(), graph.edges().len()), (19_717, 44_324));
    assert_eq!(graph.features().unwrap().matrix.shape(), (19_717, 500));
    assert_eq!(split_sizes(graph), [60, 500, 1000]);
    assert_eq!((graph.provenance().edge_records, graph.provenance().self_loops), (88_676, 6));
    let sizes = class_sizes(graph).into_values().collect::<Vec<_>>();
    assert_eq!(sizes, [4103, 7739, 7875]);
    assert!((same_class_percent(graph) - 80.24).abs() < 0.005);
    if !folder.join("pubmed/ind.pubmed.allx").exists() {
        let known = graph.features().unwrap().known.iter().filter(|&&known| known).count();
        assert_eq!(known, 1060);
        assert_eq!(loaded.notes.len(), 1);
        assert!(loaded.notes[0].contains("ind.pubmed.allx"));
    }
}

fn has_counts(graph: &Graph, nodes: usize, relations: usize, splits: [usize; 3]) {
    assert_eq!(graph.node_count(), nodes);
    assert_eq!(graph.relation_names().len(), relations);
    let held_out = graph.held_out();
    assert_eq!([graph.edges().len(), held_out.validation.len(), held_out.test.len()], splits);
    assert_eq!(graph.provenance().edge_records, splits[0]);
    assert_eq!(graph.provenance().duplicates, 0);
}

fn in_train(graph: &Graph) -> Vec<bool> {
    let mut seen = vec![false; graph.node_count()];
    for edge in graph.edges() {
        seen[edge.source as usize] = true;
        seen[edge.target as usize] = true;
    }
    seen
}

fn unseen_test_triples(graph: &Graph) -> usize {
    let seen = in_train(graph);
    graph.held_out().test.iter().filter(|edge| !seen[edge.source as usize] || !seen[edge.target as usize]).count()
}

/// Test triples whose pair is linked in train in the other direction.
fn reversed_test_pairs(graph: &Graph) -> usize {
    let mut pairs: Vec<(Node, Node)> = graph.edges().iter().map(|edge| (edge.source, edge.target)).collect();
    pairs.sort_unstable();
    let reversed = |edge: &&Edge| pairs.binary_search(&(edge.target, edge.source)).is_ok();
    graph.held_out().test.iter().filter(reversed).count()
}

#[test]
fn fb15k_237_has_its_published_counts() {
    let Some(graph) = real("fb15k-237") else { return };
    has_counts(&graph, 14_541, 237, [272_115, 17_535, 20_466]);
    assert_eq!(in_train(&graph).iter().filter(|&&seen| seen).count(), 14_505);
    assert_eq!(unseen_test_triples(&graph), 28);
    assert_eq!(reversed_test_pairs(&graph), 0);
    let loops = |edges: &[Edge]| edges.iter().filter(|edge| edge.source == edge.target).count();
    let held_out = graph.held_out();
    assert_eq!(loops(graph.edges()) + loops(&held_out.validation) + loops(&held_out.test), 1806);
    let names = graph.node_names().unwrap();
    assert!(names.contains(&"Schleswig-Holstein".to_owned()));
    let mut distinct = names.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), names.len(), "names are unique");
    assert!(graph.relation_names().contains(&"music artist origin".to_owned()));
}

#[test]
fn wn18rr_has_its_published_counts() {
    let Some(graph) = real("wn18rr") else { return };
    has_counts(&graph, 40_943, 11, [86_835, 3034, 3134]);
    assert_eq!(in_train(&graph).iter().filter(|&&seen| seen).count(), 40_559);
    assert_eq!(unseen_test_triples(&graph), 210);
    assert_eq!(reversed_test_pairs(&graph), 1095);
    let node = graph.node_names().unwrap().iter().position(|name| name == "chieftainship").unwrap();
    assert_eq!(graph.node_texts().unwrap()[node], "chieftainship, the position of chieftain");
    assert!(graph.relation_names().contains(&"hypernym".to_owned()));
}

#[test]
fn wn18_in_id_form_reads_head_tail_relation() {
    let Some(graph) = real("wn18") else { return };
    has_counts(&graph, 40_943, 18, [141_442, 5000, 5000]);
    assert_eq!(reversed_test_pairs(&graph), 4698);
}

#[test]
fn small_knowledge_graphs_have_their_published_counts() {
    let (Some(umls), Some(kinship)) = (real("umls"), real("kinship")) else { return };
    has_counts(&umls, 135, 46, [5216, 652, 661]);
    assert_eq!(reversed_test_pairs(&umls), 270);
    assert!(umls.node_names().unwrap().contains(&"idea or concept".to_owned()));
    assert!(umls.node_texts().unwrap().iter().any(|text| text.starts_with("A virus is a small infectious agent")));
    has_counts(&kinship, 104, 25, [8544, 1068, 1074]);
    assert_eq!(reversed_test_pairs(&kinship), 875);
    assert!(kinship.node_names().unwrap().contains(&"person85".to_owned()));
}

/// The training triples of `FB15k` are not in every copy; the error must say what to get.
#[test]
fn fb15k_loads_or_names_its_missing_file() {
    let Some(folder) = data_folder() else { return };
    match load_from(&folder, "fb15k") {
        Ok(loaded) => has_counts(&loaded.graph, 14_951, 1345, [483_142, 50_000, 59_071]),
        Err(error) => {
            let error = error.to_string();
            assert!(error.contains("fb15k/train2id.txt  from  https://"), "{error}");
            assert!(!error.contains("valid2id"), "only what is missing: {error}");
        }
    }
}

#[test]
fn loaded_files_come_with_the_checksums_of_their_uncompressed_bytes() {
    let Some(folder) = data_folder() else { return };
    let loaded = load_from(&folder, "cora").unwrap();
    assert_eq!(loaded.files.len(), 12);
    let (_, content) = loaded.files.iter().find(|(path, _)| path.ends_with("cora/cora.content.gz")).unwrap();
    assert_eq!(content, "b8ebed0fd45e53995abafd1b70cf6a9fcc8f86abc5826d69b97fe6ca46e9c8ee");
}

#[test]
fn a_generator_needs_no_file_and_follows_the_seed() {
    let made = |seed| {
        let options = ssl4rl_data::DataOptions { seed, offline: true, ..Default::default() };
        ssl4rl_data::load("er:n=30,p=0.2", &options).unwrap()
    };
    assert_eq!(made(1).graph.edges(), made(1).graph.edges());
    assert_ne!(made(1).graph.edges(), made(2).graph.edges());
    assert!(made(1).files.is_empty());
}
