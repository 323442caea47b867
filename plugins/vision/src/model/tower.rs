//! The vision tower of Qwen2.5-VL: patches to embeddings of the policy's width.
//!
//! ```text
//! patches [patches, 588] -> embed -> blocks of norm, attention, norm, SwiGLU -> norm -> squares of 4 patches -> MLP
//! ```
//!
//! Attention of most blocks stays within windows, that of the others sees the whole picture; positions are the patch's row and
//! column, half of a head's planes each. A picture is one frame that stands for two, so that the embedding's weights for both
//! frames are added once instead of every patch being multiplied twice.

use std::collections::BTreeMap;

use ssl4rl::model::Adapter;
use ssl4rl::model::media::{MediaEncoder, MediaError, Medium};
use tch::{Device, Kind, TchError, Tensor};

use super::config::VisionConfig;
use super::layout::{Grid, Layout};
use super::processor::Patches;

/// Base of the rotary angles.
const THETA: f64 = 10_000.0;

/// The tower with its weights.
#[derive(Debug)]
pub struct Tower {
    config: VisionConfig,
    /// By name, in the order of the computation.
    weights: Vec<(String, Tensor)>,
    places: BTreeMap<String, usize>,
    /// By the path of their linear layer.
    adapters: BTreeMap<String, Adapter>,
}

/// Which patches see each other.
struct Segments {
    count: i64,
    /// None where all have equally many patches: attention is then on views. Else the patch at every place of the padded segments `[segments * longest]`, the place of every patch `[patches]`, and
    /// which places may be seen, `[segments, 1, 1, longest]`.
    padded: Option<[Tensor; 3]>,
}

impl Tower {
    /// Names and shapes of the weights, in the order of the computation.
    pub(super) fn shapes(config: &VisionConfig) -> Vec<(String, Vec<i64>)> {
        let VisionConfig { hidden_size: hidden, intermediate_size: wide, out_hidden_size: output, .. } = *config;
        let (frames, patch) = (config.temporal_patch_size, config.patch_size);
        let merged = hidden * config.spatial_merge_size * config.spatial_merge_size;
        let mut shapes = vec![("visual.patch_embed.proj.weight".to_owned(), vec![hidden, 3, frames, patch, patch])];
        for block in 0..config.depth {
            let mut add = |name: &str, shape: &[i64]| {
                shapes.push((format!("visual.blocks.{block}.{name}"), shape.to_vec()));
            };
            add("norm1.weight", &[hidden]);
            add("norm2.weight", &[hidden]);
            for (name, rows, columns) in [
                ("attn.qkv", 3 * hidden, hidden),
                ("attn.proj", hidden, hidden),
                ("mlp.gate_proj", wide, hidden),
                ("mlp.up_proj", wide, hidden),
                ("mlp.down_proj", hidden, wide),
            ] {
                add(&format!("{name}.weight"), &[rows, columns]);
                add(&format!("{name}.bias"), &[rows]);
            }
        }
        shapes.push(("visual.merger.ln_q.weight".into(), vec![hidden]));
        for (layer, rows) in [(0, merged), (2, output)] {
            shapes.push((format!("visual.merger.mlp.{layer}.weight"), vec![rows, merged]));
            shapes.push((format!("visual.merger.mlp.{layer}.bias"), vec![rows]));
        }
        shapes
    }

