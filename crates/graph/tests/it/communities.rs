//! Communities and cuts: verdicts by hand, and right answers against brute force and the text of the question.

use ssl4rl_graph::question::Shown;
use ssl4rl_graph::tasks::communities::cut_comparison::CutComparison;
use ssl4rl_graph::tasks::communities::partition::{Partition, PartitionTruth};
use ssl4rl_graph::tasks::communities::same_community::{SameCommunity, SameCommunityConfig, SameCommunityTruth};
use ssl4rl_tasks::{PretextTask, Split};

use crate::hand::{near, score, shown, task, truths};
use crate::prompts::{self, samples};

/// Two triangles joined by an edge.
fn triangles() -> Shown {
    shown(6, &[(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)])
}

#[test]
fn partitions_have_no_names() {
    let task = task::<Partition>();
    let truth = PartitionTruth { shown: triangles(), groups: vec![vec![0, 1, 2], vec![3, 4, 5]], modularity: 70 };
    for (answer, expected) in [
        ("0 1 2 | 3 4 5", 1.0),
        ("{5, 4, 3} {2, 1, 0}", 1.0),
        // {0 1} {2 3} {4 5}: 0.8 / 3.3 by the formula of Hubert and Arabie.
        ("0 1 | 2 3 | 4 5", 0.8 / 3.3),
        ("0 1 2 3 4 5", 0.0),
        ("0 | 1 | 2 | 3 | 4 | 5", 0.0),
        ("0 1 2 | 3 4", 0.0),
        ("0 1 2 | 3 4 5 | 5", 0.0),
    ] {
        assert!(near(score(&task, answer, &truth), expected), "{answer}");
    }
    let corrupt = PartitionTruth { groups: vec![vec![0, 99]], ..truth };
    assert!(score(&task, "0 1 | 2 3 | 4 5", &corrupt) < 0.01 && (0.0..1.0).contains(&task.chance(&corrupt)));
}

/// Modularity of Newman and Girvan, pair by pair, times `4 m²`.
fn modularity(shown: &Shown, groups: &[Vec<u32>]) -> i64 {
    let degree = |node: u32| shown.successors(node).len() as i64;
    let mut sum = 0;
    for group in groups {
        for &left in group {
            for &right in group {
                let linked = i64::from(left != right && shown.links(left, right));
                sum += 2 * shown.edges.len() as i64 * linked - degree(left) * degree(right);
            }
        }
    }
    sum
}

/// Every partition of `0..nodes`.
fn partitions(nodes: u32) -> Vec<Vec<Vec<u32>>> {
    if nodes == 0 {
        return vec![vec![]];
    }
    let mut found = Vec::new();
    for smaller in partitions(nodes - 1) {
        for at in 0..smaller.len() {
            let mut groups = smaller.clone();
            groups[at].push(nodes - 1);
            found.push(groups);
        }
        found.push([smaller, vec![vec![nodes - 1]]].concat());
    }
    found
}

#[test]
fn no_partition_has_greater_modularity() {
    for truth in truths(&task::<Partition>(), 8) {
        let all = partitions(truth.shown.node_count() as u32);
        assert_eq!(all.iter().map(|groups| modularity(&truth.shown, groups)).max(), Some(truth.modularity));
        assert_eq!(modularity(&truth.shown, &truth.groups), truth.modularity);
    }
}

#[test]
fn who_belongs_together_is_shown_by_the_only_best_partition() {
    let task = task::<SameCommunity>();
    let truth = SameCommunityTruth {
        shown: triangles(),
        groups: vec![vec![0, 1, 2], vec![3, 4, 5]],
        yes: true,
        certificate: true,
    };
    for right in ["yes: 0 1 2 | 3 4 5", "Yes: {3, 4, 5} {0, 1, 2}"] {
        assert!(score(&task, right, &truth) > 0.99, "{right}");
    }
    for wrong in ["yes", "no", "no: 0 1 2 | 3 4 5", "yes: 0 1 | 2 3 4 5", "yes: 0 1 2 | 3 4", "yes: 0 1 2 3 4 5"] {
        assert!(score(&task, wrong, &truth) < 0.01, "{wrong}");
    }
    let stored = truths(&task, 8);
    for truth in &stored {
        let values: Vec<i64> =
            partitions(truth.shown.node_count() as u32).iter().map(|groups| modularity(&truth.shown, groups)).collect();
        let most = values.iter().max().unwrap();
        assert_eq!(values.iter().filter(|value| *value == most).count(), 1);
        assert_eq!(modularity(&truth.shown, &truth.groups), *most);
    }
    let bare = SameCommunity::new(SameCommunityConfig { certificate: false, ..Default::default() }).unwrap();
    let yes = truths(&bare, 60).iter().filter(|truth| truth.yes).count();
    assert!((130..=230).contains(&yes), "{yes} of 360");
}

#[test]
fn the_better_cut_has_fewer_edges_for_its_degrees() {
    let graph = prompts::communities();
    let task = task::<CutComparison>();
    let (mut first, mut fewer, mut smaller) = (0, 0, 0);
    for (sample, prompt) in samples(&task, &graph, Split::Train, 300) {
        let line = prompt.text.lines().next().unwrap();
        let sets: Vec<Vec<&str>> =
            line.split('{').skip(1).map(|part| part.split('}').next().unwrap().split(", ").collect()).collect();
        let boundary = |set: &[&str]| {
            let volume = |inside: bool| -> usize {
                let side = |name: &&String| set.contains(&name.as_str()) == inside;
                prompt.neighbours.keys().filter(side).map(|name| prompt.neighbours[name].len()).sum()
            };
            let leaving: usize = set
                .iter()
                .map(|name| prompt.neighbours[*name].iter().filter(|other| !set.contains(&other.as_str())).count())
                .sum();
            (leaving, volume(true).min(volume(false)))
        };
        let boundaries = [boundary(&sets[0]), boundary(&sets[1])];
        let [one, other] = boundaries.map(|(leaving, volume)| leaving as f64 / volume as f64);
        assert!((one - other).abs() > 0.099, "{}", prompt.text);
        assert_eq!(sample.truth.correct, usize::from(one > other), "{}", prompt.text);
        first += usize::from(sample.truth.correct == 0);
        let (right, wrong) = (boundaries[sample.truth.correct], boundaries[1 - sample.truth.correct]);
        assert!(right.0 != wrong.0 && right.1 != wrong.1, "{}", prompt.text);
        fewer += usize::from(right.0 < wrong.0);
        smaller += usize::from(right.1 < wrong.1);
    }
    // Neither the leaving edges nor the degrees alone tell the answer, nor the place: four standard deviations.
    for count in [first, fewer, smaller] {
        assert!((115..=185).contains(&count), "{first}, {fewer}, {smaller} of 300");
    }
}
