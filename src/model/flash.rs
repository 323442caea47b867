//! Attention of packed tokens on a GPU, by the flash attention that is part of libtorch: no padding, no mask, no scores in memory.
//!
//! What a token finds is kept with the logarithm `l` of the sum of its exponentials. With that, what it finds among two sets of
//! keys follows from what it finds in each, and the gradients of each set follow from the joint output and `l` alone:
//!
//! ```text
//! l = log(exp l_1 + exp l_2)        output = exp(l_1 - l) output_1 + exp(l_2 - l) output_2
//! ```
//!
//! (FlashAttention-2, arXiv 2307.08691, section 3.1; for several sets of keys Ring Attention, arXiv 2310.01889.)

use std::sync::OnceLock;

use tch::{Device, Kind, Tensor};

use super::extension::{self, Packed};

/// Largest head that the kernels are made for, and what it is a multiple of.
const LARGEST_HEAD: i64 = 256;
const HEAD_STEP: i64 = 8;

/// Whether `queries` `[tokens, heads, head_dim]` can be looked up this way: half precision on a GPU of compute capability 8 or more.
pub(super) fn suits(queries: &Tensor) -> bool {
    let head_dim = queries.size().last().copied().unwrap_or_default();
    let is_half = matches!(queries.kind(), Kind::BFloat16 | Kind::Half);
    queries.device().is_cuda() && is_half && head_dim <= LARGEST_HEAD && head_dim % HEAD_STEP == 0 && runs_here(queries)
}

/// Whether libtorch would choose flash attention itself; asked once.
fn runs_here(queries: &Tensor) -> bool {
    /// libtorch's number of it.
    const FLASH: i64 = 1;
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let small = Tensor::zeros([1, 1, 8, 64], (queries.kind(), queries.device()));
        let choice =
            Tensor::f_internal_fused_sdp_choice(&small, &small, &small, None::<&Tensor>, 0.0, true, None, false);
        choice.is_ok_and(|choice| choice == FLASH)
    })
}

/// Sequences of tokens packed one after another.
#[derive(Debug)]
pub(super) struct Sequences {
    /// Int32 `[sequences + 1]`, from 0.
    ends: Tensor,
    longest: i64,
}

impl Sequences {
    pub(super) fn of(lengths: &[i64], device: Device) -> Self {
        let ends = lengths.iter().scan(0_i32, |end, &length| {
            *end += length as i32;
            Some(*end)
        });
        let ends: Vec<i32> = std::iter::once(0).chain(ends).collect();
        Self { ends: Tensor::from_slice(&ends).to_device(device), longest: lengths.iter().copied().max().unwrap_or(0) }
    }

    fn packed(&self) -> Packed<'_> {
        (&self.ends, self.longest)
    }
}

/// Keys and values `[keys, key_value_heads, head_dim]`.
pub(super) type Stored<'tensors> = (&'tensors Tensor, &'tensors Tensor);

/// What tokens found.
#[derive(Debug)]
pub(super) struct Found {
    /// `[tokens, heads, head_dim]`
    pub(super) output: Tensor,
    /// Logarithms of the sums of exponentials, float32 `[heads, tokens]`.
    pub(super) log_sums: Tensor,
}

impl Found {
    /// What the sequences `of_queries` of `queries` `[tokens, heads, head_dim]` find in the sequences `of_keys`; with `causal`, both
    /// are the same, and nobody looks ahead.
    pub(super) fn among(
        queries: &Tensor,
        (keys, values): Stored<'_>,
        (of_queries, of_keys): (&Sequences, &Sequences),
        causal: bool,
    ) -> Self {
        let found = extension::flash_attention(queries, (keys, values), of_queries.packed(), of_keys.packed(), causal);
        // As with tch's own operations.
        let (output, log_sums) = found.unwrap_or_else(|error| panic!("{error}"));
        Self { output, log_sums }
    }

    /// What is found in two sets of keys together.
    pub(super) fn joined(&self, other: &Self) -> Self {
        let log_sums = self.log_sums.logaddexp(&other.log_sums);
        let share = (&other.log_sums - &log_sums).exp().tr().unsqueeze(-1); // [tokens, heads, 1]
        let (output, other) = (self.output.to_kind(Kind::Float), other.output.to_kind(Kind::Float));
        Self { output: output.lerp_tensor(&other, &share).to_kind(self.output.kind()), log_sums }
    }

    /// What tokens after those of `self` found, appended.
    pub(super) fn followed_by(&self, later: &Self) -> Self {
        Self {
            output: Tensor::cat(&[&self.output, &later.output], 0),
            log_sums: Tensor::cat(&[&self.log_sums, &later.log_sums], 1),
        }
    }

    /// Tokens `first` to `first + count`.
    pub(super) fn narrow(&self, first: i64, count: i64) -> Self {
        Self {
            output: self.output.narrow(0, first, count),
            log_sums: self.log_sums.narrow(1, first, count).contiguous(),
        }
    }

    /// The gradients of queries, keys and values of one set of keys, given that of the output `[tokens, heads, head_dim]`; `self` is
    /// what was found in all sets together.
    pub(super) fn backward(
        &self,
        gradient: &Tensor,
        queries: &Tensor,
        (keys, values): Stored<'_>,
        (of_queries, of_keys): (&Sequences, &Sequences),
        causal: bool,
    ) -> [Tensor; 3] {
        // Only dropout draws random numbers.
        let undrawn = Tensor::zeros([2], (Kind::Int64, queries.device()));
        let (of_queries, of_keys, of_values) = Tensor::internal_flash_attention_backward(
            gradient,
            queries,
            keys,
            values,
            &self.output,
            &self.log_sums,
            &of_queries.ends,
            &of_keys.ends,
            of_queries.longest,
            of_keys.longest,
            0.0,
            causal,
            &undrawn,
            &undrawn,
            None,
            None,
            None,
        );
        [of_queries, of_keys, of_values]
    }
}
