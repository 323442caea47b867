//! Qwen2.5-VL against the reference checkpoint: pixels, windows, positions, features, logits, greedy text, gradients.
//!
//! Tolerances are those that the reference recommends.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use ssl4rl::model::media::{self, MediaFamily, MediaReader, Placed, Prompt, position_tensor};
use ssl4rl::model::{EncodedPrompt, SharedPrefix, Transformer, checkpoint};
use ssl4rl::rl::gradients::Gradients;
use ssl4rl::rollout::{Sampling, generate};
use ssl4rl::tasks::{Split, TaskRng};
use ssl4rl::train::batch::{Branches, PackedBatch};
use ssl4rl::train::tape::Tape;
use ssl4rl_vision::model::{Grid, Layout, PreprocessorConfig, Processor, Qwen25Vl, VisionConfig, smart_resize};
use ssl4rl_vision::picture::decode;
use tch::{Device, Kind, Tensor, no_grad};

const CPU: Device = Device::Cpu;
/// The token of a picture in the reference checkpoint.
const PICTURE: i64 = 250;

/// The reference checkpoint, the pictures it was given, and what it must compute.
struct Reference {
    folder: PathBuf,
    transformer: Transformer,
    reader: Arc<dyn MediaReader>,
    expected: BTreeMap<String, Tensor>,
}

impl Reference {
    /// Nothing where the reference is absent.
    fn load() -> Option<Self> {
        media::install(vec![&Qwen25Vl]);
        let folder = crate::folder("SSL4RL_REFERENCE", "golden/checkpoints/qwen2_5_vl-tiny")?;
        let transformer = checkpoint::load_transformer(&folder, CPU).unwrap();
        let reader = Qwen25Vl.reader(transformer.config().fields(), None).unwrap();
        let expected = Tensor::read_safetensors(folder.join("expected.safetensors")).unwrap().into_iter().collect();
        Some(Self { folder, transformer, reader, expected })
    }

    fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(format!("image_{name}.png"))).unwrap()
    }

    fn integers(&self, name: &str) -> Vec<i64> {
        Vec::try_from(self.expected[name].flatten(0, -1)).unwrap()
    }

    /// `ids` with `pictures` where their tokens begin.
    fn prompt(&self, ids: &[i64], pictures: &[&str]) -> EncodedPrompt {
        let begins = |&at: &usize| ids[at] == PICTURE && (at == 0 || ids[at - 1] != PICTURE);
        let starts = (0..ids.len()).filter(begins);
        let place = |(start, name): (usize, &&str)| {
            let medium = self.reader.read("image/png", &self.file(name)).unwrap();
            Placed { start, medium: Arc::new(medium) }
        };
        EncodedPrompt { ids: ids.to_vec(), media: starts.zip(pictures).map(place).collect() }
    }
}

fn largest_difference(left: &Tensor, right: &Tensor) -> f64 {
    (left - right).abs().max().double_value(&[])
}

#[test]
fn pixels_equal_those_of_the_published_processor() {
    let Some(reference) = Reference::load() else { return };
    let vision = VisionConfig::of(reference.transformer.config().fields()).unwrap();
    let processor = Processor::new(vision, PreprocessorConfig::default(), PICTURE);
    for name in ["a", "b"] {
        let patches = processor.patches(&decode(&reference.file(name)).unwrap()).unwrap();
        let grid = reference.integers(&format!("image_grid_thw_{name}"));
        assert_eq!([1, patches.grid.rows, patches.grid.columns], grid[..]);
        // Published values repeat a picture for the two frames of a patch.
        let expected = &reference.expected[&format!("pixel_values_{name}")];
        let both = expected.view([-1, 3, 2, 14 * 14]);
        let values = patches.values().unwrap().view([-1, 3, 14 * 14]);
        for frame in 0..2 {
            let differing = (&values - both.select(2, frame)).abs();
            // On processors without AVX2 libtorch resizes on another path: one grey level (0.0150) on few values.
            assert!(differing.max().double_value(&[]) < 0.0151, "{name}");
            let share = differing.gt(1e-6).to_kind(Kind::Double).mean(Kind::Double).double_value(&[]);
            assert!(share < if cfg!(target_feature = "avx2") { 1e-9 } else { 0.005 }, "{name}: {share}");
        }
    }
}

