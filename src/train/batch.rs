//! Token batches for learning: prompts and their completions, packed without padding, every prompt computed once.
//!
//! The packed order is the tokens of all prompts, then those of all completions (see [`SharedPrefix`]); every
//! completion's positions go on from its prompt's. The last token of a completion is only predicted, never fed. Hidden
//! states are turned into logits at predicting positions only.

use tch::{Device, Kind, Tensor, no_grad};

use super::TrainError;
use super::head::{Head, TokenLogProbs};
use crate::model::media::{PackedMedia, Prompt, position_tensor};
use crate::model::{ModelError, SharedPrefix, Transformer};

/// A prompt and the completions that grow from it.
#[derive(Debug, Clone)]
pub struct Branches<'tokens> {
    /// The prompt.
    pub prompt: Prompt<'tokens>,
    /// Completion ids, each with at least one token.
    pub completions: Vec<&'tokens [i64]>,
}

impl Branches<'_> {
    /// Tokens that are computed.
    pub fn width(&self) -> usize {
        self.prompt.ids.len() + self.completions.iter().map(|completion| completion.len() - 1).sum::<usize>()
    }
}

/// Packed prompts and completions.
#[derive(Debug)]
pub struct PackedBatch {
    ids: Tensor,       // [tokens]
    positions: Tensor, // [tokens], or [3, tokens]
    media: Option<PackedMedia>,
    attention: SharedPrefix,
    predictors: Tensor, // [predicted], positions in tokens
    targets: Tensor,    // [predicted]
    slots: Tensor,      // [predicted], positions in completions * longest
    mask: Tensor,       // [completions, longest]
}

impl PackedBatch {
    /// Lays out `rows`, none of them with an empty prompt.
    pub fn new(rows: &[Branches<'_>], device: Device) -> Self {
        let layout = Layout::of(rows);
        let tensor = |values: &[i64]| Tensor::from_slice(values).to_device(device);
        let completions: Vec<&[i64]> = rows.iter().flat_map(|row| row.completions.iter().copied()).collect();
        let (count, longest) = (completions.len() as i64, layout.longest as i64);
        let slots = tensor(&layout.slots);
        let mask = Tensor::zeros([count * longest], (Kind::Float, device)).index_fill(0, &slots, 1.0);
        let prompts: Vec<i64> = rows.iter().map(|row| row.prompt.ids.len() as i64).collect();
        let fed = |(row, branches): (usize, &Branches<'_>)| {
            branches.completions.iter().map(|completion| (row, completion.len() as i64 - 1)).collect::<Vec<_>>()
        };
        let fed: Vec<(usize, i64)> = rows.iter().enumerate().flat_map(fed).collect();
        Self {
            ids: tensor(&layout.ids),
            positions: position_tensor(&layout.positions, device),
            media: PackedMedia::of(rows.iter().map(|row| row.prompt), device),
            attention: SharedPrefix::new(&prompts, &fed, device),
            predictors: tensor(&layout.predictors),
            targets: tensor(&layout.targets),
            slots,
            mask: mask.view([count, longest]),
        }
    }

    /// Token ids, `[tokens]`.
    pub fn ids(&self) -> &Tensor {
        &self.ids
    }

    /// Media among the tokens.
    pub fn media(&self) -> Option<&PackedMedia> {
        self.media.as_ref()
    }

    /// Position of each token in its sequence, `[tokens]`, or `[3, tokens]` where media stand in it.
    pub fn positions(&self) -> &Tensor {
        &self.positions
    }

    /// Who sees whom.
    pub fn attention(&self) -> &SharedPrefix {
        &self.attention
    }

    /// Tokens after which a completion's token comes, `[predicted]`, completion after completion.
    pub fn predictors(&self) -> &Tensor {
        &self.predictors
    }

    /// Ids of the completion tokens, `[predicted]`, completion after completion.
    pub fn targets(&self) -> &Tensor {
        &self.targets
    }

    /// 1 on completion tokens, `[completions, longest]`.
    pub fn mask(&self) -> &Tensor {
        &self.mask
    }

    /// Log-probs of the completion tokens and entropies, `[predicted]`, without gradient.
    pub fn log_probs(&self, transformer: &Transformer, temperature: f64) -> Result<TokenLogProbs, TrainError> {
        let mut attention = self.attention();
        let hidden = no_grad(|| -> Result<Tensor, ModelError> {
            let embedded = transformer.embed_prompts(&self.ids, self.media())?;
            Ok(transformer.forward_embedded(embedded, &self.positions, &mut attention, Some(&self.predictors)))
        })?;
        Head::new(transformer.head_weight(), temperature).forward(&hidden, &self.targets)
    }

    /// Lays per-token values `[predicted]` out as `[completions, longest]`, 0 on padding.
    pub fn per_completion(&self, values: &Tensor) -> Result<Tensor, ModelError> {
        let flat = Tensor::f_zeros([self.mask.numel() as i64], (values.f_kind()?, values.device()))?;
        Ok(flat.f_scatter(0, &self.slots, values)?.f_view_as(&self.mask)?)
    }

    /// The other way: values `[completions, longest]` of the completion tokens as `[predicted]`.
    pub fn per_token(&self, values: &Tensor) -> Result<Tensor, ModelError> {
        Ok(values.f_reshape([-1])?.f_index_select(0, &self.slots)?)
    }
}

/// The columns of a batch while it is laid out.
#[derive(Default)]
struct Layout {
    ids: Vec<i64>,
    positions: Vec<[i64; 3]>,
    predictors: Vec<i64>,
    targets: Vec<i64>,
    slots: Vec<i64>,
    longest: usize,
}

impl Layout {
    fn of(rows: &[Branches<'_>]) -> Self {
        let lengths = rows.iter().flat_map(|row| row.completions.iter().map(|completion| completion.len()));
        let mut layout = Self { longest: lengths.max().unwrap_or(0), ..Self::default() };
        let mut ends = Vec::with_capacity(rows.len());
        for row in rows {
            let (positions, following) = row.prompt.positions();
            for (&id, position) in row.prompt.ids.iter().zip(positions) {
                layout.feed(id, position);
            }
            ends.push((layout.ids.len() - 1, following));
        }
        let mut completions = 0;
        for (row, &(last, following)) in rows.iter().zip(&ends) {
            for completion in &row.completions {
                layout.append(completion, following, last, completions);
                completions += 1;
            }
        }
        layout
    }

    /// Appends the completion number `index`, which begins at position `first` after a prompt that ends at `predictor`.
    fn append(&mut self, completion: &[i64], first: i64, mut predictor: usize, index: usize) {
        for (step, &target) in completion.iter().enumerate() {
            self.predictors.push(predictor as i64);
            self.targets.push(target);
            self.slots.push((index * self.longest + step) as i64);
            if step + 1 < completion.len() {
                predictor = self.ids.len();
                self.feed(target, [first + step as i64; 3]);
            }
        }
    }

    fn feed(&mut self, id: i64, position: [i64; 3]) {
        self.ids.push(id);
        self.positions.push(position);
    }
}

/// Splits rows, given their widths, into batches of at most `budget` tokens as if padded, shortest first; every batch has
/// at least one row.
pub fn by_token_budget(widths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..widths.len()).collect();
    order.sort_by_key(|&row| widths[row]);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for row in order {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * widths[row] <= budget => batch.push(row),
            _ => batches.push(vec![row]),
        }
    }
    batches
}
