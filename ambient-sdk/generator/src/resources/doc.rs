//! The documentation of what is generated: the document's own words, with what they leave out.

use super::{
    body::{Body, Purpose},
    call::{Call, Choice},
    model::Resource,
    raw::Field,
    spec::Spec,
    words,
};

const HANDLE: &str = "crate::api_server::Handle";

/// What a handle is, with its operations and an example.
pub(super) fn handle(resource: &Resource<'_>, spec: Spec<'_>) -> String {
    let about = spec.description(&resource.list.item).trim();
    let mut text = format!("{}\n\n{about}\n\n# Operations\n", whose(resource));
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
            "- [`find_by_name`]({HANDLE}::find_by_name): Finds the {noun} of a name.\n"
        ));
    }
    text + &example(resource)
}

/// `Agents of one project.`
fn whose(resource: &Resource<'_>) -> String {
    let nouns = &resource.nouns;
    match resource.scope.last() {
        Some(scope) => format!("The {nouns} of {}.", words::one(&scope.noun)),
        None => format!("The {nouns} of the platform that the token may see."),
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

/// The method of the server that makes a handle.
pub(super) fn accessor(resource: &Resource<'_>) -> String {
    let nouns = &resource.nouns;
    let scope = resource.scope.iter().rev().map(|scope| format!("the {}", scope.noun));
    let scope: Vec<_> = scope.collect();
    let about = resource.list.call.operation.description();
    match scope.as_slice() {
        [] => format!("The {nouns}. {about}"),
        [one] => format!("The {nouns} of {one} of this id. {about}"),
        many => format!("The {nouns} of {}, by their ids. {about}", many.join(" of ")),
    }
}

/// The method of the server that finds one by its name.
pub(super) fn by_name(resource: &Resource<'_>) -> String {
    let noun = &resource.noun;
    let of = resource.scope.last().map(|scope| format!(" of {}", words::one(&scope.noun)));
    format!(
        "The {noun}{} with this name, if there is one; letters in lower case and capitals differ.\n\n\
         # Errors\n[`Conflict`](crate::ErrorKind::Conflict) when several have the name, so that it \
         does not say which one is meant.",
        of.unwrap_or_default()
    )
}

/// A list below one object.
pub(super) fn sub_list(call: &Call<'_>, noun: &str) -> String {
    let operation = call.operation;
    format!(
        "{}\n\n{}\n\n`id` is that of the {noun}.",
        sentence(operation.summary()),
        operation.description()
    )
}

/// An operation that is one call.
pub(super) fn action(call: &Call<'_>, noun: Option<&str>) -> String {
    let operation = call.operation;
    let mut text = format!("{}\n\n{}\n\n", sentence(operation.summary()), operation.description());
    let only_raw = call.only_raw();
    if !only_raw.is_empty() {
        text.push_str(&format!(
            "The parameters {} can be set with the raw builder \
             [`{id}`](ambient_sdk::api_server::Client::{id}).\n\n",
            words::listed(&only_raw, "and"),
            id = call.method
        ));
    }
    if operation.method == "post" {
        text.push_str("It is sent once only, unless the server certainly did not act on it.\n\n");
    }
    text + "# Errors\n" + &errors(call, noun)
}

fn errors(call: &Call<'_>, noun: Option<&str>) -> String {
    let missing = noun.filter(|_| !call.path.is_empty()).map(|noun| {
        let such = if noun == words::plural(noun) { "such" } else { "such a" };
        format!("[`NotFound`](crate::ErrorKind::NotFound) when there is no {noun} with this id. ",)
            .replace("such a", such)
    });
    let refused = call.body.is_some().then_some(
        "[`InvalidRequest`](crate::ErrorKind::InvalidRequest) when a value is missing or refused. ",
    );
    let state = (call.operation.method == "post")
        .then_some("[`Conflict`](crate::ErrorKind::Conflict) when its state does not allow this. ");
    let own = [missing.as_deref(), refused, state].into_iter().flatten().collect::<String>();
    format!("{own}[`Permission`](crate::ErrorKind::Permission) when the token does not allow it.")
}

/// A parameter of one list.
pub(super) fn filter(choice: &Choice<'_>) -> String {
    let name = choice.parameter.name;
    match choice.parameter.description.trim() {
        "" => format!("The parameter `{name}` of the list. Left to the server unless it is set."),
        text => text.to_owned(),
    }
}

/// The builder of a body.
pub(super) fn body(body: &Body<'_>, given: &[&Field], about: &str) -> String {
    let about = about.trim();
    let stem = body.name.trim_start_matches("New").trim_end_matches("Patch");
    let one = words::one(&words::noun(stem));
    match body.purpose {
        Purpose::Create => {
            let names: Vec<_> = given.iter().map(|field| format!("`{}`", field.wire)).collect();
            let must = match names.is_empty() {
                true => "Nothing has to be given.".to_owned(),
                false => format!("{} must be given.", words::listed(&names, "and")),
            };
            format!(
                "{} to create. {must} The server chooses what is not set.\n\n{about}",
                words::capital(&one)
            )
        }
        Purpose::Change => format!(
            "Changes to {one}; what is not set stays as it is. \
             [`CLEAR`](crate::api_server::CLEAR) clears a text.\n\n{about}"
        ),
        Purpose::Other => about.to_owned(),
    }
}

/// The function that makes a builder.
pub(super) fn new_body(purpose: Purpose, given: &[&Field]) -> String {
    if given.is_empty() {
        let what = if purpose == Purpose::Change {
            "A change of nothing"
        } else {
            "A request with nothing set"
        };
        return format!("{what} yet.");
    }
    let fields = given.iter().map(|field| {
        let docs = field.docs.iter().filter_map(text_of).collect::<Vec<_>>().join(" ");
        format!("- `{}`: {}\n", field.wire, in_one_line(&docs))
    });
    format!("With what must be given:\n{}", fields.collect::<String>())
}

/// What a field of several things gets behind its description.
pub(super) fn replaces(is_many: bool) -> Option<proc_macro2::TokenStream> {
    is_many.then(|| {
        quote::quote! {
            #[doc = "\nGiven as a whole: what was there before is replaced."]
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

/// A text that ends as a sentence does.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}
