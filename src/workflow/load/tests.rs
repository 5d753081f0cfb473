use std::time::{Duration, Instant};

use super::*;
use crate::diagnostic::render;
use crate::workflow::node::ScalarKind;

fn load(text: &str) -> Loaded {
    parse(Source::new("a.yaml", text)).unwrap_or_else(|mistakes| panic!("{}", render::plain(&mistakes)))
}

fn codes(bytes: &[u8]) -> Vec<&'static str> {
    let begun = Instant::now();
    let mistakes = match decode(bytes, Path::new("a.yaml")) {
        Ok(loaded) => loaded.mistakes,
        Err(mistakes) => mistakes,
    };
    let text = render::plain(&mistakes);
    assert!(begun.elapsed() < Duration::from_secs(10), "took {:?}", begun.elapsed());
    assert!(text.len() < 100_000);
    mistakes.into_iter().map(|mistake| mistake.code).collect()
}

#[test]
fn every_key_and_value_keeps_its_place_and_its_spelling() {
    let loaded = load("a: 1.10\nb: [yes, 0x1F, \"q\"]\nc:\n  d: |\n    two\n    lines\n");
    let at = |node: &Node| loaded.source.text[node.span.clone()].to_owned();
    let root = &loaded.root;
    assert_eq!(root.get("a").unwrap().text().unwrap().value, "1.10");
    assert_eq!(at(root.get("a").unwrap()), "1.10");
    let list = root.get("b").unwrap();
    assert_eq!(at(list), "[yes, 0x1F, \"q\"]");
    let spelled: Vec<_> = list.as_list().unwrap().iter().map(|item| (at(item), item.text().unwrap().value)).collect();
    assert_eq!(spelled[2], ("\"q\"".to_owned(), "q".to_owned()));
    assert_eq!(spelled[1].1, "0x1F");
    let block = root.get("c").unwrap().get("d").unwrap();
    assert_eq!(block.text().unwrap().value, "two\nlines\n");
    assert_eq!(block.as_scalar().unwrap().kind, ScalarKind::Quoted);
    assert_eq!(&loaded.source.text[root.entry("c").unwrap().key.span.clone()], "c");
}

#[test]
fn windows_files_read_like_others() {
    let loaded = decode(b"\xef\xbb\xbfversion: 1\r\nsteps:\r\n  - speak: hi\r\n", Path::new("a.yaml")).unwrap();
    assert_eq!(loaded.root.get("version").unwrap().span, 9..10);
    assert_eq!(
        loaded.root.get("steps").unwrap().as_list().unwrap()[0].get("speak").unwrap().text().unwrap().value,
        "hi"
    );
}

#[test]
fn aliases_and_merges_repeat_what_they_name() {
    let loaded = load("a: &x { delay: 1s, retry: 2 }\nb: *x\nc: { <<: *x, delay: 2s }\n");
    assert_eq!(loaded.mistakes, []);
    assert_eq!(loaded.root.get("b").unwrap().get("delay").unwrap().text().unwrap().value, "1s");
    assert_eq!(&loaded.source.text[loaded.root.get("b").unwrap().span.clone()], "*x");
    assert_eq!(loaded.root.get("c").unwrap().get("retry").unwrap().text().unwrap().value, "2");
}

#[test]
fn every_repeated_key_is_told() {
    let text = "a: 1\na: 2\nb: { c: 1, c: 2 }\n\"a\": 3\n";
    assert_eq!(codes(text.as_bytes()), ["duplicate-key"; 3]);
}

#[test]
fn hostile_texts_get_one_clean_answer() {
    assert_eq!(codes(&b"[".repeat(100_000)), ["too-deep"]);
    assert_eq!(codes(&b"{a: ".repeat(100_000)), ["too-deep"]);
    assert_eq!(codes(&b"- ".repeat(100_000)), ["too-deep"]);
    let stairs: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert_eq!(codes(stairs.as_bytes()), ["too-deep"]);
    assert_eq!(codes(b"\0\x01\x02"), ["binary-file"]);
    assert_eq!(codes(b"a: \xff\n"), ["not-utf8"]);
    assert_eq!(codes(b"\xff\xfea\0"), ["not-utf8"]);
    for empty in [&b""[..], b"\n\n", b"# only a comment\n", b"---\n", b"---\n...\n", b"~"] {
        assert_eq!(codes(empty), ["empty-file"], "{}", String::from_utf8_lossy(empty));
    }
    assert_eq!(codes(b"a: 1\n---\nb: 2\n"), ["several-documents"]);
    assert_eq!(codes(b"a: &x [*x]\n"), ["yaml-syntax"]);
}

#[test]
fn alias_bombs_do_not_explode() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    assert_eq!(codes(text.as_bytes()), ["too-large"]);
    let chain: String = (1..90).map(|level| format!("a{level}: &a{level} [*a{}]\n", level - 1)).collect();
    assert_eq!(codes(format!("a0: &a0 x\n{chain}").as_bytes()), ["too-deep"]);
}

#[test]
fn a_file_that_is_too_large_or_none_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.yaml");
    std::fs::File::create(&path).unwrap().set_len(50 * 1024 * 1024).unwrap();
    let code = |path: &Path| named(path, Path::new("big.yaml")).unwrap_err()[0].code;
    assert_eq!(code(&path), "too-large");
    assert_eq!(code(folder.path()), "unreadable-file");
    assert_eq!(code(&folder.path().join("none.yaml")), "unreadable-file");
}

#[test]
fn large_texts_read_fast() {
    let lines = "  - speak: a line\n    delay: 1s\n".repeat(100_000);
    assert_eq!(codes(format!("version: 1\nsteps:\n{lines}").as_bytes()), Vec::<&str>::new());
    assert_eq!(codes(format!("steps:\n{lines} bad").as_bytes()).len(), 1);
}
