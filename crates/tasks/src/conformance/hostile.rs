//! Completions that no honest reader would accept, and completions made to break a reader.

use crate::protocol::LONGEST_ANSWER;

/// Completions that hold no complete right answer, though `answer` is right.
pub(super) fn without_answer(answer: &str) -> Vec<String> {
    vec![
        String::new(),
        " \n".into(),
        answer.into(),
        format!("The answer is {answer}."),
        format!("<answer>{answer}"),
        format!("{answer}</answer>"),
        format!("</answer>{answer}<answer>"),
        format!("<answer>{answer}<answer>"),
        format!("<answer {answer}</answer>"),
        format!("<Answer>{answer}</Answer>"),
        format!("< answer >{answer}</ answer >"),
        format!("<think>{answer}</think>"),
        format!("<think><answer></think>{answer}"),
        format!("&lt;answer&gt;{answer}&lt;/answer&gt;"),
        format!("{answer}<answer></answer>"),
        format!("{answer}<answer> \t </answer>"),
        format!("<answer>{answer}</answer> No: <answer>%</answer>"),
        format!("<answer>{answer}</answer><answer></answer>"),
    ]
}

/// Short completions meant to break a reader; what they score is open, that they score is not.
pub(super) fn breaking(answer: &str) -> Vec<String> {
    let inside = [
        "\0",
        "\u{1}\u{7f}\u{1b}[31m",
        "\u{feff}",
        "\u{202e}1\u{202c}",
        "🦀🦀🦀",
        "e\u{301}e\u{301}",
        "İSTANBUL ẞ ﬁ",
        "一二三",
        "٣",
        "½",
        "NaN",
        "-inf",
        "1e400",
        "-1e-400",
        "0x10",
        "1_000",
        "--1",
        "+",
        "-",
        ".",
        ",",
        "()",
        "(",
        ")",
        "(é)",
        "[[[[",
        "]]]]",
        "{\"answer\": 1}",
        "|;|;|",
        "\\boxed{1}",
        "option ",
        "option é",
        "answer: ",
        "<answer>",
        "<think>",
        "'",
        "''''",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
    ];
    let mut completions: Vec<String> = inside.iter().map(|text| format!("<answer>{text}</answer>")).collect();
    completions.extend([
        format!("<answer><answer>{answer}</answer></answer>"),
        format!("<answer>{answer}</answer></answer>"),
        format!("<answer>{answer}\0</answer>"),
        format!("<answer>é{answer}é</answer>"),
        format!("<answer>{answer}, {answer}</answer>"),
        format!("<answer>{answer} {answer} {answer}</answer>"),
        format!("<answer>({answer})</answer>"),
        format!("<answer>{}</answer>", answer.to_uppercase()),
    ]);
    completions
}

/// Completions of about a megabyte, and with the longest answers that are read.
pub(super) fn huge(answer: &str) -> Vec<String> {
    const SIZE: usize = 1 << 20;
    let filled = |size: usize, piece: &str| piece.repeat(size / piece.len().max(1));
    let mut completions =
        ["<answer>", "</answer>", "<answer></answer>", "<think>"].map(|tag| filled(SIZE, tag)).to_vec();
    for size in [SIZE, LONGEST_ANSWER] {
        let pieces = ["9", "3", "a ", "(", "é", &format!("{answer}, "), &format!("{answer}\n")];
        completions.extend(pieces.map(|piece| format!("<answer>{}</answer>", filled(size, piece))));
        completions.push(format!("<answer>0.{}</answer>", filled(size - 2, "3")));
    }
    completions
}
