//! Verifiers on any text: no panic, scores in range, and laws that tie each to its formula.

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use ssl4rl_tasks::verifiers::{
    AnswerStyle, Choice, ChoiceTruth, ExactText, Number, NumberCredit, NumberTruth, OrderCredit, Ordering,
    OrderingTruth, RankedList, SetF1, wording,
};
use ssl4rl_tasks::{Verdict, Verifier, protocol};

/// Text that looks like an answer now and then.
fn completion() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        "[-+0-9.,eE]{1,12}",
        "[A-Da-d][).: ]{0,2}[a-d]{0,2}",
        Just("<answer>".to_owned()),
        Just("</answer>".to_owned()),
        Just("<think>".to_owned()),
        Just(", ".to_owned()),
        Just("\n".to_owned()),
        Just("not ".to_owned()),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn style() -> impl Strategy<Value = AnswerStyle> {
    prop_oneof![Just(AnswerStyle::Text), Just(AnswerStyle::Letter)]
}

fn in_range(verdict: &Verdict) -> bool {
    (0.0..=1.0).contains(&verdict.score) && verdict.exact == (verdict.score >= 1.0)
}

proptest! {
    #[test]
    fn every_verifier_is_total(
        text in completion(),
        options in vec("\\PC{0,6}", 0..6),
        correct in 0_usize..7,
        style in style(),
        value in any::<f64>(),
        bracketed in any::<bool>(),
    ) {
        let text = if bracketed { protocol::wrap(&text) } else { text };
        let choice = ChoiceTruth::new(options.clone(), correct, style);
        let set: BTreeSet<String> = options.iter().cloned().collect();
        prop_assert!(in_range(&Choice.verify(&text, &choice)));
        prop_assert!(in_range(&RankedList.verify(&text, &choice)));
        prop_assert!(in_range(&SetF1.verify(&text, &set)));
        prop_assert!(in_range(&ExactText.verify(&text, &options.concat())));
        for credit in [NumberCredit::Exact, NumberCredit::Relative, NumberCredit::LogRatio] {
            let truth = NumberTruth { value, tolerance: 0.0, credit };
            prop_assert!(in_range(&Number.verify(&text, &truth)));
        }
        for credit in [OrderCredit::Positions, OrderCredit::Pairs] {
            prop_assert!(in_range(&Ordering.verify(&text, &OrderingTruth::new(options.clone(), credit))));
        }
    }

    #[test]
    fn text_without_a_closed_answer_scores_nothing(text in "[^<]{0,40}", style in style()) {
        let choice = ChoiceTruth::new(["alpha", "beta"], 0, style);
        prop_assert_eq!(Choice.verify(&text, &choice).score.to_bits(), 0);
        prop_assert_eq!(ExactText.verify(&format!("<answer>{text}"), &text).score.to_bits(), 0);
    }

    #[test]
    fn the_right_option_is_read_in_every_form(
        options in btree_set("[a-z]{2,6}( [a-z]{2,6})?", 2..6),
        pick in any::<prop::sample::Index>(),
        style in style(),
    ) {
        // A word such as `not` turns an answer round, so it is no option here.
        let options: Vec<String> = options.into_iter().filter(|option| !wording::denies(option)).collect();
        prop_assume!(!options.is_empty());
        let correct = pick.index(options.len());
        let text = options[correct].clone();
        let letter = ChoiceTruth::letter(correct).unwrap();
        let truth = ChoiceTruth::new(options, correct, style);
        for answer in [
            text.clone(),
            text.to_uppercase(),
            format!("  {text}. "),
            format!("**{text}**"),
            letter.to_string(),
            letter.to_lowercase().to_string(),
            format!("{letter})"),
            format!("({letter})"),
            format!("{letter}. {text}"),
            truth.right_answer(),
        ] {
            prop_assert!(Choice.verify(&protocol::wrap(&answer), &truth).exact, "{} of {:?}", answer, truth);
        }
    }

    #[test]
    fn two_options_in_one_answer_are_wrong(options in btree_set("[e-z]{3,8}", 3..6), style in style()) {
        let options: Vec<String> = options.into_iter().filter(|option| !wording::denies(option)).collect();
        prop_assume!(options.len() >= 2);
        let both = format!("{} and {}", options[0], options[1]);
        let truth = ChoiceTruth::new(options, 0, style);
        prop_assert_eq!(Choice.verify(&protocol::wrap(&both), &truth).score.to_bits(), 0);
    }

    #[test]
    fn sets_score_their_f1(given in btree_set(0_u32..20, 1..10), truth in btree_set(0_u32..20, 1..10)) {
        // Precision and recall by hand, F1 as their harmonic mean.
        let shared = given.intersection(&truth).count() as f64;
        let (precision, recall) = (shared / given.len() as f64, shared / truth.len() as f64);
        let expected = if shared > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        let answer = wording::write_items(given.iter().rev().chain(&given).map(ToString::to_string));
        let truth = truth.iter().map(ToString::to_string).collect();
        let verdict = SetF1.verify(&protocol::wrap(&answer), &truth);
        prop_assert!((f64::from(verdict.score) - expected).abs() < 1e-6);
    }

    #[test]
    fn sets_are_read_however_an_and_joins_them_and_not_at_all_with_an_or(
        items in btree_set("[a-z]{2,6}", 2..6),
        right in 1_usize..6,
    ) {
        let items: Vec<String> =
            items.into_iter().filter(|item| !["or", "and", "either", "none", "empty"].contains(&item.as_str())).collect();
        prop_assume!(items.len() >= 2);
        let truth = items.iter().take(right).cloned().collect();
        let score = |answer: &str| SetF1.verify(&protocol::wrap(answer), &truth).score;
        let listed = score(&items.join(", "));
        prop_assert!(listed > 0.0);
        let (last, others) = items.split_last().unwrap();
        for and in [" and ", ", and ", "\nand ", "; and "] {
            let mark = if and.contains(['\n', ';']) { "\n" } else { ", " };
            prop_assert_eq!(score(&format!("{}{and}{last}", others.join(mark))).to_bits(), listed.to_bits());
        }
        prop_assert_eq!(score(&items.join(" and ")).to_bits(), listed.to_bits());
        for or in [" or ", ", or ", "\nor ", "; or "] {
            prop_assert_eq!(score(&format!("{}{or}{last}", others.join(", "))).to_bits(), 0);
        }
        prop_assert_eq!(score(&format!("either {}", items.join(", "))).to_bits(), 0);
    }

    #[test]
    fn numbers_are_right_only_if_equal(truth in -1_000_000_i64..1_000_000, given in -1_000_000_i64..1_000_000) {
        for credit in [NumberCredit::Exact, NumberCredit::Relative, NumberCredit::LogRatio] {
            let right = NumberTruth { value: truth as f64, tolerance: 0.0, credit };
            let verdict = Number.verify(&protocol::wrap(&given.to_string()), &right);
            prop_assert_eq!(verdict.exact, truth == given);
            prop_assert!(Number.verify(&protocol::wrap(&right.right_answer()), &right).exact);
        }
    }

    #[test]
    fn decimals_survive_json_and_writing(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
        let truth = NumberTruth { value, tolerance: 0.0, credit: NumberCredit::Exact };
        let back: NumberTruth = serde_json::from_str(&serde_json::to_string(&truth).unwrap()).unwrap();
        prop_assert_eq!(back.value.to_bits(), value.to_bits());
        prop_assert!(Number.verify(&protocol::wrap(&truth.right_answer()), &back).exact);
    }

    #[test]
    fn lists_read_back(list in vec("[a-z0-9]{1,5}(, ?[a-z0-9]{1,4})?", 1..8)) {
        let written = wording::write_items(&list);
        prop_assert_eq!(wording::items(&written), list.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn only_the_right_order_is_exact(order in Just((0..6).map(|item| format!("item{item}")).collect::<Vec<_>>()).prop_shuffle()) {
        let sorted: Vec<String> = (0..6).map(|item| format!("item{item}")).collect();
        for credit in [OrderCredit::Positions, OrderCredit::Pairs] {
            let truth = OrderingTruth::new(sorted.clone(), credit);
            let verdict = Ordering.verify(&protocol::wrap(&order.join(", ")), &truth);
            prop_assert_eq!(verdict.exact, order == sorted);
        }
    }
}

#[test]
fn the_answer_is_the_last_complete_block() {
    let cases = [
        ("<answer>a</answer>", Some("a")),
        ("<answer>a</answer><answer>b</answer>", Some("b")),
        ("<answer>a<answer>b</answer>", Some("b")),
        ("<answer>a</answer></answer>", Some("a")),
        ("<answer>a</answer> <answer>b", Some("a")),
        ("<answer><answer>a</answer></answer>", Some("a")),
        ("</answer>a<answer>", None),
        ("<answer>a", None),
        ("a</answer>", None),
        ("<answer></answer>", Some("")),
        ("", None),
    ];
    for (completion, expected) in cases {
        assert_eq!(protocol::answer(completion), expected, "{completion}");
    }
}
