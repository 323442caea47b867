//! Named tensors in one safetensors file, in the kind they have: what a checkpoint keeps beside the weights.

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::Path;

use safetensors::{Dtype, SafeTensorError, View};
use tch::{Kind, TchError, Tensor};

use super::ModelError;

/// Writes `tensors` to `path`, one after the other, so that no second copy of all of them is in memory.
pub fn write(tensors: &[(String, Tensor)], path: &Path) -> Result<(), ModelError> {
    let failed = RefCell::new(None);
    let views = tensors
        .iter()
        .map(|(name, tensor)| Ok((name, Stored::new(name, tensor, path, &failed)?)))
        .collect::<Result<Vec<_>, ModelError>>()?;
    let written = safetensors::serialize_to_file(views, None, path);
    if let Some(error) = failed.into_inner() {
        return Err(ModelError::Torch(error));
    }
    written.map_err(|error| match error {
        SafeTensorError::IoError(source) => ModelError::Io { path: path.into(), source },
        source => ModelError::Safetensors { path: path.into(), source },
    })
}

/// Reads all tensors of `path`, in the order of their names.
pub fn read(path: &Path) -> Result<Vec<(String, Tensor)>, ModelError> {
    let bytes = std::fs::read(path).map_err(|source| ModelError::Io { path: path.into(), source })?;
    let damaged = |source| ModelError::Safetensors { path: path.into(), source };
    let mut tensors = safetensors::SafeTensors::deserialize(&bytes).map_err(damaged)?.tensors();
    tensors.sort_by(|(one, _), (other, _)| one.cmp(other));
    tensors
        .into_iter()
        .map(|(name, view)| {
            let shape: Vec<i64> = view.shape().iter().map(|&size| size as i64).collect();
            let kind = KINDS.iter().find(|(_, dtype)| *dtype == view.dtype());
            let Some((kind, _)) = kind else {
                return Err(ModelError::WrongKind { path: path.into(), name, got: format!("{:?}", view.dtype()) });
            };
            Ok((name, Tensor::f_from_data_size(view.data(), &shape, *kind)?))
        })
        .collect()
}

/// The kinds that are written and read.
const KINDS: [(Kind, Dtype); 5] = [
    (Kind::Float, Dtype::F32),
    (Kind::Double, Dtype::F64),
    (Kind::BFloat16, Dtype::BF16),
    (Kind::Half, Dtype::F16),
    (Kind::Int64, Dtype::I64),
];

/// A tensor as the file holds it.
struct Stored<'tensors> {
    tensor: Tensor,
    dtype: Dtype,
    shape: Vec<usize>,
    /// Where a copy that failed leaves its error: the writer has no way to take one.
    failed: &'tensors RefCell<Option<TchError>>,
}

impl<'tensors> Stored<'tensors> {
    fn new(
        name: &str,
        tensor: &Tensor,
        path: &Path,
        failed: &'tensors RefCell<Option<TchError>>,
    ) -> Result<Self, ModelError> {
        let kind = tensor.f_kind()?;
        let dtype = KINDS.iter().find(|(known, _)| *known == kind).map(|(_, dtype)| *dtype);
        let wrong = || ModelError::WrongKind { path: path.into(), name: name.to_owned(), got: format!("{kind:?}") };
        let shape = tensor.size().iter().map(|&size| size as usize).collect();
        Ok(Self { tensor: tensor.f_detach()?.f_contiguous()?, dtype: dtype.ok_or_else(wrong)?, shape, failed })
    }
}

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = vec![0; self.data_len()];
        if let Err(error) = self.tensor.f_copy_data_u8(&mut bytes, self.tensor.numel()) {
            self.failed.replace(Some(error));
        }
        bytes.into()
    }

    fn data_len(&self) -> usize {
        self.tensor.numel() * self.tensor.kind().elt_size_in_bytes()
    }
}
