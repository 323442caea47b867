//! The weight files of a checkpoint: one `model.safetensors`, or shards under a `model.safetensors.index.json`.
//!
//! Only headers are read when the files are opened. A tensor is mapped into memory when it is asked for, copied once into the
//! number format wanted, and unmapped; so loading takes the memory of the model and of its largest tensor, never that of the
//! files as well. Saving streams one tensor after the other in the same way.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use memmap2::{Mmap, MmapOptions};
use safetensors::tensor::{Metadata, TensorInfo, View};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use tch::{Device, Kind, Tensor};

use super::lora::Adapter;
use super::{ModelError, Transformer};

/// The weights, where they are one file.
pub(super) const WEIGHTS: &str = "model.safetensors";
/// The list of shards, where they are several.
pub(super) const INDEX: &str = "model.safetensors.index.json";

/// Rotary frequencies that old Llama checkpoints carry; they follow from the configuration.
const DERIVED_SUFFIX: &str = ".rotary_emb.inv_freq";

/// Open weight files and the tensors not yet taken from them.
#[derive(Debug)]
pub(super) struct WeightFiles {
    /// The file that lists every tensor: the only one, or the index.
    listing: PathBuf,
    files: Vec<WeightFile>,
    unread: BTreeMap<String, Place>,
}

#[derive(Debug)]
struct WeightFile {
    path: PathBuf,
    file: File,
    /// Where the tensors' bytes begin.
    data_start: u64,
}

/// Where a tensor lies.
#[derive(Debug)]
struct Place {
    file: usize,
    info: TensorInfo,
}

/// `model.safetensors.index.json`.
#[derive(Debug, Deserialize)]
pub(super) struct ShardIndex {
    /// The shard of every tensor.
    pub(super) weight_map: BTreeMap<String, String>,
}

impl ShardIndex {
    /// Reads the index; the names of shards must be names of files beside it.
    pub(super) fn read(path: &Path) -> Result<Self, ModelError> {
        let text = fs::read(path).map_err(|source| ModelError::Io { path: path.into(), source })?;
        let index: Self =
            serde_json::from_slice(&text).map_err(|source| ModelError::Json { path: path.into(), source })?;
        for (tensor, shard) in &index.weight_map {
            if Path::new(shard).file_name() != Some(shard.as_ref()) {
                let (path, shard, tensor) = (path.into(), shard.clone(), tensor.clone());
                return Err(ModelError::MissingShard { path, shard, tensor });
            }
        }
        Ok(index)
    }

