//! Async functions whose bodies are compiled once.
//!
//! The compiler makes the machine code of an `async fn` in every crate that awaits it, and not in the one that has it.
//! So the queries of the store were made again for the library, for the coordinator and for each program of tests.
//! [`macro@boxed`] has a function hand out its future in a box, and the code lies where the function is written. That
//! costs an allocation for each call: it is for calls that read a disk, and not for the path of a frame.

use std::iter::Peekable;

use proc_macro::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree, token_stream::IntoIter};

/// Boxes the future of a `pub async fn`, or of each one in an `impl`.
///
/// The caller awaits it as before. All that the function borrows is borrowed for one lifetime. A function with
/// parameters in `<>` or arguments of `impl` types stays as it is, since its code depends on the caller.
#[proc_macro_attribute]
pub fn boxed(_: TokenStream, item: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    if is_word(tokens.first(), "impl")
        && let Some(TokenTree::Group(items)) = tokens.pop()
    {
        tokens.push(Group::new(Delimiter::Brace, each(items.stream(), "Self::")).into());
        return tokens.into_iter().collect();
    }
    each(tokens.into_iter().collect(), "")
}

/// The items, with every `pub async fn` among them boxed. A function beside them is named by `path` and its name.
fn each(items: TokenStream, path: &str) -> TokenStream {
    let mut made: Vec<TokenTree> = Vec::new();
    let mut rest = items.into_iter();
    while let Some(token) = rest.next() {
        if !(is_word(Some(&token), "async") && is_word(made.last(), "pub")) {
            made.push(token);
            continue;
        }
        let mut own = vec![token];
        while !matches!(own.last(), Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace)
            && let Some(token) = rest.next()
        {
            own.push(token);
        }
        match Function::of(&own) {
            Some(function) => {
                let public = made.pop();
                made.extend(code("#[inline(never)]"));
                made.extend(public);
                made.extend(function.boxed(path));
            }
            None => made.extend(own),
        }
    }
    made.into_iter().collect()
}

/// An async function, taken apart.
struct Function<'a> {
    name: &'a Ident,
    arguments: &'a Group,
    result: TokenStream,
    body: &'a TokenTree,
}

impl<'a> Function<'a> {
    /// Takes `async fn NAME(ARGUMENTS) -> RESULT BODY` apart; `None` if its code depends on the caller.
    fn of(tokens: &'a [TokenTree]) -> Option<Self> {
        let [_, _, TokenTree::Ident(name), TokenTree::Group(arguments), result @ .., body] = tokens else {
            return None;
        };
        let is_open = |token: &TokenTree| is_word(Some(token), "impl") || is_word(Some(token), "where");
        if arguments.stream().into_iter().any(|token| is_open(&token)) || result.iter().any(is_open) {
            return None;
        }
        let result = match result {
            [] => code("()"),
            [_, _, result @ ..] => result.iter().cloned().collect(),
            [_] => return None,
        };
        Some(Self { name, arguments, result, body })
    }

    /// A function that boxes the future, and beside it the async function that it is of.
    fn boxed(&self, path: &str) -> TokenStream {
        let own = Ident::new(&format!("{}_unboxed", self.name), self.name.span());
        let mut borrows = false;
        let (mut handed_on, mut names) = (TokenStream::new(), TokenStream::new());
        for (i, argument) in split(self.arguments.stream()).into_iter().enumerate() {
            let colon = argument.iter().position(|token| is_sign(Some(token), ':'));
            let name = match &argument[..colon.unwrap_or(argument.len())] {
                [.., TokenTree::Ident(name)] => name.clone(),
                _ => Ident::new(&format!("argument_{i}"), Span::call_site()),
            };
            if colon.is_some() {
                handed_on.extend([TokenTree::from(name.clone())]);
            }
            let typed = argument[colon.unwrap_or(0)..].iter().cloned().collect();
            handed_on.extend(borrowed(typed, &mut borrows));
            handed_on.extend(code(","));
            names.extend([TokenTree::from(name)]);
            names.extend(code(","));
        }
        let result = borrowed(self.result.clone(), &mut borrows);

        let mut made = code("fn");
        made.extend([TokenTree::from(self.name.clone())]);
        made.extend(code(if borrows { "<'boxed>" } else { "" }));
        made.extend([in_group(Delimiter::Parenthesis, handed_on)]);
        made.extend(code("-> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output ="));
        made.extend(result);
        made.extend(code("> + ::std::marker::Send +"));
        made.extend(code(if borrows { "'boxed>>" } else { "'static>>" }));
        let mut call = code(path);
        call.extend([TokenTree::from(own.clone()), in_group(Delimiter::Parenthesis, names)]);
        let mut body = code("::std::boxed::Box::pin");
        body.extend([in_group(Delimiter::Parenthesis, call)]);
        made.extend([in_group(Delimiter::Brace, body)]);

        made.extend(code("async fn"));
        made.extend([TokenTree::from(own), self.arguments.clone().into()]);
        made.extend(code("->"));
        made.extend(self.result.clone());
        made.extend([self.body.clone()]);
        made
    }
}

/// The type with `'boxed` for every lifetime that has no name; `found` is set if there is one.
fn borrowed(tokens: TokenStream, found: &mut bool) -> TokenStream {
    let mut made = TokenStream::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Group(group) => made.extend([in_group(group.delimiter(), borrowed(group.stream(), found))]),
            TokenTree::Punct(sign) if sign.as_char() == '&' => {
                made.extend([TokenTree::from(Punct::new('&', Spacing::Alone))]);
                if !is_sign(rest.peek(), '\'') {
                    made.extend(lifetime(found));
                }
            }
            TokenTree::Punct(sign) if sign.as_char() == '\'' && nameless(&mut rest) => made.extend(lifetime(found)),
            token => made.extend([token]),
        }
    }
    made
}

fn nameless(rest: &mut Peekable<IntoIter>) -> bool {
    rest.next_if(|token| is_word(Some(token), "_")).is_some()
}

fn lifetime(found: &mut bool) -> [TokenTree; 2] {
    *found = true;
    [Punct::new('\'', Spacing::Joint).into(), Ident::new("boxed", Span::call_site()).into()]
}

/// The arguments, at the commas that lie in no `<>`.
fn split(arguments: TokenStream) -> Vec<Vec<TokenTree>> {
    let (mut all, mut own, mut depth, mut arrow) = (Vec::new(), Vec::new(), 0, false);
    for token in arguments {
        match &token {
            TokenTree::Punct(sign) if sign.as_char() == ',' && depth == 0 => {
                all.push(std::mem::take(&mut own));
                continue;
            }
            TokenTree::Punct(sign) if sign.as_char() == '<' => depth += 1,
            TokenTree::Punct(sign) if sign.as_char() == '>' && !arrow => depth -= 1,
            _ => {}
        }
        arrow = is_sign(Some(&token), '-');
        own.push(token);
    }
    if !own.is_empty() {
        all.push(own);
    }
    all
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(own)) if own.to_string() == word)
}

fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(own)) if own.as_char() == sign)
}

fn in_group(delimiter: Delimiter, tokens: TokenStream) -> TokenTree {
    Group::new(delimiter, tokens).into()
}

fn code(text: &str) -> TokenStream {
    text.parse().unwrap_or_default()
}
