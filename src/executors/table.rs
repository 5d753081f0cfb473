//! Rows of one form kept in little memory: the names of the columns once, the cells as one text.
//!
//! A run of a hundred thousand rows holds them for days. As values of their own they take some twenty times as much.

use serde_json::{Map, Value};

/// Items of a loop.
pub enum Table {
    /// Items of any form.
    Values(Vec<Value>),
    /// Objects with the same names, all of whose values are texts, as rows of CSV are.
    Cells {
        /// The names.
        columns: Vec<String>,
        /// Every cell, row by row.
        text: String,
        /// Where each cell ends, in bytes.
        ends: Vec<u32>,
    },
}

impl Table {
    /// Keeps items in the smallest way that gives them back as they are.
    pub fn of(items: Vec<Value>) -> Self {
        let Some(columns) = shared_columns(&items) else { return Self::Values(items) };
        let mut text = String::new();
        let mut ends = Vec::with_capacity(items.len() * columns.len());
        // Row by row, so that both forms are never there at once.
        for item in items {
            let Value::Object(fields) = item else { continue };
            for cell in fields.values() {
                text.push_str(cell.as_str().unwrap_or_default());
                // A file has 50 MB at most.
                ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
            }
        }
        text.shrink_to_fit();
        Self::Cells { columns, text, ends }
    }

    /// An item.
    pub fn get(&self, index: usize) -> Option<Value> {
        match self {
            Self::Values(items) => items.get(index).cloned(),
            Self::Cells { columns, .. } => {
                let cell = |(column, name): (usize, &String)| {
                    Some((name.clone(), Value::String(self.cell(index, column)?.to_owned())))
                };
                columns.iter().enumerate().map(cell).collect::<Option<Map<_, _>>>().map(Value::Object)
            }
        }
    }

    /// A part of an item, without the rest of it.
    pub fn part(&self, index: usize, path: &[String]) -> Option<Value> {
        match (self, path) {
            (Self::Values(items), _) => crate::scope::part(items.get(index)?, path).cloned(),
            (Self::Cells { .. }, []) => self.get(index),
            (Self::Cells { columns, .. }, [name]) => {
                let column = columns.iter().position(|column| column == name)?;
                Some(Value::String(self.cell(index, column)?.to_owned()))
            }
            // A text has no parts.
            (Self::Cells { .. }, [_, _, ..]) => None,
        }
    }

    fn cell(&self, index: usize, column: usize) -> Option<&str> {
        let Self::Cells { columns, text, ends } = self else { return None };
        let place = index.checked_mul(columns.len())?.checked_add(column)?;
        let end = *ends.get(place)? as usize;
        let start = place.checked_sub(1).map_or(Some(0), |before| ends.get(before).map(|end| *end as usize))?;
        text.get(start..end)
    }
}

/// The names that all items have, in one order; none where they differ, or hold more than texts.
fn shared_columns(items: &[Value]) -> Option<Vec<String>> {
    let columns: Vec<String> = items.first()?.as_object()?.keys().cloned().collect();
    let mut bytes = 0usize;
    let is_alike = |item: &Value| {
        let Value::Object(fields) = item else { return false };
        bytes += fields.values().filter_map(Value::as_str).map(str::len).sum::<usize>();
        fields.len() == columns.len()
            && fields.iter().zip(&columns).all(|((name, value), column)| name == column && value.is_string())
    };
    let are_alike = !columns.is_empty() && items.iter().all(is_alike);
    (are_alike && u32::try_from(bytes).is_ok()).then_some(columns)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_of_texts_come_back_as_they_were() {
        let rows = vec![
            json!({ "id": "1", "name": "Ada" }),
            json!({ "id": "", "name": "日本" }),
            json!({ "id": "3", "name": "" }),
        ];
        let table = Table::of(rows.clone());
        assert!(matches!(table, Table::Cells { .. }));
        assert_eq!(
            (0..4).map(|index| table.get(index)).collect::<Vec<_>>(),
            [rows.into_iter().map(Some).collect(), vec![None]].concat()
        );
        let part = |index: usize, path: &[&str]| {
            table.part(index, &path.iter().map(|&part| part.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            (part(1, &["name"]), part(0, &["id"]), part(2, &["name"])),
            (Some(json!("日本")), Some(json!("1")), Some(json!("")))
        );
        assert_eq!((part(0, &["nam"]), part(0, &["id", "x"]), part(9, &["id"])), (None, None, None));
        assert_eq!(part(0, &[]), Some(json!({ "id": "1", "name": "Ada" })));
    }

    #[test]
    fn items_of_other_forms_are_kept_as_they_are() {
        let others = [
            vec![json!("a"), json!("b")],
            vec![json!({ "n": 1 }), json!({ "n": 2 })],
            vec![json!({ "a": "1" }), json!({ "b": "1" })],
            vec![json!({ "a": "1", "b": "2" }), json!({ "b": "2", "a": "1" })],
            vec![json!({}), json!({})],
        ];
        for items in others {
            let table = Table::of(items.clone());
            assert!(matches!(table, Table::Values(_)), "{items:?}");
            assert_eq!(table.get(1).as_ref(), items.get(1));
        }
    }
}
