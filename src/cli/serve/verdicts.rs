//! `POST /verify`: a verdict for each object that is a line of `ssl4rl verify`.

use rayon::prelude::*;
use serde::Serialize;
use serde_json::value::RawValue;

use super::refusal::Refusal;
use super::service::{Service, json};
use crate::scoring::Request;
use crate::tasks::Verdict;

/// What the body holds.
pub(super) const EXPECTED: &str = "an object with `task`, `completion` and `truth`, and optionally `answer_rule` and \
     `truncated`, or an array of such objects";

/// An item of the reply to an array.
#[derive(Serialize)]
#[serde(untagged)]
enum Item {
    Verdict(Verdict),
    Refused { error: String },
}

/// The verdict on an object, or the verdicts on an array, in its order.
pub(super) fn answer(service: &Service, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    if !body.trim_ascii_start().starts_with(b"[") {
        return json(&verdict(service, body)?);
    }
    let requests: Vec<&RawValue> = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let of_each = requests.par_iter().map(|request| match verdict(service, request.get().as_bytes()) {
        Ok(verdict) => Item::Verdict(verdict),
        Err(refusal) => Item::Refused { error: refusal.error },
    });
    json(&of_each.collect::<Vec<Item>>())
}

fn verdict(service: &Service, text: &[u8]) -> Result<Verdict, Refusal> {
    let request = Request::read(text).map_err(|error| malformed(&error))?;
    let verdict = service.scorer.verdict(&request.label, &request.completion);
    verdict.map_err(|error| Refusal::unanswerable(service.explain(error)))
}

fn malformed(error: &serde_json::Error) -> Refusal {
    Refusal::malformed(error, EXPECTED, Request::EXAMPLE)
}
