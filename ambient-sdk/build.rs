//! Generates a client in `OUT_DIR` from each prepared document in `spec/`, and declares its module.
//!
//! The documents are the only input; no generated code is committed or edited. A document is used
//! if the feature with its name is enabled.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

#[cfg(feature = "grpc")]
#[path = "build/grpc.rs"]
mod grpc;

use ambient_sdk_generator::{Options, generate, summary};

/// The directory of the prepared documents.
const SPEC: &str = "spec";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    println!("cargo::rerun-if-changed={SPEC}");
    let mut modules = String::new();
    let (mut fields, mut properties) = (BTreeMap::new(), BTreeSet::new());
    for path in documents()? {
        let document = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let module = document.replace('-', "_");
        let feature = format!("CARGO_FEATURE_{}", module.to_uppercase());
        if env::var_os(feature).is_none() {
            continue;
        }
        let client = client(&path, document, &module, &out)?;
        modules.push_str(&client.declaration);
        properties.extend(client.properties);
        if module == "api_server" {
            fields = client.fields;
        }
    }
    let properties: Vec<String> = properties.into_iter().collect();
    modules.push_str("/// The names of all properties of the documents, in order.\n");
    modules.push_str(&format!("const PROPERTIES: &[&str] = &{properties:?};\n"));
    fs::write(out.join("modules.rs"), modules)?;
    #[cfg(feature = "grpc")]
    grpc::generate(&out, &fields)?;
    #[cfg(not(feature = "grpc"))]
    drop(fields);
    Ok(())
}

/// Returns the paths of the prepared documents, sorted by name.
fn documents() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(SPEC).map_err(|e| format!("cannot read {SPEC}: {e}"))?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    paths.sort();
    Ok(paths)
}

/// A client whose source is written.
struct Client {
    /// The declaration of its module.
    declaration: String,
    /// The fields of each model that is a struct.
    fields: BTreeMap<String, Vec<String>>,
    /// The names of all properties in JSON.
    properties: BTreeSet<String>,
}

/// Writes the client of one document.
fn client(path: &Path, document: &str, module: &str, out: &Path) -> Result<Client, Box<dyn Error>> {
    let shown = path.display();
    println!("cargo::rerun-if-changed={shown}");
    let text = fs::read_to_string(path).map_err(|e| format!("cannot read {shown}: {e}"))?;
    let options = Options {
        module: module.to_owned(),
        schemars: env::var_os("CARGO_FEATURE_SCHEMARS").is_some(),
    };
    let client = generate(&text, &options).map_err(|e| format!("{shown}: {}", chain(&e)))?;
    fs::write(out.join(format!("{module}.rs")), client.source)?;
    fs::write(out.join(format!("{module}_resources.rs")), client.resources)?;
    let (about, models) = (summary(&text)?, client.models);
    let declaration =
        format!("api! {{\n    #[doc = {about:?}]\n    {module}, {document:?}\n}}\n{models}");
    Ok(Client { declaration, fields: client.fields, properties: client.properties })
}

/// Formats an error together with all its sources.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(|error| error.to_string()).collect::<Vec<_>>().join(": ")
}
