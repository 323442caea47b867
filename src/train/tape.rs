//! Forward and backward of a batch, from token ids to log-probs, remembering as much as memory allows.
//!
//! A layer that is checkpointed remembers its input alone and is computed again on the way back; the others keep their
//! graph. libtorch gives no gradient hooks here, so the way back is walked by hand: first through the [`Head`], in closed
//! form, then piece by piece. A piece takes the derivative with respect to its output and adds those with respect to its weights to
//! the [`Gradients`]; that with respect to its input goes on to the piece before.
//!
//! The loss is any function of the log-probs; the tape only asks for its derivative:
//!
//! ```text
//! tape = forward(batch)        loss = objective(tape.log_probs)        tape.backward(d loss / d log_probs, gradients)
//! ```

use std::ops::Range;

use tch::{Tensor, no_grad};

use super::TrainError;
use super::batch::PackedBatch;
use super::head::{Head, TokenLogProbs};
use crate::model::Transformer;
use crate::rl::gradients::Gradients;

/// A batch on its way through the transformer.
pub struct Tape<'pass> {
    transformer: &'pass Transformer,
    batch: &'pass PackedBatch,
    head: Head<'pass>,
    pieces: Vec<Piece>,
    hidden: Tensor, // [predicted, hidden]
    scored: TokenLogProbs,
}

/// Some layers in a row; the first piece begins with the embedding, the last ends with the final norm.
struct Piece {
    layers: Range<usize>,
    /// What enters, `[tokens, hidden]`; none for the first piece.
    input: Option<Tensor>,
    /// What leaves, with its graph; none where it is computed again.
    output: Option<Tensor>,
}

impl<'pass> Tape<'pass> {
    /// Computes the log-probs of the batch's completion tokens at `temperature`, the first `checkpointed` layers without
    /// keeping their graphs.
    pub fn forward(
        transformer: &'pass Transformer,
        batch: &'pass PackedBatch,
        temperature: f64,
        checkpointed: usize,
    ) -> Result<Self, TrainError> {
        let layers = transformer.config().num_hidden_layers as usize;
        let checkpointed = checkpointed.min(layers);
        let alone = (0..checkpointed).map(|layer| (layer..layer + 1, false));
        let together = (checkpointed < layers).then_some((checkpointed..layers, true));
        let (mut pieces, mut hidden) = (Vec::new(), None);
        for (layers, keeps) in alone.chain(together) {
            let input = hidden.take().map(|input: Tensor| input.set_requires_grad(true));
            let compute = || run(transformer, batch, &layers, input.as_ref());
            let output = if keeps { compute() } else { no_grad(compute) };
            hidden = Some(output.detach());
            pieces.push(Piece { layers, input, output: keeps.then_some(output) });
        }
        let hidden = hidden.unwrap_or_else(|| no_grad(|| run(transformer, batch, &(0..0), None)));
        let head = Head::new(transformer.head_weight(), temperature);
        let scored = head.forward(&hidden, batch.targets())?;
        Ok(Self { transformer, batch, head, pieces, hidden, scored })
    }

    /// Log-probs of the completion tokens, `[predicted]` float32 or wider, without gradient.
    pub fn log_probs(&self) -> &Tensor {
        &self.scored.log_probs
    }

    /// Entropy of the distribution each completion token was drawn from, `[predicted]`, in nats.
    pub fn entropy(&self) -> &Tensor {
        &self.scored.entropy
    }

    /// Adds the gradient of every trained weight, given the loss's derivative with respect to [`Tape::log_probs`].
    pub fn backward(self, of_log_probs: &Tensor, gradients: &mut Gradients) -> Result<(), TrainError> {
        let Self { transformer, batch, head, mut pieces, hidden, scored } = self;
        let (mut of_hidden, of_weight) = head.backward(&hidden, batch.targets(), scored, of_log_probs)?;
        if let Some(of_weight) = of_weight {
            gradients.add(transformer.head_weight(), of_weight)?;
        }
        while let Some(Piece { layers, input, output }) = pieces.pop() {
            let output = output.unwrap_or_else(|| run(transformer, batch, &layers, input.as_ref()));
            if !output.requires_grad() {
                break;
            }
            let Some(of_input) = gradients.backward(&output, &of_hidden, input.as_ref())? else { break };
            of_hidden = of_input;
        }
        Ok(())
    }
}

/// Hidden states after some layers, `[tokens, hidden]`; after the last one normed, at the predicting positions alone.
fn run(transformer: &Transformer, batch: &PackedBatch, layers: &Range<usize>, input: Option<&Tensor>) -> Tensor {
    let rotation = transformer.rotation(batch.positions());
    let last = transformer.config().num_hidden_layers as usize - 1;
    let mut attention = batch.attention();
    let mut hidden = input.map_or_else(|| transformer.embed(batch.ids()), Tensor::shallow_clone);
    for layer in layers.clone() {
        let wanted = (layer == last).then(|| batch.predictors());
        hidden = transformer.layer(layer, &hidden, &rotation, &mut attention, wanted);
    }
    if layers.end > last { transformer.finish(&hidden) } else { hidden }
}
