//! Writes `web-client/src/signaling/protocol.gen.ts`; part of `make generate`.

use std::{fs, path::Path};

fn main() -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../web-client/src/signaling/protocol.gen.ts");
    fs::create_dir_all(path.parent().expect("the path has a folder"))?;
    fs::write(path, bega_protocol::typescript())
}
