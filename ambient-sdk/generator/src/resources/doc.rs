//! Documentation of the generated items, made of the document's descriptions and fixed texts.

use super::{
    body::{Body, Purpose},
    call::{Call, Choice},
    model::Resource,
    raw::Field,
    spec::Spec,
    words,
};

const HANDLE: &str = "crate::api_server::Handle";

/// Returns the documentation of a handle, with its operations and an example.
pub(super) fn handle(resource: &Resource<'_>, spec: Spec<'_>) -> String {
    let about = spec.description(&resource.list.item).trim();
    let mut text = format!("{}\n\n{about}\n\n# Operations\n", summary(resource));
    for (name, call) in resource.calls() {
        text.push_str(&format!("- [`{name}`]({HANDLE}::{name}): {}\n", of_operation(call)));
    }
    let owner = &resource.name;
    let lists = resource.lists.iter().map(|sub| (&sub.name, &sub.list.call));
    let actions = resource.actions.iter().map(|action| (&action.name, &action.call));
    for (name, call) in lists.chain(actions) {
        text.push_str(&format!(
            "- [`{name}`]({owner}::{name}): {}\n",
            in_one_line(call.operation.summary())
        ));
    }
    if resource.name_field.is_some() {
        let noun = &resource.noun;
        text.push_str(&format!(
            "- [`find_by_name`]({HANDLE}::find_by_name): Finds the {noun} with a given name.\n"
        ));
    }
    text + &example(resource)
}

/// Returns the summary of a handle, for example `The agents of a project.`
fn summary(resource: &Resource<'_>) -> String {
    let nouns = &resource.nouns;
    match resource.scope.last() {
        Some(scope) => format!("The {nouns} of {}.", words::one(&scope.noun)),
        None => format!("The {nouns} of the platform that the token grants access to."),
    }
}

