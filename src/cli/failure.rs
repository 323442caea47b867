//! How an error reads on stderr: the message, its causes, and after a blank line the hints on what to do next.

use std::io;

/// The message and causes of `error`, one a line, then its hints.
pub(super) fn describe(error: &anyhow::Error) -> String {
    let (messages, mut hints) = messages_and_hints(error);
    if hints.is_empty() && error.chain().any(is_disk_full) {
        hints.push("hint: free some space, or write elsewhere".to_owned());
    }
    let mut text = messages.join("\n  caused by: ");
    if !hints.is_empty() {
        text.push_str("\n\n");
        text.push_str(&hints.join("\n"));
    }
    text
}

/// The same for a program that reads it: causes follow in the line of the message.
pub(super) fn describe_briefly(error: &anyhow::Error) -> String {
    let (messages, hints) = messages_and_hints(error);
    [vec![messages.join(": ")], hints].concat().join("\n")
}

/// What an error and its causes say, and their hints. Any line of a message that starts with `hint:` is a hint.
fn messages_and_hints(error: &anyhow::Error) -> (Vec<String>, Vec<String>) {
    let mut messages: Vec<String> = Vec::new();
    let mut hints: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        let (hint_lines, lines): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("hint:"));
        hints.extend(hint_lines.into_iter().map(str::to_owned));
        let message = lines.join("\n").trim_end().to_owned();
        // Many library errors repeat the message of their source.
        let said_already = messages.last().is_some_and(|previous| previous.contains(&message));
        if !message.is_empty() && !said_already {
            messages.push(message);
        }
    }
    hints.dedup();
    (messages, hints)
}

fn is_disk_full(cause: &(dyn std::error::Error + 'static)) -> bool {
    let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_and_hints_come_last() {
        let error = anyhow::anyhow!("cannot write `a.txt`\nhint: free some space").context("the run stopped");
        let expected = "the run stopped\n  caused by: cannot write `a.txt`\n\nhint: free some space";
        assert_eq!(describe(&error), expected);
    }

    #[test]
    fn a_full_disk_always_comes_with_a_hint() {
        let error = anyhow::Error::new(io::Error::from(io::ErrorKind::StorageFull)).context("cannot write `a.txt`");
        let hint = "hint: free some space, or write elsewhere";
        assert!(describe(&error).ends_with(&format!("\n\n{hint}")), "{}", describe(&error));
    }

    #[test]
    fn a_repeated_cause_is_told_once() {
        let error = anyhow::anyhow!("disk full").context("cannot write: disk full");
        assert_eq!(describe(&error), "cannot write: disk full");
        assert_eq!(describe_briefly(&error.context("the run stopped")), "the run stopped: cannot write: disk full");
    }
}
