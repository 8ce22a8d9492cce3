//! Formats an interface as text.

use std::fmt::Write as _;

use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, MethodDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

use super::Interface;
use crate::error::Error;

/// The first lines of a copy.
const HEADER: &str = "\
// A copy of a gRPC interface, generated from its protobuf files by `cargo xtask sync`.
// Do not edit it.
";

/// The end of the range of field numbers, which is written as `max`.
const MAX_NUMBER: i32 = 536_870_912;

pub(super) fn render(interface: &Interface) -> Result<String, Error> {
    let mut writer = Writer { out: HEADER.to_owned(), depth: 0, package: &interface.package };
    writer.line("syntax = \"proto3\";");
    if !interface.package.is_empty() {
        writer.blank();
        writer.line(&format!("package {};", interface.package));
    }
    if !interface.imports.is_empty() {
        writer.blank();
    }
    for import in &interface.imports {
        writer.line(&format!("import \"{import}\";"));
    }
    for item in &interface.enums {
        writer.blank();
        writer.enumeration(item);
    }
    for message in &interface.messages {
        writer.blank();
        writer.message(message)?;
    }
    for service in &interface.services {
        writer.blank();
        writer.open(&format!("service {}", service.name()));
        service.method.iter().for_each(|method| writer.method(method));
        writer.close();
    }
    Ok(writer.out)
}

struct Writer<'p> {
    out: String,
    depth: usize,
    package: &'p str,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }

    fn open(&mut self, text: &str) {
        self.line(&format!("{text} {{"));
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.line("}");
    }

    fn enumeration(&mut self, item: &EnumDescriptorProto) {
        self.open(&format!("enum {}", item.name()));
        if item.options.as_ref().is_some_and(|options| options.allow_alias()) {
            self.line("option allow_alias = true;");
        }
        let ranges = item.reserved_range.iter().map(|range| (range.start(), range.end()));
        self.reserved(ranges.collect(), i32::MAX, &item.reserved_name);
        for value in &item.value {
            self.line(&format!("{} = {};", value.name(), value.number()));
        }
        self.close();
    }

    fn message(&mut self, message: &DescriptorProto) -> Result<(), Error> {
        if !message.extension.is_empty() || !message.extension_range.is_empty() {
            let what = format!("`{}` has extensions, which are not supported", message.name());
            return Err(Error::new(what));
        }
        self.open(&format!("message {}", message.name()));
        let ranges = message.reserved_range.iter();
        // The end of a message's range is exclusive.
        let ranges = ranges.map(|range| (range.start(), range.end() - 1)).collect();
        self.reserved(ranges, MAX_NUMBER - 1, &message.reserved_name);
        for item in &message.enum_type {
            self.enumeration(item);
        }
        for nested in message.nested_type.iter().filter(|nested| !is_map_entry(nested)) {
            self.message(nested)?;
        }
        let mut open = None;
        for field in &message.field {
            let oneof = field.oneof_index.filter(|_| !field.proto3_optional());
            if open != oneof {
                if open.is_some() {
                    self.close();
                }
                if let Some(index) = oneof {
                    let declared = message.oneof_decl.get(index as usize);
                    self.open(&format!("oneof {}", declared.map_or("", |oneof| oneof.name())));
                }
                open = oneof;
            }
            let declaration = self.field(message, field)?;
            self.line(&declaration);
        }
        if open.is_some() {
            self.close();
        }
        self.close();
        Ok(())
    }

    fn reserved(&mut self, ranges: Vec<(i32, i32)>, max: i32, names: &[String]) {
        for (start, end) in ranges {
            let range = match end {
                end if end == start => start.to_string(),
                end if end == max => format!("{start} to max"),
                end => format!("{start} to {end}"),
            };
            self.line(&format!("reserved {range};"));
        }
        for name in names {
            self.line(&format!("reserved \"{name}\";"));
        }
    }

    fn field(
        &self,
        message: &DescriptorProto,
        field: &FieldDescriptorProto,
    ) -> Result<String, Error> {
        let mut text = String::new();
        let entry = message.nested_type.iter().find(|nested| {
            is_map_entry(nested) && field.type_name().rsplit('.').next() == nested.name.as_deref()
        });
        match entry.map(|entry| entry.field.as_slice()) {
            Some([key, value]) => {
                let _ = write!(text, "map<{}, {}>", self.type_of(key)?, self.type_of(value)?);
            }
            _ => {
                if field.proto3_optional() {
                    text.push_str("optional ");
                } else if field.label() == Label::Repeated {
                    text.push_str("repeated ");
                }
                text.push_str(&self.type_of(field)?);
            }
        }
        let _ = write!(text, " {} = {}", field.name(), field.number());
        if field.options.as_ref().is_some_and(|options| options.packed == Some(false)) {
            text.push_str(" [packed = false]");
        }
        text.push(';');
        Ok(text)
    }

    fn type_of(&self, field: &FieldDescriptorProto) -> Result<String, Error> {
        let scalar = match field.r#type() {
            Type::Message | Type::Enum => return Ok(self.name(field.type_name())),
            Type::Group => return Err(Error::new("proto3 does not support groups")),
            Type::Double => "double",
            Type::Float => "float",
            Type::Int64 => "int64",
            Type::Uint64 => "uint64",
            Type::Int32 => "int32",
            Type::Fixed64 => "fixed64",
            Type::Fixed32 => "fixed32",
            Type::Bool => "bool",
            Type::String => "string",
            Type::Bytes => "bytes",
            Type::Uint32 => "uint32",
            Type::Sfixed32 => "sfixed32",
            Type::Sfixed64 => "sfixed64",
            Type::Sint32 => "sint32",
            Type::Sint64 => "sint64",
        };
        Ok(scalar.to_owned())
    }

    /// Returns the name of a type of the package without the name of the package.
    fn name(&self, full: &str) -> String {
        let full = full.trim_start_matches('.');
        let own = full.strip_prefix(self.package).and_then(|rest| rest.strip_prefix('.'));
        own.unwrap_or(full).to_owned()
    }

    fn method(&mut self, method: &MethodDescriptorProto) {
        let stream = |is_stream: bool| if is_stream { "stream " } else { "" };
        let line = format!(
            "rpc {}({}{}) returns ({}{});",
            method.name(),
            stream(method.client_streaming()),
            self.name(method.input_type()),
            stream(method.server_streaming()),
            self.name(method.output_type()),
        );
        self.line(&line);
    }
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(|options| options.map_entry())
}