    /// Assembles the weights, which are all there.
    pub(super) fn new(config: VisionConfig, weights: Vec<(String, Tensor)>) -> Self {
        let places = weights.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)).collect();
        Self { config, weights, places, adapters: BTreeMap::new() }
    }

    /// Embeddings `[tokens, out_hidden]` of normalised `values` `[patches, 588]` of pictures of `grids`, one after the other.
    pub fn forward(&self, values: &Tensor, grids: &[Grid]) -> Result<Tensor, MediaError> {
        let merge = self.config.spatial_merge_size;
        let layout = Layout::of(grids, merge, self.config.window_tokens());
        let device = values.device();
        let index = |places: &[i64]| Tensor::f_from_slice(places)?.f_to_device(device);
        let order = index(&layout.patch_order())?;
        let mut hidden = self.patch_embedding(values)?.f_index_select(0, &order)?; // [patches, hidden]
        let rotation = self.rotation(&layout, hidden.f_kind()?, &order)?;
        let windows = Segments::of(layout.windows(), device)?;
        let pictures = Segments::of(layout.pictures(), device)?;
        for block in 0..self.config.depth {
            let whole = self.config.fullatt_block_indexes.contains(&block);
            hidden = self.block(block, &hidden, &rotation, if whole { &pictures } else { &windows })?;
        }
        let merged = self.merge(&hidden)?;
        Ok(merged.f_index_select(0, &index(&layout.raster_order())?)?)
    }

    fn weight(&self, name: &str) -> &Tensor {
        &self.weights[self.places[name]].1
    }

    fn linear(&self, name: &str, input: &Tensor) -> Result<Tensor, TchError> {
        let output =
            input.f_linear(self.weight(&format!("{name}.weight")), Some(self.weight(&format!("{name}.bias"))))?;
        match self.adapters.get(name) {
            Some(adapter) => output.f_add(&adapter.forward_with_graph(input)),
            None => Ok(output),
        }
    }

    /// The norm in float32, then in the kind of its input times the weight, as the published class does.
    fn norm(&self, name: &str, input: &Tensor) -> Result<Tensor, TchError> {
        let wide = input.f_to_kind(Kind::Float)?;
        let square = wide.f_square()?.f_mean_dim(&[-1_i64][..], true, Kind::Float)?;
        let normed = wide.f_mul(&square.f_add_scalar(VisionConfig::EPSILON)?.f_rsqrt()?)?;
        normed.f_to_kind(input.f_kind()?)?.f_mul(self.weight(name))
    }

    fn patch_embedding(&self, values: &Tensor) -> Result<Tensor, TchError> {
        let weight = self.weight("visual.patch_embed.proj.weight");
        let of_frames = weight.f_sum_dim_intlist(&[2_i64][..], false, weight.f_kind()?)?;
        values
            .f_to_kind(weight.f_kind()?)?
            .f_linear(&of_frames.f_reshape([self.config.hidden_size, self.config.patch_values()])?, None::<&Tensor>)
    }

    /// Cosine and sine `[patches, 1, head_dim]`, in the order of the computation.
    fn rotation(&self, layout: &Layout, kind: Kind, order: &Tensor) -> Result<[Tensor; 2], TchError> {
        let options = (Kind::Float, order.device());
        let half = self.config.head_dim() / 2;
        let exponents = Tensor::f_arange_start_step(0, half, 2, options)?.f_div_scalar(half as f64)?;
        let frequencies = Tensor::f_pow_scalar(THETA, &exponents)?.f_reciprocal()?; // [head_dim / 4]
        let axis = |axis: usize| {
            let places: Vec<f32> = layout.positions().iter().map(|position| position[axis] as f32).collect();
            let places = Tensor::f_from_slice(&places)?.f_to_device(order.device())?;
            places.f_unsqueeze(1)?.f_mul(&frequencies)
        };
        let angles = Tensor::f_cat(&[axis(0)?, axis(1)?], 1)?.f_index_select(0, order)?;
        let both_halves = |half: Tensor| Tensor::f_cat(&[&half, &half], 1)?.f_unsqueeze(1)?.f_to_kind(kind);
        Ok([both_halves(angles.f_cos()?)?, both_halves(angles.f_sin()?)?])
    }

    fn block(
        &self,
        block: i64,
        hidden: &Tensor,
        rotation: &[Tensor; 2],
        segments: &Segments,
    ) -> Result<Tensor, TchError> {
        let name = |part: &str| format!("visual.blocks.{block}.{part}");
        let (patches, heads) = (hidden.size()[0], self.config.num_heads);
        let normed = self.norm(&name("norm1.weight"), hidden)?;
        let all = self.linear(&name("attn.qkv"), &normed)?.f_view([patches, 3, heads, -1])?;
        let [queries, keys, values] = [all.f_select(1, 0)?, all.f_select(1, 1)?, all.f_select(1, 2)?];
        let mixed = segments.attend(&rotate(&queries, rotation)?, &rotate(&keys, rotation)?, &values)?;
        let hidden = hidden.f_add(&self.linear(&name("attn.proj"), &mixed)?)?;
        let normed = self.norm(&name("norm2.weight"), &hidden)?;
        let gate = self.linear(&name("mlp.gate_proj"), &normed)?.f_silu()?;
        let gated = gate.f_mul(&self.linear(&name("mlp.up_proj"), &normed)?)?;
        hidden.f_add(&self.linear(&name("mlp.down_proj"), &gated)?)
    }

    /// `[patches, hidden]` to `[tokens, out_hidden]`.
    fn merge(&self, hidden: &Tensor) -> Result<Tensor, TchError> {
        let merged = self.config.hidden_size * self.config.spatial_merge_size.pow(2);
        let squares = self.norm("visual.merger.ln_q.weight", hidden)?.f_view([-1, merged])?;
        self.linear("visual.merger.mlp.2", &self.linear("visual.merger.mlp.0", &squares)?.f_gelu("none")?)
    }
}

