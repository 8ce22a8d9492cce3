//! Compares two interfaces by the names of messages and the numbers of fields.

use std::collections::BTreeMap;

use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, MethodDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

use super::kind::{self, Kind};
use crate::proto::Interface;

/// A change.
pub(super) struct Finding {
    pub(super) kind: &'static Kind,
    pub(super) subject: Subject,
    pub(super) what: String,
    pub(super) in_base: bool,
    pub(super) in_revision: bool,
}

/// The subject of a change.
pub(super) enum Subject {
    Package,
    Method {
        service: String,
        method: String,
    },
    /// A message or an enum.
    Type(String),
    /// A field or a value, by its names in both interfaces.
    Member {
        of: String,
        names: Vec<String>,
    },
}

impl Subject {
    /// Returns the place in the form of a JSON pointer.
    pub(super) fn pointer(&self) -> String {
        match self {
            Self::Package => "#/package".to_owned(),
            Self::Method { service, method } => format!("#/services/{service}/{method}"),
            Self::Type(name) => format!("#/types/{name}"),
            Self::Member { of, names } => {
                format!("#/types/{of}/{}", names.first().map_or("", String::as_str))
            }
        }
    }
}

pub(super) fn compare(base: &Interface, revision: &Interface) -> Vec<Finding> {
    let mut findings = Findings::default();
    if base.package != revision.package {
        let what = format!("the package `{}` becomes `{}`", base.package, revision.package);
        findings.changed(&kind::PACKAGE_CHANGED, Subject::Package, what);
    }
    // A changed package name does not change the types.
    let revision = &in_package(revision.clone(), &base.package);
    findings.methods(&methods(base), &methods(revision));
    let (old, new) = (Types::of(base), Types::of(revision));
    findings.messages(&old, &new);
    findings.enums(&old, &new);
    findings.0
}

/// Returns the interface with another name for its package.
fn in_package(mut interface: Interface, package: &str) -> Interface {
    let rename = Rename { from: format!(".{}.", interface.package), to: format!(".{package}.") };
    for method in interface.services.iter_mut().flat_map(|service| &mut service.method) {
        rename.apply(&mut method.input_type);
        rename.apply(&mut method.output_type);
    }
    interface.messages.iter_mut().for_each(|message| rename.message(message));
    interface
}

struct Rename {
    from: String,
    to: String,
}

impl Rename {
    fn message(&self, message: &mut DescriptorProto) {
        message.field.iter_mut().for_each(|field| self.apply(&mut field.type_name));
        message.nested_type.iter_mut().for_each(|nested| self.message(nested));
    }

    fn apply(&self, name: &mut Option<String>) {
        if let Some(rest) = name.as_deref().and_then(|name| name.strip_prefix(&self.from)) {
            *name = Some(format!("{}{rest}", self.to));
        }
    }
}

type Methods<'i> = BTreeMap<(&'i str, &'i str), &'i MethodDescriptorProto>;

fn methods(interface: &Interface) -> Methods<'_> {
    let all = interface.services.iter().flat_map(|service| {
        service.method.iter().map(|method| ((service.name(), method.name()), method))
    });
    all.collect()
}

/// Messages and enums by their names, including nested ones.
#[derive(Default)]
struct Types<'i> {
    messages: BTreeMap<String, &'i DescriptorProto>,
    enums: BTreeMap<String, &'i EnumDescriptorProto>,
}

impl<'i> Types<'i> {
    fn of(interface: &'i Interface) -> Self {
        let mut types = Self::default();
        types.add("", &interface.messages, &interface.enums);
        types
    }

    fn add(
        &mut self,
        around: &str,
        messages: &'i [DescriptorProto],
        enums: &'i [EnumDescriptorProto],
    ) {
        for message in messages {
            let name = format!("{around}{}", message.name());
            self.add(&format!("{name}."), &message.nested_type, &message.enum_type);
            self.messages.insert(name, message);
        }
        for item in enums {
            self.enums.insert(format!("{around}{}", item.name()), item);
        }
    }
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn changed(&mut self, kind: &'static Kind, subject: Subject, what: String) {
        self.0.push(Finding { kind, subject, what, in_base: true, in_revision: true });
    }

    fn removed(&mut self, kind: &'static Kind, subject: Subject, what: String) {
        self.0.push(Finding { kind, subject, what, in_base: true, in_revision: false });
    }

    fn added(&mut self, kind: &'static Kind, subject: Subject, what: String) {
        self.0.push(Finding { kind, subject, what, in_base: false, in_revision: true });
    }

