//! `docs/algorithms.md` says what the code does: the table of presets, and the settings that stand for other trainers'.

use std::collections::BTreeSet;

use ssl4rl::config::{Config, Overrides, preset};

const DOCUMENT: &str = include_str!("../../docs/algorithms.md");

fn resolved(name: &str) -> Config {
    Config::resolve(None, &Overrides { preset: Some(name.into()), ..Overrides::default() }).unwrap()
}

/// Cells of the table rows under the header that begins with `first` cells.
fn table(header: &str) -> (Vec<&'static str>, Vec<Vec<&'static str>>) {
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let mut lines = DOCUMENT.lines().skip_while(|line| !line.starts_with(header));
    let header = cells(lines.next().expect(header));
    (header, lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect())
}

/// The knobs that a preset's file sets, with their sections.
fn knobs_of(name: &str) -> BTreeSet<String> {
    fn walk(prefix: &str, table: &toml::Table, knobs: &mut BTreeSet<String>) {
        for (name, value) in table {
            match value {
                toml::Value::Table(below) => walk(&format!("{prefix}{name}."), below, knobs),
                _ => assert!(knobs.insert(format!("{prefix}{name}"))),
            }
        }
    }
    let mut knobs = BTreeSet::new();
    walk("", &preset::text(name).unwrap().parse().unwrap(), &mut knobs);
    knobs
}

#[test]
fn the_documented_table_is_what_the_presets_set() {
    let mut undocumented: BTreeSet<(&str, String)> =
        preset::names().flat_map(|name| knobs_of(name).into_iter().map(move |knob| (name, knob))).collect();
    for (header, rows) in [table("| knob | grpo |"), table("| knob | paper |")] {
        for row in rows {
            let knob = row[0].trim_matches('`');
            for (name, value) in header.iter().zip(&row).skip(1) {
                let config = resolved(name);
                let mut as_documented = config.clone();
                as_documented.set(&format!("{knob}={value}")).unwrap();
                assert_eq!(config, as_documented, "{name}: the documentation has {knob} = {value}");
                undocumented.remove(&(*name, knob.to_owned()));
            }
        }
    }
    assert!(undocumented.is_empty(), "set by a preset but not documented: {undocumented:?}");
    assert_eq!(table("| knob | grpo |").0[1..], preset::names().collect::<Vec<_>>()[..]);
}

#[test]
fn the_settings_that_stand_for_other_trainers_exist() {
    let (_, rows) = table("| here | TRL |");
    assert!(rows.len() > 20);
    for row in rows {
        for assignment in row[0].split(',').map(|cell| cell.trim().trim_matches('`')) {
            Config::default().set(assignment).expect(assignment);
        }
    }
}

#[test]
fn presets_differ_from_each_other_and_from_the_defaults() {
    let named = |name: &str| {
        let config = Config { preset: String::new(), ..resolved(name) };
        config.to_toml().unwrap()
    };
    let distinct: BTreeSet<String> = preset::names().map(named).chain([Config::default().to_toml().unwrap()]).collect();
    assert_eq!(distinct.len(), preset::names().count() + 1);
}
