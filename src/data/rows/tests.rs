use serde_json::json;

use super::*;

fn rows(format: &str, text: &str) -> Vec<Value> {
    parse(format, "f", text.as_bytes()).expect(text).items
}

fn told(format: &str, bytes: impl AsRef<[u8]>) -> String {
    parse(format, "f", bytes.as_ref()).expect_err("a mistake").to_string()
}

#[test]
fn cells_are_text_under_the_names_of_the_header() {
    let text = "\u{feff}id, name ,say\r\n7,Ana,\"Hi, \"\"you\"\"\nthere\"\r\n\r\n08,,{{ x }}\r\n";
    let read = parse("csv", "f", text.as_bytes()).expect("rows");
    assert_eq!(read.columns.as_deref(), Some(&["id".to_owned(), "name".to_owned(), "say".to_owned()][..]));
    let expected = [
        json!({ "id": "7", "name": "Ana", "say": "Hi, \"you\"\nthere" }),
        json!({ "id": "08", "name": "", "say": "{{ x }}" }),
    ];
    assert_eq!(read.items, expected);
    assert_eq!(columns("csv", "f", text.as_bytes()).expect("a header"), read.columns);
}

#[test]
fn lines_of_nothing_are_no_rows() {
    assert_eq!(rows("csv", "\n\na,b\n\n  \n1,2\n\n"), [json!({ "a": "1", "b": "2" })]);
    assert_eq!(rows("csv", "a\n1\n\n\"\"\n"), [json!({ "a": "1" }), json!({ "a": "" })]);
    assert_eq!(rows("csv", "a,b"), Vec::<Value>::new());
}

#[test]
fn a_header_that_names_nothing_is_refused() {
    assert_eq!(told("csv", ""), "f: the file has no header");
    assert_eq!(told("csv", "\n\n"), "f: the file has no header");
    assert_eq!(told("csv", "a,,b\n"), "f:1: column 2 of the header has no name");
    assert_eq!(told("csv", "\na,b,a \n"), "f:2: columns 1 and 3 are both named `a`");
    assert_eq!(told("csv", "a;b\n1;2\n"), "f:1: the columns are separated by `;`, not by commas");
    assert_eq!(told("csv", "a\tb\n"), "f:1: the columns are separated by a tab, not by commas");
}

#[test]
fn a_ragged_row_is_told_with_its_line() {
    let text = "a,b\n1,\"x\ny\"\n\n\n3\n";
    let error = parse("csv", "leads.csv", text.as_bytes()).expect_err("a ragged row");
    assert_eq!(error.to_string(), "leads.csv:6: row 2: 1 cell where the header has 2");
    assert_eq!((error.row, error.line), (Some(2), Some(6)));
    assert!(error.hint.expect("a hint").contains("after `a`"));
    let error = parse("csv", "f", b"a,b\n1,2,3\n").expect_err("a ragged row");
    assert_eq!(error.to_string(), "f:2: row 1: 3 cells where the header has 2");
}

#[test]
fn a_quote_that_is_never_closed_is_told_where_it_opens() {
    let unclosed = "a quote is opened here and never closed";
    assert_eq!(told("csv", "a,b\n1,2\n3,\"x\n4,5\n6,7\n"), format!("f:3: row 2: {unclosed}"));
    assert_eq!(told("csv", "\"a,b\n1,2\n"), format!("f:1: {unclosed}"));
    assert_eq!(told("csv", "a\n\"x\"\"\n"), format!("f:2: row 1: {unclosed}"));
    let huge = format!("a,b\n\"{}", "x,\n".repeat(200_000));
    assert_eq!(told("csv", huge), format!("f:2: row 1: {unclosed}"));
    assert_eq!(rows("csv", "a,b\nit\"s,5\" x\n"), [json!({ "a": "it\"s", "b": "5\" x" })]);
}

#[test]
fn bytes_that_are_no_text_have_a_place() {
    assert_eq!(told("csv", b"a,b\n1,2\n3,\xe9\n"), "f:3: row 2: cell 2 is not UTF-8");
    assert_eq!(told("csv", b"a,\xff\n"), "f:1: cell 2 is not UTF-8");
    assert_eq!(told("yaml", b"- a\n- \xe9\n"), "f:2:3: the file is not UTF-8");
    assert!(told("json", b"[\"\xe9\"]").starts_with("f:1:"));
    assert!(told("jsonl", b"1\n\"\xe9\"\n").starts_with("f:2:"));
}

#[test]
fn other_encodings_are_named_with_the_way_out() {
    let utf16: Vec<u8> = "\u{feff}id,name\n1,Ana\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "\u{feff}id\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let unmarked: Vec<u8> = "id,name\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for format in FORMATS {
        for bytes in [&utf16, &big] {
            let error = parse(format, "f", bytes).expect_err("UTF-16");
            assert_eq!(error.to_string(), "f:1: the file is UTF-16, not UTF-8");
            assert_eq!(error.hint.as_deref(), Some("save it as UTF-8"));
        }
    }
    assert!(columns("csv", "f", &utf16).is_err());
    assert_eq!(told("csv", unmarked), "f:1: cell 1 holds a NUL byte");
    assert_eq!(told("csv", "a,b\n1,x\0y\n"), "f:2: row 1: cell 2 holds a NUL byte");
    let latin = parse("csv", "f", b"a,b\n1,Ren\xe9\n").expect_err("Latin-1");
    assert_eq!(latin.hint.as_deref(), Some("byte 0xE9 is `\u{e9}` in Latin-1: save the file as UTF-8"));
}

