//! `ssl4rl data`: what datasets there are, where they lie, and whether they are intact.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{AsUsage, ExitStatus, Printer};
use crate::data::{
    self, DataOptions, Dataset, Fetcher, ImportError, Imported, LoadedDataset, Manifest, PUBLIC_HOST, Places, Presence,
    Progress, UserGraph, checksum,
};
use crate::graph::{Direction, Graph, Node};
use crate::report::progress::Bar;
use crate::tasks::Registry;

/// List, download, check and try out datasets
#[derive(Debug, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    action: Action,
    /// Folder of datasets, searched before `$SSL4RL_DATA` and the cache; downloads go there
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the known datasets, their licences, and where they lie on this machine
    List,
    /// Download datasets, with checksums; goes on where an earlier download stopped
    Fetch {
        /// Datasets by name
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Say what would be downloaded, and from where
        #[arg(long)]
        dry_run: bool,
    },
    /// Compare the files on this machine with their checksums
    Verify {
        /// Datasets by name; without any, all that are on this machine
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Read a dataset of your own, say what is in it, and keep it under a name for `--dataset`; nothing is copied
    Import(ImportArgs),
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// Folder, or file with the edges; `--dataset PATH` takes the same
    path: PathBuf,
    /// What `--dataset` is to call it; without it, the file's or folder's own name
    #[arg(long)]
    name: Option<String>,
    /// Table of nodes: a first line with the names of columns, an id a line
    #[arg(long, value_name = "FILE")]
    nodes: Option<PathBuf>,
    /// Table of what is known of edges: source, target, and weight or relation
    #[arg(long, value_name = "FILE")]
    edges: Option<PathBuf>,
    /// Edges have a direction, whatever the files say
    #[arg(long, conflicts_with = "undirected")]
    directed: bool,
    /// Edges have no direction, whatever the files say
    #[arg(long)]
    undirected: bool,
    /// Let the name stand for these files from now on
    #[arg(long)]
    replace: bool,
}

/// Runs the verb.
pub fn run(arguments: DataArgs, _registry: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let manifest = Manifest::embedded()?;
    let places = Places::new(&DataOptions { data_dir: arguments.data_dir, ..DataOptions::default() });
    match arguments.action {
        Action::List => list(manifest, &places, printer),
        Action::Fetch { names, dry_run } => fetch(manifest, &named(manifest, &names)?, &places, dry_run, printer),
        Action::Verify { names } => {
            let (imported, names_left) = imported_and_others(&names, &places)?;
            let must_be_there = !names.is_empty();
            let public =
                if must_be_there && names_left.is_empty() { Vec::new() } else { named(manifest, &names_left)? };
            verify(&public, &imported, must_be_there, &places, printer)
        }
        Action::Import(arguments) => import(&arguments, &places, printer),
    }
}

/// Datasets by name; all where none is named.
fn named<'manifest>(manifest: &'manifest Manifest, names: &[String]) -> anyhow::Result<Vec<&'manifest Dataset>> {
    if names.is_empty() {
        return Ok(manifest.datasets.iter().collect());
    }
    names.iter().map(|name| manifest.find(name)).collect::<Result<_, _>>().usage()
}

/// The imported datasets among the names, and the other names; all imported ones where none is named.
fn imported_and_others(names: &[String], places: &Places) -> anyhow::Result<(Vec<Imported>, Vec<String>)> {
    let all = Imported::all(places)?;
    if names.is_empty() {
        return Ok((all, Vec::new()));
    }
    let (imported, others) =
        names.iter().cloned().partition::<Vec<String>, _>(|name| all.iter().any(|one| one.name == *name));
    Ok((all.into_iter().filter(|one| imported.contains(&one.name)).collect(), others))
}

#[derive(Debug, Serialize)]
struct Listed<'manifest> {
    name: &'manifest str,
    title: String,
    source: String,
    licence: &'manifest str,
    nodes: u64,
    edges: u64,
    relations: Option<u64>,
    /// Whether it can be loaded without a download.
    present: bool,
    folder: Option<PathBuf>,
    missing: Vec<String>,
}

impl<'manifest> Listed<'manifest> {
    fn new(dataset: &'manifest Dataset, places: &Places) -> Self {
        let presence = places.find_best(dataset).filter(|presence| !presence.found.is_empty());
        let missing = |presence: &Presence| presence.missing.iter().map(|file| file.path.clone()).collect();
        Self {
            name: &dataset.name,
            title: dataset.title.clone(),
            source: dataset.source.clone(),
            licence: &dataset.licence,
            nodes: dataset.nodes,
            edges: dataset.edges,
            relations: dataset.relations,
            present: presence.as_ref().is_some_and(Presence::is_complete),
            missing: presence.as_ref().map_or_else(Vec::new, missing),
            folder: presence.map(|presence| presence.folder),
        }
    }

