//! The effect on Rust code: generates both interfaces like the build script, and compares their items.

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::compare::Subject;
use crate::drift::source::{self, Delta};
use crate::proto::Interface;

/// Returns the changes of the public items, or the reason why an interface can't be generated.
pub(super) fn deltas(base: &Interface, revision: &Interface) -> Result<Vec<Delta>, String> {
    let old = generate(base).map_err(|why| format!("base: {why}"))?;
    let new = generate(revision).map_err(|why| format!("revision: {why}"))?;
    Ok(source::deltas_of(&old, &new))
}

fn generate(interface: &Interface) -> Result<syn::File, String> {
    let text = interface.to_text().map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("interface.proto");
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    let files = protox::compile([&path], [folder.path()]).map_err(|error| error.to_string())?;
    tonic_prost_build::configure()
        .build_transport(false)
        .generate_default_stubs(true)
        .emit_rerun_if_changed(false)
        .out_dir(folder.path())
        .compile_fds(files)
        .map_err(|error| error.to_string())?;
    let name = match interface.package.as_str() {
        "" => "_",
        package => package,
    };
    let made = folder.path().join(format!("{name}.rs"));
    let code = std::fs::read_to_string(made).map_err(|error| error.to_string())?;
    syn::parse_file(&code).map_err(|error| format!("the generated code does not parse: {error}"))
}

/// Returns whether an item belongs to a changed subject.
pub(super) fn is_of(subject: &Subject, delta: &Delta) -> bool {
    let item = delta.item.split(": ").next().unwrap_or_default();
    match subject {
        Subject::Package => false,
        Subject::Method { service, method } => {
            item.starts_with(&service.to_snake_case())
                && item.rsplit("::").next() == Some(method.to_snake_case().as_str())
        }
        Subject::Type(name) => item == path(name),
        Subject::Member { of, names } => names.iter().any(|name| {
            let (field, value) = (name.to_snake_case(), name.to_upper_camel_case());
            // The generated value has no prefix with the name of its enum.
            let value = value.strip_prefix(&of.to_upper_camel_case()).unwrap_or(&value).to_owned();
            item == format!("{}::{field}", path(of)) || item == format!("{}::{value}", path(of))
        }),
    }
}

/// Returns the path of a type in the generated code. Nested types are in a module of their message.
fn path(name: &str) -> String {
    let mut parts: Vec<&str> = name.split('.').collect();
    let own = parts.pop().unwrap_or_default().to_upper_camel_case();
    let around = parts.iter().map(|part| format!("{}::", part.to_snake_case()));
    around.collect::<String>() + &own
}
