//! Forward and backward of a batch, from token ids to log-probs, remembering as much as memory allows.
//!
//! A layer that is checkpointed remembers its input alone and is computed again on the way back; the others keep what the way
//! back needs of their inner steps. Both ways are written out in the layers themselves (`src/model/layer.rs`), and that through
//! the [`Head`] in closed form: no graph is kept, but for the encoder of media, which is a plugin's. What comes out for a weight is added to the [`Gradients`].
//!
//! The loss is any function of the log-probs; the tape only asks for its derivative:
//!
//! ```text
//! tape = forward(batch)        loss = objective(tape.log_probs)        tape.backward(d loss / d log_probs, gradients)
//! ```

use tch::{Tensor, no_grad, with_grad};

use super::TrainError;
use super::batch::PackedBatch;
use super::head::{Head, TokenLogProbs};
use crate::model::{Rotation, Trace, Transformer};
use crate::rl::RlError;
use crate::rl::gradients::Gradients;

/// A batch on its way through the transformer.
pub struct Tape<'pass> {
    transformer: &'pass Transformer,
    batch: &'pass PackedBatch,
    rotation: Rotation,
    /// Embeddings of the media, with their graph where the encoder is trained, `[media tokens, hidden]`.
    media: Option<Tensor>,
    head: Head<'pass>,
    steps: Vec<Step>,
    unnormed: Tensor, // [predicted, hidden], what the final norm was given
    hidden: Tensor,   // [predicted, hidden]
    scored: TokenLogProbs,
}

/// What is remembered of a layer.
enum Step {
    /// Its input, `[tokens, hidden]`; the rest is computed again.
    Input(Tensor),
    Trace(Trace),
}

impl<'pass> Tape<'pass> {
    /// Computes the log-probs of the batch's completion tokens at `temperature`, the first `checkpointed` layers without
    /// keeping their inner steps.
    pub fn forward(
        transformer: &'pass Transformer,
        batch: &'pass PackedBatch,
        temperature: f64,
        checkpointed: usize,
    ) -> Result<Self, TrainError> {
        no_grad(|| {
            let rotation = transformer.rotation(batch.positions());
            let (mut steps, mut unnormed) = (Vec::new(), transformer.embed(batch.ids()));
            let mut embedded = None;
            if let Some(media) = batch.media() {
                let embeddings = with_grad(|| transformer.embed_media(media))?;
                unnormed = media.put_into(&unnormed, &embeddings.detach())?;
                embedded = Some(embeddings);
            }
            for layer in 0..transformer.config().num_hidden_layers as usize {
                let (output, trace) = run(transformer, batch, layer, &unnormed, &rotation);
                steps.push(if layer < checkpointed { Step::Input(unnormed) } else { Step::Trace(trace) });
                unnormed = output;
            }
            let hidden = transformer.finish(&unnormed);
            let head = Head::new(transformer.head_weight(), temperature);
            let scored = head.forward(&hidden, batch.targets())?;
            Ok(Self { transformer, batch, rotation, media: embedded, head, steps, unnormed, hidden, scored })
        })
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
        let Self { transformer, batch, rotation, media, head, mut steps, unnormed, hidden, scored } = self;
        let (of_hidden, of_head) = head.backward(&hidden, batch.targets(), scored, of_log_probs)?;
        let mut added: Result<(), RlError> = Ok(());
        let mut sums = |weight: &Tensor, gradient: Tensor| {
            if added.is_ok() {
                added = gradients.add(weight, gradient);
            }
        };
        let gradient = no_grad(|| -> Result<Option<Tensor>, TrainError> {
            if let Some(of_head) = of_head {
                sums(transformer.head_weight(), of_head);
            }
            let of_hidden = of_hidden.to_kind(hidden.kind());
            let mut gradient = transformer.finish_backward(&unnormed, &of_hidden, &mut sums);
            while let Some(step) = steps.pop() {
                let layer = steps.len();
                let trace = match step {
                    Step::Trace(trace) => trace,
                    Step::Input(input) => run(transformer, batch, layer, &input, &rotation).1,
                };
                let seen = (batch.attention(), wanted(transformer, batch, layer));
                gradient = transformer.layer_backward(layer, trace, gradient, &rotation, seen, &mut sums);
            }
            let mut of_media = None;
            if let Some(packed) = batch.media() {
                let (taken, rest) = packed.take_out_of(&gradient)?;
                (of_media, gradient) = (Some(taken), rest);
            }
            transformer.embed_backward(batch.ids(), &gradient, &mut sums);
            Ok(of_media)
        });
        added?;
        if let (Some(embeddings), Some(of_media)) = (media.filter(Tensor::requires_grad), gradient?) {
            gradients.backward(&embeddings, &of_media, None)?;
        }
        Ok(())
    }
}

/// One layer.
fn run(
    transformer: &Transformer,
    batch: &PackedBatch,
    layer: usize,
    input: &Tensor,
    rotation: &Rotation,
) -> (Tensor, Trace) {
    let mut attention = batch.attention();
    transformer.layer(layer, input, rotation, &mut attention, wanted(transformer, batch, layer))
}

/// The tokens whose states leave a layer: after the last one, those at the predicting positions; else all.
fn wanted<'batch>(transformer: &Transformer, batch: &'batch PackedBatch, layer: usize) -> Option<&'batch Tensor> {
    let last = layer + 1 == transformer.config().num_hidden_layers as usize;
    last.then(|| batch.predictors())
}