    fn imported(imported: &'manifest Imported) -> Self {
        let missing = imported.files.iter().filter(|file| !file.path.is_file());
        let missing: Vec<String> = missing.map(|file| file.path.display().to_string()).collect();
        Self {
            name: &imported.name,
            title: format!("imported from {}", imported.source.path.display()),
            source: imported.source.path.display().to_string(),
            licence: "your own",
            nodes: imported.nodes,
            edges: imported.edges,
            relations: Some(imported.relations).filter(|&relations| relations > 0),
            present: missing.is_empty(),
            missing,
            folder: imported.source.path.parent().map(Path::to_owned),
        }
    }

    fn state(&self) -> String {
        match &self.folder {
            None => "not on this machine".into(),
            Some(folder) if self.missing.is_empty() => format!("complete in {}", folder.display()),
            Some(folder) => {
                let usable = if self.present { "usable" } else { "incomplete" };
                format!("{usable} in {}, without {}", folder.display(), self.missing.join(", "))
            }
        }
    }
}

fn list(manifest: &Manifest, places: &Places, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let imported = Imported::all(places)?;
    let public = manifest.datasets.iter().map(|dataset| Listed::new(dataset, places));
    let listed: Vec<Listed<'_>> = public.chain(imported.iter().map(Listed::imported)).collect();
    if printer.is_json() {
        printer.json(&listed)?;
        return Ok(ExitStatus::Success);
    }
    for dataset in &listed {
        let relations = dataset.relations.map(|count| format!(", {} relations", grouped(count))).unwrap_or_default();
        printer.line(&format!("{:<15} {}", dataset.name, dataset.title))?;
        let counts = format!("{} nodes, {} edges{relations}", grouped(dataset.nodes), grouped(dataset.edges));
        printer.line(&format!("{:<15} {counts}; {}", "", dataset.state()))?;
        printer.line(&format!("{:<15} licence: {}", "", dataset.licence))?;
    }
    printer.note("generated graphs (`synthetic`, `sbm:n=500,k=5`, …) need no files");
    Ok(ExitStatus::Success)
}

#[derive(Debug, Serialize)]
struct Wanted {
    dataset: String,
    path: PathBuf,
    url: String,
    member: Option<String>,
    bytes: Option<u64>,
}

fn fetch(
    manifest: &Manifest,
    datasets: &[&Dataset],
    places: &Places,
    dry_run: bool,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let folder =
        places.download.as_deref().context("no folder to download to is known\nhint: pass `--data-dir`").usage()?;
    if dry_run {
        return show_wanted(datasets, folder, printer);
    }
    let fetcher = Fetcher::new(manifest);
    let mut complete = Vec::new();
    for dataset in datasets {
        let mut bar = FileBar::new(printer);
        let count = data::fetch_dataset(dataset, folder, true, &fetcher, &mut |progress| bar.show(progress))?;
        drop(bar);
        printer.note(&format!("{}: {count} files fetched; licence: {}", dataset.name, dataset.licence));
        complete.push(Listed::new(dataset, places));
    }
    if printer.is_json() {
        printer.json(&complete)?;
    } else {
        for dataset in &complete {
            printer.line(&format!("{:<15} {}", dataset.name, dataset.state()))?;
        }
    }
    Ok(ExitStatus::Success)
}

fn show_wanted(datasets: &[&Dataset], folder: &Path, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let mut wanted = Vec::new();
    for dataset in datasets {
        wanted.extend(Presence::of(dataset, folder).missing.into_iter().map(|file| Wanted {
            dataset: dataset.name.clone(),
            path: folder.join(&file.path),
            url: file.address.url(PUBLIC_HOST),
            member: file.address.member,
            bytes: file.size,
        }));
    }
    if printer.is_json() {
        printer.json(&wanted)?;
        return Ok(ExitStatus::Success);
    }
    for file in &wanted {
        let member = file.member.as_ref().map(|member| format!(" (member `{member}`)")).unwrap_or_default();
        printer.line(&format!("{}  from  {}{member}", file.path.display(), file.url))?;
    }
    printer.note(&format!("{} files would be fetched", wanted.len()));
    Ok(ExitStatus::Success)
}