#[test]
fn sizes_windows_and_positions_equal_the_published_ones() {
    let Some(file) = crate::folder("SSL4RL_REFERENCE", "golden/models_qwen2_5_vl.json") else { return };
    let golden: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let integers = |value: &Value| -> Vec<i64> { value.as_array().unwrap().iter().filter_map(Value::as_i64).collect() };
    let grids = |case: &Value, field: &str| -> Vec<Grid> {
        let grid = |grid: &Value| Grid { rows: grid[1].as_i64().unwrap(), columns: grid[2].as_i64().unwrap() };
        case[field].as_array().unwrap().iter().map(grid).collect()
    };
    for case in golden["smart_resize"].as_array().unwrap() {
        let [height, width, factor, least, most] =
            ["height", "width", "factor", "min_pixels", "max_pixels"].map(|field| case[field].as_i64().unwrap());
        let size = smart_resize(height, width, factor, least, most).ok().map(|(height, width)| vec![height, width]);
        assert_eq!(size, case["result"].as_array().map(|_| integers(&case["result"])), "{case}");
    }
    for case in golden["window"].as_array().unwrap() {
        let layout = Layout::of(&grids(case, "grid_thw"), 2, 4);
        assert_eq!(layout.window_order(), integers(&case["window_index"]));
        let ends = layout.windows().iter().scan(0, |end, length| {
            *end += length;
            Some(*end)
        });
        assert_eq!([vec![0], ends.collect()].concat(), integers(&case["cu_window_seqlens"]));
    }
    for case in golden["vision_rope_positions"].as_array().unwrap() {
        let layout = Layout::of(&grids(case, "grid_thw"), 2, 4);
        let axis = |axis: usize| layout.positions().iter().map(|position| position[axis]).collect::<Vec<_>>();
        assert_eq!((axis(0), axis(1)), (integers(&case["row"]), integers(&case["col"])));
    }
}

#[test]
fn positions_of_prompts_equal_the_reference() {
    let Some(reference) = Reference::load() else { return };
    let encoded = reference.prompt(&reference.integers("input_ids"), &["a"]);
    let (positions, following) = Prompt::from(&encoded).positions();
    let expected = reference.expected["position_ids"].view([3, -1]);
    assert_eq!(position_tensor(&positions, CPU), expected);
    assert_eq!(following - positions.len() as i64, reference.integers("rope_delta")[0]);
}

#[test]
fn features_equal_the_reference_alone_and_together() {
    let Some(reference) = Reference::load() else { return };
    let fields = reference.transformer.config().fields();
    let parameters: BTreeMap<String, Tensor> = reference.transformer.parameters().into_iter().collect();
    let tower = Qwen25Vl.encoder(fields, parameters).unwrap();
    let media = ["a", "b"].map(|name| reference.reader.read("image/png", &reference.file(name)).unwrap());
    let expected = ["a", "b"].map(|name| &reference.expected[&format!("image_features_{name}")]);
    for (medium, expected) in media.iter().zip(expected) {
        let features = no_grad(|| tower.embed(&[medium])).unwrap();
        assert!(largest_difference(&features, expected) < 1e-4);
    }
    let together = no_grad(|| tower.embed(&[&media[0], &media[1]])).unwrap();
    assert!(largest_difference(&together, &Tensor::cat(&expected, 0)) < 1e-4);
}

#[test]
fn logits_and_greedy_text_equal_the_reference() {
    let Some(reference) = Reference::load() else { return };
    let Reference { transformer, expected, .. } = &reference;
    let encoded = reference.prompt(&reference.integers("input_ids"), &["a"]);
    let (positions, _) = Prompt::from(&encoded).positions();
    let logits = no_grad(|| {
        let packed = media::PackedMedia::of([Prompt::from(&encoded)], CPU);
        let embedded = transformer.embed_prompts(&Tensor::from_slice(&encoded.ids), packed.as_ref()).unwrap();
        let attention = SharedPrefix::new(&[encoded.ids.len() as i64], &[], CPU);
        let hidden = transformer.forward_embedded(embedded, &position_tensor(&positions, CPU), &mut &attention, None);
        transformer.logits(&hidden)
    });
    assert!(largest_difference(&logits, &expected["logits"].squeeze_dim(0)) < 1e-4);

    let policy = checkpoint::load_without_tokenizer(&reference.folder, Kind::Float, CPU).unwrap();
    let stream = |_, member: i64| TaskRng::new(0, "greedy", Split::HeldOut, member as u64);
    let groups = generate(&policy, &[encoded], 1, &Sampling::greedy(8), stream).unwrap();
    let (written, wanted) = (&groups[0][0].ids, reference.integers("greedy_tokens"));
    assert_eq!(*written, wanted[..written.len()]);
}

