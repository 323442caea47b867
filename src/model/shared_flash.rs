//! The attention of [`SharedPrefix`](super::SharedPrefix) on a GPU: three lookups of packed tokens, and no tile.
//!
//! ```text
//! prompts among themselves      completions among themselves      completions in their prompts
//! ```
//!
//! The last one takes all completions of a prompt as one sequence of queries, which is what they are in the packed order. What
//! a completion's token finds is the second and the third together.

use tch::{Device, Tensor};

use super::flash::{Found, Sequences};

/// Where the sequences lie.
#[derive(Debug)]
pub(super) struct SharedFlash {
    prompts: Sequences,
    prompt_tokens: i64,
    completions: Option<Completions>,
}

#[derive(Debug)]
struct Completions {
    own: Sequences,
    tokens: i64,
    /// The tokens of all completions of each prompt.
    by_prompt: Sequences,
}

impl SharedFlash {
    /// The layout of `prompts` and of `completions`, each with its prompt's position; none where the completions of one prompt are
    /// not one after another in the order of the prompts, or there is no GPU.
    pub(super) fn of(prompts: &[i64], completions: &[(usize, i64)], device: Device) -> Option<Self> {
        if !device.is_cuda() || !completions.is_sorted_by_key(|&(prompt, _)| prompt) {
            return None;
        }
        let mut of_prompt = vec![0; prompts.len()];
        for &(prompt, length) in completions {
            of_prompt[prompt] += length;
        }
        let lengths: Vec<i64> = completions.iter().map(|&(_, length)| length).collect();
        Some(Self {
            prompts: Sequences::of(prompts, device),
            prompt_tokens: prompts.iter().sum(),
            completions: (!completions.is_empty()).then(|| Completions {
                own: Sequences::of(&lengths, device),
                tokens: lengths.iter().sum(),
                by_prompt: Sequences::of(&of_prompt, device),
            }),
        })
    }

    /// What packed tokens find among each other.
    pub(super) fn forward(&self, heads: [&Tensor; 3]) -> Found {
        let [queries, keys, values] = self.of_prompts(heads);
        let prompts = (&keys, &values);
        let by_prompts = Found::among(&queries, prompts, (&self.prompts, &self.prompts), true);
        let Some(completions) = &self.completions else { return by_prompts };
        let Completions { own, by_prompt, .. } = completions;
        let [queries, keys, values] = self.of_completions(heads, completions);
        let among_own = Found::among(&queries, (&keys, &values), (own, own), true);
        let in_prompts = Found::among(&queries, prompts, (by_prompt, &self.prompts), false);
        by_prompts.followed_by(&among_own.joined(&in_prompts))
    }

    /// The gradients of `heads`, given that of what they `found`, `[tokens, heads, head_dim]`.
    pub(super) fn backward(&self, heads: [&Tensor; 3], found: &Found, gradient: &Tensor) -> [Tensor; 3] {
        let [queries, keys, values] = self.of_prompts(heads);
        let prompts = (&keys, &values);
        let found_by_prompts = found.narrow(0, self.prompt_tokens);
        let of_found = gradient.narrow(0, 0, self.prompt_tokens);
        let sequences = (&self.prompts, &self.prompts);
        let of_prompts = found_by_prompts.backward(&of_found, &queries, prompts, sequences, true);
        let Some(completions) = &self.completions else { return of_prompts };

        let Completions { own, by_prompt, tokens } = completions;
        let [queries, keys, values] = self.of_completions(heads, completions);
        let found = found.narrow(self.prompt_tokens, *tokens);
        let of_found = gradient.narrow(0, self.prompt_tokens, *tokens);
        let [of_queries, of_keys, of_values] = found.backward(&of_found, &queries, (&keys, &values), (own, own), true);
        let [of_queries_too, of_prompt_keys, of_prompt_values] =
            found.backward(&of_found, &queries, prompts, (by_prompt, &self.prompts), false);

        let [by_prompts, keys_by_prompts, values_by_prompts] = of_prompts;
        let joined = |first: Tensor, then: Tensor| Tensor::cat(&[first, then], 0);
        [
            joined(by_prompts, of_queries + of_queries_too),
            joined(keys_by_prompts + of_prompt_keys, of_keys),
            joined(values_by_prompts + of_prompt_values, of_values),
        ]
    }

    /// The prompts' part of packed queries, keys and values, `[tokens, heads, head_dim]` each.
    fn of_prompts(&self, heads: [&Tensor; 3]) -> [Tensor; 3] {
        heads.map(|packed| packed.narrow(0, 0, self.prompt_tokens))
    }

    /// The completions' part.
    fn of_completions(&self, heads: [&Tensor; 3], completions: &Completions) -> [Tensor; 3] {
        heads.map(|packed| packed.narrow(0, self.prompt_tokens, completions.tokens))
    }
}
