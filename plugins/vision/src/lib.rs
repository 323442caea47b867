//! Images for `ssl4rl`: where pictures come from, and questions that pictures answer themselves.
//!
//! [`picture`] holds pixels and what is done to them, [`source`] finds pictures and keeps them apart for training and
//! evaluation, [`tasks`] asks about them, [`mod@bench`] examines a policy on the published benchmarks. None of it needs libtorch;
//! `model`, the policy that sees, does.
//!
//! ```
//! use ssl4rl_tasks::{Registry, Split, TaskRng};
//! use ssl4rl_vision::{source, tasks};
//!
//! let album = source::open("scenes:size=56,count=100").unwrap();
//! let mut registry = Registry::new();
//! tasks::register(&mut registry).unwrap();
//! let rotation = registry.build("vision/rotation", None).unwrap();
//! let sample = rotation.sample(&album, &mut TaskRng::new(0, rotation.name(), Split::Train, 0), 0).unwrap();
//! assert!(rotation.verify(&rotation.oracle(&sample.truth).unwrap(), &sample.truth).unwrap().exact);
//! ```

pub mod bench;
pub mod cli;
mod modality;
#[cfg(feature = "torch")]
pub mod model;
pub mod picture;
pub mod question;
pub mod rewards;
pub mod sheet;
pub mod source;
pub mod table;
pub mod tasks;
mod walk;

pub use modality::Pictures;

use ssl4rl_tasks::{Registry, RegistryError};

/// Adds every image task, and the pictures they are made from.
pub fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    tasks::register(registry)?;
    registry.add_modality(Pictures)
}
