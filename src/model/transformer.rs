//! The decoder-only transformer: embedding, pre-norm layers of attention and `SwiGLU`, final norm, output head.

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use super::attend::Attend;
use super::attention::Attention;
use super::layer::{Layer, SwiGlu, Trace};
use super::layers::{Linear, RmsNorm};
use super::lora::{Adapter, Lora};
use super::media::{self, MediaEncoder, PackedMedia};
use super::product::{LaidOut, Sums, wide_linear};
use super::rope::{RotaryFrequencies, Rotation};
use super::shared_prefix::SharedPrefix;
use super::{ModelConfig, ModelError};
use crate::kernels::{self, Panels};

/// Most weights that are laid out a second time. A copy of larger models would be felt, and their products spend less of their
/// time on laying out.
pub(crate) const MOST_LAID_OUT: usize = 1 << 27;

/// A transformer; what tells the families apart is in its [`ModelConfig`].
#[derive(Debug)]
pub struct Transformer {
    config: ModelConfig,
    embedding: Tensor, // [vocab, hidden]
    layers: Vec<Layer>,
    norm: RmsNorm,
    head: Option<Tensor>, // [vocab, hidden]; none where the embedding is the head
    rotary: RotaryFrequencies,
    head_laid_out: LaidOut,
    lora: Option<Lora>, // the shape of the adapters, where there are any
    media: Option<Box<dyn MediaEncoder>>,
    encoder_frozen: bool,
}

/// While it lives, the weights of a transformer are also laid out as the kernel of the processor reads them, and its adapters rounded.
#[derive(Debug)]
pub(crate) struct Unchanging<'model>(&'model Transformer);

impl Drop for Unchanging<'_> {
    fn drop(&mut self) {
        for (_, laid_out) in self.0.multiplied() {
            laid_out.take();
        }
        self.0.adapters().for_each(|(_, adapter)| adapter.changes());
    }
}

impl Transformer {
    /// Assembles the weights that `tensor(name, shape)` supplies, by their names in a checkpoint.
    pub fn assemble<Error: From<ModelError>>(
        config: &ModelConfig,
        mut tensor: impl FnMut(&str, &[i64]) -> Result<Tensor, Error>,
    ) -> Result<Self, Error> {
        let (vocab, hidden) = (config.vocab_size, config.hidden_size);
        let embedding = tensor("model.embed_tokens.weight", &[vocab, hidden])?;
        let layers = (0..config.num_hidden_layers)
            .map(|layer| Layer::assemble(config, &format!("model.layers.{layer}"), &mut tensor))
            .collect::<Result<_, Error>>()?;
        let norm = RmsNorm { weight: tensor("model.norm.weight", &[hidden])?, epsilon: config.rms_norm_eps };
        let head = if config.tie_word_embeddings { None } else { Some(tensor("lm_head.weight", &[vocab, hidden])?) };
        let rotary = RotaryFrequencies::new(config, embedding.device());
        let media = match config.media_family() {
            Some(family) => {
                let names = family.weights(config.fields()).map_err(ModelError::from)?;
                let weights = names.into_iter().map(|(name, shape)| tensor(&name, &shape).map(|weight| (name, weight)));
                let weights = weights.collect::<Result<BTreeMap<String, Tensor>, Error>>()?;
                Some(family.encoder(config.fields(), weights).map_err(ModelError::from)?)
            }
            None => None,
        };
        Ok(Self {
            config: config.clone(),
            embedding,
            layers,
            norm,
            head,
            rotary,
            head_laid_out: LaidOut::default(),
            lora: None,
            media,
            encoder_frozen: false,
        })
    }

    /// The shape.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The embedding, `[vocab, hidden]`.
    pub(super) fn embedding(&self) -> &Tensor {
        &self.embedding
    }

    /// Where the weights lie.
    pub fn device(&self) -> Device {
        self.embedding.device()
    }

    /// The number format of the weights.
    pub fn kind(&self) -> Kind {
        self.embedding.kind()
    }

