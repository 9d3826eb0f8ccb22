//! The common part of all lists: `limit`, `cursor`, `sort`.

use super::problem::Problem;
use downbeat_store::index::{Cursor, ListError, Part, Sorted};

/// The most items of one answer.
pub const MAX_LIMIT: usize = 1_000;

/// A part of a list; `default` items if no limit is given.
pub fn part(limit: Option<usize>, cursor: Option<&str>, default: usize) -> Result<Part, Problem> {
    let limit = limit.unwrap_or(default);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::field("limit", format!("{limit} is not within 1..={MAX_LIMIT}")));
    }
    let after = cursor.map(|text| Cursor::parse(text).map_err(|error| Problem::field("cursor", error.to_string())));
    Ok(Part { limit, after: after.transpose()? })
}

/// The order that is named; with a minus before it, backwards.
pub fn sorted<S: Copy + Default>(name: Option<&str>, orders: &[(&str, S)]) -> Result<Sorted<S>, Problem> {
    let Some(name) = name else { return Ok(S::default().into()) };
    let (plain, reverse) = name.strip_prefix('-').map_or((name, false), |plain| (plain, true));
    if let Some((_, by)) = orders.iter().find(|(known, _)| *known == plain) {
        return Ok(Sorted { by: *by, reverse });
    }
    let known: Vec<&str> = orders.iter().map(|(name, _)| *name).collect();
    let detail = format!("{plain:?} is none of {}; a minus before it turns it round", known.join(", "));
    Err(Problem::field("sort", detail))
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Cursor(error) => Self::field("cursor", error.to_string()),
            ListError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_named_and_turned_round() {
        let orders = [("name", 1), ("size", 2)];
        assert_eq!(sorted(Some("-size"), &orders), Ok(Sorted { by: 2, reverse: true }));
        assert_eq!(sorted::<i32>(None, &orders), Ok(Sorted { by: 0, reverse: false }));
        assert_eq!(sorted(Some("colour"), &orders).unwrap_err().blamed(), Some("sort"));
        assert_eq!(part(Some(0), None, 9).unwrap_err().blamed(), Some("limit"));
        assert_eq!(part(None, Some("x"), 9).unwrap_err().blamed(), Some("cursor"));
        assert_eq!(part(None, None, 9).unwrap().limit, 9);
    }
}
