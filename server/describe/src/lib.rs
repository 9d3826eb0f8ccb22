//! The attributes of the coordinator's calls.
//!
//! The description of the REST interface costs a sixth of the coordinator's compilation, and needs to be made only when
//! it changes. So the programs carry it as a text, and a unit test of the coordinator makes it with utoipa and
//! compares:
//!
//! - [`macro@call`] makes a route of a handler. In the unit tests it is utoipa's `path` as well.
//! - [`ToSchema`] and [`IntoParams`] stand for utoipa's derives outside the unit tests, and make nothing.

use proc_macro::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

/// Makes nothing; it only knows `#[schema(...)]`.
#[proc_macro_derive(ToSchema, attributes(schema))]
pub fn to_schema(_: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// Makes nothing; it only knows `#[param(...)]` and `#[into_params(...)]`.
#[proc_macro_derive(IntoParams, attributes(param, into_params))]
pub fn into_params(_: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// Makes a call of a handler: `#[call(get, path = "/api/...", right = look, ...)]`, with the arguments of
/// `utoipa::path` beside the right that it asks for. `about = target` or `about = own` says what it asks it for, if not
/// for the coordinator as a whole; `in_clear = true` that it is answered in clear, whatever was set. A call without a
/// right does not compile.
///
/// Beside the function there is then a type of its name, whose `CALL` is its line in the router's table.
#[proc_macro_attribute]
pub fn call(arguments: TokenStream, function: TokenStream) -> TokenStream {
    let method = arguments.clone().into_iter().next().map(|method| method.to_string().to_uppercase());
    let (Some(method), Some(path), Some(ident)) = (method, value(&arguments, "path"), name(&function)) else {
        return fault("as in #[call(get, path = \"/api/...\", right = look)] before a function");
    };
    let (arguments, own) = apart(arguments);
    let said = |key: &str| own.iter().find(|(name, _)| name == key).map(|(_, value)| camel(value));
    let Some(right) = said("right") else { return fault("name the right that the call asks for: right = look") };
    let about = said("about").unwrap_or_else(|| "All".to_owned());
    let in_clear = said("in_clear").is_some();
    let name = ident.to_string();
    // Some types are named by the description alone: their imports are used even where it is not made.
    let mut bodies = Vec::new();
    named_types(arguments.clone(), &mut bodies);
    let uses = bodies.iter().map(|body| format!("const _: Option<{body}> = None;")).collect::<Vec<_>>().concat();
    let route = format!(
        "#[doc(hidden)]
        #[allow(non_camel_case_types)]
        pub enum {name} {{}}
        impl {name} {{
            #[doc(hidden)]
            pub const CALL: crate::api::call::Call = crate::api::call::Call {{
                method: ::axum::routing::MethodFilter::{method},
                path: {path},
                need: crate::api::need::Need {{
                    right: ::downbeat_trust::rights::Right::{right},
                    about: crate::api::need::About::{about},
                    in_clear: {in_clear},
                }},
                answer: |request, api| ::axum::handler::Handler::call({name}, request, api),
            }};
        }}
        {uses}"
    );
    let mut made = described(arguments);
    made.extend(function);
    match route.parse::<TokenStream>() {
        Ok(route) => made.extend(spanned(route, &ident)),
        Err(_) => return fault("the path must be a text"),
    }
    made
}

/// `#[cfg_attr(test, ::utoipa::path(ARGUMENTS))]`.
fn described(arguments: TokenStream) -> TokenStream {
    let mut inner: TokenStream = "test, ::utoipa::path".parse().unwrap_or_default();
    inner.extend([TokenTree::from(Group::new(Delimiter::Parenthesis, arguments))]);
    let attribute =
        [TokenTree::from(Ident::new("cfg_attr", Span::call_site())), Group::new(Delimiter::Parenthesis, inner).into()];
    let group = Group::new(Delimiter::Bracket, attribute.into_iter().collect());
    [TokenTree::from(Punct::new('#', Spacing::Alone)), group.into()].into_iter().collect()
}

/// The arguments without those that are ours, and ours: key and value.
fn apart(arguments: TokenStream) -> (TokenStream, Vec<(String, String)>) {
    let (mut others, mut own) = (TokenStream::new(), Vec::new());
    let mut tokens = arguments.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let key = token.to_string();
        if !matches!(key.as_str(), "right" | "about" | "in_clear") {
            others.extend([token]);
            continue;
        }
        // `= value` and the comma behind it
        let value = tokens.nth(1).map(|value| value.to_string()).unwrap_or_default();
        tokens.next_if(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','));
        own.push((key, value));
    }
    (others, own)
}

/// `one_word` as a variant is called.
fn camel(word: &str) -> String {
    let capital = |part: &str| part[..1].to_uppercase() + &part[1..];
    word.split('_').filter(|part| !part.is_empty()).map(capital).collect()
}

/// The name of a function.
fn name(function: &TokenStream) -> Option<Ident> {
    let mut tokens = function.clone().into_iter();
    tokens.find(|token| token.to_string() == "fn")?;
    match tokens.next()? {
        TokenTree::Ident(name) => Some(name),
        _ => None,
    }
}

/// The tokens, with the name in them as it stands at the function: faults are shown there.
fn spanned(tokens: TokenStream, name: &Ident) -> TokenStream {
    let text = name.to_string();
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => Group::new(group.delimiter(), spanned(group.stream(), name)).into(),
        TokenTree::Ident(ident) if ident.to_string() == text => name.clone().into(),
        other => other,
    });
    each.collect()
}

/// The token after `KEY =`.
fn value(arguments: &TokenStream, key: &str) -> Option<String> {
    let mut tokens = arguments.clone().into_iter();
    tokens.find(|token| token.to_string() == key)?;
    tokens.next().filter(|token| token.to_string() == "=")?;
    tokens.next().map(|value| value.to_string())
}

/// The types after `body =` and `request_body =`, as deep as there are parentheses.
fn named_types(arguments: TokenStream, found: &mut Vec<String>) {
    let mut tokens = arguments.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => named_types(group.stream(), found),
            TokenTree::Ident(key) if matches!(key.to_string().as_str(), "body" | "request_body") => {
                if tokens.next_if(|token| token.to_string() == "=").is_none() {
                    continue;
                }
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
                let mut body = TokenStream::new();
                while let Some(token) = tokens.next_if(|token| !is_comma(token)) {
                    body.extend([token]);
                }
                found.push(body.to_string());
            }
            _ => {}
        }
    }
}

fn fault(text: &str) -> TokenStream {
    format!("compile_error!({text:?});").parse().unwrap_or_default()
}
