//! Bytes made from a corpus, a seed and a number, and always the same ones.

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// Pieces that readers find odd.
const ODD: &[&[u8]] = &[
    b"\t",
    b"{{",
    b"}}",
    b": ",
    b"- ",
    b"\"",
    b"'",
    b"[",
    b"{",
    b"&a ",
    b"*a",
    b"|",
    b"\xff",
    b"\xc3\xa9",
    b"\r\n",
    b"\0",
    b"---\n",
    b"<<: ",
    b"!x ",
    b"#",
    b"\xe2\x80\xae",
    b"99999999999999999999",
    b"\n\n",
    b"? ",
    b"%",
    b"-1",
    b"{{#if x}}",
    b"{{/if}}",
    b"{{else}}",
    b"{{#each ",
    b"../",
    b"this",
    b"@index",
    b"(",
    b")",
    b" and ",
    b" or ",
    b"not ",
    b"==",
    b"|length",
    b"always()",
    b"range(9)",
    b"null",
    b"true",
    b"1e999",
    b"0.1",
    b"\\u0000",
    b"%41",
    b"&amp;",
    b"\\",
    b"18446744073709551615",
    b"\"item\":{\"index\":0,\"inner\":0}",
    b"[[[[[[[[",
    b"((((((((",
    b"{{{{",
    b"~",
    b"PT1H",
];

/// The bytes of a number.
pub fn made(corpus: &[Vec<u8>], seed: u64, number: u64) -> Vec<u8> {
    let mut numbers = Numbers((seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1);
    numbers.below(2);
    let mut bytes = corpus[numbers.below(corpus.len())].clone();
    for _ in 0..=numbers.below(4) {
        match numbers.below(8) {
            0 | 1 => insert(&mut bytes, ODD[numbers.below(ODD.len())], &mut numbers),
            2 => remove(&mut bytes, &mut numbers),
            3 => bytes.truncate(numbers.below(bytes.len() + 1).max(8)),
            4 => {
                let from = numbers.below(bytes.len() + 1);
                let piece = bytes[from..(from + numbers.below(40)).min(bytes.len())].to_vec();
                insert(&mut bytes, &piece, &mut numbers);
            }
            5 => change_a_line(&mut bytes, &mut numbers),
            6 => change_a_number(&mut bytes, &mut numbers),
            _ => {
                let other = &corpus[numbers.below(corpus.len())];
                let from = numbers.below(other.len() + 1);
                let piece = other[from..(from + numbers.below(200)).min(other.len())].to_vec();
                insert(&mut bytes, &piece, &mut numbers);
            }
        }
    }
    bytes
}

fn insert(bytes: &mut Vec<u8>, piece: &[u8], numbers: &mut Numbers) {
    let at = numbers.below(bytes.len() + 1);
    drop(bytes.splice(at..at, piece.iter().copied()));
}

fn remove(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let at = numbers.below(bytes.len() + 1);
    drop(bytes.drain(at..(at + numbers.below(12)).min(bytes.len())));
}

/// Takes a line away, doubles it, or puts it elsewhere: what is no text any more for bytes is one for lines.
fn change_a_line(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let line = lines[numbers.below(lines.len())].clone();
    match numbers.below(3) {
        0 => drop(lines.remove(numbers.below(lines.len()))),
        1 => lines.insert(numbers.below(lines.len() + 1), line),
        _ => {
            let (one, other) = (numbers.below(lines.len()), numbers.below(lines.len()));
            lines.swap(one, other);
        }
    }
    *bytes = lines.join(&b'\n');
}

/// Writes another number in place of one, so that what was well-formed stays it.
fn change_a_number(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    const OTHER: &[&[u8]] = &[b"0", b"1", b"2", b"7", b"4294967295", b"18446744073709551615", b"9223372036854775807"];
    let starts =
        (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit() && (*at == 0 || !bytes[at - 1].is_ascii_digit()));
    let starts: Vec<usize> = starts.collect();
    if starts.is_empty() {
        return;
    }
    let start = starts[numbers.below(starts.len())];
    let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    drop(bytes.splice(start..start + length, OTHER[numbers.below(OTHER.len())].iter().copied()));
}