#[test]
fn each_row_has_the_line_it_begins_on_whatever_ends_the_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a,b", "", "1,\"x", "y\"", "3,4", ""].join(end);
        let read = parse("csv", "f", text.as_bytes()).expect("rows");
        assert_eq!((read.lines.as_slice(), read.items.len()), (&[3, 5][..], 2), "{end:?}");
        let text = ["{\"a\": 1}", "", "2"].join(end);
        assert_eq!(parse("jsonl", "f", text.as_bytes()).expect("rows").lines, [1, 3], "{end:?}");
        assert_eq!(told("csv", ["a,b", "1,2", "3"].join(end)), "f:3: row 2: 1 cell where the header has 2");
    }
    assert_eq!(parse("json", "f", b"[1]").expect("rows").line(0), None);
}

#[test]
fn separators_and_quotes_of_other_programs_are_recognized() {
    let hint = |text: &str| parse("csv", "f", text.as_bytes()).expect_err(text).hint.expect("a hint");
    assert_eq!(told("csv", "id;name,extra\n"), "f:1: the columns are separated by `;`, not by commas");
    assert_eq!(told("csv", "\"id\";\"name, first\"\n"), "f:1: the columns are separated by `;`, not by commas");
    assert_eq!(told("csv", "id\tname,first\n"), "f:1: the columns are separated by a tab, not by commas");
    assert_eq!(rows("csv", "id,\"said; or not\"\n1,2\n").len(), 1);
    assert_eq!(
        told("csv", "\u{201c}id\u{201d},b\n"),
        "f:1: column 1 of the header stands in typographic quotes: \u{201c}id\u{201d}"
    );
    assert!(hint("a,b\n1,\u{201c}Hi, you\u{201d}\n").contains("typographic"));
    assert!(hint("a,b\n1, \"Hi, you\"\n").contains("follow its comma at once"));
    assert_eq!(hint("a,b\n1,2,\n"), "take out the comma at the end of the row");
    assert_eq!(hint("a,b,\n1,2,\n"), "take out the comma at the end, here and in the rows");
}

#[test]
fn sizes_out_of_all_measure_are_borne_or_refused() {
    let names: Vec<String> = (0..1_000_000).map(|i| format!("c{i}")).collect();
    assert_eq!(told("csv", names.join(",")), "f:1: the header has 1000000 columns, more than 16384");
    let line = "x".repeat(5_000_000);
    assert_eq!(rows("csv", &format!("a\n{line}\n"))[0]["a"], json!(line));
    assert!(told("json", "[".repeat(1_000_000)).contains("go too deep"));
}

#[test]
fn a_json_list_is_rows() {
    assert_eq!(rows("json", "\u{feff}[1, {\"a\": null}]"), [json!(1), json!({ "a": null })]);
    assert_eq!(told("json", "{\"a\": []}"), "f: the file holds no list");
    assert_eq!(told("json", "[1,\n2 3]"), "f:2:3: a comma is missing between two entries");
    let error = parse("json", "f", b"[1]\n[2]\n").expect_err("two values");
    assert_eq!(error.hint.as_deref(), Some("one value a line is `jsonl`"));
    assert!(told("json", "").starts_with("f:1:"));
}

#[test]
fn each_line_of_json_lines_is_a_row() {
    assert_eq!(rows("jsonl", "{\"a\": 1}\r\n\r\n  \n\"b\"\n"), [json!({ "a": 1 }), json!("b")]);
    assert_eq!(rows("jsonl", ""), Vec::<Value>::new());
    assert_eq!(told("jsonl", "1\n\n{\"a\": 1,}\n"), "f:3:9: row 2: a comma follows the last entry");
    assert_eq!(told("jsonl", "[1,\n2]\n"), "f:1:3: row 1: the text ends before the value does");
}

#[test]
fn a_yaml_list_is_rows() {
    assert_eq!(rows("yaml", "- a: yes\n  b: 007\n- 5\n"), [json!({ "a": "yes", "b": "007" }), json!(5)]);
    assert_eq!(rows("yaml", &"- 1\n".repeat(260_000)).len(), 260_000);
    assert_eq!(told("yaml", "a: 1\n"), "f: the file holds no list");
    assert_eq!(told("yaml", ""), "f: the file holds no list");
    assert!(told("yaml", "- a: 1\n  a: 2\n").starts_with("f:2:3: "));
}

#[test]
fn only_csv_has_columns_and_only_four_formats_are_known() {
    assert_eq!(columns("json", "f", b"not even JSON"), Ok(None));
    assert_eq!(told("xlsx", ""), "f: the format `xlsx` is unknown");
    assert!(columns("xlsx", "f", b"").is_err());
    assert_eq!(format_of(Path::new("a/LEADS.CSV")), Some("csv"));
    assert_eq!(format_of(Path::new("a.yml")), Some("yaml"));
    assert_eq!(format_of(Path::new("csv")), None);
}
