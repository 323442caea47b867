//! Links the program to libtorch so that it starts without `LD_LIBRARY_PATH`, and compiles `src/model/extension.cpp` against it.
//!
//! torch-sys already passes `-ltorch_cpu -ltorch -lc10` and says where they are, but an rpath does not travel from one
//! package to another: each package with a binary sets its own. A plugin does it with the same few lines, reading
//! `DEP_SSL4RL_LIBTORCH_LIB`.
//!
//! What holds for an NVIDIA GPU:
//!
//! - The program never names `libtorch_cuda.so` as needed, so it starts on a machine without CUDA. It opens the library itself
//!   (`model::libtorch`), by its bare name: the loader looks in the rpath below and in `LD_LIBRARY_PATH`.
//! - Built against a full torch (`LIBTORCH_USE_PYTORCH=1`), the rpath holds `libtorch_cuda.so`, and nothing more is needed.
//! - Built after `make setup`, `LD_LIBRARY_PATH=<full torch>/lib` is enough, with no rebuild. It is a runpath
//!   (`--enable-new-dtags`), which `LD_LIBRARY_PATH` precedes, so that `libtorch_cpu.so` and `libc10.so` come from the same folder. The two
//!   installs must be one version, CUDA build included: `build-version` and `torch/version.py` both say 2.11.0+cu130.
//! - The library has to be opened before anything asks libtorch about CUDA, since libtorch keeps the first answer.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    bake_git_revision();
    let Ok(lib) = env::var("DEP_TCH_LIBTORCH_LIB") else {
        return; // built without the feature `torch`
    };
    println!("cargo::metadata=libtorch_lib={lib}");
    #[cfg(feature = "torch")]
    compile_extension(Path::new(&lib));
    // The real folder rather than the checkout's link to it, so that the program also runs once the checkout is gone.
    let lib = Path::new(&lib).canonicalize().unwrap_or_else(|_| lib.clone().into());
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg=-Wl,--enable-new-dtags");
    }
}

/// Compiles what tch does not offer, with the headers that torch-sys is compiled with: beside the libraries, or where
/// `LIBTORCH_INCLUDE` says.
#[cfg(feature = "torch")]
fn compile_extension(lib: &Path) {
    const SOURCE: &str = "src/model/extension.cpp";
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rerun-if-env-changed=LIBTORCH_INCLUDE");
    let beside = lib.parent().map(Path::to_path_buf).unwrap_or_default();
    let include = env::var_os("LIBTORCH_INCLUDE").map_or(beside, PathBuf::from).join("include");
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .warnings(false) // of libtorch's own headers
        .include(include.join("torch/csrc/api/include"))
        .include(include)
        .file(SOURCE)
        .compile("ssl4rl_extension");
}

/// Hands the revision of the source to the program, which saves it with every run. Without git, or outside a checkout of this
/// very package, there is none, and nothing fails.
fn bake_git_revision() {
    let root = env::var("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(&root).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let top = git(&["rev-parse", "--show-toplevel"]).and_then(|top| Path::new(&top).canonicalize().ok());
    if top.is_none() || top != root.canonicalize().ok() {
        return;
    }
    // The log of HEAD grows with every commit and every change of branch; naming a file that is absent would rebuild always.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).map(|log| root.join(log)).filter(|log| log.is_file());
    if let (Some(log), Some(revision)) = (log, git(&["rev-parse", "--short=12", "HEAD"])) {
        println!("cargo::rerun-if-changed={}", log.display());
        println!("cargo::rustc-env=SSL4RL_GIT_REVISION={revision}");
    }
}
