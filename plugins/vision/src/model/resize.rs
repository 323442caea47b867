//! The resize of the processors that policies were trained with: antialiased bicubic on bytes.

use ssl4rl::model::media::MediaError;
use tch::{Device, Kind, Tensor};

use super::config::Resize;
use crate::picture::Picture;

/// `picture` at `height` x `width`, bytes `[3, height, width]`.
///
/// In libtorch's way it is the kernel that `torchvision` calls; on processors without AVX2 that kernel takes another path, and
/// single values differ by one.
pub(super) fn resized(picture: &Picture, height: i64, width: i64, resize: Resize) -> Result<Tensor, MediaError> {
    let unchanged = (picture.height() as i64, picture.width() as i64) == (height, width);
    if unchanged || resize == Resize::Torch {
        let colours = channels_first(picture)?;
        if unchanged {
            return Ok(colours.f_contiguous()?);
        }
        let batch = colours.f_unsqueeze(0)?;
        let resized = batch.f_internal_upsample_bicubic2d_aa([height, width], false, None::<f64>, None::<f64>)?;
        return Ok(resized.f_squeeze_dim(0)?.f_contiguous()?);
    }
    Ok(channels_first(&picture.resized(width as usize, height as usize))?.f_contiguous()?)
}

/// Bytes `[3, height, width]`, a view of a copy with the colours last.
fn channels_first(picture: &Picture) -> Result<Tensor, MediaError> {
    let size = [picture.height() as i64, picture.width() as i64, 3];
    let pixels = Tensor::f_from_data_size(picture.rgb(), &size, Kind::Uint8)?.f_to_device(Device::Cpu)?;
    Ok(pixels.f_permute([2, 0, 1])?)
}
