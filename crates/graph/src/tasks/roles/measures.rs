//! How centrality measures are named in prompts, and nodes whose centralities are told apart clearly.

use crate::exact::centrality::Measure;
use ssl4rl_tasks::TaskRng;

/// Values this near, relatively, are ties; iterations end far below it.
const TIE: f64 = 1e-6;
/// Draws of nodes from one small graph.
const DRAWS: usize = 12;

/// All measures.
pub(super) const ALL: [Measure; 6] =
    [Measure::Degree, Measure::Closeness, Measure::Betweenness, Measure::PageRank, Measure::Katz, Measure::Eigenvector];

/// The measure's name, with its constant.
pub(super) fn name(measure: Measure) -> &'static str {
    match measure {
        Measure::Degree => "degree",
        Measure::Closeness => "closeness centrality",
        Measure::Betweenness => "betweenness centrality",
        Measure::PageRank => "PageRank (damping 0.85)",
        Measure::Katz => "Katz centrality (attenuation 0.1)",
        Measure::Eigenvector => "eigenvector centrality",
    }
}

/// `count` random nodes of which any two have values that are tied or differ by `gap` of the larger, most central first, with
/// the rank of each, which ties share; `None` where more than one neighbouring pair is tied, or few draws find no such nodes.
pub(super) fn ranked(values: &[f64], count: usize, gap: f64, rng: &mut TaskRng) -> Option<Vec<(u32, u32)>> {
    let mut nodes: Vec<u32> = (0..values.len() as u32).collect();
    let value = |node: u32| values[node as usize];
    (0..DRAWS).find_map(|_| {
        let mut chosen = rng.sample_front(&mut nodes, count).to_vec();
        chosen.sort_by(|&left, &right| value(right).total_cmp(&value(left)));
        let mut ranks = vec![0_u32];
        for pair in chosen.windows(2) {
            let (larger, smaller) = (value(pair[0]), value(pair[1]));
            let difference = larger - smaller;
            let tied = difference <= TIE * larger.abs().max(TIE);
            if !tied && difference < gap * larger {
                return None;
            }
            ranks.push(ranks.last()? + u32::from(!tied));
        }
        let distinct = *ranks.last()? as usize + 1;
        (chosen.len() == count && distinct + 1 >= count && distinct >= 2)
            .then(|| chosen.into_iter().zip(ranks).collect())
    })
}
