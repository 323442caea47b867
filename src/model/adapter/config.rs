//! `adapter_config.json`: read field by field, since every field that is not understood may change the computation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::{AdapterError, newest};
use crate::model::{Lora, ModelError, Transformer};

/// What an adapter belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseModel {
    /// A folder, or a name on the hub.
    pub name: String,
    /// Branch, tag or commit on the hub.
    pub revision: Option<String>,
}

/// `adapter_config.json`, as far as it is computed here.
#[derive(Debug)]
pub(super) struct AdapterConfig {
    rank: i64,
    alpha: f64,
    rank_stabilized: bool,
    targets: Targets,
    pub(super) base: Option<BaseModel>,
}

/// `target_modules`.
#[derive(Debug)]
enum Targets {
    /// Names of modules or ends of them.
    Named(Vec<String>),
    /// A pattern, or a word for many modules; the tensors say which those are.
    ByTensors,
}

/// Fields that do not change what a finished adapter computes, or that are read below.
const READ_OR_HARMLESS: [&str; 15] = [
    "r",
    "lora_alpha",
    "use_rslora",
    "target_modules",
    "base_model_name_or_path",
    "revision",
    "peft_type",
    "task_type",
    "bias",
    "init_lora_weights",
    "lora_dropout",
    "inference_mode",
    "auto_mapping",
    "peft_version",
    "megatron_core",
];
/// Read only by a feature that another field switches on.
const IDLE: &str = "qalora_group_size";

/// Ways to draw a new adapter that leave the base as it was; others, such as `PiSSA`, take something out of it.
const HARMLESS_INITIALIZATIONS: [&str; 3] = ["gaussian", "orthogonal", "eva"];

const UNSUPPORTED: &str =
    "this feature is not computed here; merge the adapter into its base with the program that made it";

impl AdapterConfig {
    /// Reads `path`; whatever is not computed here is refused by its field.
    pub(super) fn read(path: &Path) -> Result<Self, ModelError> {
        let text = fs::read(path).map_err(|source| ModelError::Io { path: path.into(), source })?;
        let fields: Map<String, Value> =
            serde_json::from_slice(&text).map_err(|source| ModelError::Json { path: path.into(), source })?;
        Fields { path, fields: &fields }.config()
    }

    /// The configuration of the adapters of `transformer`, where there are any.
    pub(super) fn describe(transformer: &Transformer, base: &BaseModel) -> Option<Value> {
        let lora = transformer.lora()?;
        let mut by_end: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        let modules = transformer.modules();
        for module in &modules {
            let [all, adapted] = by_end.entry(end_of(module)).or_default();
            *all += 1;
            *adapted += usize::from(lora.modules.contains(module));
        }
        let uniform = by_end.values().all(|[all, adapted]| adapted == all || *adapted == 0);
        // The ends of an encoder's paths, numbers among them, are also those of what is no linear layer.
        let of_encoder = transformer.encoder_modules().iter().any(|module| lora.modules.contains(module));
        let targets: Vec<String> = if uniform && !of_encoder {
            by_end.iter().filter(|(_, [_, adapted])| *adapted > 0).map(|(end, _)| (*end).to_owned()).collect()
        } else {
            lora.modules.iter().map(|module| newest(transformer, "", module.clone())).collect()
        };
        // A whole alpha is written as `PEFT` types it.
        let alpha = if lora.alpha.fract() == 0.0 { json!(lora.alpha as i64) } else { json!(lora.alpha) };
        Some(json!({
            "auto_mapping": null,
            "base_model_name_or_path": base.name,
            "bias": "none",
            "fan_in_fan_out": false,
            "inference_mode": true,
            "init_lora_weights": true,
            "lora_alpha": alpha,
            "lora_dropout": 0.0,
            "modules_to_save": null,
            "peft_type": "LORA",
            "r": lora.rank,
            "rank_pattern": {},
            "alpha_pattern": {},
            "revision": base.revision,
            "target_modules": targets,
            "task_type": "CAUSAL_LM",
            "use_dora": false,
            "use_rslora": lora.rank_stabilized,
        }))
    }

