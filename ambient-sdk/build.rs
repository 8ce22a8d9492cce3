//! Turns each prepared document in `spec/` into a client in `OUT_DIR`.
//!
//! The documents are the only input: nothing generated is committed or edited.

use std::{env, error::Error, fs, path::Path};

use ambient_sdk_generator::{Options, generate};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    for (document, module) in [("api-server", "api_server"), ("public-api", "public_api")] {
        let feature = format!("CARGO_FEATURE_{}", module.to_uppercase());
        if env::var_os(feature).is_none() {
            continue;
        }
        let spec = format!("spec/{document}.json");
        println!("cargo::rerun-if-changed={spec}");
        let text = fs::read_to_string(&spec).map_err(|e| format!("cannot read {spec}: {e}"))?;
        let options = Options {
            module: module.into(),
            schemars: env::var_os("CARGO_FEATURE_SCHEMARS").is_some(),
        };
        let client = generate(&text, &options).map_err(|e| format!("{spec}: {}", chain(&e)))?;
        fs::write(Path::new(&out).join(format!("{module}.rs")), client.source)?;
    }
    Ok(())
}

/// The error with every cause behind it.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(|error| error.to_string()).collect::<Vec<_>>().join(": ")
}
