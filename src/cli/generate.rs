//! `ssl4rl generate`: what a checkpoint says, with the log-prob of every token.

use std::path::Path;

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::{AsUsage, ExitStatus, Printer, at_least, usage, within, workspace};
use crate::config::Dtype;
use crate::model::hub::{self, Hub};
use crate::model::{EncodedPrompt, ModelError, Policy, libtorch, score};
use crate::rollout::{Completion, Sampling, generate};
use crate::tasks::{Part, Registry, Split, TaskRng};
use crate::train::origin::{check_unchanged, fetch};

/// Try a model: continue a prompt, with the log-prob of every token
#[derive(Debug, clap::Args)]
pub struct GenerateArgs {
    /// Folder in Hugging Face layout, that of an adapter, or a model of the hub: `owner/name[@revision]`
    #[arg(long, value_name = "DIR|HUB-ID")]
    model: String,
    /// Branch, tag or commit of a model of the hub
    #[arg(long, value_name = "NAME", default_value = "main")]
    revision: String,
    /// What to continue, wrapped into a user's turn by the model's chat template
    #[arg(long, value_name = "TEXT", required_unless_present = "ids", conflicts_with = "ids")]
    prompt: Option<String>,
    /// Token ids to continue as they are; the folder then needs no tokenizer
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',')]
    ids: Vec<i64>,
    /// Takes the prompt as a text that stands alone, without the chat template
    #[arg(long, conflicts_with = "ids")]
    raw: bool,
    /// Variables for the chat template, for instance `{"enable_thinking": false}`
    #[arg(long, value_name = "JSON", value_parser = json_object, conflicts_with_all = ["ids", "raw"])]
    chat_template_kwargs: Option<Map<String, Value>>,
    /// Longest continuation, in tokens
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = at_least::<1, i64>)]
    max_new_tokens: i64,
    /// Divides the logits; 0 takes the most likely token
    #[arg(long, value_name = "T", default_value_t = 0.0)]
    temperature: f64,
    /// Smallest set of tokens whose probability reaches this is kept
    #[arg(long, value_name = "P", default_value_t = 1.0)]
    top_p: f64,
    /// Most likely tokens kept; 0 keeps all
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = at_least::<0, i64>)]
    top_k: i64,
    /// Seed of the sampling
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = at_least::<0, u64>)]
    seed: u64,
    /// Number format to compute in
    #[arg(long, value_enum, default_value_t)]
    dtype: Dtype,
    /// Processor threads; all cores when absent
    #[arg(long, value_name = "N", value_parser = within::<1, 1024, u16>)]
    threads: Option<u16>,
    /// Never use the network
    #[arg(long)]
    offline: bool,
}

#[expect(clippy::needless_pass_by_value, reason = "every verb takes its arguments")]
pub(super) fn run(arguments: GenerateArgs, _: &Registry, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    generate_after(&arguments, Vec::new(), &Map::new(), printer)
}

/// Runs the verb with `blobs` before the prompt's text, for a policy that reads them; `preprocessor` is put in place of fields of
/// its `preprocessor_config.json`.
pub fn generate_after(
    arguments: &GenerateArgs,
    blobs: Vec<Part>,
    preprocessor: &Map<String, Value>,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let sampling = arguments.sampling()?;
    arguments.tell_of_unread(printer);
    let mut policy = arguments.policy(printer)?;
    policy.tokenizer.set_preprocessor(policy.transformer.config(), preprocessor).usage()?;
    let prompt = arguments.encoded(blobs, &policy)?;
    let mut prompt_log_probs = vec![None];
    prompt_log_probs.extend(score::log_probs(&policy.transformer, (&prompt).into()).usage()?.into_iter().map(Some));
    let stream = |_, member: i64| TaskRng::new(arguments.seed, "generate", Split::HeldOut, member as u64);
    let groups = generate(&policy, std::slice::from_ref(&prompt), 1, &sampling, stream).usage()?;
    let completion = groups.into_iter().flatten().next().context("the engine gave no completion")?;
    let Completion { ids, log_probs, truncated } = completion;
    let text = if arguments.ids.is_empty() { Some(policy.tokenizer.decode(&ids)?) } else { None };
    if printer.is_json() {
        printer.json(&json!({
            "prompt_ids": prompt.ids,
            "prompt_logprobs": prompt_log_probs,
            "completion_ids": ids,
            "completion_logprobs": log_probs,
            "text": text,
            "truncated": truncated,
        }))?;
    } else {
        let listed = || ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        printer.line(&text.unwrap_or_else(listed))?;
    }
    Ok(ExitStatus::Success)
}

