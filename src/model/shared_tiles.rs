//! The attention of [`SharedPrefix`](super::SharedPrefix) by libtorch, in two tiles: `[prompts, width]` and `[completions, width]`.
//!
//! The tiles alone are padded; where all lengths of a tile are equal, it is a view. The keys of a completion are those of its
//! prompt and, after them, its own.

use tch::{Device, Kind, Tensor};

/// Both tiles.
#[derive(Debug)]
pub(super) struct SharedTiles {
    prompts: Tile,
    /// `None` where no completion has tokens of its own.
    completions: Option<Completions>,
}

#[derive(Debug)]
struct Completions {
    tile: Tile,
    /// The prompt of each completion, `[completions]`.
    prompt: Tensor,
    /// Float32 `[completions, 1, width, prompt width + width]`: 0 where a query may look, minus infinity elsewhere.
    mask: Tensor,
}

impl SharedTiles {
    /// The layout of `prompts`, by their lengths, and of `completions`, by their prompt and length, none of which is 0.
    pub(super) fn new(prompts: &[i64], completions: &[(usize, i64)], device: Device) -> Self {
        let tile = Tile::new(0, prompts, device);
        let completions = (!completions.is_empty()).then(|| Completions::new(&tile, prompts, completions, device));
        Self { prompts: tile, completions }
    }

    /// What `queries` `[tokens, heads, head_dim]` find, `[tokens, heads * head_dim]`.
    pub(super) fn forward(&self, queries: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor {
        let grouped = queries.size()[1] != keys.size()[1];
        let mix = |queries: &Tensor, keys: &Tensor, values: &Tensor, mask: Option<Tensor>| {
            let causal = mask.is_none();
            Tensor::scaled_dot_product_attention(queries, keys, values, mask, 0.0, causal, None, grouped)
        };
        let tile = &self.prompts;
        let (prompt_keys, prompt_values) = (tile.spread(keys), tile.spread(values));
        let of_prompts = tile.pack(&mix(&tile.spread(queries), &prompt_keys, &prompt_values, None));
        let Some(Completions { tile, prompt, mask }) = &self.completions else { return of_prompts };
        let after = |prompts: &Tensor, own: &Tensor| {
            Tensor::cat(&[prompts.index_select(0, prompt), tile.spread(own)], 2) // [completions, kv, prompt + own, head_dim]
        };
        let (keys, values) = (after(&prompt_keys, keys), after(&prompt_values, values));
        let mask = mask.to_kind(queries.kind());
        let of_completions = tile.pack(&mix(&tile.spread(queries), &keys, &values, Some(mask)));
        Tensor::cat(&[of_prompts, of_completions], 0)
    }
}

impl Completions {
    fn new(prompts: &Tile, prompt_lengths: &[i64], present: &[(usize, i64)], device: Device) -> Self {
        let lengths: Vec<i64> = present.iter().map(|&(_, length)| length).collect();
        let tile = Tile::new(prompts.tokens, &lengths, device);
        let rows: Vec<i64> = present.iter().map(|&(prompt, _)| prompt as i64).collect();
        let seen: Vec<i64> = present.iter().map(|&(prompt, _)| prompt_lengths[prompt]).collect();
        let order = |width: i64| Tensor::arange(width, (Kind::Int64, device));
        let (prompt_width, width) = (prompts.width, tile.width);
        let of_prompt = order(prompt_width).lt_tensor(&Tensor::from_slice(&seen).to_device(device).unsqueeze(1));
        let own = order(width).unsqueeze(0).le_tensor(&order(width).unsqueeze(1)); // [queries, keys]
        let count = present.len() as i64;
        let allowed = Tensor::cat(
            &[
                of_prompt.view([count, 1, 1, prompt_width]).expand([count, 1, width, prompt_width], false),
                own.view([1, 1, width, width]).expand([count, 1, width, width], false),
            ],
            -1,
        );
        let mask =
            Tensor::zeros(allowed.size(), (Kind::Float, device)).masked_fill(&allowed.logical_not(), f64::NEG_INFINITY);
        Self { tile, prompt: Tensor::from_slice(&rows).to_device(device), mask }
    }
}

/// Rows of tokens, right-padded to one width.
#[derive(Debug)]
struct Tile {
    /// Position of the first of its tokens among the packed ones, and their number.
    start: i64,
    tokens: i64,
    rows: i64,
    width: i64,
    /// Where rows differ in length.
    padding: Option<Padding>,
}

#[derive(Debug)]
struct Padding {
    /// Token in each cell, `[rows * width]`; padding repeats the first of its row, so that it holds finite values.
    token_of_cell: Tensor,
    /// Cell of each token, `[tokens]`.
    cell_of_token: Tensor,
}

impl Tile {
    fn new(start: i64, lengths: &[i64], device: Device) -> Self {
        let (tokens, rows) = (lengths.iter().sum(), lengths.len() as i64);
        let width = lengths.iter().copied().max().unwrap_or(0);
        let padding = lengths.iter().any(|&length| length != width).then(|| {
            let (mut token_of_cell, mut cell_of_token) = (Vec::new(), Vec::new());
            let mut first = 0;
            for (row, &length) in lengths.iter().enumerate() {
                token_of_cell.extend((0..width).map(|column| if column < length { first + column } else { first }));
                cell_of_token.extend((0..length).map(|column| row as i64 * width + column));
                first += length;
            }
            let tensor = |values: &[i64]| Tensor::from_slice(values).to_device(device);
            Padding { token_of_cell: tensor(&token_of_cell), cell_of_token: tensor(&cell_of_token) }
        });
        Self { start, tokens, rows, width, padding }
    }

    /// Packed `[all tokens, heads, head_dim]` to `[rows, heads, width, head_dim]`.
    fn spread(&self, packed: &Tensor) -> Tensor {
        let (heads, head_dim) = (packed.size()[1], packed.size()[2]);
        let own = packed.narrow(0, self.start, self.tokens);
        let cells = match &self.padding {
            Some(padding) => own.index_select(0, &padding.token_of_cell),
            None => own,
        };
        cells.view([self.rows, self.width, heads, head_dim]).transpose(1, 2)
    }

    /// `[rows, heads, width, head_dim]` to packed `[tokens, heads * head_dim]`.
    fn pack(&self, tile: &Tensor) -> Tensor {
        let cells = tile.transpose(1, 2).reshape([self.rows * self.width, -1]);
        match &self.padding {
            Some(padding) => cells.index_select(0, &padding.cell_of_token),
            None => cells,
        }
    }
}
