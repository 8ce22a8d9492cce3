//! Turns each prepared document in `spec/` into a client in `OUT_DIR`.
//!
//! The documents are the only input: nothing generated is committed or edited.

use std::{env, error::Error, fs, path::Path};

#[path = "build/generate.rs"]
mod generate;

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    println!("cargo::rerun-if-changed=build");
    for (document, module) in [("api-server", "api_server"), ("public-api", "public_api")] {
        let feature = format!("CARGO_FEATURE_{}", module.to_uppercase());
        if env::var_os(feature).is_none() {
            continue;
        }
        let spec = format!("spec/{document}.json");
        println!("cargo::rerun-if-changed={spec}");
        let text = fs::read_to_string(&spec).map_err(|e| format!("cannot read {spec}: {e}"))?;
        let options = generate::Options {
            module: module.into(),
            schemars: env::var_os("CARGO_FEATURE_SCHEMARS").is_some(),
        };
        let client = generate::generate(&text, &options).map_err(|e| format!("{spec}: {e}"))?;
        fs::write(Path::new(&out).join(format!("{module}.rs")), client)?;
    }
    Ok(())
}