/// One bar at a time: that of the file in progress.
struct FileBar<'printer> {
    printer: &'printer Printer,
    current: Option<(String, Bar)>,
}

impl<'printer> FileBar<'printer> {
    fn new(printer: &'printer Printer) -> Self {
        Self { printer, current: None }
    }

    fn show(&mut self, progress: Progress<'_>) {
        if self.current.as_ref().is_none_or(|(path, _)| path != progress.path) {
            let bar = self.printer.progress().bytes(progress.path, progress.total.unwrap_or_default());
            self.current = Some((progress.path.to_owned(), bar));
        }
        if let Some((_, bar)) = &self.current {
            bar.set_position(progress.bytes);
        }
    }
}

#[derive(Debug, Serialize)]
struct VerifiedFile {
    dataset: String,
    path: PathBuf,
    sha256: Option<String>,
    /// Why the file is not the known one.
    problem: Option<String>,
}

/// Checks what is there; of datasets that the caller named, all files must be.
fn verify(
    datasets: &[&Dataset],
    imported: &[Imported],
    must_be_there: bool,
    places: &Places,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let mut verified = Vec::new();
    for dataset in datasets {
        let Some(presence) = places.find_best(dataset) else { continue };
        let absent = presence.missing.iter().filter(|file| must_be_there && file.optional_without.is_none());
        verified.extend(absent.map(|file| VerifiedFile {
            dataset: dataset.name.clone(),
            path: presence.folder.join(&file.path),
            sha256: None,
            problem: Some(format!("absent; `ssl4rl data fetch {}` gets it", dataset.name)),
        }));
        for (file, path) in presence.found {
            let (sha256, problem) = match checksum::check(&path, &file) {
                Ok(checked) => {
                    let problem = checked.mismatch.map(|(expected, got)| format!("expected {expected}, got {got}"));
                    (Some(checked.sha256), problem)
                }
                Err(error) => (None, Some(error.to_string())),
            };
            verified.push(VerifiedFile { dataset: dataset.name.clone(), path, sha256, problem });
        }
    }
    verified.extend(imported.iter().flat_map(verify_imported));
    let wrong = verified.iter().filter(|file| file.problem.is_some()).count();
    if printer.is_json() {
        printer.json(&verified)?;
    } else {
        for file in &verified {
            let verdict = file.problem.as_deref().unwrap_or("ok");
            printer.line(&format!("{}: {verdict}", file.path.display()))?;
        }
    }
    printer.note(&format!("{} files checked, {wrong} wrong", verified.len()));
    if verified.is_empty() {
        printer.note("none of these datasets is on this machine; `ssl4rl data fetch NAME` gets one");
    }
    Ok(if wrong == 0 { ExitStatus::Success } else { ExitStatus::Failure })
}

fn verify_imported(imported: &Imported) -> impl Iterator<Item = VerifiedFile> + '_ {
    imported.files.iter().map(|file| {
        let (sha256, problem) = match checksum::sha256(&file.path) {
            Ok(got) if got == file.sha256 => (Some(got), None),
            Ok(got) => (Some(got.clone()), Some(format!("expected sha256 {}, got sha256 {got}", file.sha256))),
            Err(error) => (None, Some(error.to_string())),
        };
        VerifiedFile { dataset: imported.name.clone(), path: file.path.clone(), sha256, problem }
    })
}

/// What a user's own dataset holds.
#[derive(Debug, Serialize)]
struct Contents {
    name: String,
    path: PathBuf,
    files: Vec<PathBuf>,
    /// What the files hold and the graph does not.
    not_used: Vec<String>,
    graphs: usize,
    weighted: bool,
    conflicting_weights: usize,
    directed: bool,
    nodes: usize,
    edges: usize,
    relations: usize,
    components: usize,
    isolated_nodes: usize,
    largest_degree: usize,
    edge_records: usize,
    duplicates: usize,
    self_loops: usize,
    dangling: usize,
    features: Option<usize>,
    nodes_with_features: usize,
    classes: usize,
    node_texts: bool,
    validation_triples: usize,
    test_triples: usize,
}