    /// The shards, each once, in the order of their names.
    pub(super) fn shards(&self) -> Vec<&str> {
        self.weight_map.values().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl WeightFiles {
    /// Opens the weights in `folder` and reads their headers.
    pub(super) fn open(folder: &Path) -> Result<Self, ModelError> {
        let (single, index) = (folder.join(WEIGHTS), folder.join(INDEX));
        if single.is_file() {
            let (file, metadata) = WeightFile::open(&single)?;
            let unread = tensors(&metadata).map(|(name, info)| (name, Place { file: 0, info })).collect();
            return Ok(Self { listing: single, files: vec![file], unread });
        }
        if index.is_file() {
            return Self::open_shards(folder, index);
        }
        Err(ModelError::NoWeights { folder: folder.into() })
    }

    fn open_shards(folder: &Path, listing: PathBuf) -> Result<Self, ModelError> {
        let index = ShardIndex::read(&listing)?;
        let (mut files, mut unread) = (Vec::new(), BTreeMap::new());
        for shard in index.shards() {
            let path = folder.join(shard);
            let mut expected: BTreeSet<&str> =
                index.weight_map.iter().filter(|(_, of)| *of == shard).map(|(name, _)| name.as_str()).collect();
            if !path.is_file() {
                let tensor = expected.first().copied().unwrap_or_default().to_owned();
                return Err(ModelError::MissingShard { path: listing, shard: shard.into(), tensor });
            }
            let (file, metadata) = WeightFile::open(&path)?;
            for (name, info) in tensors(&metadata) {
                if !expected.remove(name.as_str()) {
                    return Err(ModelError::ExtraTensor { path, name, listing: INDEX });
                }
                unread.insert(name, Place { file: files.len(), info });
            }
            if let Some(name) = expected.first() {
                return Err(ModelError::MissingTensor { path, name: (*name).to_owned() });
            }
            files.push(file);
        }
        Ok(Self { listing, files, unread })
    }

    /// Calls every tensor by the name that `known` gives to the one in the file.
    pub(super) fn rename(&mut self, known: impl Fn(&str) -> String) {
        let stored = std::mem::take(&mut self.unread);
        self.unread = stored.into_iter().map(|(name, place)| (known(&name), place)).collect();
    }

    /// Takes the tensor `name` in `kind`, its shape checked, on the CPU.
    pub(super) fn take(&mut self, name: &str, shape: &[i64], kind: Kind) -> Result<Tensor, ModelError> {
        let place = self.unread.remove(name);
        let place =
            place.ok_or_else(|| ModelError::MissingTensor { path: self.listing.clone(), name: name.to_owned() })?;
        self.read(name, &place, shape, kind)
    }

    /// Refuses tensors that nothing took. `tied_head` is the embedding where it serves as the output head: a checkpoint may
    /// carry the head as well, if it is equal.
    pub(super) fn finish(mut self, tied_head: Option<&Tensor>) -> Result<(), ModelError> {
        const HEAD: &str = "lm_head.weight";
        if let Some(embedding) = tied_head
            && let Some(place) = self.unread.remove(HEAD)
        {
            let head = self.read(HEAD, &place, &embedding.size(), embedding.kind())?;
            if !head.equal(&embedding.to_device(Device::Cpu)) {
                return Err(ModelError::TiedHeadDiffers { path: self.files[place.file].path.clone() });
            }
        }
        match self.unread.into_iter().find(|(name, _)| !name.ends_with(DERIVED_SUFFIX)) {
            Some((name, place)) => {
                let path = self.files.swap_remove(place.file).path;
                Err(ModelError::ExtraTensor { path, name, listing: "config.json" })
            }
            None => Ok(()),
        }
    }

    fn read(&self, name: &str, place: &Place, shape: &[i64], kind: Kind) -> Result<Tensor, ModelError> {
        let (file, info) = (&self.files[place.file], &place.info);
        let got: Vec<i64> = info.shape.iter().map(|&size| size as i64).collect();
        if got != shape {
            let (path, name) = (file.path.clone(), name.to_owned());
            return Err(ModelError::WrongShape { path, name, expected: shape.to_vec(), got });
        }
        let on_disk = match info.dtype {
            Dtype::F32 => Kind::Float,
            Dtype::F16 => Kind::Half,
            Dtype::BF16 => Kind::BFloat16,
            other => {
                let (path, name, got) = (file.path.clone(), name.to_owned(), format!("{other:?}"));
                return Err(ModelError::WrongKind { path, name, got });
            }
        };
        let (start, end) = info.data_offsets;
        let bytes = file.map(file.data_start + start as u64, end - start)?;
        Ok(Tensor::f_from_data_size(&bytes, shape, on_disk)?.f_to_kind(kind)?)
    }
}

impl WeightFile {
    fn open(path: &Path) -> Result<(Self, Metadata), ModelError> {
        let failed = |source| ModelError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut opened = Self { path: path.to_owned(), file, data_start: 0 };
        let damaged = |source| ModelError::Safetensors { path: path.to_owned(), source };
        if length == 0 {
            return Err(damaged(safetensors::SafeTensorError::HeaderTooSmall));
        }
        // Mapped whole, but only the pages of the header are touched.
        let bytes = opened.map(0, length as usize)?;
        let (header, metadata) = match SafeTensors::read_metadata(&bytes) {
            Err(source) => return Err(cut_short(path, &bytes).unwrap_or_else(|| damaged(source))),
            Ok(read) => read,
        };
        opened.data_start = header as u64 + 8;
        Ok((opened, metadata))
    }

    /// Maps `length` bytes from `offset`.
    #[expect(unsafe_code, reason = "a mapped file is memory that another process could change")]
    fn map(&self, offset: u64, length: usize) -> Result<Mmap, ModelError> {
        // SAFETY: the bytes are only ever copied out, as numbers of which every bit pattern is valid, or parsed by a checking
        // parser. A checkpoint that is cut short while it is being read ends the process by a signal; it is not ours to hinder.
        let mapped = unsafe { MmapOptions::new().offset(offset).len(length).map(&self.file) };
        mapped.map_err(|source| ModelError::Io { path: self.path.clone(), source })
    }
}

/// The first tensor of a file's header that reaches beyond the end of its `bytes`; none where the header itself is damaged.
fn cut_short(path: &Path, bytes: &[u8]) -> Option<ModelError> {
    let length = u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?);
    let data_start = length.checked_add(8)?;
    let header: Metadata = serde_json::from_slice(bytes.get(8..usize::try_from(data_start).ok()?)?).ok()?;
    let ends = |(name, info): (String, TensorInfo)| Some((data_start.checked_add(info.data_offsets.1 as u64)?, name));
    let got = bytes.len() as u64;
    let (expected, name) = tensors(&header).filter_map(ends).filter(|(end, _)| *end > got).min()?;
    Some(ModelError::CutShort { path: path.into(), name, expected, got })
}

/// The tensors of a header, by name.
fn tensors(metadata: &Metadata) -> impl Iterator<Item = (String, TensorInfo)> {
    let sorted: BTreeMap<String, TensorInfo> =
        metadata.tensors().into_iter().map(|(name, info)| (name, info.clone())).collect();
    sorted.into_iter()
}

/// Writes every weight of `transformer` to `path`, in the number format it is held in, what its adapters add merged into it.
pub(super) fn write(transformer: &Transformer, path: &Path) -> Result<(), ModelError> {
    let (adapters, failed): (BTreeMap<String, &Adapter>, _) = (transformer.adapters().collect(), RefCell::new(None));
    let named = transformer.parameters().into_iter().map(|(name, tensor)| {
        let adapter = name.strip_suffix(".weight").and_then(|module| adapters.get(module).copied());
        Ok((name, Saved::new(&tensor, adapter, &failed)?))
    });
    let named = named.collect::<Result<Vec<_>, ModelError>>()?;
    let metadata: HashMap<String, String> = [("format".to_owned(), "pt".to_owned())].into();
    let written = safetensors::serialize_to_file(named, Some(metadata), path);
    if let Some(error) = failed.into_inner() {
        return Err(error);
    }
    written.map_err(|source| match source {
        safetensors::SafeTensorError::IoError(source) => ModelError::Io { path: path.into(), source },
        source => ModelError::Safetensors { path: path.into(), source },
    })
}

/// A tensor on its way to the disk; its bytes are made when they are written.
struct Saved<'model> {
    tensor: Tensor,
    adapter: Option<&'model Adapter>,
    shape: Vec<usize>,
    dtype: Dtype,
    /// Where a merge that failed leaves its error: the writer has no way to take one.
    failed: &'model RefCell<Option<ModelError>>,
}

