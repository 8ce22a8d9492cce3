//! Adapts `send` methods: keeps the generated code up to the request, and replaces the rest.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Arm, Expr, ExprCall, ExprLit, ExprMethodCall, ExprPath, ExprTry, GenericArgument, Ident,
    ImplItemFn, Lit, Local, Pat, PathArguments, ReturnType, Stmt, Token, Type,
    parse::Parser,
    parse_quote,
    punctuated::Punctuated,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

use super::{Call, Calls};
use crate::objects::Form;

/// The part that is unexpected or missing in a method of unknown form.
type Unknown = &'static str;

/// Replaces everything after the construction of the request with one call of a function in `call`.
/// The request is built with its secrets exposed, because they are otherwise serialized redacted.
///
/// # Errors
/// If the method does not have the form that the generator writes. The error contains the
/// unexpected part.
pub(super) fn adapt(method: &mut ImplItemFn, calls: &Calls) -> Result<(), Unknown> {
    let value = value_type(&method.sig.output).ok_or("an unexpected return type")?;
    let mut preparation = std::mem::take(&mut method.block.stmts);
    let is_end = |statement: &Stmt| id_of(statement).is_some();
    let end = preparation.iter().position(is_end).ok_or("no `OperationInfo`")?;
    let end = preparation.split_off(end);
    let name = end.first().and_then(id_of).ok_or("no `OperationInfo`")?;
    let call = calls.0.get(&name).ok_or("a name that is not in the document")?;
    let id = &call.id;
    let reading = Reading::of(&end)?;
    let client = preparation.first().and_then(client).ok_or("no client")?;
    let preparation = prepare(preparation, call)?;
    method.sig.asyncness = None;
    method.sig.output = parse_quote! {
        -> impl ::std::future::Future<Output = Result<ResponseValue<#value>, Error>> + Send + 'a
    };
    method.block = parse_quote!({
        const OPERATION: &crate::Operation = crate::Operation::named(super::OPERATIONS, #id);
        let client = self.#client;
        let request = move || -> Result<::reqwest::Request, crate::call::Invalid> {
            #(#preparation)*
        };
        #reading(&client.inner, OPERATION, crate::Secret::exposed(request))
    });
    Ok(())
}

/// Returns the `T` of `Result<ResponseValue<T>, _>`.
fn value_type(output: &ReturnType) -> Option<Type> {
    let ReturnType::Type(_, result) = output else { return None };
    first_argument(&first_argument(result)?)
}

fn first_argument(of: &Type) -> Option<Type> {
    let Type::Path(path) = of else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(argument) => Some(argument.clone()),
        _ => None,
    }
}

/// Returns the id in `let info = OperationInfo { operation_id: "…" };`, which is the name of the
/// method.
fn id_of(statement: &Stmt) -> Option<String> {
    let Expr::Struct(info) = init(statement)? else { return None };
    let field = info.fields.first().filter(|_| info.path.is_ident("OperationInfo"))?;
    match &field.expr {
        Expr::Lit(ExprLit { lit: Lit::Str(id), .. }) => Some(id.value()),
        _ => None,
    }
}

/// Returns the name of the client in `let Self { client, .. } = self;`.
fn client(statement: &Stmt) -> Option<syn::Member> {
    let Stmt::Local(Local { pat: Pat::Struct(pattern), .. }) = statement else { return None };
    pattern.fields.first().map(|field| field.member.clone())
}

fn init(statement: &Stmt) -> Option<&Expr> {
    match statement {
        Stmt::Local(Local { init: Some(init), .. }) => Some(&init.expr),
        _ => None,
    }
}

/// The function that reads the body of a successful response.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    Value,
    Empty,
    Stream,
}

