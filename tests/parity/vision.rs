//! `vision_parity MODEL OUT ID,ID,… COMPLETION IMAGE…`: what `vision.py` compares beside `ssl4rl vision generate`.
//!
//! Loads the folder MODEL and puts the images where the runs of its image token stand among the ids, of which the last COMPLETION
//! are an answer. `OUT/computed.safetensors` then holds
//!
//! ```text
//! pixels.N, grid.N    patches of image N [patches, values of one frame], and its rows and columns of them
//! features            embeddings of all images [tokens, hidden]
//! positions           of every id along the three axes [3, length]
//! logits              [length, vocab]
//! log_probs           of the answer's tokens [completion]
//! gradient.NAME       of the mean of these, by every weight that is trained
//! ```
//!
//! and `OUT/saved` the policy, saved again. Where MODEL is an adapter, that is the merged policy, and the adapter goes to
//! `OUT/adapter`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use ssl4rl::model::hub::Hub;
use ssl4rl::model::media::{self, MediaFamily, MediaReader, PackedMedia, Placed, Prompt, position_tensor};
use ssl4rl::model::{EncodedPrompt, SharedPrefix, Source, Transformer, adapter, checkpoint};
use ssl4rl::rl::gradients::Gradients;
use ssl4rl::train::batch::{Branches, PackedBatch};
use ssl4rl::train::tape::Tape;
use ssl4rl_vision::model::{Patches, Qwen25Vl};
use tch::{Device, Kind, Tensor, no_grad};

const CPU: Device = Device::Cpu;

type Named = Vec<(String, Tensor)>;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("usage: vision_parity MODEL OUT ID,ID,… COMPLETION IMAGE…");
    let (model, out, ids, completion) = (next()?, PathBuf::from(next()?), next()?, next()?.parse::<usize>()?);
    let ids: Vec<i64> = ids.split(',').map(str::parse).collect::<Result<_, _>>()?;

    media::install(vec![&Qwen25Vl]);
    let source = Source::locate(&Hub::from_environment(), &model, "", &mut |_| {})?;
    let policy = source.load(Kind::Float, CPU)?;
    let reader = reader(source.base().unwrap_or(source.folder()), &policy.transformer)?;
    let files: Vec<Vec<u8>> = arguments.map(std::fs::read).collect::<Result<_, _>>()?;
    let prompt = placed(&ids[..ids.len() - completion], &files, reader.as_ref())?;

    let mut computed = pixels(&prompt)?;
    computed.extend(outputs(&policy.transformer, &ids, &prompt)?);
    computed.extend(gradients(&policy.transformer, &prompt, &ids[ids.len() - completion..])?);
    let saved = out.join("saved");
    std::fs::create_dir_all(&saved)?;
    Tensor::write_safetensors(&computed, out.join("computed.safetensors"))?;
    checkpoint::save(&policy, &saved)?;
    if source.base().is_some() {
        let again = out.join("adapter");
        std::fs::create_dir_all(&again)?;
        adapter::save(&policy, &adapter::base_of(source.folder())?, &again)?;
    }
    Ok(())
}

fn reader(folder: &Path, transformer: &Transformer) -> anyhow::Result<Arc<dyn MediaReader>> {
    let preprocessor = std::fs::read(folder.join("preprocessor_config.json"))?;
    Ok(Qwen25Vl.reader(transformer.config().fields(), Some(&preprocessor))?)
}

/// `ids` with an image where each run of the image token begins.
fn placed(ids: &[i64], files: &[Vec<u8>], reader: &dyn MediaReader) -> anyhow::Result<EncodedPrompt> {
    let token = reader.token();
    let starts = (0..ids.len()).filter(|&at| ids[at] == token && (at == 0 || ids[at - 1] != token));
    let place = |(start, file): (usize, &Vec<u8>)| -> anyhow::Result<Placed> {
        Ok(Placed { start, medium: Arc::new(reader.read("image/*", file)?) })
    };
    Ok(EncodedPrompt { ids: ids.to_vec(), media: starts.zip(files).map(place).collect::<anyhow::Result<_>>()? })
}

fn pixels(prompt: &EncodedPrompt) -> anyhow::Result<Named> {
    let mut named = Vec::new();
    for (image, placed) in prompt.media.iter().enumerate() {
        let patches = placed.medium.content.downcast_ref::<Patches>().context("the reader made something else")?;
        named.push((format!("pixels.{image}"), patches.values()?));
        named.push((format!("grid.{image}"), Tensor::from_slice(&[patches.grid.rows, patches.grid.columns])));
    }
    Ok(named)
}

fn outputs(transformer: &Transformer, ids: &[i64], prompt: &EncodedPrompt) -> anyhow::Result<Named> {
    let whole = EncodedPrompt { ids: ids.to_vec(), media: prompt.media.clone() };
    let (positions, _) = Prompt::from(&whole).positions();
    let axes: Vec<i64> = (0..3).flat_map(|axis| positions.iter().map(move |position| position[axis])).collect();
    let packed = PackedMedia::of([Prompt::from(&whole)], CPU);
    let parameters = transformer.parameters().into_iter().collect();
    let encoder = Qwen25Vl.encoder(transformer.config().fields(), parameters)?;
    let media: Vec<_> = whole.media.iter().map(|placed| placed.medium.as_ref()).collect();
    let (features, logits) = no_grad(|| -> anyhow::Result<(Tensor, Tensor)> {
        let embedded = transformer.embed_prompts(&Tensor::from_slice(ids), packed.as_ref())?;
        let attention = SharedPrefix::new(&[ids.len() as i64], &[], CPU);
        let hidden = transformer.forward_embedded(embedded, &position_tensor(&positions, CPU), &mut &attention, None);
        Ok((encoder.embed(&media)?, transformer.logits(&hidden)))
    })?;
    let positions = Tensor::from_slice(&axes).view([3, -1]);
    Ok([("features", features), ("logits", logits), ("positions", positions)].map(|(n, t)| (n.into(), t)).into())
}

fn gradients(transformer: &Transformer, prompt: &EncodedPrompt, completion: &[i64]) -> anyhow::Result<Named> {
    let parameters = transformer.trainable_parameters();
    for (_, parameter) in &parameters {
        let _ = parameter.set_requires_grad(true);
    }
    let names: Vec<String> = parameters.iter().map(|(name, _)| name.clone()).collect();
    let mut gradients = Gradients::new(parameters);
    let batch = PackedBatch::new(&[Branches { prompt: prompt.into(), completions: vec![completion] }], CPU);
    let tape = Tape::forward(transformer, &batch, 1.0, 0)?;
    let mut computed = vec![("log_probs".to_owned(), tape.log_probs().copy())];
    let mean = tape.log_probs().ones_like() / completion.len() as f64;
    tape.backward(&mean, &mut gradients)?;
    for name in names {
        let gradient = gradients.of(&name).with_context(|| format!("{name} has no gradient"))?.copy();
        computed.push((format!("gradient.{name}"), gradient));
    }
    Ok(computed)
}
