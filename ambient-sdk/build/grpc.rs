//! Generates the gRPC interface; requires no `protoc`.

use std::{collections::BTreeMap, error::Error, fmt::Write, fs, path::Path};

use prost_types::DescriptorProto;

use crate::SPEC;

/// Writes the messages, clients and servers, and `grpc_fields!`. `models` contains the fields of
/// the models of the HTTP interface.
pub(crate) fn generate(
    out: &Path,
    models: &BTreeMap<String, Vec<String>>,
) -> Result<(), Box<dyn Error>> {
    let path = Path::new(SPEC).join("grpc.proto");
    println!("cargo::rerun-if-changed={}", path.display());
    let files = protox::compile([&path], [SPEC])?;
    let Some(file) = files.file.last() else { return Err("protox returned no file".into()) };
    let package = file.package().to_owned();
    let fields = fields(&file.message_type, models)?;
    tonic_prost_build::configure()
        .build_transport(false)
        .generate_default_stubs(true)
        .out_dir(out)
        .compile_fds(files)?;
    let include = format!("include!(concat!(env!(\"OUT_DIR\"), \"/{package}.rs\"));\n");
    fs::write(out.join("grpc.rs"), include + &fields)?;
    Ok(())
}

/// Returns `grpc_fields!`. For a message of both interfaces, it passes two lists to another macro:
/// the fields that both have, and the others of the HTTP interface.
fn fields(
    messages: &[DescriptorProto],
    models: &BTreeMap<String, Vec<String>>,
) -> Result<String, std::fmt::Error> {
    let mut rules = String::new();
    for message in messages {
        let name = message.name();
        let Some(fields) = models.get(name) else { continue };
        let is_shared =
            |field: &&String| message.field.iter().any(|own| own.name() == field.as_str());
        let (shared, others): (Vec<_>, Vec<_>) = fields.iter().partition(is_shared);
        let join = |names: Vec<&String>| {
            names.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ")
        };
        writeln!(
            rules,
            "({name}, $($callback:ident)::+ ! $($rest:tt)*) => \
             {{ $($callback)::+! {{ $($rest)* [{}] [{}] }} }};",
            join(shared),
            join(others),
        )?;
    }
    Ok(format!("#[doc(hidden)]\n#[macro_export]\nmacro_rules! grpc_fields {{\n{rules}}}\n"))
}