    /// The shape of the adapters in `transformer`, of whose matrices the file has those named `tensors`.
    pub(super) fn resolve<'names>(
        &self,
        path: &Path,
        transformer: &Transformer,
        tensors: impl Iterator<Item = &'names String>,
    ) -> Result<Lora, ModelError> {
        let modules = transformer.modules();
        let chosen: BTreeSet<String> = match &self.targets {
            Targets::Named(targets) => {
                let named = |target: &str, module: &str| {
                    names(target, module) || names(target, &newest(transformer, "", module.to_owned()))
                };
                for target in targets {
                    if !modules.iter().any(|module| named(target, module)) {
                        let ends: BTreeSet<&str> = modules.iter().map(|module| end_of(module)).collect();
                        let known = ends.into_iter().collect::<Vec<_>>().join(", ");
                        let (path, target) = (path.into(), target.clone());
                        return Err(AdapterError::UnknownTarget { path, target, known }.into());
                    }
                }
                let is_target = |module: &String| targets.iter().any(|target| named(target, module));
                modules.into_iter().filter(is_target).collect()
            }
            Targets::ByTensors => {
                let tensors: Vec<&String> = tensors.collect();
                let has_tensor = |module: &String| tensors.iter().any(|name| name.contains(&format!("{module}.")));
                modules.into_iter().filter(has_tensor).collect()
            }
        };
        let Self { rank, alpha, rank_stabilized, .. } = *self;
        Ok(Lora { rank, alpha, rank_stabilized, modules: chosen })
    }
}

/// The last part of a module's path.
fn end_of(module: &str) -> &str {
    module.rsplit('.').next().unwrap_or(module)
}

/// Whether `target` is the path of `module` or its last parts.
fn names(target: &str, module: &str) -> bool {
    module.strip_suffix(target).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// The fields of a file.
struct Fields<'file> {
    path: &'file Path,
    fields: &'file Map<String, Value>,
}

impl Fields<'_> {
    fn config(&self) -> Result<AdapterConfig, ModelError> {
        self.is_one_of("peft_type", &["LORA"])?;
        if self.get("task_type").is_some() {
            self.is_one_of("task_type", &["CAUSAL_LM"])?;
        }
        if self.get("bias").is_some() {
            self.is_one_of("bias", &["none"])?;
        }
        match self.get("init_lora_weights") {
            None | Some(Value::Bool(_)) => {}
            Some(_) => self.is_one_of("init_lora_weights", &HARMLESS_INITIALIZATIONS)?,
        }
        for (field, value) in self.fields {
            if !READ_OR_HARMLESS.contains(&field.as_str()) && field != IDLE && !is_nothing(value) {
                return Err(self.refuse(field, "absent, null, false or empty", UNSUPPORTED));
            }
        }
        let rank = self.get("r").and_then(Value::as_i64).filter(|rank| (1..=MOST_RANK).contains(rank));
        let alpha = self.get("lora_alpha").and_then(Value::as_f64).filter(|alpha| alpha.is_finite());
        let rank_stabilized = match self.get("use_rslora") {
            None => Some(false),
            Some(value) => value.as_bool(),
        };
        Ok(AdapterConfig {
            rank: rank.ok_or_else(|| self.refuse("r", "a whole number, at least 1", DAMAGED))?,
            alpha: alpha.ok_or_else(|| self.refuse("lora_alpha", "a finite number", DAMAGED))?,
            rank_stabilized: rank_stabilized.ok_or_else(|| self.refuse("use_rslora", "true or false", DAMAGED))?,
            targets: self.targets()?,
            base: self.base()?,
        })
    }

    fn targets(&self) -> Result<Targets, ModelError> {
        let listed =
            |items: &Vec<Value>| items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>();
        let targets = match self.get("target_modules") {
            Some(Value::Array(items)) if !items.is_empty() => listed(items).map(Targets::Named),
            Some(Value::String(_)) => Some(Targets::ByTensors),
            _ => None,
        };
        targets.ok_or_else(|| self.refuse("target_modules", "a list of names, or a pattern", DAMAGED))
    }

    fn base(&self) -> Result<Option<BaseModel>, ModelError> {
        let text = |field: &str| match self.get(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.refuse(field, "a text", DAMAGED)),
        };
        let revision = text("revision")?;
        Ok(text("base_model_name_or_path")?.map(|name| BaseModel { name, revision }))
    }

    /// The value of a field that is there and not null.
    fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    fn is_one_of(&self, field: &str, allowed: &[&str]) -> Result<(), ModelError> {
        if self.get(field).and_then(Value::as_str).is_some_and(|value| allowed.contains(&value)) {
            return Ok(());
        }
        let expected = allowed.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or ");
        Err(self.refuse(field, &expected, UNSUPPORTED))
    }

    fn refuse(&self, field: &str, expected: &str, hint: &'static str) -> ModelError {
        let got = self.fields.get(field).map_or_else(|| "nothing".to_owned(), Value::to_string);
        let (path, field, expected) = (self.path.into(), field.to_owned(), expected.to_owned());
        AdapterError::Field { path, field, expected, got, hint }.into()
    }
}

/// Beyond any matrix there is.
const MOST_RANK: i64 = 1 << 20;

const DAMAGED: &str = "the file was damaged or edited; save the adapter again with the program that made it";

/// Whether a value switches nothing on.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}