/// Turns queries or keys `[patches, heads, head_dim]`.
fn rotate(heads: &Tensor, [cosine, sine]: &[Tensor; 2]) -> Result<Tensor, TchError> {
    let halves = heads.f_chunk(2, -1)?;
    let turned = Tensor::f_cat(&[&halves[1].f_neg()?, &halves[0]], -1)?;
    heads.f_mul(cosine)?.f_add(&turned.f_mul(sine)?)
}

impl Segments {
    fn of(lengths: &[i64], device: Device) -> Result<Self, TchError> {
        let (count, longest) = (lengths.len() as i64, lengths.iter().copied().max().unwrap_or(0));
        if lengths.iter().all(|&length| length == longest) {
            return Ok(Self { count, padded: None });
        }
        let (mut patches, mut places, mut seen, mut first) = (Vec::new(), Vec::new(), Vec::new(), 0_i64);
        for (segment, &length) in lengths.iter().enumerate() {
            patches.extend((0..longest).map(|place| if place < length { first + place } else { first }));
            places.extend((0..length).map(|place| segment as i64 * longest + place));
            seen.extend((0..longest).map(|place| place < length));
            first += length;
        }
        let index = |values: &[i64]| Tensor::f_from_slice(values)?.f_to_device(device);
        let seen = Tensor::f_from_slice(&seen)?.f_to_device(device)?.f_view([count, 1, 1, longest])?;
        Ok(Self { padded: Some([index(&patches)?, index(&places)?, seen]), count })
    }

    /// What every patch finds in its segment, `[patches, hidden]`.
    fn attend(&self, queries: &Tensor, keys: &Tensor, values: &Tensor) -> Result<Tensor, TchError> {
        let (heads, head_dim) = (queries.size()[1], queries.size()[2]);
        let rows = |packed: &Tensor| {
            let cells = match &self.padded {
                Some([patches, ..]) => packed.f_index_select(0, patches)?,
                None => packed.shallow_clone(),
            };
            cells.f_view([self.count, -1, heads, head_dim])?.f_transpose(1, 2)
        };
        let seen = self.padded.as_ref().map(|[.., seen]| seen);
        let (queries, keys, values) = (rows(queries)?, rows(&keys.f_contiguous()?)?, rows(&values.f_contiguous()?)?);
        let mixed =
            Tensor::f_scaled_dot_product_attention(&queries, &keys, &values, seen, 0.0, false, None::<f64>, false)?;
        let cells = mixed.f_transpose(1, 2)?.f_reshape([-1, heads * head_dim])?;
        match &self.padded {
            Some([_, places, _]) => cells.f_index_select(0, places),
            None => Ok(cells),
        }
    }
}

impl MediaEncoder for Tower {
    fn embed(&self, media: &[&Medium]) -> Result<Tensor, MediaError> {
        let pictures = media
            .iter()
            .map(|medium| medium.content.downcast_ref::<Patches>().ok_or(MediaError::ForeignMedium))
            .collect::<Result<Vec<_>, _>>()?;
        let weight = self.weight("visual.patch_embed.proj.weight");
        let (kind, device) = (weight.f_kind()?, weight.device());
        let values = pictures
            .iter()
            .map(|patches| Ok(patches.values()?.f_to_device(device)?.f_to_kind(kind)?))
            .collect::<Result<Vec<_>, MediaError>>()?;
        let grids: Vec<Grid> = pictures.iter().map(|patches| patches.grid).collect();
        self.forward(&Tensor::f_cat(&values, 0)?, &grids)
    }

    fn parameters(&self) -> Vec<(String, Tensor)> {
        self.weights.iter().map(|(name, weight)| (name.clone(), weight.shallow_clone())).collect()
    }

    /// Every matrix but the embedding of patches, which is a convolution in the published class.
    fn modules(&self) -> Vec<(String, [i64; 2])> {
        let module = |(name, weight): &(String, Tensor)| match weight.size()[..] {
            [output, input] => Some((name.strip_suffix(".weight")?.to_owned(), [output, input])),
            _ => None,
        };
        self.weights.iter().filter_map(module).collect()
    }

    fn adapt(&mut self, module: &str, adapter: Adapter) {
        self.adapters.insert(module.to_owned(), adapter);
    }

    fn adapters(&self) -> Vec<(String, &Adapter)> {
        self.adapters.iter().map(|(module, adapter)| (module.clone(), adapter)).collect()
    }
}
