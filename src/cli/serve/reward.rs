//! `POST /get_reward`: the rewards of OpenRLHF.

use super::refusal::Refusal;
use super::service::{Service, json};
use crate::scoring::openrlhf::Batch;

/// What the body holds.
pub(super) const EXPECTED: &str = "an object with `query`, `prompts` and `labels`, arrays of strings of one length";

const EXAMPLE: &str = r#"{"query": ["Which share? <answer>2/3</answer>"], "prompts": ["Which share? "], "labels": ["{\"task\": \"graph/clustering-coefficient\", \"truth\": {\"linked\": 4, \"pairs\": 6}}"]}"#;

/// The rewards of a batch.
pub(super) fn answer(service: &Service, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let batch: Batch<'_> =
        serde_json::from_slice(body).map_err(|error| Refusal::malformed(&error, EXPECTED, EXAMPLE))?;
    let rewards = batch.rewards(&service.scorer).map_err(|error| Refusal::unanswerable(service.explain(error)))?;
    json(&rewards)
}