#[test]
fn log_probs_and_gradients_equal_the_reference_tower_and_text_alike() {
    let Some(reference) = Reference::load() else { return };
    let Reference { transformer, expected, .. } = &reference;
    let of = |name: &str| reference.integers(&format!("batch.{name}"));
    let (ids, width) = (of("input_ids"), expected["batch.input_ids"].size()[1] as usize);
    let (prompts, completions) = (of("prompt_lengths"), of("completion_lengths"));
    let row = |row: usize, pictures: &[&str]| {
        let (ids, prompt) = (&ids[row * width..(row + 1) * width], prompts[row] as usize);
        let completion = ids[prompt..prompt + completions[row] as usize].to_vec();
        (reference.prompt(&ids[..prompt], pictures), completion)
    };
    let rows = [row(0, &["a", "b"]), row(1, &["b"])];
    let branches = |(prompt, completion)| Branches { prompt: Prompt::from(prompt), completions: vec![completion] };
    let rows: Vec<Branches<'_>> =
        rows.iter().map(|(prompt, completion)| branches((prompt, completion.as_slice()))).collect();
    for checkpointed in [0, 2] {
        let parameters = transformer.trainable_parameters();
        for (_, parameter) in &parameters {
            let _ = parameter.set_requires_grad(true);
        }
        let mut gradients = Gradients::new(parameters);
        let batch = PackedBatch::new(&rows, CPU);
        let tape = Tape::forward(transformer, &batch, 1.0, checkpointed).unwrap();
        let log_probs = batch.per_completion(tape.log_probs()).unwrap();
        let mask = &expected["batch.completion_mask"];
        let difference = largest_difference(&(log_probs * mask), &expected["batch.completion_log_probs"]);
        assert!(difference < 5e-5, "{difference}");
        let tokens = completions.iter().sum::<i64>();
        let mean = tape.log_probs().ones_like() / tokens as f64;
        tape.backward(&mean, &mut gradients).unwrap();
        for (name, square) in expected
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("batch.grad_sumsq.")?, value.double_value(&[0]))))
        {
            let gradient = gradients.of(name).unwrap_or_else(|| panic!("{name} has no gradient")).to_kind(Kind::Double);
            let found = gradient.square().sum(Kind::Double).double_value(&[]);
            assert!((found - square).abs() <= 1e-4 * square, "{name}: {found}, expected {square}");
            let head = &expected[&format!("batch.grad_head.{name}")];
            let first = gradient.flatten(0, -1).narrow(0, 0, head.size()[0]);
            assert!(largest_difference(&first, head) < 1e-5, "{name}");
            let sum = gradient.sum(Kind::Double).double_value(&[]);
            let wanted = expected[&format!("batch.grad_sum.{name}")].double_value(&[0]);
            assert!((sum - wanted).abs() < 1e-3, "{name}: {sum}, expected {wanted}");
        }
    }
}

#[test]
fn saved_and_newer_checkpoints_load_to_the_same_weights() {
    let Some(reference) = Reference::load() else { return };
    let Reference { transformer, .. } = &reference;
    let folder = tempfile::tempdir().unwrap();
    let newer = transformer.parameters().into_iter().map(|(name, weight)| {
        let name = match name.strip_prefix("model.") {
            Some(rest) => format!("model.language_model.{rest}"),
            None => format!("model.{name}"),
        };
        (name, weight)
    });
    let newer: Vec<(String, Tensor)> = newer.collect();
    Tensor::write_safetensors(&newer, folder.path().join("model.safetensors")).unwrap();
    let mut config = transformer.config().to_json(Kind::Float);
    let kept = ["architectures", "model_type", "vision_config", "image_token_id", "tie_word_embeddings"];
    let text: serde_json::Map<String, Value> = config
        .iter()
        .filter(|(field, _)| !kept.contains(&field.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    config.retain(|field, _| kept.contains(&field.as_str()));
    config.insert("text_config".into(), text.into());
    fs::write(folder.path().join("config.json"), serde_json::to_vec(&config).unwrap()).unwrap();
    let loaded = checkpoint::load_transformer(folder.path(), CPU).unwrap();
    for ((name, left), (_, right)) in transformer.parameters().into_iter().zip(loaded.parameters()) {
        assert_eq!(left, right, "{name}");
    }
}