impl Reading {
    /// Returns the function that all successful responses share. An operation without one has no
    /// value.
    fn of(end: &[Stmt]) -> Result<Self, Unknown> {
        let Some(Stmt::Expr(Expr::Match(answers), None)) = end.last() else {
            return Err("no `match` over the statuses");
        };
        let mut ways = answers.arms.iter().filter(|arm| !is_failure(arm)).map(Self::of_arm);
        let first = ways.next().unwrap_or(Ok(Self::Empty))?;
        match ways.all(|way| way == Ok(first)) {
            true => Ok(first),
            false => Err("successes that are read in different ways"),
        }
    }

    fn of_arm(arm: &Arm) -> Result<Self, Unknown> {
        let mut reads = Reads(Vec::new());
        reads.visit_expr(&arm.body);
        match reads.0.as_slice() {
            [read] if read == "from_response" => Ok(Self::Value),
            [read] if read == "empty" => Ok(Self::Empty),
            [read] if read == "stream" => Ok(Self::Stream),
            _ => Err("a success that is read in an unknown way"),
        }
    }
}

impl ToTokens for Reading {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Value => quote!(crate::call::value),
            Self::Empty => quote!(crate::call::empty),
            Self::Stream => quote!(crate::call::stream),
        });
    }
}

/// Returns whether an arm evaluates to `Err(…)`.
fn is_failure(arm: &Arm) -> bool {
    let answer = match &*arm.body {
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [Stmt::Expr(answer, None)] => answer,
            _ => return false,
        },
        answer => answer,
    };
    let Expr::Call(ExprCall { func, .. }) = answer else { return false };
    **func == parse_quote!(Err)
}

/// Collects the called functions of `ResponseValue`.
struct Reads(Vec<Ident>);

impl<'ast> Visit<'ast> for Reads {
    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        let segments: Vec<_> = path.path.segments.iter().map(|segment| &segment.ident).collect();
        if let [of, function] = segments.as_slice()
            && *of == "ResponseValue"
        {
            self.0.push((*function).clone());
        }
        visit::visit_expr_path(self, path);
    }
}

