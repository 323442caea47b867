//! [`DecodeBatch`]: who decodes together, and where each belongs.

use tch::{Device, Kind, Tensor};

use super::prefill::Places;
use crate::kernels::Siblings;

/// Which prompt each running completion grows from, and how many tokens of it are stored.
///
/// It lives as long as the same completions run; [`DecodeBatch::advance`] counts the token that was fed.
#[derive(Debug)]
pub struct DecodeBatch {
    pub(super) rows: i64,
    pub(super) prompts: i64,
    pub(super) prompt_width: i64,
    /// Additive, `[prompts, 1, 1, prompt_width]`; none where all prompts have that length.
    pub(super) prompt_mask: Option<Tensor>,
    pub(super) grid: Grid,
    /// The position after every completion's prompt, `[rows]`.
    following: Tensor,
    /// Stored tokens of every completion, `[rows]`.
    pub(super) lengths: Tensor,
    pub(super) longest: i64,
    pub(super) equally_long: bool,
    /// The same on the host, for the kernel of the processor.
    pub(super) here: Here,
}

#[derive(Debug)]
pub(super) struct Here {
    pub(super) siblings: Vec<Siblings>,
    /// Tokens of every completion, the new one included.
    pub(super) seen: Vec<i64>,
}

impl Here {
    fn new(prompt_of: &[i64], lengths: &[i64], prompt_lengths: &[i64]) -> Self {
        /// Completions of a prompt whose scores exist at once.
        const TOGETHER: usize = 8;
        let mut siblings = Vec::new();
        for (prompt, &length) in prompt_lengths.iter().enumerate() {
            let rows: Vec<usize> = (0..prompt_of.len()).filter(|&row| prompt_of[row] == prompt as i64).collect();
            let some = |rows: &[usize]| Siblings { prompt, prompt_length: length as usize, rows: rows.to_vec() };
            siblings.extend(rows.chunks(TOGETHER).map(some));
        }
        Self { siblings, seen: lengths.iter().map(|length| length + 1).collect() }
    }
}

/// Rows of completions as a grid of prompts and members, so that all queries to one prompt stand together.
#[derive(Debug)]
pub(super) struct Grid {
    members: i64,
    /// None where the rows are that grid already.
    places: Option<Places>,
}

impl DecodeBatch {
    /// `prompt_of` and `lengths` have one entry a completion, `prompt_lengths` one a prompt, and `following`, the position after
    /// each prompt: its length, unless media stand in it.
    pub fn new(prompt_of: &[i64], lengths: &[i64], prompt_lengths: &[i64], following: &[i64], device: Device) -> Self {
        let prompt_width = prompt_lengths.iter().copied().max().unwrap_or(0);
        let ragged = prompt_lengths.iter().any(|&length| length != prompt_width);
        let prompt_mask = ragged.then(|| {
            let lengths = Tensor::from_slice(prompt_lengths).to_device(device);
            beyond(&lengths, prompt_width).view([-1, 1, 1, prompt_width])
        });
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let of_rows: Vec<i64> = prompt_of.iter().map(|&prompt| following[prompt as usize]).collect();
        Self {
            rows: prompt_of.len() as i64,
            prompts: prompt_lengths.len() as i64,
            prompt_width,
            prompt_mask,
            grid: Grid::of(prompt_of, prompt_lengths.len(), device),
            following: Tensor::from_slice(&of_rows).to_device(device),
            lengths: Tensor::from_slice(lengths).to_device(device),
            longest,
            equally_long: lengths.iter().all(|&length| length == longest),
            here: Here::new(prompt_of, lengths, prompt_lengths),
        }
    }

    /// Tokens stored of every completion, `[rows]`.
    pub fn lengths(&self) -> &Tensor {
        &self.lengths
    }

    /// Position of the token that is fed next, of every completion, `[rows]`.
    pub fn positions(&self) -> Tensor {
        &self.following + &self.lengths
    }

    /// Counts one more token of every completion.
    pub fn advance(&mut self) {
        self.advance_on_device();
        self.advance_here();
    }

    /// The device's part of it.
    pub(crate) fn advance_on_device(&mut self) {
        self.lengths += 1;
    }

    /// The host's part of it.
    pub(crate) fn advance_here(&mut self) {
        self.longest += 1;
        for seen in &mut self.here.seen {
            *seen += 1;
        }
    }

    /// Places of the longest completion, the new token's included.
    pub(crate) fn width(&self) -> i64 {
        self.longest + 1
    }

    /// Additive, `[rows, 1, 1, width]`.
    pub(super) fn own_mask(&self, width: i64) -> Tensor {
        beyond(&(&self.lengths + 1), width).view([-1, 1, 1, width])
    }

    /// `[rows]`
    pub(super) fn row_numbers(&self) -> Tensor {
        Tensor::arange(self.rows, (Kind::Int64, self.lengths.device()))
    }
}

/// 0 at the first `lengths` `[rows]` of `width` places, minus infinity beyond, float32 `[rows, width]`.
fn beyond(lengths: &Tensor, width: i64) -> Tensor {
    let outside = Tensor::arange(width, (Kind::Int64, lengths.device())).ge_tensor(&lengths.unsqueeze(-1));
    outside.zeros_like().to_kind(Kind::Float).masked_fill(&outside, f64::NEG_INFINITY)
}

impl Grid {
    fn of(prompt_of: &[i64], prompts: usize, device: Device) -> Self {
        let mut members: Vec<Vec<i64>> = vec![Vec::new(); prompts];
        for (row, &prompt) in prompt_of.iter().enumerate() {
            members[prompt as usize].push(row as i64);
        }
        let most = members.iter().map(Vec::len).max().unwrap_or(0);
        let in_order = members.iter().flatten().copied().eq(0..prompt_of.len() as i64);
        if in_order && members.iter().all(|rows| rows.len() == most) {
            return Self { members: most as i64, places: None };
        }
        let mut tokens = vec![0_i64; prompts * most];
        let mut places = vec![0_i64; prompt_of.len()];
        for (prompt, rows) in members.iter().enumerate() {
            for (member, &row) in rows.iter().enumerate() {
                let place = prompt * most + member;
                tokens[place] = row;
                places[row as usize] = place as i64;
            }
        }
        let tensor = |values: &[i64]| Tensor::from_slice(values).to_device(device);
        Self { members: most as i64, places: Some(Places { tokens: tensor(&tokens), places: tensor(&places) }) }
    }

    /// `[rows, key_value_heads, share, width]` to `[prompts * key_value_heads, members * share, width]`.
    pub(super) fn gather(&self, rows: &Tensor) -> Tensor {
        let size = rows.size();
        let grid = match &self.places {
            Some(Places { tokens, .. }) => rows.index_select(0, tokens),
            None => rows.shallow_clone(),
        };
        let by_prompt = grid.reshape([-1, self.members, size[1], size[2], size[3]]).transpose(1, 2);
        by_prompt.reshape([-1, self.members * size[2], size[3]])
    }

    /// The way back: `[prompts * key_value_heads, members * share, width]` to `[rows, key_value_heads, share, width]`.
    pub(super) fn scatter(&self, grid: &Tensor, key_value_heads: i64, share: i64) -> Tensor {
        let width = grid.size()[2];
        let rows = grid.view([-1, key_value_heads, self.members, share, width]).transpose(1, 2);
        match &self.places {
            Some(Places { places, .. }) => rows.reshape([-1, key_value_heads, share, width]).index_select(0, places),
            None => rows.reshape([-1, key_value_heads, share, width]),
        }
    }
}