fn of_operation(call: &Call<'_>) -> String {
    let operation = call.operation;
    let text = format!("{} {}", operation.summary(), operation.description());
    in_one_line(&text)
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn example(resource: &Resource<'_>) -> String {
    let handle = words::snake(&resource.accessor);
    let ids: Vec<_> =
        resource.scope.iter().map(|s| format!("\"{}-1\"", s.noun.replace(' ', "-"))).collect();
    let one = words::snake(&resource.noun);
    let one = if one == handle { "one".to_owned() } else { one };
    format!(
        "\n# Example\n```no_run\n\
         # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {{\n\
         let {handle} = client.api_server().{}({});\n\
         for {one} in {handle}.list().limit(10).collect().await? {{\n    \
             println!(\"{{{one}:?}}\");\n\
         }}\n\
         # Ok(())\n\
         # }}\n\
         ```",
        resource.accessor,
        ids.join(", ")
    )
}

/// Returns the documentation of the server's method that creates a handle.
pub(super) fn accessor(resource: &Resource<'_>) -> String {
    let nouns = &resource.nouns;
    let scope = resource.scope.iter().rev().map(|scope| format!("the {}", scope.noun));
    let scope: Vec<_> = scope.collect();
    let about = resource.list.call.operation.description();
    match scope.as_slice() {
        [] => format!("Returns the handle for the {nouns}. {about}"),
        [one] => format!("Returns the handle for the {nouns} of {one} with this id. {about}"),
        many => format!(
            "Returns the handle for the {nouns} of {} with these ids. {about}",
            many.join(" of ")
        ),
    }
}

/// Returns the documentation of the server's method that finds an object by its name.
pub(super) fn by_name(resource: &Resource<'_>) -> String {
    let noun = &resource.noun;
    let of = resource.scope.last().map(|scope| format!(" of {}", words::one(&scope.noun)));
    format!(
        "Returns the {noun}{} with this name; `None` if there is none. Names are case-sensitive.\n\n\
         # Errors\n[`Conflict`](crate::ErrorKind::Conflict) if several have this name.",
        of.unwrap_or_default()
    )
}

/// Returns the documentation of a list below one object.
pub(super) fn sub_list(call: &Call<'_>, noun: &str) -> String {
    let operation = call.operation;
    format!(
        "{}\n\n{}\n\n`id` is the id of the {noun}.",
        sentence(operation.summary()),
        operation.description()
    )
}

/// Returns the documentation of an operation that takes one call.
pub(super) fn action(call: &Call<'_>, noun: Option<&str>) -> String {
    let operation = call.operation;
    let mut text = format!("{}\n\n{}\n\n", sentence(operation.summary()), operation.description());
    let only_raw = call.only_raw();
    if !only_raw.is_empty() {
        text.push_str(&format!(
            "To set {}, use the raw builder \
             [`{id}`](ambient_sdk::api_server::Client::{id}).\n\n",
            words::listed(&only_raw, "and"),
            id = call.method
        ));
    }
    if operation.method == "post" {
        text.push_str(
            "The request is retried only if the server certainly did not process it.\n\n",
        );
    }
    text + "# Errors\n" + &errors(call, noun)
}

fn errors(call: &Call<'_>, noun: Option<&str>) -> String {
    let missing = noun.filter(|_| !call.path.is_empty()).map(|noun| {
        let such = if noun == words::plural(noun) { "such" } else { "such a" };
        format!("[`NotFound`](crate::ErrorKind::NotFound) if there is no {noun} with this id. ",)
            .replace("such a", such)
    });
    let refused = call.body.is_some().then_some(
        "[`InvalidRequest`](crate::ErrorKind::InvalidRequest) if a value is missing or rejected. ",
    );
    let state = (call.operation.method == "post").then_some(
        "[`Conflict`](crate::ErrorKind::Conflict) if the current state does not allow it. ",
    );
    let own = [missing.as_deref(), refused, state].into_iter().flatten().collect::<String>();
    format!("{own}[`Permission`](crate::ErrorKind::Permission) if the token does not allow it.")
}

/// Returns the documentation of a list parameter.
pub(super) fn filter(choice: &Choice<'_>) -> String {
    let name = choice.parameter.name;
    match choice.parameter.description.trim() {
        "" => format!("Sets the list parameter `{name}`. The server chooses the default."),
        text => text.to_owned(),
    }
}

/// Returns the documentation of the builder of a body.
pub(super) fn body(body: &Body<'_>, given: &[&Field], about: &str) -> String {
    let about = about.trim();
    let stem = body.name.trim_start_matches("New").trim_end_matches("Patch");
    let one = words::one(&words::noun(stem));
    match body.purpose {
        Purpose::Create => {
            let names: Vec<_> = given.iter().map(|field| format!("`{}`", field.wire)).collect();
            let must = match names.is_empty() {
                true => "No field is required.".to_owned(),
                false => {
                    let verb = if names.len() == 1 { "is" } else { "are" };
                    format!("{} {verb} required.", words::listed(&names, "and"))
                }
            };
            format!(
                "A request to create {one}. {must} The server chooses the values of unset \
                 fields.\n\n{about}"
            )
        }
        Purpose::Change => format!(
            "A request to update {one}. Unset fields remain unchanged. \
             [`CLEAR`](crate::api_server::CLEAR) clears a text field.\n\n{about}"
        ),
        Purpose::Other => about.to_owned(),
    }
}

/// Returns the documentation of the function that creates a builder.
pub(super) fn new_body(purpose: Purpose, given: &[&Field]) -> String {
    if given.is_empty() {
        let text = if purpose == Purpose::Change {
            "Creates an update that changes nothing."
        } else {
            "Creates a request with no fields set."
        };
        return text.to_owned();
    }
    let fields = given.iter().map(|field| {
        let docs = field.docs.iter().filter_map(text_of).collect::<Vec<_>>().join(" ");
        format!("- `{}`: {}\n", field.wire, in_one_line(&docs))
    });
    format!("Creates a request with the required fields:\n{}", fields.collect::<String>())
}

/// Returns the sentence that follows the description of a field with several values.
pub(super) fn replaces(is_many: bool) -> Option<proc_macro2::TokenStream> {
    is_many.then(|| {
        quote::quote! {
            #[doc = "\nReplaces all previous values."]
        }
    })
}

fn text_of(attribute: &syn::Attribute) -> Option<String> {
    let value = attribute.meta.require_name_value().ok()?;
    match &value.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Ends the text with a full stop, unless it already ends a sentence.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}
