//! How long the threads of OpenMP wait by spinning, which is settled when a process starts.
//!
//! Between two operations of libtorch its threads spin until there is work, by default for some milliseconds. Where other programs keep
//! the cores busy a spinning thread takes a core from the one that it waits for, and a step takes several times as long as on half of the
//! cores. A few microseconds of spinning are enough where the cores are free, and lose little where they are not.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;

/// What GNU's OpenMP reads when libtorch is loaded, before any code of this program runs.
const SPINS: &str = "GOMP_SPINCOUNT";
/// About ten microseconds; what the library itself takes where threads are more than cores.
const FEW: &str = "1000";
/// With either of these the user has said how to wait.
const SAID: [&str; 2] = [SPINS, "OMP_WAIT_POLICY"];

/// Starts this process over with few spins, unless that has been done or the user said otherwise. To be called before anything else is
/// done; comes back where nothing is to be changed, and where it fails, which costs nothing but time.
pub(super) fn shorten() {
    let alone = thread::available_parallelism().map_or(1, usize::from) == 1;
    if alone || SAID.iter().any(|name| env::var_os(name).is_some()) {
        return;
    }
    let mut arguments = env::args_os();
    if let Some(name) = arguments.next() {
        let _failed = Command::new("/proc/self/exe").arg0(name).args(arguments).env(SPINS, FEW).exec();
    }
}