    /// Final hidden states of packed tokens, `[tokens, hidden]`: `ids` and `positions` are `[tokens]`, and `attend` decides which
    /// of them see which.
    ///
    /// With `wanted`, positions among the tokens, only the states of those come back, and the last layer computes little more.
    pub fn forward(
        &self,
        ids: &Tensor,
        positions: &Tensor,
        attend: &mut dyn Attend,
        wanted: Option<&Tensor>,
    ) -> Tensor {
        self.forward_embedded(self.embed(ids), positions, attend, wanted)
    }

    /// [`Transformer::forward`] of what [`Transformer::embed_prompts`] gives; `positions` are `[tokens]` or `[3, tokens]`.
    pub fn forward_embedded(
        &self,
        mut hidden: Tensor,
        positions: &Tensor,
        attend: &mut dyn Attend,
        wanted: Option<&Tensor>,
    ) -> Tensor {
        let rotation = self.rotation(positions);
        for layer in 0..self.layers.len() {
            let wanted = wanted.filter(|_| layer + 1 == self.layers.len());
            (hidden, _) = self.layer(layer, &hidden, &rotation, attend, wanted);
        }
        self.finish(&hidden)
    }

    /// What enters the first layer, `[tokens, hidden]`.
    pub(crate) fn embed(&self, ids: &Tensor) -> Tensor {
        Tensor::embedding(&self.embedding, ids, -1, false, false)
    }

    /// What enters the first layer where media stand among the tokens, `[tokens, hidden]`.
    pub fn embed_prompts(&self, ids: &Tensor, media: Option<&PackedMedia>) -> Result<Tensor, ModelError> {
        match media {
            Some(media) => media.put_into(&self.embed(ids), &self.embed_media(media)?),
            None => Ok(self.embed(ids)),
        }
    }

    /// The embeddings of media `[media tokens, hidden]`, with gradient where the encoder is trained.
    pub(crate) fn embed_media(&self, media: &PackedMedia) -> Result<Tensor, ModelError> {
        let encoder = self.media.as_ref().ok_or_else(media::reads_none)?;
        Ok(encoder.embed(&media.media())?)
    }

    /// The rotation of queries and keys at `positions`, `[tokens]` or `[3, tokens]`.
    pub(crate) fn rotation(&self, positions: &Tensor) -> Rotation {
        self.rotary.at(positions, self.kind())
    }

    /// Layer `index`: `[tokens, hidden]` to the same shape, or to `[wanted, hidden]` where only some tokens are wanted; beside
    /// it, what [`Transformer::layer_backward`] needs.
    pub(crate) fn layer(
        &self,
        index: usize,
        hidden: &Tensor,
        rotation: &Rotation,
        attend: &mut dyn Attend,
        wanted: Option<&Tensor>,
    ) -> (Tensor, Trace) {
        self.layers[index].forward(index, hidden, rotation, attend, wanted)
    }

    /// The way back through layer `index`: hands over the gradients of its weights, given that of its output, and returns that of its
    /// input; `seen` are the attention and the wanted tokens of the way forward.
    pub(crate) fn layer_backward(
        &self,
        index: usize,
        trace: Trace,
        gradient: Tensor,
        rotation: &Rotation,
        seen: (&SharedPrefix, Option<&Tensor>),
        sums: &mut Sums<'_>,
    ) -> Tensor {
        self.layers[index].backward(trace, gradient, rotation, seen, sums)
    }

    /// The final norm.
    pub(crate) fn finish(&self, hidden: &Tensor) -> Tensor {
        self.norm.forward(hidden)
    }

    /// The way back through the final norm: `hidden` is what it was given.
    pub(crate) fn finish_backward(&self, hidden: &Tensor, gradient: &Tensor, sums: &mut Sums<'_>) -> Tensor {
        self.norm.backward(hidden, gradient, None, sums)
    }

    /// Hands over the gradient of the embedding, given that of what enters the first layer.
    pub(crate) fn embed_backward(&self, ids: &Tensor, gradient: &Tensor, sums: &mut Sums<'_>) {
        if self.embedding.requires_grad() {
            sums(&self.embedding, Tensor::embedding_dense_backward(gradient, ids, self.config.vocab_size, -1, false));
        }
    }

