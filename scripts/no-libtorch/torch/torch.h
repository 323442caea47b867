// The compiler comes here only when it finds no libtorch: .cargo/config.toml puts this folder last on its search path.
// That way a build without set-up says what to do, not just that some header is missing.
#error libtorch is not set up. Run `make setup` once, then build again. (Without libtorch: cargo build --no-default-features.)
#include <nothing: stop at the first error>
