//! Token batches for learning: each row is a prompt followed by its completions, the prompt computed once for all.
//!
//! A row's layout is `prompt, completion 1, completion 2, …`; attention keeps the completions apart
//! (see [`BranchedRows`]) and every completion's positions go on from the prompt's. The last token of a completion is
//! only predicted, never fed. Hidden states are turned into logits at predicting positions only.

use tch::{Device, Kind, Tensor};

use crate::model::{BranchedRows, ModelError, PADDING, PROMPT, Transformer};

/// A prompt and the completions that grow from it.
#[derive(Debug, Clone)]
pub struct Branches<'tokens> {
    /// Prompt ids.
    pub prompt: &'tokens [i64],
    /// Completion ids, each with at least one token.
    pub completions: Vec<&'tokens [i64]>,
}

impl Branches<'_> {
    /// Tokens of the row before padding.
    pub fn width(&self) -> usize {
        self.prompt.len() + self.completions.iter().map(|completion| completion.len() - 1).sum::<usize>()
    }
}

/// Rows right-padded to one width.
#[derive(Debug)]
pub struct BranchedBatch {
    ids: Tensor,        // [rows, width]
    positions: Tensor,  // [rows, width]
    branches: Tensor,   // [rows, width]
    predictors: Tensor, // [predicted], positions in rows * width
    targets: Tensor,    // [predicted]
    slots: Tensor,      // [predicted], positions in completions * longest
    mask: Tensor,       // [completions, longest]
}

impl BranchedBatch {
    /// Lays out `rows`, none of them with an empty prompt.
    pub fn new(rows: &[Branches<'_>], device: Device) -> Self {
        let width = rows.iter().map(Branches::width).max().unwrap_or(0);
        let completions: Vec<&[i64]> = rows.iter().flat_map(|row| row.completions.iter().copied()).collect();
        let longest = completions.iter().map(|completion| completion.len()).max().unwrap_or(0);
        let mut layout = Layout::default();
        for row in rows {
            layout.push(row, width, longest);
        }
        let shape = [rows.len() as i64, width as i64];
        let tensor = |values: &[i64]| Tensor::from_slice(values).to_device(device);
        let slots = tensor(&layout.slots);
        let options = (Kind::Float, device);
        let mask = Tensor::zeros([(completions.len() * longest) as i64], options)
            .index_fill(0, &slots, 1.0)
            .view([completions.len() as i64, longest as i64]);
        Self {
            ids: tensor(&layout.ids).view(shape),
            positions: tensor(&layout.positions).view(shape),
            branches: tensor(&layout.branches).view(shape),
            predictors: tensor(&layout.predictors),
            targets: tensor(&layout.targets),
            slots,
            mask,
        }
    }

    /// 1 on completion tokens, `[completions, longest]`.
    pub fn mask(&self) -> &Tensor {
        &self.mask
    }

    /// Ids of the completion tokens, `[predicted]`, completion after completion.
    pub fn targets(&self) -> &Tensor {
        &self.targets
    }

    /// Logits that predict the completion tokens, `[predicted, vocab]` float32.
    pub fn logits(&self, transformer: &Transformer) -> Result<Tensor, ModelError> {
        let (ids, positions) = (self.ids.f_view([-1])?, self.positions.f_view([-1])?);
        let mut rows = BranchedRows::new(&self.branches);
        let hidden = transformer.forward(&ids, &positions, &mut rows, Some(&self.predictors)); // [predicted, hidden]
        Ok(transformer.logits(&hidden))
    }

    /// Lays per-token values `[predicted]` out as `[completions, longest]`, 0 on padding, with gradient.
    pub fn per_completion(&self, values: &Tensor) -> Result<Tensor, ModelError> {
        let flat = Tensor::f_zeros_like(&self.mask)?.f_view([-1])?;
        Ok(flat.f_scatter(0, &self.slots, values)?.f_view_as(&self.mask)?)
    }
}

/// The columns of a batch while it is laid out.
#[derive(Default)]
struct Layout {
    ids: Vec<i64>,
    positions: Vec<i64>,
    branches: Vec<i64>,
    predictors: Vec<i64>,
    targets: Vec<i64>,
    slots: Vec<i64>,
    completions: usize,
}

impl Layout {
    fn push(&mut self, row: &Branches<'_>, width: usize, longest: usize) {
        let row_start = self.ids.len();
        for (position, &id) in row.prompt.iter().enumerate() {
            self.feed(id, position, PROMPT);
        }
        let last_of_prompt = self.ids.len() as i64 - 1;
        for (branch, completion) in row.completions.iter().enumerate() {
            for (step, &target) in completion.iter().enumerate() {
                let predictor = if step == 0 { last_of_prompt } else { self.ids.len() as i64 - 1 };
                self.predictors.push(predictor);
                self.targets.push(target);
                self.slots.push((self.completions * longest + step) as i64);
                if step + 1 < completion.len() {
                    self.feed(target, row.prompt.len() + step, branch as i64 + 1);
                }
            }
            self.completions += 1;
        }
        for _ in self.ids.len()..row_start + width {
            self.feed(0, 0, PADDING);
        }
    }

    fn feed(&mut self, id: i64, position: usize, branch: i64) {
        self.ids.push(id);
        self.positions.push(position as i64);
        self.branches.push(branch);
    }
}

/// Splits rows, given their widths, into batches of at most `budget` padded tokens, shortest first; every batch has at
/// least one row.
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
