//! Keys and values of the tokens already seen, one slab a layer.

use tch::{Device, Kind, Tensor};

use super::ModelConfig;

/// Keys and values, `[batch, key_value_heads, capacity, head_dim]` a layer; the first `length` positions are filled.
#[derive(Debug)]
pub struct KeyValueCache {
    layers: Vec<(Tensor, Tensor)>,
    length: i64,
}

impl KeyValueCache {
    /// An empty cache for `batch` rows of at most `capacity` tokens.
    pub fn new(config: &ModelConfig, batch: i64, capacity: i64, options: (Kind, Device)) -> Self {
        let shape = [batch, config.num_key_value_heads, capacity, config.head_dim];
        let layers = (0..config.num_hidden_layers)
            .map(|_| (Tensor::zeros(shape, options), Tensor::zeros(shape, options)))
            .collect();
        Self { layers, length: 0 }
    }

    /// Tokens seen so far.
    pub fn length(&self) -> i64 {
        self.length
    }

    /// Stores a layer's new keys and values `[batch, key_value_heads, new, head_dim]`; returns all of that layer's.
    pub(super) fn extend(&mut self, layer: usize, keys: &Tensor, values: &Tensor) -> (Tensor, Tensor) {
        let new = keys.size()[2];
        let (all_keys, all_values) = &self.layers[layer];
        all_keys.narrow(2, self.length, new).copy_(keys);
        all_values.narrow(2, self.length, new).copy_(values);
        (all_keys.narrow(2, 0, self.length + new), all_values.narrow(2, 0, self.length + new))
    }

    /// Counts `new` tokens as seen, once every layer has stored them.
    pub(super) fn advance(&mut self, new: i64) {
        self.length += new;
    }
}
