//! Copies a document into the bundle and rewrites its references.

use std::rc::Rc;

use serde_json::{Map, Value, json};
use url::Url;

use super::{Bundler, Spread, Target};
use crate::error::Error;
use crate::grammar::{Child, Kind, reference};
use crate::openapi::Version;
use crate::pointer::{self, nested};
use crate::source::Document;

/// The keyword of a reference whose target depends on the schemas around it. `$id` and the anchors only
/// name a schema: a reference that needs such a name has no target.
const DYNAMIC_REFERENCE: &str = "$dynamicRef";

impl Bundler {
    /// Returns the content of a target for the bundle.
    pub(super) fn copy_target(&mut self, target: &Target, kind: Kind) -> Result<Value, Error> {
        let document = self.source.document(target.document);
        let Some(node) = document.value.pointer(&target.pointer) else {
            return Err(Error::new("there is no value here").at(document.place(&target.pointer)));
        };
        self.copy(target.document, node, kind, &mut target.pointer.clone())
    }

    /// Returns a copy of `node`, which is at `at` in document number `from`.
    pub(super) fn copy(
        &mut self,
        from: usize,
        node: &Value,
        kind: Kind,
        at: &mut String,
    ) -> Result<Value, Error> {
        if let Some(to) = reference(node) {
            return self.copy_reference(from, node, to, kind, at);
        }
        let Value::Object(map) = node else { return Ok(node.clone()) };
        let mut copied = Map::with_capacity(map.len());
        for (key, value) in map {
            let value = nested(at, key, |at| self.copy_child(from, key, value, kind, at))?;
            copied.insert(key.clone(), value);
        }
        if kind == Kind::Schema && copied.contains_key("discriminator") {
            self.name_renamed_variants(from, map, &mut copied, at)?;
        }
        Ok(Value::Object(copied))
    }

    fn copy_child(
        &mut self,
        from: usize,
        key: &str,
        value: &Value,
        kind: Kind,
        at: &mut String,
    ) -> Result<Value, Error> {
        match (kind.child(key), value) {
            (Child::One(Kind::Components), value) => self.copy_components(from, value, at),
            (Child::One(kind), value) => self.copy(from, value, kind, at),
            (Child::List(kind), Value::Array(list)) => {
                let mut copied = Vec::with_capacity(list.len());
                for (index, item) in list.iter().enumerate() {
                    copied.push(nested(at, &index.to_string(), |at| {
                        self.copy(from, item, kind, at)
                    })?);
                }
                Ok(Value::Array(copied))
            }
            (shape @ (Child::Map(kind) | Child::ExtensibleMap(kind)), Value::Object(map)) => {
                self.copy_map(from, map, kind, matches!(shape, Child::ExtensibleMap(_)), at)
            }
            (Child::Data, value) => self.copy_data(from, key, value, kind, at),
            (_, value) => Ok(value.clone()),
        }
    }

    fn copy_map(
        &mut self,
        from: usize,
        map: &Map<String, Value>,
        kind: Kind,
        extensible: bool,
        at: &mut String,
    ) -> Result<Value, Error> {
        if map.get("$ref").is_some_and(Value::is_string) {
            let whole = self.whole(Spread::of(from, &Value::Object(map.clone()), at))?;
            let Value::Object(map) = &whole.value else { return Ok(whole.value) };
            return self.copy_map(whole.document, map, kind, extensible, &mut whole.at.clone());
        }
        let mut copied = Map::with_capacity(map.len());
        for (name, item) in map {
            if kind == Kind::PathItem && self.is_undefined(from, name, item, at)? {
                continue;
            }
            let item = if extensible && name.starts_with("x-") {
                item.clone()
            } else {
                nested(at, name, |at| self.copy(from, item, kind, at))?
            };
            copied.insert(name.clone(), item);
        }
        Ok(Value::Object(copied))
    }

    /// Returns whether a path refers to a path item that does not exist in its document.
    ///
    /// Published documents can be in this state between two changes. Such a path describes nothing, so
    /// it is omitted with a warning. Any other reference without a target is an error.
    fn is_undefined(
        &mut self,
        from: usize,
        path: &str,
        item: &Value,
        at: &str,
    ) -> Result<bool, Error> {
        let Some(to) = reference(item) else { return Ok(false) };
        let document = self.source.document(from);
        let place = || document.place(&pointer::join(at, path));
        match self.resolve(from, to) {
            Ok(_) => Ok(false),
            Err(error) if error.is_dangling() => {
                self.warnings.push(format!("{}: the path is omitted: {error}", place()));
                Ok(true)
            }
            Err(error) => Err(error.at(place())),
        }
    }

