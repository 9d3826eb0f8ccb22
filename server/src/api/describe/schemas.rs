//! Schemas that a field's type does not tell.

use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

/// One of these words. A field whose schema is made by a function has no other description than the function's.
pub fn one_of<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> Object {
    let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
    schema.description(Some(description)).build()
}

/// One of these orders; with a minus before it, backwards.
pub fn sorts<S>(description: &str, orders: &[(&str, S)]) -> Object {
    let backwards: Vec<String> = orders.iter().map(|(name, _)| format!("-{name}")).collect();
    one_of(description, orders.iter().map(|(name, _)| *name).chain(backwards.iter().map(String::as_str)))
}

/// The same, or null.
pub fn or_null(mut schema: Object) -> Object {
    schema.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
    schema.enum_values = schema.enum_values.map(|words| words.into_iter().chain([serde_json::Value::Null]).collect());
    schema
}
