//! Reads structured answers: nodes, edges, mappings, groups, and decisions with a witness.
//!
//! All are forgiving about brackets, separators and case, strict about content: something that is not a node of the
//! graph makes the whole answer unreadable, so that no verifier ever scores half of a sentence. Linear in the answer's
//! length but for the lookup of names. Answers longer than [`LONGEST`] bytes are not read at all.
//!
//! ```
//! use ssl4rl_graph::question::{Shown, answer};
//! let names = ["0", "1", "2", "3"].map(String::from).to_vec();
//! let shown = Shown { names, edges: vec![(0, 1), (1, 2), (2, 3)], directed: false };
//! assert_eq!(answer::nodes("0 -> 1 -> 2", &shown), Some(vec![0, 1, 2]));
//! assert_eq!(answer::nodes("[2, 0]", &shown), Some(vec![2, 0]));
//! assert_eq!(answer::nodes("2 7", &shown), None);
//! assert_eq!(answer::edges("(0, 1) (3, 2)", &shown), Some(vec![(0, 1), (3, 2)]));
//! assert_eq!(answer::edges("0-1, 2-3", &shown), Some(vec![(0, 1), (2, 3)]));
//! assert_eq!(answer::groups("0 1 | 2 3", &shown), Some(vec![vec![0, 1], vec![2, 3]]));
//! assert_eq!(answer::groups("{0, 1}, {3, 2}", &shown), Some(vec![vec![0, 1], vec![3, 2]]));
//! assert_eq!(answer::mapping("0: 2, 1: 3", &shown), Some(vec![(0, "2"), (1, "3")]));
//! assert_eq!(answer::decision("Yes: 0 1 2"), Some((true, "0 1 2")));
//! assert_eq!(answer::decision("no"), Some((false, "")));
//! ```

use super::shown::words_of;
use super::{NameIndex, Shown};
use ssl4rl_tasks::Verdict;
use ssl4rl_tasks::verifiers::wording::{bare, normalised, separated};

/// Longest answer that is read, in bytes.
pub const LONGEST: usize = 16_384;

/// Marks that separate names in a list; those from the second on separate groups as well.
const MARKS: [char; 4] = [',', ';', '|', '\n'];
/// What stands between the nodes of a path.
const ARROWS: [&str; 2] = ["->", "→"];
/// Words for an empty list.
const NOTHING: [&str; 6] = ["none", "empty", "[]", "{}", "()", "∅"];

/// A list of nodes in the order given: `3, 1`, `3 -> 1`, `[3, 1]`, or `3 1` where that reads in one way alone. `none` is
/// the empty list; a blank answer is no list.
pub fn nodes(answer: &str, shown: &Shown) -> Option<Vec<u32>> {
    let answer = inside(answer)?;
    if NOTHING.contains(&normalised(answer).as_str()) {
        return Some(Vec::new());
    }
    named(answer, &shown.index())
}

/// A list of edges in the order given: `(3, 1) (1, 2)`, `3-1, 1-2`, `3 -> 1; 1 -> 2`, or one a line. `none` is the empty list.
pub fn edges(answer: &str, shown: &Shown) -> Option<Vec<(u32, u32)>> {
    let answer = inside(answer)?;
    if NOTHING.contains(&normalised(answer).as_str()) {
        return Some(Vec::new());
    }
    let index = shown.index();
    let pieces: Vec<&str> = if answer.contains('(') {
        bracketed(answer, '(', ')')?
    } else {
        separated(answer, &MARKS).into_iter().map(str::trim).filter(|piece| !piece.is_empty()).collect()
    };
    pieces
        .into_iter()
        .map(|piece| {
            let (left, right) = ["->", "→", ",", "--", " - ", "-"]
                .into_iter()
                .find_map(|mark| piece.split_once(mark))
                .or_else(|| piece.trim().split_once(' '))?;
            Some((index.id(left)?, index.id(right)?))
        })
        .collect()
}

/// Nodes and what each is given: `0: 2, 1: 3`, with `:`, `=` or `->` between them, in the order given.
pub fn mapping<'answer>(answer: &'answer str, shown: &Shown) -> Option<Vec<(u32, &'answer str)>> {
    let answer = inside(answer)?;
    let index = shown.index();
    separated(answer, &MARKS)
        .into_iter()
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let (node, value) = ["->", "→", ":", "="].into_iter().find_map(|mark| piece.split_once(mark))?;
            Some((index.id(node)?, bare(value)))
        })
        .collect()
}

