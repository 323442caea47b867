//! The log-probs that a policy gives to a text that is already there.

use tch::{Kind, Tensor};

use super::media::{PackedMedia, Prompt, position_tensor};
use super::{BranchedRows, ModelError, PROMPT, Transformer};

/// Positions whose logits are held at once.
const CHUNK: i64 = 128;

/// Log-prob of every token of `prompt` after those before it, at temperature 1; the first token has none, so there is one less
/// than tokens.
pub fn log_probs(transformer: &Transformer, prompt: Prompt<'_>) -> Result<Vec<f32>, ModelError> {
    let ids = prompt.ids;
    let (length, config) = (ids.len() as i64, transformer.config());
    if length > config.max_position_embeddings {
        return Err(ModelError::TooLong { length, limit: config.max_position_embeddings });
    }
    let vocabulary = config.vocab_size;
    if let Some(&id) = ids.iter().find(|id| !(0..vocabulary).contains(*id)) {
        return Err(ModelError::UnknownToken { id, vocabulary });
    }
    let options = (Kind::Int64, transformer.device());
    let ids = Tensor::f_from_slice(ids)?.f_to_device(transformer.device())?; // [length]
    let positions = position_tensor(&prompt.positions().0, transformer.device());
    let media = PackedMedia::of([prompt], transformer.device());
    tch::no_grad(|| {
        let mut row = BranchedRows::new(&Tensor::f_full([1, length], PROMPT, options)?);
        let embedded = transformer.embed_prompts(&ids, media.as_ref())?;
        let hidden = transformer.forward_embedded(embedded, &positions, &mut row, None); // [length, hidden]
        let mut log_probs = Vec::with_capacity(length as usize);
        for start in (0..length - 1).step_by(CHUNK as usize) {
            let count = CHUNK.min(length - 1 - start);
            let logits = transformer.logits(&hidden.f_narrow(0, start, count)?); // [count, vocab]
            let targets = ids.f_narrow(0, start + 1, count)?.f_unsqueeze(-1)?;
            let chosen = logits.f_log_softmax(-1, Kind::Float)?.f_gather(-1, &targets, false)?;
            log_probs.extend(Vec::<f32>::try_from(chosen.f_flatten(0, -1)?)?);
        }
        Ok(log_probs)
    })
}