    /// Copies the components of the first document. An entry that refers to another file is replaced by
    /// its target, unless the target already has a name.
    fn copy_components(
        &mut self,
        from: usize,
        components: &Value,
        at: &str,
    ) -> Result<Value, Error> {
        let sections = self.whole(Spread::of(from, components, at))?;
        let mut copied = Map::new();
        for (section, entries) in sections.entries() {
            let at = pointer::join(&sections.at, section);
            let entries = match (Kind::Components.child(section), entries) {
                (Child::Map(kind), Value::Object(_)) => {
                    let entries = self.whole(Spread::of(sections.document, entries, &at))?;
                    self.copy_section(&entries, kind)?
                }
                _ => entries.clone(),
            };
            copied.insert(section.clone(), entries);
        }
        Ok(Value::Object(copied))
    }

    fn copy_section(&mut self, entries: &Spread, kind: Kind) -> Result<Value, Error> {
        let (from, at) = (entries.document, &mut entries.at.clone());
        let mut copied = Map::new();
        for (name, entry) in entries.entries() {
            let own = kind.section().and_then(|section| {
                let target = self.holders.get(&(section, name.clone()))?;
                let named = self.names.get(&(section, target.clone()))? == name;
                (named && self.is_bare_reference(entry)).then(|| target.clone())
            });
            let entry = match own {
                Some(target) => self.copy_target(&target, kind)?,
                None => nested(at, name, |at| self.copy(from, entry, kind, at))?,
            };
            copied.insert(name.clone(), entry);
        }
        Ok(Value::Object(copied))
    }

    fn copy_reference(
        &mut self,
        from: usize,
        node: &Value,
        to: &str,
        kind: Kind,
        at: &mut String,
    ) -> Result<Value, Error> {
        let document = self.source.document(from);
        let target = self.resolve(from, to).map_err(|error| error.at(document.place(at)))?;
        let Some(section) = kind.section() else {
            return self.put_in_place(from, node, &target, kind, at);
        };
        let name = self.name_of(kind, target).map_err(|error| error.at(document.place(at)))?;
        let mut copied = Map::new();
        copied.insert("$ref".to_owned(), component_reference(section, &name));
        for (key, value) in node.as_object().into_iter().flatten() {
            if key != "$ref" {
                let value = nested(at, key, |at| self.copy_child(from, key, value, kind, at))?;
                copied.insert(key.clone(), value);
            }
        }
        Ok(Value::Object(copied))
    }

    /// Inlines a target that OpenAPI 3.0 does not allow among the components, such as a path item or an
    /// operation, and merges the keywords next to the reference.
    fn put_in_place(
        &mut self,
        from: usize,
        node: &Value,
        target: &Target,
        kind: Kind,
        at: &mut String,
    ) -> Result<Value, Error> {
        let document = self.source.document(from);
        if self.open_items.contains(target) {
            return Err(Error::new("the reference is circular")
                .at(document.place(at))
                .with_help("remove the cycle, which a single document cannot express"));
        }
        self.open_items.push(target.clone());
        let mut copied = self.copy_target(target, kind)?;
        self.open_items.pop();
        for (key, value) in node.as_object().into_iter().flatten().filter(|(k, _)| *k != "$ref") {
            let value = nested(at, key, |at| self.copy_child(from, key, value, kind, at))?;
            let Value::Object(map) = &mut copied else { continue };
            if map.insert(key.clone(), value).is_some() {
                return Err(Error::new(format!(
                    "`{key}` is next to the reference and in its target"
                ))
                .at(document.place(at))
                .with_help("keep one of them"));
            }
        }
        Ok(copied)
    }

    /// Rewrites references without the keyword `$ref`.
    fn copy_data(
        &mut self,
        from: usize,
        key: &str,
        value: &Value,
        kind: Kind,
        at: &mut String,
    ) -> Result<Value, Error> {
        let document = self.source.document(from);
        match (kind, key) {
            (Kind::Schema, "discriminator") => self.copy_discriminator(from, value, at),
            (Kind::Operation, "security") if from != 0 => self.copy_security(from, value),
            (Kind::Example, "externalValue") if from != 0 => self.copy_location(from, value, at),
            (Kind::Link, "operationRef") => self.copy_operation_reference(from, value, at),
            (Kind::Schema, DYNAMIC_REFERENCE) if self.version == Version::V3_1 => {
                Err(Error::new(format!("`{DYNAMIC_REFERENCE}` cannot be bundled"))
                    .at(document.place(at))
                    .with_help(
                        "write `$ref` with a JSON pointer, such as #/components/schemas/Name",
                    ))
            }
            _ => Ok(value.clone()),
        }
    }

