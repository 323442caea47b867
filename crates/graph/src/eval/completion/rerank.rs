//! A base scorer's list in another order, and the filtered ranks that follow for the whole graph.
//!
//! Listed candidates come first, in the order of the reply; those that it leaves out keep their base order after them, and
//! entities outside the list theirs after those. Names that are repeated count where they come first, unknown ones not at
//! all. Hits are bounded by the share of answers in the list, `recall@m`.

use crate::Node;
use crate::eval::metrics::Ranks;
use ssl4rl_tasks::verifiers::wording::{items, normalised};

/// The candidates in the order of a reply.
///
/// ```
/// use ssl4rl_graph::eval::completion::reordered;
/// let names = ["Paris", "Rome", "Oslo"].map(String::from);
/// assert_eq!(reordered(&[7, 3, 5], &names, Some("rome | Bern | Rome")), [3, 7, 5]);
/// assert_eq!(reordered(&[7, 3, 5], &names, None), [7, 3, 5]);
/// ```
pub fn reordered(candidates: &[Node], names: &[String], answer: Option<&str>) -> Vec<Node> {
    let known: Vec<String> = names.iter().map(|name| normalised(name)).collect();
    let mut order: Vec<Node> = Vec::with_capacity(candidates.len());
    for item in answer.map(items).unwrap_or_default() {
        let item = normalised(item);
        if let Some(place) = known.iter().position(|name| *name == item)
            && !order.contains(&candidates[place])
        {
            order.push(candidates[place]);
        }
    }
    let rest: Vec<Node> = candidates.iter().copied().filter(|candidate| !order.contains(candidate)).collect();
    order.extend(rest);
    order
}

/// The filtered ranks of `answer`, given its base ranks among all entities, the list in its new order, and how each listed
/// candidate's base score compares with the answer's. `left_out` tells the other true answers.
///
/// ```
/// use ssl4rl_graph::eval::completion::reranked;
/// use ssl4rl_graph::eval::metrics::Ranks;
/// use std::cmp::Ordering;
/// // Base: 4 better, 2 equal. Listed are three of the better ones, one of them a true answer that is left out.
/// let listed = [(8, Ordering::Greater), (9, Ordering::Greater), (6, Ordering::Greater)];
/// let base = Ranks { better: 4, equal: 2 };
/// // The two others come first; 4 - 2 better ones are not listed.
/// assert_eq!(reranked(1, base, &listed, |entity| entity == 9), Ranks { better: 4, equal: 2 });
/// // A listed answer stands where the list puts it: after 8.
/// let listed = [(8, Ordering::Greater), (9, Ordering::Greater), (1, Ordering::Equal)];
/// assert_eq!(reranked(1, base, &listed, |entity| entity == 9), Ranks { better: 1, equal: 0 });
/// ```
pub fn reranked(
    answer: Node,
    base: Ranks,
    listed: &[(Node, std::cmp::Ordering)],
    left_out: impl Fn(Node) -> bool,
) -> Ranks {
    let counted: Vec<&(Node, std::cmp::Ordering)> = listed.iter().filter(|(entity, _)| !left_out(*entity)).collect();
    if let Some(place) = counted.iter().position(|(entity, _)| *entity == answer) {
        return Ranks { better: place, equal: 0 };
    }
    let of = |wanted| counted.iter().filter(|(_, order)| *order == wanted).count();
    let better = base.better.saturating_sub(of(std::cmp::Ordering::Greater)) + counted.len();
    Ranks { better, equal: base.equal.saturating_sub(of(std::cmp::Ordering::Equal)) }
}