impl<'model> Saved<'model> {
    fn new(
        tensor: &Tensor,
        adapter: Option<&'model Adapter>,
        failed: &'model RefCell<Option<ModelError>>,
    ) -> Result<Self, ModelError> {
        let dtype = match tensor.kind() {
            Kind::BFloat16 => Dtype::BF16,
            Kind::Half => Dtype::F16,
            Kind::Float => Dtype::F32,
            other => return Err(ModelError::Torch(tch::TchError::Kind(format!("weights of kind {other:?}")))),
        };
        let shape = tensor.size().iter().map(|&size| size as usize).collect();
        Ok(Self { tensor: tensor.detach(), adapter, shape, dtype, failed })
    }

    /// The bytes of the tensor, merged with its adapter.
    fn bytes(&self) -> Result<Vec<u8>, ModelError> {
        let merged = self.adapter.map(|adapter| adapter.merged_into(&self.tensor)).transpose()?;
        let tensor = merged.as_ref().unwrap_or(&self.tensor).f_to_device(Device::Cpu)?.f_contiguous()?;
        let mut bytes = vec![0_u8; self.data_len()];
        tensor.f_copy_data_u8(&mut bytes, tensor.numel())?;
        Ok(bytes)
    }
}

impl View for Saved<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let bytes = self.bytes().unwrap_or_else(|error| {
            self.failed.replace(Some(error));
            vec![0; self.data_len()]
        });
        bytes.into()
    }

    fn data_len(&self) -> usize {
        self.tensor.numel() * self.tensor.kind().elt_size_in_bytes()
    }
}