    fn methods(&mut self, old: &Methods<'_>, new: &Methods<'_>) {
        let subject = |(service, method): (&str, &str)| Subject::Method {
            service: service.to_owned(),
            method: method.to_owned(),
        };
        for (name, before) in old {
            let shown = format!("`{}.{}`", name.0, name.1);
            match new.get(name) {
                None => {
                    self.removed(&kind::METHOD_REMOVED, subject(*name), format!("{shown} removed"))
                }
                Some(after) if call(before) != call(after) => {
                    let what =
                        format!("{shown} changes from `{}` to `{}`", call(before), call(after));
                    self.changed(&kind::METHOD_CHANGED, subject(*name), what);
                }
                Some(_) => {}
            }
        }
        for name in new.keys().filter(|name| !old.contains_key(*name)) {
            let what = format!("`{}.{}` added", name.0, name.1);
            self.added(&kind::METHOD_ADDED, subject(*name), what);
        }
    }

    fn messages(&mut self, old: &Types<'_>, new: &Types<'_>) {
        for (name, before) in &old.messages {
            match new.messages.get(name) {
                Some(after) => self.fields(name, before, after),
                None => self.removed(
                    &kind::MESSAGE_REMOVED,
                    Subject::Type(name.clone()),
                    format!("message `{name}` removed"),
                ),
            }
        }
        for name in new.messages.keys().filter(|name| !old.messages.contains_key(*name)) {
            let what = format!("message `{name}` added");
            self.added(&kind::MESSAGE_ADDED, Subject::Type(name.clone()), what);
        }
    }

    fn fields(&mut self, message: &str, before: &DescriptorProto, after: &DescriptorProto) {
        let by_number = |number| after.field.iter().find(|field| field.number() == number);
        let by_name = |name| after.field.iter().find(|field| field.name() == name);
        for field in &before.field {
            let subject = |names: &[&FieldDescriptorProto]| member(message, names);
            let shown = format!("`{message}.{}`", field.name());
            match (by_number(field.number()), by_name(field.name())) {
                (Some(same), _) if same.name() == field.name() => {
                    self.field(message, (before, field), (after, same));
                }
                (Some(other), None) if encoding(field) == encoding(other) => {
                    let what = format!("{shown} renamed to `{}`", other.name());
                    self.changed(&kind::FIELD_RENAMED, subject(&[field, other]), what);
                }
                (Some(other), _) => {
                    let what = format!(
                        "{shown}: number {} changes from `{}` to `{} {}`",
                        field.number(),
                        encoding(field),
                        encoding(other),
                        other.name()
                    );
                    self.changed(&kind::NUMBER_REUSED, subject(&[field, other]), what);
                }
                (None, Some(moved)) => {
                    let what = format!(
                        "{shown}: number changes from {} to {}",
                        field.number(),
                        moved.number()
                    );
                    self.changed(&kind::FIELD_RENUMBERED, subject(&[field]), what);
                }
                (None, None) => {
                    self.removed(
                        &kind::FIELD_REMOVED,
                        subject(&[field]),
                        format!("{shown} removed"),
                    );
                }
            }
        }
        for field in &after.field {
            let known = before
                .field
                .iter()
                .any(|old| old.number() == field.number() || old.name() == field.name());
            if !known {
                let what = format!("`{message}.{}` added", field.name());
                self.added(&kind::FIELD_ADDED, member(message, &[field]), what);
            }
        }
    }

    /// Compares a field with the same name and number in both.
    fn field(
        &mut self,
        message: &str,
        (old_message, old): (&DescriptorProto, &FieldDescriptorProto),
        (new_message, new): (&DescriptorProto, &FieldDescriptorProto),
    ) {
        let (before, after) = (encoding(old), encoding(new));
        let kind = if before != after {
            match kin(old) == kin(new) && kin(old) != Kin::Own {
                true => &kind::TYPE_WIDENED,
                false => &kind::TYPE_CHANGED,
            }
        } else if (old.label() == Label::Repeated) != (new.label() == Label::Repeated) {
            &kind::REPEATED_CHANGED
        } else if oneof(old_message, old) != oneof(new_message, new) {
            &kind::ONEOF_CHANGED
        } else if old.proto3_optional() != new.proto3_optional() {
            &kind::PRESENCE_CHANGED
        } else {
            return;
        };
        let declared = |field: &FieldDescriptorProto, encoding: &str| {
            let repeated = field.label() == Label::Repeated;
            let optional = field.proto3_optional();
            let label = if repeated {
                "repeated "
            } else if optional {
                "optional "
            } else {
                ""
            };
            format!("{label}{encoding}")
        };
        let shown = format!("`{message}.{}`", old.name());
        let what = format!(
            "{shown} changes from `{}` to `{}`",
            declared(old, &before),
            declared(new, &after)
        );
        self.changed(kind, member(message, &[old]), what);
    }