/// Groups of nodes: `{0, 1} {2}`, `0 1 | 2`, `0, 1; 2`, or one group a line.
pub fn groups(answer: &str, shown: &Shown) -> Option<Vec<Vec<u32>>> {
    if answer.len() > LONGEST || answer.trim().is_empty() {
        return None;
    }
    let index = shown.index();
    let pieces: Vec<&str> =
        [('{', '}'), ('[', ']'), ('(', ')')].into_iter().find(|(open, _)| answer.contains(*open)).map_or_else(
            || Some(separated(answer, &MARKS[1..]).into_iter().filter(|piece| !piece.trim().is_empty()).collect()),
            |(open, close)| bracketed(answer, open, close),
        )?;
    pieces.into_iter().map(|piece| named(piece, &index)).collect()
}

/// Yes or no, and the witness that follows it, trimmed: `yes`, `No.`, `yes: 0 1 2`, `yes, 0 1 2`.
pub fn decision(answer: &str) -> Option<(bool, &str)> {
    if answer.len() > LONGEST {
        return None;
    }
    let answer = bare(answer);
    let word = answer.split(|symbol: char| !symbol.is_alphabetic()).next()?;
    // Compared where it stands: a word may be as long as the answer.
    let is = |wanted: &[&str]| wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted));
    let yes = is(&["yes", "true"]);
    if !yes && !is(&["no", "false"]) {
        return None;
    }
    let rest = answer[word.len()..].trim_start_matches([':', ',', '.', ';', '-', ' ', '\n', '\t']);
    Some((yes, rest.trim()))
}

/// What follows the right decision where a `certificate` is asked for, with the word that was said. The verdict where the answer can
/// be judged without looking further: it is none, it is the other one, or the bare word is all that is asked for.
pub fn decided(answer: &str, right: bool, certificate: bool) -> Result<(&'static str, &str), Verdict> {
    let (yes, witness) = decision(answer).ok_or_else(|| Verdict::unreadable("neither yes nor no"))?;
    let word = if yes { "yes" } else { "no" };
    if yes != right {
        return Err(Verdict::wrong(word, "the other answer is right"));
    }
    if certificate {
        return Ok((word, witness));
    }
    // What follows the word must not take it back.
    Err(if witness.is_empty() { Verdict::right(word) } else { Verdict::unreadable("more than yes or no") })
}

/// The answer without white space and one pair of square brackets or braces; `None` where it is blank or too long.
fn inside(answer: &str) -> Option<&str> {
    if answer.len() > LONGEST {
        return None;
    }
    let answer = bare(answer);
    let inner = [('[', ']'), ('{', '}')]
        .into_iter()
        .find_map(|(open, close)| answer.strip_prefix(open)?.strip_suffix(close))
        .filter(|inner| !inner.trim().is_empty())
        .unwrap_or(answer);
    (!inner.is_empty()).then_some(inner)
}

/// The nodes of a list, in order.
fn named(text: &str, index: &NameIndex) -> Option<Vec<u32>> {
    let text = text.trim();
    let arrow = ARROWS.into_iter().find(|arrow| text.contains(arrow));
    let parts = arrow.map_or_else(|| separated(text, &MARKS), |arrow| text.split(arrow).collect());
    if parts.len() == 1 {
        return index.id(text).map(|id| vec![id]).or_else(|| named_between_blanks(text, index));
    }
    parts.into_iter().map(str::trim).filter(|name| !name.is_empty()).map(|name| index.id(name)).collect()
}

/// The nodes of a list whose names nothing but blanks separate, if there is one way alone to read it: names may hold blanks themselves,
/// and `node` may stand before each.
fn named_between_blanks(text: &str, index: &NameIndex) -> Option<Vec<u32>> {
    let names = index.words();
    let words = words_of(text);
    // To each word: the number of ways to read up to it, 2 for more, and the last name of one of them with the word it begins at.
    let mut ways = vec![(0_u8, 0_u32, 0_usize); words.len() + 1];
    ways[0].0 = 1;
    for start in 0..words.len() {
        let ways_here = ways[start].0;
        if ways_here == 0 {
            continue;
        }
        let bare = usize::from(words[start] == "node");
        for (id, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            for first in start..=start + bare {
                if words[first..].starts_with(name) {
                    let reached = &mut ways[first + name.len()];
                    *reached = (reached.0.saturating_add(ways_here).min(2), id as u32, start);
                }
            }
        }
    }
    let mut nodes = Vec::new();
    let mut end = words.len();
    while end > 0 {
        let (ways_here, id, start) = ways[end];
        if ways_here != 1 {
            return None;
        }
        nodes.push(id);
        end = start;
    }
    nodes.reverse();
    Some(nodes)
}

