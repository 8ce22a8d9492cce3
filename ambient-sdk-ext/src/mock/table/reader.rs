//! Reads the operations of a document.

use http::{Method, StatusCode};
use serde_json::Value;

use super::{Route, Service, Shape};
use crate::mock::schema::{Document, ObjectSchema};

/// Reads the operations of one document.
pub(super) struct Reader<'a> {
    pub(super) service: Service,
    pub(super) document: Document<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn path_item(&self, path: &str, item: &'a Value) -> Result<Vec<Route>, String> {
        // The prepared document distinguishes two operations with the same path and method by a
        // fragment in the path, which is never sent.
        let template = path.split('#').next().unwrap_or_default();
        let mut routes = Vec::new();
        for (method, operation) in item.as_object().into_iter().flatten() {
            let method = match method.as_str() {
                "get" => Method::GET,
                "post" => Method::POST,
                "put" => Method::PUT,
                "patch" => Method::PATCH,
                "delete" => Method::DELETE,
                "head" => Method::HEAD,
                _ => continue,
            };
            routes.push(self.operation(template, method, operation)?);
        }
        Ok(routes)
    }

    fn operation(
        &self,
        template: &str,
        method: Method,
        operation: &'a Value,
    ) -> Result<Route, String> {
        let id = operation["operationId"].as_str();
        let id = id.ok_or_else(|| format!("{method} {template} has no operationId"))?;
        let security = operation.get("security").or(self.document.0.get("security"));
        Ok(Route {
            service: self.service,
            operation: id.to_owned(),
            method,
            template: template.to_owned(),
            shape: Shape::Other,
            kind: String::new(),
            request: self.schema(&operation["requestBody"]),
            response: self.success(&operation["responses"]),
            successes: successes(&operation["responses"]),
            open: security.and_then(Value::as_array).is_some_and(Vec::is_empty),
            accept: operation["x-accept"].as_str().map(str::to_owned),
        })
    }

    fn schema(&self, body: &'a Value) -> Option<ObjectSchema> {
        let schema = self.document.content_schema(body)?;
        Some(ObjectSchema::read(self.document, schema))
    }

    fn success(&self, responses: &'a Value) -> Option<ObjectSchema> {
        let mut responses = responses.as_object()?.iter();
        responses.find_map(|(status, response)| {
            let success = status.starts_with('2').then_some(response)?;
            let schema = self.document.content_schema(success)?;
            // The bodies of several successes are listed by status.
            let bodies = self.document.resolve(schema).0.get("x-answers");
            let body = bodies.and_then(|bodies| bodies.get(status));
            Some(ObjectSchema::read(self.document, body.unwrap_or(schema)))
        })
    }
}

fn successes(responses: &Value) -> Vec<StatusCode> {
    let statuses = responses.as_object().into_iter().flatten().map(|(status, _)| status);
    statuses.filter_map(|status| status.parse().ok()).filter(StatusCode::is_success).collect()
}
