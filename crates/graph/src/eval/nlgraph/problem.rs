//! [`Problem`]: a question read back from its text, which is all that a verifier needs; and how lists are read from answers.

use ssl4rl_tasks::Verdict;

/// A question of one kind.
pub trait Problem: Send + Sync {
    /// The verdict on what stands in the answer block. Exact: everything follows from the question itself.
    fn verify(&self, answer: &str) -> Verdict;

    /// Answers that need no thought, by the name of their baseline.
    fn blind_answers(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// The whole numbers in a text, in order.
pub(super) fn numbers(text: &str) -> Vec<usize> {
    text.split(|symbol: char| !symbol.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// Every `(a,b)` in a text.
pub(super) fn pairs(text: &str) -> Vec<(usize, usize)> {
    let inside = text.split('(').skip(1).filter_map(|rest| rest.split_once(')'));
    inside.filter_map(|(pair, _)| two(pair)).collect()
}

/// Exactly two numbers with a comma between them.
pub(super) fn two(text: &str) -> Option<(usize, usize)> {
    let (left, right) = text.split_once(',')?;
    Some((left.trim().parse().ok()?, right.trim().parse().ok()?))
}

/// The number of nodes in `numbered from 0 to 6`.
pub(super) fn node_count(text: &str) -> Option<usize> {
    let (_, rest) = text.split_once("numbered from 0 to ")?;
    Some(numbers(rest.split([',', ':', '.']).next()?).first()? + 1)
}

/// The one list of several numbers in an answer; none where there are two such lists or none.
///
/// Words end a list: in `the path from node 4 to node 2 is 4,12,2 with a weight of 9` it is `4,12,2`.
pub(super) fn only_list(answer: &str) -> Option<Vec<usize>> {
    let runs = answer.split(char::is_alphabetic).map(numbers).filter(|run| run.len() > 1);
    let mut runs = runs.collect::<Vec<_>>();
    if runs.len() == 1 { runs.pop() } else { None }
}

/// The last two numbers of the question's last line: `… from node 4 to node 2.`
pub(super) fn ends(question: &str) -> Option<(usize, usize)> {
    let (_, asked) = question.rsplit_once("Q:")?;
    match numbers(asked)[..] {
        [from, to] => Some((from, to)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_at_words() {
        assert_eq!(only_list("from node 4 to node 2 is 4,12,10,2 with weight 12"), Some(vec![4, 12, 10, 2]));
        assert_eq!(only_list("0 -> 3 -> 1"), Some(vec![0, 3, 1]));
        assert_eq!(only_list("0,1 or 1,0"), None);
        assert_eq!(only_list("7"), None);
        assert_eq!(only_list(&"9".repeat(40)), None);
    }

    #[test]
    fn questions_are_read() {
        assert_eq!(pairs("(i,j) means … (0,4) (12,2)"), [(0, 4), (12, 2)]);
        assert_eq!(node_count("The nodes are numbered from 0 to 24, and"), Some(25));
        assert_eq!(ends("Q: a path between node 8 and node 2?\nA:"), Some((8, 2)));
    }
}
