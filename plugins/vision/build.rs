//! Links the plugin to libtorch so that it starts without `LD_LIBRARY_PATH`, as the program's own build script does.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let Ok(lib) = env::var("DEP_SSL4RL_LIBTORCH_LIB") else {
        return; // built without the feature `torch`
    };
    let lib = Path::new(&lib).canonicalize().unwrap_or_else(|_| lib.clone().into());
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg=-Wl,--enable-new-dtags");
    }
}