    fn copy_discriminator(
        &mut self,
        from: usize,
        value: &Value,
        at: &mut String,
    ) -> Result<Value, Error> {
        let mut copied = value.clone();
        let document = self.source.document(from);
        let mapping = copied.get_mut("mapping").and_then(Value::as_object_mut);
        for (variant, to) in mapping.into_iter().flatten() {
            let Some(text) = to.as_str() else { continue };
            let to_schema = if is_name(text) {
                format!("#/components/schemas/{text}")
            } else {
                text.to_owned()
            };
            let place = || document.place(&format!("{at}/mapping/{}", pointer::escape(variant)));
            let target = self.resolve(from, &to_schema).map_err(|error| error.at(place()))?;
            let name = self.name_of(Kind::Schema, target).map_err(|error| error.at(place()))?;
            *to = component_reference("schemas", &name);
        }
        Ok(copied)
    }

    /// Adds a mapping to a discriminator if the bundle renamed a variant. Without a mapping, the values
    /// of a discriminator are the names of the variants.
    fn name_renamed_variants(
        &mut self,
        from: usize,
        original: &Map<String, Value>,
        copied: &mut Map<String, Value>,
        at: &str,
    ) -> Result<(), Error> {
        let document = self.source.document(from);
        let mut renamed = Vec::new();
        for list in ["oneOf", "anyOf"] {
            for variant in original.get(list).and_then(Value::as_array).into_iter().flatten() {
                let Some(to) = reference(variant) else { continue };
                let old = to.rsplit('/').next().map(pointer::unescape).unwrap_or_default();
                let target = self.resolve(from, to).map_err(|e| e.at(document.place(at)))?;
                let new = self.name_of(Kind::Schema, target)?;
                if old != new {
                    renamed.push((old, component_reference("schemas", &new)));
                }
            }
        }
        let Some(Value::Object(discriminator)) = copied.get_mut("discriminator") else {
            return Ok(());
        };
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        renamed.retain(|(_, to)| !mapping.is_some_and(|m| m.values().any(|value| value == to)));
        if renamed.is_empty() {
            return Ok(());
        }
        if let Value::Object(mapping) = discriminator.entry("mapping").or_insert_with(|| json!({}))
        {
            mapping.extend(renamed);
        }
        Ok(())
    }

    /// Resolves the security schemes of a requirement, which are names in the first document. A scheme
    /// that only the current file defines is copied.
    fn copy_security(&mut self, from: usize, value: &Value) -> Result<Value, Error> {
        let (root, own) = (self.source.root(), self.source.document(from));
        let mut copied = value.clone();
        for requirement in copied.as_array_mut().into_iter().flatten() {
            let Value::Object(schemes) = requirement else { continue };
            let mut renamed = Map::with_capacity(schemes.len());
            for (name, scopes) in std::mem::take(schemes) {
                let name = if !has_scheme(&root, &name) && has_scheme(&own, &name) {
                    let to = format!("#/components/securitySchemes/{}", pointer::escape(&name));
                    let target = self.resolve(from, &to)?;
                    self.name_of(Kind::SecurityScheme, target)?
                } else {
                    name
                };
                renamed.insert(name, scopes);
            }
            *schemes = renamed;
        }
        Ok(copied)
    }

    /// Makes a location that is relative to its own document relative to the first document.
    fn copy_location(&self, from: usize, value: &Value, at: &str) -> Result<Value, Error> {
        let Some(text) = value.as_str().filter(|text| Url::parse(text).is_err()) else {
            return Ok(value.clone());
        };
        let document = self.source.document(from);
        let target = document.location.join(text).map_err(|error| error.at(document.place(at)))?;
        Ok(json!(target.relative_to(&self.source.root().location)))
    }

    fn copy_operation_reference(
        &mut self,
        from: usize,
        value: &Value,
        at: &str,
    ) -> Result<Value, Error> {
        let Some((_, fragment)) = value.as_str().and_then(|to| to.split_once('#')) else {
            return Ok(value.clone());
        };
        let path = pointer::segments(fragment).nth(1).unwrap_or_default();
        let root = self.source.root();
        if from == 0 || root.value.get("paths").is_some_and(|paths| paths.get(&path).is_some()) {
            return Ok(json!(format!("#{fragment}")));
        }
        let document = self.source.document(from);
        Err(Error::new("the link refers to an operation that the first document does not have")
            .at(document.place(at))
            .with_help("name the operation by its operationId"))
    }
}

fn has_scheme(document: &Rc<Document>, name: &str) -> bool {
    document
        .value
        .get("components")
        .and_then(|components| components.get("securitySchemes")?.get(name))
        .is_some()
}

/// Returns whether a value in a discriminator's mapping is the name of a schema, not a reference.
fn is_name(text: &str) -> bool {
    !text.contains(['#', '/']) && ![".yaml", ".yml", ".json"].iter().any(|end| text.ends_with(end))
}

fn component_reference(section: &str, name: &str) -> Value {
    Value::String(format!("#/components/{section}/{name}"))
}
