//! Pretext tasks on pictures, one file each.
//!
//! All draw a picture of the split from an [`Album`](crate::source::Album), change it, and ask what was changed. Pictures come
//! first, then a short text; the pixels are the only place where the answer is.

pub mod adjacency;
pub mod change_spotting;
pub mod channel_order;
pub mod colour_match;
pub mod contrastive;
pub mod correspondence;
pub mod corruption_type;
pub mod crop_box;
pub mod degradation_order;
pub mod flip;
pub mod flipped_tile;
pub mod inpainting_match;
pub mod instance_match;
pub mod jigsaw;
pub mod odd_one_out;
mod overlay;
pub mod pair_relation;
pub mod position;
pub mod region_count;
pub mod rotation;
pub mod scale_estimate;
mod search;
pub mod shape_count;
pub mod swapped_tiles;
pub mod zoom_order;

use ssl4rl_tasks::{Registry, RegistryError, TaskRng};

use crate::picture::Picture;

/// Adds every image task.
pub fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    registry.register::<adjacency::Adjacency>()?;
    registry.register::<change_spotting::ChangeSpotting>()?;
    registry.register::<channel_order::ChannelOrder>()?;
    registry.register::<colour_match::ColourMatch>()?;
    registry.register::<contrastive::Contrastive>()?;
    registry.register::<correspondence::Correspondence>()?;
    registry.register::<corruption_type::CorruptionType>()?;
    registry.register::<crop_box::CropBox>()?;
    registry.register::<degradation_order::DegradationOrder>()?;
    registry.register::<flip::Mirror>()?;
    registry.register::<flipped_tile::FlippedTile>()?;
    registry.register::<inpainting_match::InpaintingMatch>()?;
    registry.register::<instance_match::InstanceMatch>()?;
    registry.register::<jigsaw::Jigsaw>()?;
    registry.register::<odd_one_out::OddOneOut>()?;
    registry.register::<pair_relation::PairRelation>()?;
    registry.register::<position::Position>()?;
    registry.register::<region_count::RegionCount>()?;
    registry.register::<rotation::Rotation>()?;
    registry.register::<scale_estimate::ScaleEstimate>()?;
    registry.register::<shape_count::ShapeCount>()?;
    registry.register::<swapped_tiles::SwappedTiles>()?;
    registry.register::<zoom_order::ZoomOrder>()?;
    Ok(())
}

/// A registry of the image tasks.
pub fn registry() -> Result<Registry, RegistryError> {
    let mut registry = Registry::new();
    register(&mut registry)?;
    Ok(registry)
}

/// Deviation of brightness, in levels, below which degradations of a picture cannot be told apart.
const LEAST_DEVIATION: f64 = 16.0;

/// Pictures given in the right order, shuffled, and the numbers they have then, in the right order.
fn ordered(pictures: Vec<Picture>, rng: &mut TaskRng) -> (Vec<Picture>, Vec<String>) {
    let places = rng.permutation(pictures.len());
    let mut shown: Vec<(usize, Picture)> = places.iter().copied().zip(pictures).collect();
    shown.sort_by_key(|(place, _)| *place);
    let order = places.iter().map(|place| (place + 1).to_string()).collect();
    (shown.into_iter().map(|(_, picture)| picture).collect(), order)
}