impl Contents {
    fn of(name: &str, path: &Path, loaded: &LoadedDataset) -> Self {
        let graph = &loaded.graph;
        let degrees = || (0..graph.node_count() as Node).map(|node| graph.degree(node));
        let provenance = graph.provenance();
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            files: loaded.files.iter().map(|(path, _)| path.clone()).collect(),
            not_used: loaded.notes.clone(),
            graphs: graph.member_count(),
            weighted: graph.weights().is_some(),
            conflicting_weights: provenance.conflicting_weights,
            directed: graph.direction() == Direction::Directed,
            nodes: graph.node_count(),
            edges: graph.edges().len(),
            relations: graph.relation_names().len(),
            components: components(graph),
            isolated_nodes: degrees().filter(|&degree| degree == 0).count(),
            largest_degree: degrees().max().unwrap_or(0),
            edge_records: provenance.edge_records,
            duplicates: provenance.duplicates,
            self_loops: provenance.self_loops,
            dangling: provenance.dangling,
            features: graph.features().map(|features| features.matrix.cols()),
            nodes_with_features: graph
                .features()
                .map_or(0, |features| features.known.iter().filter(|&&known| known).count()),
            classes: graph.labels().map_or(0, |labels| labels.classes.len()),
            node_texts: graph.node_texts().is_some(),
            validation_triples: graph.held_out().validation.len(),
            test_triples: graph.held_out().test.len(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let count = |count: usize| grouped(count as u64);
        let kind = if self.directed { "directed" } else { "undirected" };
        let files: Vec<String> = self.files.iter().map(|path| path.display().to_string()).collect();
        let mut lines = vec![
            format!("read        {}", files.join(", ")),
            format!("nodes       {} ({} without an edge)", count(self.nodes), count(self.isolated_nodes)),
            format!("edges       {} {kind}", count(self.edges)),
            format!(
                "records     {} ({} repeated, {} self loops, {} with an unknown node)",
                count(self.edge_records),
                count(self.duplicates),
                count(self.self_loops),
                count(self.dangling)
            ),
            format!("components  {}; largest degree {}", count(self.components), count(self.largest_degree)),
        ];
        if self.graphs > 1 {
            lines.push(format!("graphs      {}", count(self.graphs)));
        }
        if self.weighted {
            let conflicting = count(self.conflicting_weights);
            lines.push(format!("weights     yes ({conflicting} repeated edges have another than the first)"));
        }
        if self.relations > 0 {
            lines.push(format!("relations   {}", count(self.relations)));
            let (validation, test) = (count(self.validation_triples), count(self.test_triples));
            lines.push(format!("held out    {validation} validation and {test} test triples"));
        }
        if let Some(features) = self.features {
            lines.push(format!("features    {}, known for {} nodes", count(features), count(self.nodes_with_features)));
        }
        if self.classes > 0 {
            lines.push(format!("classes     {}", count(self.classes)));
        }
        lines.push(format!("node texts  {}", if self.node_texts { "yes" } else { "no" }));
        lines.extend(self.not_used.iter().cloned());
        lines
    }
}

fn import(arguments: &ImportArgs, places: &Places, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let directed = (arguments.directed || arguments.undirected).then_some(arguments.directed);
    let (nodes, edges) = (arguments.nodes.clone(), arguments.edges.clone());
    let source = UserGraph { path: arguments.path.clone(), nodes, edges, directed }.absolute().usage()?;
    let loaded = source.load().usage()?;
    let name = arguments.name.clone().unwrap_or_else(|| source.default_name());
    let imported = Imported::new(&name, source, &loaded).usage()?;
    let folder =
        places.download.as_deref().context("no folder to keep it in is known\nhint: pass `--data-dir`").usage()?;
    match Imported::find(&name, places)? {
        Some(other) if other.source.path != imported.source.path && !arguments.replace => {
            return Err(ImportError::Taken { name, path: other.source.path }).usage();
        }
        _ => imported.save(folder)?,
    };
    let contents = Contents::of(&name, &imported.source.path, &loaded);
    if printer.is_json() {
        printer.json(&contents)?;
        return Ok(ExitStatus::Success);
    }
    for line in contents.lines() {
        printer.line(&line)?;
    }
    printer.note(&format!("use it with `--dataset {name}`; nothing was copied, so keep the files where they are"));
    Ok(ExitStatus::Success)
}

/// Number of connected components, an isolated node being one.
fn components(graph: &Graph) -> usize {
    let mut seen = vec![false; graph.node_count()];
    let mut stack = Vec::new();
    let mut count = 0;
    for start in 0..graph.node_count() as Node {
        if std::mem::replace(&mut seen[start as usize], true) {
            continue;
        }
        count += 1;
        stack.push(start);
        while let Some(node) = stack.pop() {
            for &neighbour in graph.neighbours(node) {
                if !std::mem::replace(&mut seen[neighbour as usize], true) {
                    stack.push(neighbour);
                }
            }
        }
    }
    count
}

/// `272,115`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