/// Returns the statements up to the request, whose value is the request.
fn prepare(mut statements: Vec<Stmt>, call: &Call) -> Result<Vec<Stmt>, Unknown> {
    let request = statements.pop().ok_or("no request")?;
    let request = init(&request).cloned().ok_or("no request")?;
    let Expr::Try(ExprTry { expr: request, .. }) = request else { return Err("no request") };
    statements.retain(|statement| !is_api_version(statement));
    let is_header_map =
        |statement: &&Stmt| statement.to_token_stream().to_string().contains("header_map");
    // One statement creates the header map, and others fill it.
    let has_headers = statements.iter().filter(is_header_map).count() > 1;
    if !has_headers {
        statements.retain(|statement| !is_header_map(&statement));
    }
    let request = without_headers(*request, has_headers);
    statements.push(Stmt::Expr(parse_quote!(Ok(#request?)), None));
    let url = statements.iter_mut().find_map(url).ok_or("no URL")?;
    *url = joined(url, &call.path).ok_or("a URL of an unexpected form")?;
    for statement in &mut statements {
        Parameters(&call.objects).visit_stmt_mut(statement);
    }
    Ok(statements)
}

/// Returns whether a statement is `header_map.append(HeaderName::from_static("api-version"), …);`,
/// a header that no server requires.
fn is_api_version(statement: &Stmt) -> bool {
    let Stmt::Expr(Expr::MethodCall(call), _) = statement else { return false };
    call.method == "append"
        && call.args.first().is_some_and(|name| match name {
            Expr::Call(name) => {
                name.args.first().is_some_and(|text| *text == parse_quote!("api-version"))
            }
            _ => false,
        })
}

/// Returns the chain that builds the request without the headers that `call` sets itself: `Accept`,
/// and an empty header map.
fn without_headers(chain: Expr, has_headers: bool) -> Expr {
    let Expr::MethodCall(mut call) = chain else { return chain };
    let is_added_by_seam = match call.method.to_string().as_str() {
        "header" => is_accept(&call),
        "headers" => !has_headers,
        _ => false,
    };
    let before = without_headers(*call.receiver, has_headers);
    if is_added_by_seam {
        return before;
    }
    call.receiver = Box::new(before);
    Expr::MethodCall(call)
}

fn is_accept(call: &ExprMethodCall) -> bool {
    call.args.first().is_some_and(|name| *name == parse_quote!(::reqwest::header::ACCEPT))
}

/// Returns the value of `let url = format!(…);`.
fn url(statement: &mut Stmt) -> Option<&mut Expr> {
    let Stmt::Local(Local { init: Some(init), .. }) = statement else { return None };
    let is_format = matches!(&*init.expr, Expr::Macro(text) if text.mac.path.is_ident("format"));
    is_format.then_some(&mut *init.expr)
}

/// Converts `format!("{}/a/{}", client.baseurl, encode_path(&id.to_string()))` to a URL below the
/// base URL.
///
/// The generator's format string omits one of two adjacent slashes, and treats braces in the path
/// as parameters.
fn joined(url: &Expr, path: &str) -> Option<Expr> {
    let Expr::Macro(text) = url else { return None };
    let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
    let mut arguments = arguments.parse2(text.mac.tokens.clone()).ok()?.into_iter().skip(1);
    let base = arguments.next()?;
    let segments: Vec<Expr> =
        arguments.map(|argument| segment(&argument)).collect::<Option<_>>()?;
    let (format, places) = format_of(path);
    (places == segments.len()).then(|| {
        parse_quote! {
            #base.url(OPERATION, format_args!(#format, #(encode_path(&#segments)),*))?
        }
    })
}

/// Returns the path with an empty pair of braces for each parameter, and the number of parameters.
fn format_of(path: &str) -> (String, usize) {
    let mut pieces = path.split('{');
    let literal = |text: &str| text.replace('}', "}}");
    let mut format = literal(pieces.next().unwrap_or_default());
    let mut places = 0;
    for piece in pieces {
        let rest = piece.split_once('}').map_or("", |(_, rest)| rest);
        format.push_str("{}");
        format.push_str(&literal(rest));
        places += 1;
    }
    (format, places)
}

/// Returns the `id` of `encode_path(&id.to_string())`.
fn segment(argument: &Expr) -> Option<Expr> {
    let Expr::Call(call) = argument else { return None };
    let Expr::Reference(text) = call.args.first()? else { return None };
    let Expr::MethodCall(text) = &*text.expr else { return None };
    let is_known = *call.func == parse_quote!(encode_path) && text.method == "to_string";
    is_known.then(|| (*text.receiver).clone())
}

/// Converts the errors of parameters to errors of the request, and serializes query objects with
/// the crate's own functions.
struct Parameters<'a>(&'a HashMap<String, Form>);

impl VisitMut for Parameters<'_> {
    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        if *path == parse_quote!(Error::InvalidRequest) {
            *path = parse_quote!(crate::call::Invalid::parameter);
        }
        visit_mut::visit_expr_path_mut(self, path);
    }

    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        if *call.func == parse_quote!(progenitor_client::QueryParam::new)
            && let Some(Expr::Lit(ExprLit { lit: Lit::Str(name), .. })) = call.args.first()
            && let Some(form) = self.0.get(&name.value())
        {
            call.func = match form {
                Form::Deep => parse_quote!(crate::query::deep),
                Form::Flat => parse_quote!(crate::query::flat),
            };
        }
        visit_mut::visit_expr_call_mut(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_slashes_and_braces() {
        let formatted = |path: &str| format_of(path);
        assert_eq!(formatted("/a//b"), ("/a//b".to_owned(), 0));
        assert_eq!(formatted("/{a}/x-{b}.json"), ("/{}/x-{}.json".to_owned(), 2));
        assert_eq!(formatted("/{a}}"), ("/{}}}".to_owned(), 1));
    }

    /// Returns a method as the generator writes it, with the given match arms at its end.
    fn method(arms: TokenStream) -> ImplItemFn {
        parse_quote! {
            pub async fn send(self) -> Result<ResponseValue<types::Session>, Error<crate::ErrorBody>> {
                let Self { client, id, size } = self;
                let id = id.map_err(Error::InvalidRequest)?;
                let url = format!("{}/sessions/{}#stream", client.baseurl, encode_path(&id.to_string()),);
                let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
                header_map.append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
                );
                let mut request = client.client.get(url)
                    .header(::reqwest::header::ACCEPT, ::reqwest::header::HeaderValue::from_static("application/json"))
                    .query(&progenitor_client::QueryParam::new("size", &size))
                    .query(&progenitor_client::QueryParam::new("page", &page))
                    .headers(header_map)
                    .build()?;
                let info = OperationInfo { operation_id: "get_session" };
                let response = client.exec(request, &info).await?;
                match response.status().as_u16() { #arms }
            }
        }
    }

    fn adapted(arms: TokenStream) -> Result<String, Unknown> {
        let mut method = method(arms);
        let path = "/sessions/{id}".to_owned();
        let objects = HashMap::from([("page".to_owned(), Form::Deep)]);
        let call = Call { id: "getSession".to_owned(), path, objects };
        adapt(&mut method, &Calls([("get_session".to_owned(), call)].into()))?;
        Ok(method.to_token_stream().to_string().replace(' ', ""))
    }

    #[test]
    fn the_end_becomes_one_call_and_the_request_loses_its_headers() {
        let adapted = adapted(quote! {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => { Err(Error::ErrorResponse(ResponseValue::from_response(response).await?)) }
            _ => Err(Error::UnexpectedResponse(response)),
        });
        let expected = quote! {
            pub fn send(self) -> impl ::std::future::Future<
                Output = Result<ResponseValue<types::Session>, Error>
            > + Send + 'a {
                const OPERATION: &crate::Operation =
                    crate::Operation::named(super::OPERATIONS, "getSession");
                let client = self.client;
                let request = move || -> Result<::reqwest::Request, crate::call::Invalid> {
                    let Self { client, id, size } = self;
                    let id = id.map_err(crate::call::Invalid::parameter)?;
                    let url = client.baseurl.url(
                        OPERATION, format_args!("/sessions/{}", encode_path(&id))
                    )?;
                    Ok(client.client.get(url)
                        .query(&progenitor_client::QueryParam::new("size", &size))
                        .query(&crate::query::deep("page", &page))
                        .build()?)
                };
                crate::call::value(&client.inner, OPERATION, crate::Secret::exposed(request))
            }
        };
        assert_eq!(adapted.as_deref(), Ok(expected.to_string().replace(' ', "").as_str()));
    }

    #[test]
    fn the_successful_response_determines_how_the_body_is_read() {
        for (arms, reading) in [
            (quote!(204u16 => Ok(ResponseValue::empty(response)),), "crate::call::empty"),
            (
                quote!(200u16..=299u16 => Ok(ResponseValue::stream(response)),),
                "crate::call::stream",
            ),
            (quote!(_ => Err(Error::UnexpectedResponse(response)),), "crate::call::empty"),
        ] {
            assert!(adapted(arms).is_ok_and(|method| method.contains(reading)), "{reading}");
        }
    }

    #[test]
    fn an_unexpected_form_is_rejected() {
        let two = quote! {
            200u16 => ResponseValue::from_response(response).await,
            204u16 => Ok(ResponseValue::empty(response)),
        };
        assert!(adapted(two).is_err());
        assert!(adapted(quote!(200u16 => ResponseValue::decode(response).await,)).is_err());
        assert!(adapted(quote!(101u16 => ResponseValue::upgrade(response).await,)).is_err());
    }
}