impl GenerateArgs {
    fn sampling(&self) -> anyhow::Result<Sampling> {
        let Self { temperature, top_p, top_k, .. } = *self;
        if !(temperature.is_finite() && temperature >= 0.0) {
            return Err(usage(format!("`--temperature` must be a finite number, at least 0, got {temperature}")));
        }
        if !(top_p > 0.0 && top_p <= 1.0) {
            return Err(usage(format!("`--top-p` must be above 0 and at most 1, got {top_p}")));
        }
        Ok(Sampling { temperature, top_p, top_k, ..Sampling::greedy(self.max_new_tokens) })
    }

    /// Tells which options nothing reads in this call.
    fn tell_of_unread(&self, printer: &mut Printer) {
        let greedy = self.temperature == 0.0;
        let options = [
            ("--top-p", greedy && self.top_p < 1.0, "at temperature 0 the most likely token is taken"),
            ("--top-k", greedy && self.top_k > 0, "at temperature 0 the most likely token is taken"),
            ("--seed", greedy && self.seed != 0, "at temperature 0 nothing is drawn"),
            ("--revision", self.revision != "main" && Path::new(&self.model).exists(), "the model is a folder here"),
        ];
        for (option, _, reason) in options.into_iter().filter(|(_, idle, _)| *idle) {
            printer.note(&format!("`{option}` has no effect: {reason}"));
        }
    }

    fn policy(&self, printer: &Printer) -> anyhow::Result<Policy> {
        if self.offline {
            hub::forbid_network();
        }
        let source = fetch(&Hub::from_environment(), &self.model, &self.revision, printer.progress())?;
        check_unchanged(&source)?;
        let threads = self.threads.map_or_else(workspace::all_threads, usize::from);
        let device = workspace::device(threads);
        let kind = libtorch::kind(self.dtype, device);
        if !self.ids.is_empty() {
            return source.load_without_tokenizer(kind, device).usage();
        }
        let mut policy = source.load(kind, device).usage()?;
        policy.tokenizer.set_template_variables(&self.chat_template_kwargs.clone().unwrap_or_default());
        Ok(policy)
    }

    fn encoded(&self, blobs: Vec<Part>, policy: &Policy) -> anyhow::Result<EncodedPrompt> {
        let without_media = |ids: Vec<i64>| EncodedPrompt { ids, media: Vec::new() };
        let Some(prompt) = &self.prompt else { return Ok(without_media(self.ids.clone())) };
        let tokenizer = &policy.tokenizer;
        let encoded = if self.raw {
            tokenizer.encode_document(prompt).map(without_media)
        } else {
            tokenizer.encode_parts(&[blobs, vec![Part::Text(prompt.clone())]].concat())
        };
        let encoded = encoded.map_err(|error| match error {
            ModelError::NoChatTemplate { .. } => {
                anyhow::Error::new(error).context("the prompt cannot be wrapped\nhint: `--raw` gives it as it is")
            }
            other => other.into(),
        });
        let encoded: EncodedPrompt = encoded.usage()?;
        if encoded.ids.is_empty() {
            return Err(usage("the prompt has no token to continue"));
        }
        Ok(encoded)
    }
}

fn json_object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