    /// Logits `[.., vocab]` in float32 of final hidden states `[.., hidden]`.
    pub fn logits(&self, hidden: &Tensor) -> Tensor {
        wide_linear(hidden, self.head_weight(), &self.head_laid_out).to_kind(Kind::Float)
    }

    /// Lays out the weights for many products of few rows, where the processor has a kernel for that and it does not take much
    /// memory, and rounds adapters to the format of the weights. They must not change until what is returned is dropped.
    pub(crate) fn unchanging(&self) -> Unchanging<'_> {
        let weights: usize = self.multiplied().map(|(weight, _)| weight.numel()).sum();
        if weights <= MOST_LAID_OUT {
            for (weight, laid_out) in
                self.multiplied().filter(|(weight, _)| kernels::suits(&[weight]) || kernels::widens(&[weight]))
            {
                laid_out.replace(Some(Panels::of_transpose(weight)));
            }
        }
        self.adapters().for_each(|(_, adapter)| adapter.stays(self.kind()));
        Unchanging(self)
    }

    /// All matrices that are multiplied with.
    fn multiplied(&self) -> impl Iterator<Item = (&Tensor, &LaidOut)> {
        let of_layers = self.layers.iter().flat_map(Layer::linears);
        of_layers
            .map(|(_, linear)| (&linear.weight, &linear.laid_out))
            .chain([(self.head_weight(), &self.head_laid_out)])
    }

    /// Weights `[vocab, hidden]` of the output head; the embedding where they are tied.
    pub fn head_weight(&self) -> &Tensor {
        self.head.as_ref().unwrap_or(&self.embedding)
    }

    /// Every weight with its checkpoint name, in a fixed order; the tensors share storage with the model. Adapters are none
    /// of them.
    pub fn parameters(&self) -> Vec<(String, Tensor)> {
        let mut parameters = self.text_parameters();
        parameters.extend(self.media.iter().flat_map(|encoder| encoder.parameters()));
        parameters
    }

    /// The same without those of the encoder of media.
    fn text_parameters(&self) -> Vec<(String, Tensor)> {
        let mut parameters = vec![("model.embed_tokens.weight".to_owned(), self.embedding.shallow_clone())];
        for (index, layer) in self.layers.iter().enumerate() {
            layer.collect(&format!("model.layers.{index}"), &mut parameters);
        }
        parameters.push(("model.norm.weight".into(), self.norm.weight.shallow_clone()));
        if let Some(head) = &self.head {
            parameters.push(("lm_head.weight".into(), head.shallow_clone()));
        }
        parameters
    }

    /// Number of weights.
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().map(|(_, tensor)| tensor.numel()).sum()
    }

    /// A frozen copy that shares nothing with this model, what its adapters add merged into its weights.
    pub fn frozen_copy(&self) -> Result<Self, ModelError> {
        let adapters: BTreeMap<String, &Adapter> = self.adapters().collect();
        self.rebuilt(|name, weight| match name.strip_suffix(".weight").and_then(|module| adapters.get(module)) {
            Some(adapter) => adapter.merged_into(weight),
            None => Ok(weight.detach().copy()),
        })
    }

    /// The same model without its adapters: frozen, and sharing every weight with this one.
    pub fn base(&self) -> Result<Self, ModelError> {
        self.rebuilt(|_, weight| Ok(weight.f_detach()?))
    }

    /// The same model with adapters of the shape `lora`, in place of those it has, made of the tensors that
    /// `tensor(name, shape)` supplies by their names in an adapter's file; all weights are frozen and shared with this one.
    pub fn with_adapters(
        &self,
        lora: &Lora,
        mut tensor: impl FnMut(&str, &[i64]) -> Result<Tensor, ModelError>,
    ) -> Result<Self, ModelError> {
        let mut adapted = self.base()?;
        for (index, layer) in adapted.layers.iter_mut().enumerate() {
            for (name, linear) in layer.linears_mut() {
                let module = format!("model.layers.{index}.{name}");
                if lora.modules.contains(&module) {
                    linear.adapter = Some(Adapter::assemble(&module, &linear.weight.size(), lora, &mut tensor)?);
                }
            }
        }
        if let Some(encoder) = &mut adapted.media {
            for (module, shape) in encoder.modules() {
                if lora.modules.contains(&module) {
                    encoder.adapt(&module, Adapter::assemble(&module, &shape, lora, &mut tensor)?);
                }
            }
        }
        adapted.lora = Some(lora.clone());
        Ok(adapted)
    }

    /// The shape of the adapters, where there are any.
    pub fn lora(&self) -> Option<&Lora> {
        self.lora.as_ref()
    }

    /// The adapters' matrices with their names in an adapter's file, in a fixed order; they share storage with the model.
    pub fn adapter_parameters(&self) -> Vec<(String, Tensor)> {
        self.adapters().flat_map(|(module, adapter)| adapter.parameters(&module)).collect()
    }

    /// Leaves the weights of the encoder of media, where there is one, out of what training moves.
    pub fn freeze_encoder(&mut self) {
        self.encoder_frozen = true;
        for (_, weight) in self.media.iter().flat_map(|encoder| encoder.parameters()) {
            let _ = weight.set_requires_grad(false);
        }
    }

    /// What training moves: the adapters' matrices where there are any, else every weight that is not frozen.
    pub fn trainable_parameters(&self) -> Vec<(String, Tensor)> {
        match self.lora {
            Some(_) => self.adapter_parameters(),
            None if self.encoder_frozen => self.text_parameters(),
            None => self.parameters(),
        }
    }

    /// The paths of all linear layers, `model.layers.0.self_attn.q_proj`, those of the encoder of media among them; the output
    /// head is none of them.
    pub fn modules(&self) -> Vec<String> {
        self.text_modules().into_iter().chain(self.encoder_modules()).collect()
    }

    /// The paths of the linear layers of the text part.
    pub(super) fn text_modules(&self) -> Vec<String> {
        self.linears().map(|(module, _)| module).collect()
    }

    /// The paths of the linear layers of the encoder of media.
    pub(super) fn encoder_modules(&self) -> Vec<String> {
        self.media.iter().flat_map(|encoder| encoder.modules()).map(|(module, _)| module).collect()
    }

    /// Adapters by the path of their linear layer.
    pub(super) fn adapters(&self) -> impl Iterator<Item = (String, &Adapter)> {
        let of_text = self.linears().filter_map(|(module, linear)| Some((module, linear.adapter.as_ref()?)));
        of_text.chain(self.media.iter().flat_map(|encoder| encoder.adapters()))
    }

    fn linears(&self) -> impl Iterator<Item = (String, &Linear)> {
        self.layers.iter().enumerate().flat_map(|(index, layer)| {
            layer.linears().map(move |(name, linear)| (format!("model.layers.{index}.{name}"), linear))
        })
    }

    /// A model of the same shape without adapters, whose weights `make` makes of this one's.
    fn rebuilt(&self, make: impl Fn(&str, &Tensor) -> Result<Tensor, ModelError>) -> Result<Self, ModelError> {
        let parameters: BTreeMap<String, Tensor> = self.parameters().into_iter().collect();
        Self::assemble(&self.config, |name, _| match parameters.get(name) {
            Some(tensor) => make(name, tensor),
            None => Err(ModelError::MissingTensor { path: "policy".into(), name: name.into() }),
        })
    }
}

