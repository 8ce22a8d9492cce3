//! The call of one operation through the generated client.

use syn::{Ident, Type};

use super::{
    raw::{self, Raw},
    spec::{Operation, Parameter},
};

/// A call: the operation, its arguments, and the type of its response.
pub(super) struct Call<'d> {
    pub(super) operation: Operation<'d>,
    pub(super) method: Ident,
    /// The setters of the path parameters, in the order of the path.
    pub(super) path: Vec<Ident>,
    pub(super) body: Option<Body>,
    pub(super) answer: Type,
    /// The other parameters, which are optional.
    pub(super) options: Vec<Choice<'d>>,
}

/// The type of a body.
pub(super) enum Body {
    /// A struct with a builder.
    Built(String),
    /// Any other type.
    Value(Box<Type>),
}

/// An optional parameter.
pub(super) struct Choice<'d> {
    pub(super) parameter: Parameter<'d>,
    pub(super) ident: Ident,
    pub(super) ty: Type,
}

impl<'d> Call<'d> {
    /// Creates the call of an operation; `None` if the operation requires more than text parameters
    /// in its path and a JSON body, or returns a stream. Such operations are available only through
    /// the raw client.
    pub(super) fn new(operation: Operation<'d>, raw: &Raw) -> Option<Self> {
        let method = raw.method(operation.id).filter(|_| !operation.is_stream())?;
        let text = |name| method.parameter(name).filter(|parameter| parameter.is_text());
        let path: Option<Vec<_>> = operation
            .path_parameters()
            .into_iter()
            .map(|name| text(name).map(|parameter| parameter.ident.clone()))
            .collect();
        let (path, answer) = (path?, method.answer.clone()?);
        let is_stream = raw::mentions(&answer, "ByteStream");
        let mut options = Vec::new();
        for parameter in operation.parameters() {
            match method.parameter(parameter.name) {
                Some(_) if parameter.is_required => return None,
                Some(own) => {
                    let (ident, ty) = (own.ident.clone(), own.ty.clone());
                    options.push(Choice { parameter, ident, ty });
                }
                None => {}
            }
        }
        let body = match method.parameters.iter().find(|parameter| parameter.ident == "body") {
            Some(body) => Some(Body::of(&body.ty, raw)?),
            None => None,
        };
        (!is_stream).then(|| Self {
            operation,
            method: method.ident.clone(),
            path,
            body,
            answer,
            options,
        })
    }

    /// Returns the name of the body's type; `None` if it has no builder.
    pub(super) fn built_body(&self) -> Option<&str> {
        match self.body.as_ref()? {
            Body::Built(name) => Some(name),
            Body::Value(_) => None,
        }
    }

    /// Returns whether the call has no body.
    pub(super) fn is_bare(&self) -> bool {
        self.body.is_none()
    }

    /// Returns the names of the parameters that only the raw builder supports.
    pub(super) fn only_raw(&self) -> Vec<String> {
        let shown = self.options.iter().filter(|choice| !choice.parameter.is_hidden);
        shown.map(|choice| format!("`{}`", choice.parameter.name)).collect()
    }
}

impl Body {
    fn of(ty: &Type, raw: &Raw) -> Option<Self> {
        let Type::Path(path) = ty else { return None };
        let names: Vec<String> = path.path.segments.iter().map(|s| s.ident.to_string()).collect();
        match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["types", "builder", name] => raw.built(name).map(|_| Self::Built(name.to_owned())),
            ["types", ..] | [.., "Vec" | "BTreeMap"] => Some(Self::Value(Box::new(ty.clone()))),
            _ => None,
        }
    }
}