/// What stands within each pair of brackets; `None` where anything but separators stands outside, or a bracket is open.
fn bracketed(text: &str, open: char, close: char) -> Option<Vec<&str>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(open) {
        let between = |symbol: char| symbol.is_whitespace() || matches!(symbol, ',' | ';' | '|');
        if !rest[..start].chars().all(between) {
            return None;
        }
        let after = &rest[start + open.len_utf8()..];
        let end = after.find(close)?;
        pieces.push(&after[..end]);
        rest = &after[end + close.len_utf8()..];
    }
    rest.chars().all(|symbol| symbol.is_whitespace() || matches!(symbol, ',' | ';' | '|' | '.')).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(names: &[&str]) -> Shown {
        Shown { names: names.iter().map(|&name| name.to_owned()).collect(), edges: Vec::new(), directed: false }
    }

    #[test]
    fn names_with_blanks_need_commas_only_where_blanks_leave_them_open() {
        let shown = shown(&["New York", "Rome", "Oslo"]);
        assert_eq!(nodes("New York, Oslo", &shown), Some(vec![0, 2]));
        assert_eq!(nodes("rome", &shown), Some(vec![1]));
        assert_eq!(nodes("New York Oslo", &shown), Some(vec![0, 2]));
        assert_eq!(nodes("node Oslo", &shown), Some(vec![2]));
        assert_eq!(nodes("node Oslo node \"New York\"", &shown), Some(vec![2, 0]));
        assert_eq!(nodes("New Oslo", &shown), None);
        assert_eq!(edges("(New York, Rome)", &shown), Some(vec![(0, 1)]));
        assert_eq!(groups("{New York}, {Rome, Oslo}", &shown), Some(vec![vec![0], vec![1, 2]]));
        assert_eq!(groups("New York Rome | Oslo", &shown), Some(vec![vec![0, 1], vec![2]]));
    }

    #[test]
    fn names_may_be_written_as_formats_with_entities_show_them() {
        let shown = shown(&["Lock & Key", "<b>", "Łódź"]);
        assert_eq!(nodes("Lock &amp; Key", &shown), Some(vec![0]));
        assert_eq!(nodes("&lt;b&gt; Lock &amp; Key", &shown), Some(vec![1, 0]));
        assert_eq!(nodes("Lock &amp; Key, &#321;&#243;d&#378;; <b>", &shown), Some(vec![0, 2, 1]));
        assert_eq!(edges("(Lock &amp; Key, &lt;b&gt;)", &shown), Some(vec![(0, 1)]));
        assert_eq!(edges("Lock &amp; Key - &lt;b&gt;; Łódź - <b>", &shown), Some(vec![(0, 1), (2, 1)]));
        assert_eq!(mapping("&lt;b&gt;: 3, Lock &amp; Key: &amp;", &shown), Some(vec![(1, "3"), (0, "&amp;")]));
        assert_eq!(groups("Lock &amp; Key | Łódź &lt;b&gt;", &shown), Some(vec![vec![0], vec![2, 1]]));
    }

    #[test]
    fn a_list_without_commas_that_reads_in_two_ways_is_none() {
        let shown = shown(&["New York", "New", "York", "node"]);
        for text in ["New York", "new york"] {
            assert_eq!(nodes(text, &shown), Some(vec![0]), "the whole is a name: {text}");
        }
        assert_eq!(nodes("New York New", &shown), None);
        assert_eq!(nodes("York New", &shown), Some(vec![2, 1]));
        assert_eq!(nodes("New, York", &shown), Some(vec![1, 2]));
    }

    #[test]
    fn sentences_are_no_lists() {
        let shown = shown(&["0", "1", "2"]);
        for text in ["", " ", "the path is 0 1 2", "0 1 and 2", "0,,x", "(0, 1) or (1, 2)", "(0, 1"] {
            assert_eq!((nodes(text, &shown), edges(text, &shown)), (None, None), "{text}");
        }
        assert_eq!(nodes("none", &shown), Some(vec![]));
        assert_eq!(nodes("node 0, node 2", &shown), Some(vec![0, 2]));
        assert_eq!(nodes(&"0 ".repeat(LONGEST), &shown), None);
    }

    #[test]
    fn a_decision_is_judged_as_far_as_it_goes() {
        assert_eq!(decided("Yes: 1 2", true, true), Ok(("yes", "1 2")));
        assert_eq!(decided("no", true, true), Err(Verdict::wrong("no", "the other answer is right")));
        assert_eq!(decided("no", false, false), Err(Verdict::right("no")));
        assert_eq!(decided("no, or yes", false, false), Err(Verdict::unreadable("more than yes or no")));
        assert_eq!(decided("perhaps", true, false), Err(Verdict::unreadable("neither yes nor no")));
    }

    #[test]
    fn a_decision_is_a_whole_word() {
        for (text, expected) in [
            ("yes", Some((true, ""))),
            ("NO.", Some((false, ""))),
            ("yes: 1 2", Some((true, "1 2"))),
            ("nothing", None),
            ("", None),
            ("maybe yes", None),
        ] {
            assert_eq!(decision(text), expected, "{text}");
        }
    }
}
