//! `parity MODEL OUT ID,ID,…`: what `parity.py` compares beside `ssl4rl generate`.
//!
//! Loads the folder MODEL, writes the logits of the ids to `OUT/logits.safetensors`, `[length, vocab]` float32, and saves
//! the policy into `OUT/saved`.

use std::path::PathBuf;

use anyhow::Context;
use ssl4rl::model::{AttentionMask, PROMPT, checkpoint};
use tch::{Device, Kind, Tensor};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("usage: parity MODEL OUT ID,ID,…");
    let (model, out, ids) = (PathBuf::from(next()?), PathBuf::from(next()?), next()?);
    let ids: Vec<i64> = ids.split(',').map(str::parse).collect::<Result<_, _>>()?;

    let policy = checkpoint::load(&model, Device::Cpu)?;
    let length = ids.len() as i64;
    let options = (Kind::Int64, Device::Cpu);
    let mask = AttentionMask::within(&Tensor::full([1, length], PROMPT, options));
    let positions = Tensor::arange(length, options).unsqueeze(0);
    let row = Tensor::from_slice(&ids).unsqueeze(0);
    let logits = tch::no_grad(|| {
        let hidden = policy.transformer.forward(&row, &positions, &mask, None);
        policy.transformer.logits(&hidden).squeeze_dim(0)
    });
    let saved = out.join("saved");
    std::fs::create_dir_all(&saved)?;
    Tensor::write_safetensors(&[("logits", logits)], out.join("logits.safetensors"))?;
    checkpoint::save(&policy, &saved)?;
    Ok(())
}
