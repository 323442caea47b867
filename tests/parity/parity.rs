//! `parity MODEL OUT ID,ID,…`: what `parity.py` compares beside `ssl4rl generate`.
//!
//! Loads the folder MODEL, writes the logits of the ids to `OUT/logits.safetensors`, `[length, vocab]` float32, and saves
//! the policy into `OUT/saved`. Where MODEL is an adapter, that is the merged policy, and the adapter goes to `OUT/adapter`.

use std::path::PathBuf;

use anyhow::Context;
use ssl4rl::model::hub::Hub;
use ssl4rl::model::{BranchedRows, PROMPT, Source, adapter, checkpoint};
use tch::{Device, Kind, Tensor};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("usage: parity MODEL OUT ID,ID,…");
    let (model, out, ids) = (next()?, PathBuf::from(next()?), next()?);
    let ids: Vec<i64> = ids.split(',').map(str::parse).collect::<Result<_, _>>()?;

    let source = Source::locate(&Hub::from_environment(), &model, "", &mut |_| {})?;
    let policy = source.load(Kind::Float, Device::Cpu)?;
    let length = ids.len() as i64;
    let options = (Kind::Int64, Device::Cpu);
    let mut row = BranchedRows::new(&Tensor::full([1, length], PROMPT, options));
    let logits = tch::no_grad(|| {
        let positions = Tensor::arange(length, options);
        policy.transformer.logits(&policy.transformer.forward(&Tensor::from_slice(&ids), &positions, &mut row, None))
    });
    let saved = out.join("saved");
    std::fs::create_dir_all(&saved)?;
    Tensor::write_safetensors(&[("logits", logits)], out.join("logits.safetensors"))?;
    checkpoint::save(&policy, &saved)?;
    if source.base().is_some() {
        let again = out.join("adapter");
        std::fs::create_dir_all(&again)?;
        adapter::save(&policy, &adapter::base_of(source.folder())?, &again)?;
    }
    Ok(())
}