impl Layer {
    fn assemble<Error>(
        config: &ModelConfig,
        path: &str,
        tensor: &mut impl FnMut(&str, &[i64]) -> Result<Tensor, Error>,
    ) -> Result<Self, Error> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let (queries, pairs) =
            (config.num_attention_heads * config.head_dim, config.num_key_value_heads * config.head_dim);
        let biases = config.biases;
        let mut linear = |name: &str, output: i64, input: i64, biased: bool| -> Result<Linear, Error> {
            let weight = tensor(&format!("{path}.{name}.weight"), &[output, input])?;
            let bias = if biased { Some(tensor(&format!("{path}.{name}.bias"), &[output])?) } else { None };
            Ok(Linear { weight, bias, adapter: None, laid_out: LaidOut::default() })
        };
        let (q_proj, k_proj, v_proj) = (
            linear("self_attn.q_proj", queries, hidden, biases.query_key_value)?,
            linear("self_attn.k_proj", pairs, hidden, biases.query_key_value)?,
            linear("self_attn.v_proj", pairs, hidden, biases.query_key_value)?,
        );
        let o_proj = linear("self_attn.o_proj", hidden, queries, biases.output)?;
        let feed_forward = SwiGlu {
            gate_proj: linear("mlp.gate_proj", wide, hidden, biases.feed_forward)?,
            up_proj: linear("mlp.up_proj", wide, hidden, biases.feed_forward)?,
            down_proj: linear("mlp.down_proj", hidden, wide, biases.feed_forward)?,
        };
        let mut norm = |name: &str, width: i64| -> Result<RmsNorm, Error> {
            Ok(RmsNorm { weight: tensor(&format!("{path}.{name}.weight"), &[width])?, epsilon: config.rms_norm_eps })
        };
        let (q_norm, k_norm) = if config.query_key_norm {
            (Some(norm("self_attn.q_norm", config.head_dim)?), Some(norm("self_attn.k_norm", config.head_dim)?))
        } else {
            (None, None)
        };
        let input_layernorm = norm("input_layernorm", hidden)?;
        let post_attention_layernorm = norm("post_attention_layernorm", hidden)?;
        let (heads, key_value_heads) = (config.num_attention_heads, config.num_key_value_heads);
        let attention = Attention { q_proj, k_proj, v_proj, o_proj, q_norm, k_norm, heads, key_value_heads };
        Ok(Self { input_layernorm, attention, post_attention_layernorm, feed_forward })
    }

    fn linears(&self) -> [(&'static str, &Linear); 7] {
        [
            ("self_attn.q_proj", &self.attention.q_proj),
            ("self_attn.k_proj", &self.attention.k_proj),
            ("self_attn.v_proj", &self.attention.v_proj),
            ("self_attn.o_proj", &self.attention.o_proj),
            ("mlp.gate_proj", &self.feed_forward.gate_proj),
            ("mlp.up_proj", &self.feed_forward.up_proj),
            ("mlp.down_proj", &self.feed_forward.down_proj),
        ]
    }

    fn linears_mut(&mut self) -> [(&'static str, &mut Linear); 7] {
        [
            ("self_attn.q_proj", &mut self.attention.q_proj),
            ("self_attn.k_proj", &mut self.attention.k_proj),
            ("self_attn.v_proj", &mut self.attention.v_proj),
            ("self_attn.o_proj", &mut self.attention.o_proj),
            ("mlp.gate_proj", &mut self.feed_forward.gate_proj),
            ("mlp.up_proj", &mut self.feed_forward.up_proj),
            ("mlp.down_proj", &mut self.feed_forward.down_proj),
        ]
    }

    fn collect(&self, path: &str, parameters: &mut Vec<(String, Tensor)>) {
        let mut push =
            |name: &str, tensor: &Tensor| parameters.push((format!("{path}.{name}"), tensor.shallow_clone()));
        for (name, linear) in self.linears() {
            push(&format!("{name}.weight"), &linear.weight);
            if let Some(bias) = &linear.bias {
                push(&format!("{name}.bias"), bias);
            }
        }
        let norms = [
            ("self_attn.q_norm", self.attention.q_norm.as_ref()),
            ("self_attn.k_norm", self.attention.k_norm.as_ref()),
            ("input_layernorm", Some(&self.input_layernorm)),
            ("post_attention_layernorm", Some(&self.post_attention_layernorm)),
        ];
        for (name, norm) in norms {
            if let Some(norm) = norm {
                push(&format!("{name}.weight"), &norm.weight);
            }
        }
    }
}