    fn enums(&mut self, old: &Types<'_>, new: &Types<'_>) {
        for (name, before) in &old.enums {
            match new.enums.get(name) {
                Some(after) => self.values(name, before, after),
                None => self.removed(
                    &kind::MESSAGE_REMOVED,
                    Subject::Type(name.clone()),
                    format!("enum `{name}` removed"),
                ),
            }
        }
        for name in new.enums.keys().filter(|name| !old.enums.contains_key(*name)) {
            let what = format!("enum `{name}` added");
            self.added(&kind::MESSAGE_ADDED, Subject::Type(name.clone()), what);
        }
    }

    fn values(&mut self, item: &str, before: &EnumDescriptorProto, after: &EnumDescriptorProto) {
        let subject = |names: &[&str]| Subject::Member {
            of: item.to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        for old in &before.value {
            let same_number = after.value.iter().find(|new| new.number() == old.number());
            let same_name = after.value.iter().find(|new| new.name() == old.name());
            let shown = format!("`{item}.{}`", old.name());
            match (same_name, same_number) {
                (Some(new), _) if new.number() == old.number() => {}
                (Some(new), _) => {
                    let what = format!(
                        "{shown}: number changes from {} to {}",
                        old.number(),
                        new.number()
                    );
                    self.changed(&kind::VALUE_RENUMBERED, subject(&[old.name()]), what);
                }
                (None, Some(new)) => {
                    let what = format!("{shown} renamed to `{}`", new.name());
                    self.changed(&kind::VALUE_RENAMED, subject(&[old.name(), new.name()]), what);
                }
                (None, None) => {
                    let what = format!("{shown} removed");
                    self.removed(&kind::VALUE_REMOVED, subject(&[old.name()]), what);
                }
            }
        }
        for new in &after.value {
            let known = before
                .value
                .iter()
                .any(|old| old.number() == new.number() || old.name() == new.name());
            if !known {
                let what = format!("`{item}.{}` added", new.name());
                self.added(&kind::VALUE_ADDED, subject(&[new.name()]), what);
            }
        }
    }
}

fn member(message: &str, fields: &[&FieldDescriptorProto]) -> Subject {
    let names = fields.iter().map(|field| field.name().to_owned()).collect();
    Subject::Member { of: message.to_owned(), names }
}

/// Formats the request and response types of a method.
fn call(method: &MethodDescriptorProto) -> String {
    let stream = |is_stream: bool| if is_stream { "stream " } else { "" };
    format!(
        "({}{}) returns ({}{})",
        stream(method.client_streaming()),
        method.input_type().trim_start_matches('.'),
        stream(method.server_streaming()),
        method.output_type().trim_start_matches('.'),
    )
}

/// Returns the type of a field on the wire.
fn encoding(field: &FieldDescriptorProto) -> String {
    match field.type_name() {
        "" => field.r#type().as_str_name().trim_start_matches("TYPE_").to_ascii_lowercase(),
        name => name.trim_start_matches('.').to_owned(),
    }
}

/// Types with the same encoding.
#[derive(PartialEq)]
enum Kin {
    Varint,
    Zigzag,
    Fixed32,
    Fixed64,
    Text,
    Own,
}

fn kin(field: &FieldDescriptorProto) -> Kin {
    match field.r#type() {
        Type::Int32 | Type::Int64 | Type::Uint32 | Type::Uint64 | Type::Bool | Type::Enum => {
            Kin::Varint
        }
        Type::Sint32 | Type::Sint64 => Kin::Zigzag,
        Type::Fixed32 | Type::Sfixed32 => Kin::Fixed32,
        Type::Fixed64 | Type::Sfixed64 => Kin::Fixed64,
        Type::String | Type::Bytes => Kin::Text,
        _ => Kin::Own,
    }
}

/// Returns the declared `oneof` of a field, if there is one.
fn oneof<'m>(message: &'m DescriptorProto, field: &FieldDescriptorProto) -> Option<&'m str> {
    let index = field.oneof_index.filter(|_| !field.proto3_optional())?;
    message.oneof_decl.get(index as usize).map(|oneof| oneof.name())
}
