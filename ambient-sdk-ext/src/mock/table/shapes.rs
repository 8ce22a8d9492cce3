//! Derives the shapes of operations from their paths and schemas.

use std::collections::BTreeMap;

use http::Method;
use serde_json::Value;

use super::{KindInfo, Route, Shape, Table};
use crate::mock::{
    kinds::{CreateBody, Rules},
    schema::{Document, ObjectSchema},
};

impl Table {
    /// Sets the shapes of the routes from `start` on. First finds the lists by their response, then
    /// derives the other shapes from the paths of the lists.
    pub(super) fn find_shapes(&mut self, start: usize, document: Document<'_>) {
        let routes = &mut self.routes[start..];
        let mut lists = BTreeMap::new();
        for route in routes.iter_mut().filter(|route| route.method == Method::GET) {
            let Some(item) = route.listed_item(document) else {
                continue;
            };
            route.shape = Shape::List;
            route.kind.clone_from(&item.name);
            lists.insert(route.template.clone(), item);
        }
        // The collection of a kind is the shortest path on which it is created, or else listed.
        let creates = |path: &str| {
            routes.iter().any(|route| route.method == Method::POST && route.template == path)
        };
        let mut paths: Vec<&String> = lists.keys().collect();
        paths.sort_by_key(|path| (!creates(path), path.len()));
        for path in paths {
            let item = &lists[path];
            let info = || KindInfo::new(path, item);
            self.kinds.entry(item.name.clone()).or_insert_with(info);
        }
        for route in routes {
            route.find_shape(&lists);
        }
    }
}

impl Route {
    /// Returns the schema of the items if the response is a page of a list.
    fn listed_item(&self, document: Document<'_>) -> Option<ObjectSchema> {
        let response = self.response.as_ref()?;
        if !response.has("total") {
            return None;
        }
        let list = &document.0["components"]["schemas"][&response.name];
        let item = items_of(document, list)?;
        Some(ObjectSchema::read(document, item))
    }

    fn find_shape(&mut self, lists: &BTreeMap<String, ObjectSchema>) {
        if self.shape != Shape::Other {
            return;
        }
        let creates = self.method == Method::POST;
        if let (true, Some(item)) = (creates, lists.get(&self.template)) {
            self.kind.clone_from(&item.name);
            self.shape = Shape::Create;
            if Rules::of(&item.name).create == CreateBody::Declared {
                self.accept_all_of(item);
            }
            return;
        }
        let template = self.template.clone();
        let (above, last) = template.rsplit_once('/').unwrap_or_default();
        if let (true, Some(item)) = (last.starts_with('{'), lists.get(above)) {
            self.kind.clone_from(&item.name);
            self.shape = match self.method {
                Method::GET => Shape::Get,
                Method::PATCH | Method::PUT => Shape::Update,
                Method::DELETE => Shape::Delete,
                _ => Shape::Other,
            };
            return;
        }
        self.find_part(above, lists);
    }

    /// Adds the read-only properties to the request of a create. The server ignores most of them, but
    /// still checks their types.
    fn accept_all_of(&mut self, shown: &ObjectSchema) {
        let request = self.request.get_or_insert_with(|| shown.clone());
        for (name, property) in &shown.properties {
            request.properties.entry(name.clone()).or_insert_with(|| property.clone());
        }
    }

    /// Sets the shape of an operation on a path below a record, if it returns the record: a PATCH,
    /// for example of `status`, updates a part of it, and a POST is an action on it.
    fn find_part(&mut self, above: &str, lists: &BTreeMap<String, ObjectSchema>) {
        let (collection, _) = above.rsplit_once('/').unwrap_or_default();
        let Some(item) = lists.get(collection) else {
            return;
        };
        self.kind.clone_from(&item.name);
        let answers = self.response.as_ref().map(|schema| &schema.name);
        if answers == Some(&item.name) {
            self.shape = match self.method {
                Method::PATCH => Shape::Update,
                Method::POST => Shape::Act,
                _ => Shape::Other,
            };
        }
    }
}

fn items_of<'a>(document: Document<'a>, list: &'a Value) -> Option<&'a Value> {
    let own = list.pointer("/properties/items/items");
    own.or_else(|| {
        let parts = list["allOf"].as_array()?.iter();
        parts
            .map(|part| document.resolve(part).0)
            .find_map(|part| part.pointer("/properties/items/items"))
    })
}
